"""One version on the table, from its furniture to its membership, and what a transaction has decided so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from copytaster.identity import name_dispatch
from copytaster.store.memberships import MemberRow, Place
from copytaster.store.signatures import SignatureRow
from copytaster.store.versions import find_exact, find_namesakes, find_previous
from dedup.cache.known_version import Known, kinds_of, place_in_time
from dedup.candidates.boilerplate import COMMON
from dedup.candidates.sampling import sample_grams, sort_once
from dedup.candidates.shortlist import choose, order_alike
from dedup.candidates.signature import band_keys, pack
from dedup.candidates.strip_boilerplate import SAME_PAGE, keep_own
from dedup.candidates.traces import Filed, count_microseconds, is_short, print_paragraphs
from dedup.candidates.window import DAY
from dedup.decision.decide import EXACT_WORDS, Candidate, Decision, Newcomer
from dedup.grouping.batch import Batch, Outcome
from dedup.grouping.late_merge import LateMerge
from dedup.lineage.links import note_wrapup
from dedup.lineage.revision import NOT_YET
from dedup.similarity.score import Reading, score_pair
from dedup.similarity.weights import GRAM, pick_counted, weigh_words
from dedup.text.house_style import fold_headline
from dedup.text.ngrams import roll_narrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from copytaster.store.versions import StoredVersion
    from dedup.grouping.grouper import Grouper
    from dedup.text.words import Text

_NO_NUMBERS = np.empty(0, dtype=np.int64)


class Assignment:
    """One version on the table, from its furniture to its membership."""

    def __init__(self, grouper: Grouper, batch: Batch, version: StoredVersion, text: Text) -> None:
        self.grouper = grouper
        self.settings = grouper.settings
        self.memory = grouper.memory
        self.batch = batch
        self.version = version
        self.at = place_in_time(version)
        self.seen = count_microseconds(version.seen_at)
        self.memory.begin(batch.connection, self.seen)
        self.whole = text
        self.printed = text.paragraphs(version.publisher) if version.publisher else []
        hashes = np.array([paragraph for _, _, paragraph in self.printed], dtype=np.int64)
        self.times = self.memory.furniture.count(hashes, self.seen // DAY - self.settings.history_days)
        self.paragraphs = sort_once(hashes[self.times < COMMON])
        self._read(COMMON)

    def _read(self, common: int) -> None:
        """Take the words that are the story's own: paragraphs of so many other dispatches of the publisher are not."""
        self.kept = keep_own(len(self.whole), self.printed, (self.times >= common).tolist())
        self.text = self.whole.only(self.kept)
        grams = roll_narrow(self.text.words, GRAM)
        self.counted = pick_counted(grams)
        self.weights = weigh_words(grams, self.memory.phrases.count(self.counted), len(self.text))
        self.known = Known(
            self.version,
            Reading(self.version.id, self.text, self.weights, self.at.timestamp()),
            kinds_of(self.version.markers),
        )
        self.short = is_short(self.text, self.settings.min_words)

    def settle(self) -> Outcome:
        """Decide, and note everything that follows from it."""
        values, keys, decision = self._find_dispatch()
        if decision.dispatch_id is None and int((self.times == 1).sum()) >= SAME_PAGE:
            self._read(1)  # it is another dispatch, so what this publisher printed before is its furniture
            values, keys, decision = self._find_dispatch()
        place = self._look_again(decision, self._place(decision))
        self.memory.file(
            Filed(
                self.version.id,
                count_microseconds(self.at),
                self.seen,
                keys,
                sort_once(self.counted) if decision.dispatch_id is None else _NO_NUMBERS,
                print_paragraphs(self.paragraphs, place.dispatch_id),
            )
        )
        self.batch.add(
            place,
            self._signature_row(pack(values)),
            self._member_row(place, decision),
            self.version,
            founded=decision.dispatch_id is None,
        )
        self.grouper.shelf.put(self.known)
        verdict: Literal["founded", "joined"] = "joined" if decision.dispatch_id else "founded"
        return Outcome(self.version.id, self.version.story_id, place.dispatch_id, verdict, decision.rule)

    def _find_dispatch(self) -> tuple[NDArray[np.uint32] | None, NDArray[np.int64], Decision]:
        """(signature, the keys to file it under, the decision)."""
        values = None if self.short else self.grouper.signer.sign(self.text.words)
        bands = band_keys(values)
        samples = _NO_NUMBERS if self.short else sample_grams(self.text)
        keys = np.concatenate((bands, samples))
        window, at = self.memory.window, count_microseconds(self.at)
        crowded, hits = self.memory.candidates.look_up(keys, len(bands), at - window, at + window)
        alike = [version for version in order_alike(hits) if version != self.version.id]
        return values, keys[~crowded], self._decide(alike)

    def _decide(self, alike: Sequence[int]) -> Decision:
        newcomer = self._introduce(self.known)
        same = self._find_same_text()
        places = self.batch.place([*same, *alike]) if same or alike else {}
        self.compared = choose([*same, *alike], places)
        candidates = self._compare(self.compared)
        note_wrapup(self.batch.connection, self.known, candidates)
        return self.grouper.rulings.decide(
            newcomer,
            candidates,
            find_places=self._find_places,
            compare=lambda ids: self._compare(self.batch.place(sorted(ids))),
            previous=self._find_previous(),
            notified=self._find_notified(),
        )

    def _introduce(self, known: Known) -> Newcomer:
        version = known.version
        return Newcomer(
            version.id,
            version.story_id,
            version.publisher,
            wrapup=known.wrapup,
            revision=known.revision,
            notice=known.notice,
            short=is_short(known.reading.text, self.settings.min_words),
        )

    def _look_again(self, decision: Decision, place: Place) -> Place:
        """Where the version belongs at last, when others have been looked at again in its light."""
        if decision.dispatch_id is None or not (decision.also or self._is_earlier(place)):
            return place
        self.batch.write()
        look = LateMerge(
            self.batch.connection,
            self.known,
            self.compared,
            self.grouper.shelf,
            self.grouper.rulings,
            self._introduce,
            self._compare_all,
        )
        place, ended = look.look(decision, place)
        for name in ended:
            self.batch.alone.pop(name, None)
        return place

    def _is_earlier(self, place: Place) -> bool:
        """Whether it was printed before the version with which its dispatch began."""
        known = self.grouper.shelf.get(self.batch.connection, [place.founder_id])
        return self.known.reading.at < known[place.founder_id].reading.at

    def _compare_all(
        self, one: Known, others: Sequence[Known], place: Place, founder: Known
    ) -> list[Candidate]:
        return [self._candidate(one, other, place, founder) for other in others]

    def _find_places(self, ids: Iterable[int]) -> dict[int, str]:
        places = self.batch.place(sorted(ids))
        return {version: place.dispatch_id for version, place in places.items()}

    def _find_same_text(self) -> list[int]:
        if not self.short or len(self.text) < EXACT_WORDS:
            return []  # longer texts that are the same share all their traces
        self.batch.write()
        since, until = self.at - self.grouper.window, self.at + self.grouper.window
        return find_exact(
            self.batch.connection, self.text.exact, recipe_id=self.grouper.recipe_id, since=since, until=until
        )

    def _compare(self, places: Mapping[int, Place]) -> list[Candidate]:
        known = self.grouper.shelf.get(self.batch.connection, places)
        return [
            self._candidate(self.known, known[version], place, known.get(place.founder_id))
            for version, place in places.items()
            if version in known
        ]

    def _candidate(self, one: Known, other: Known, place: Place, founder: Known | None) -> Candidate:
        """Another version as it stands to one, which is looked at as a newcomer."""
        ours, theirs = one.reading.text, other.reading.text
        score = score_pair(one.reading, other.reading)
        pair = (min(other.version.id, one.version.id), max(other.version.id, one.version.id))
        self.batch.scores[pair] = score
        return Candidate(
            other.version.id,
            other.version.story_id,
            other.version.publisher,
            place.dispatch_id,
            score,
            exact=len(theirs) == len(ours) >= EXACT_WORDS and theirs.exact == ours.exact,
            founder=place.founder_id == other.version.id,
            wrapup=other.wrapup or (founder is not None and founder.wrapup),
            revision=other.revision,
        )

    def _find_previous(self) -> Candidate | None:
        """The story as it stood before this version."""
        if self.version.number == 1:
            return None
        self.batch.write()
        previous = find_previous(self.batch.connection, self.version.story_id, self.version.id)
        if previous is None:
            return None
        return self._compare(self.batch.place([previous]))[0]

    def _find_notified(self) -> str | None:
        """The dispatch whose story a notice under another address takes down: same publisher, headline or slug."""
        if not self.known.notice or self.version.number > 1:
            return None
        wanted = fold_headline(self.version.headline)
        self.batch.write()
        named = find_namesakes(
            self.batch.connection,
            self.version.publisher,
            before=self.version.id,
            since=self.version.seen_at - self.grouper.window,
        )
        for version, headline, slug in named:
            if (wanted and fold_headline(headline) == wanted) or (slug and slug == self.version.slug):
                return self.batch.place([version])[version].dispatch_id
        return None

    def _signature_row(self, values: bytes) -> SignatureRow:
        weights = np.zeros(len(self.kept), dtype=np.uint8)
        weights[self.kept] = self.weights
        return SignatureRow(
            self.version.id,
            self.grouper.recipe_id,
            self.at,
            len(self.text),
            self.text.exact,
            values,
            weights.tobytes(),
        )

    def _place(self, decision: Decision) -> Place:
        if decision.dispatch_id is None:
            return Place(name_dispatch(self.version.identity, self.version.number), self.version.id)
        return self.batch.places.find_dispatch(self.batch.connection, decision.dispatch_id)

    def _member_row(self, place: Place, decision: Decision) -> MemberRow:
        relation = NOT_YET if decision.dispatch_id else "original"
        return MemberRow(
            self.version.id, place.dispatch_id, relation, decision.evidence, self.version.seen_at
        )
