"""The assignment of one version to a dispatch: strip boilerplate, look up candidates, compare, decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from copytaster.canonical import is_own
from copytaster.identity import name_dispatch
from copytaster.store.memberships import DispatchRef, NewMember
from copytaster.store.signatures import SignatureRow
from copytaster.store.versions import find_namesakes
from dedup.cache.known_version import Known, kinds_of, place_in_time
from dedup.candidates.boilerplate import COMMON
from dedup.candidates.fact_keys import key_facts
from dedup.candidates.sampling import order_once
from dedup.candidates.shortlist import choose, order_alike
from dedup.candidates.signature import pack_signature
from dedup.candidates.strip_boilerplate import FOOT, SAME_PAGE, strip_boilerplate
from dedup.candidates.traces import Filed, count_microseconds, print_paragraphs
from dedup.candidates.window import DAY
from dedup.decision.decide import EXACT_WORDS, Candidate, Decision
from dedup.decision.rules import LEAST_SHARED
from dedup.grouping.batch import Outcome
from dedup.grouping.late_merge import LateMerge
from dedup.grouping.participants import is_short, make_candidate, make_newcomer, may_rewrite
from dedup.grouping.weighing import weigh_text
from dedup.lineage.links import find_wrapup_links
from dedup.lineage.revision import NOT_YET
from dedup.similarity.score import Reading, may_share
from dedup.text.house_style import fold_headline
from dedup.text.subject import read_subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from copytaster.store.versions import StoredVersion
    from dedup.grouping.batch import Batch
    from dedup.grouping.context import GroupingContext
    from dedup.text.words import Text

_NO_NUMBERS = np.empty(0, dtype=np.int64)


class Assignment:
    """One version on its way to a dispatch. Make it, then call `decide` once.

    Args:
        context: of the pass.
        batch: takes the rows of the result.
        version: waits for a dispatch.
        text: of the version, whole.
    """

    def __init__(self, context: GroupingContext, batch: Batch, version: StoredVersion, text: Text) -> None:
        self.context = context
        self.settings = context.settings
        self.window = context.window
        self.batch = batch
        self.version = version
        self.at = place_in_time(version)
        self.seen = count_microseconds(version.seen_at)
        self.place = self.seen if self.at is version.seen_at else count_microseconds(self.at)
        self.whole = text
        self.printed = text.paragraphs(version.publisher) if version.publisher else []
        hashes = np.array([paragraph for _, _, paragraph in self.printed], dtype=np.int64)
        since = self.seen // DAY - self.settings.history_days
        frames = np.array(text.frames(version.publisher) if version.publisher else [], dtype=np.int64)
        self.times, self.framed, self.paragraphs = self.window.boilerplate.recognise(hashes, frames, since)
        self._read(COMMON)

    def _read(self, common: int) -> None:
        """Read the text without the paragraphs that the publisher printed in `common` other dispatches or more."""
        self.kept: NDArray[np.bool_] | None = None
        self.text = self.whole
        boilerplate = self.times >= common
        count = np.count_nonzero(boilerplate)
        if count >= FOOT:  # a page; the tables of an agency's copy are its news
            self._strip(boilerplate | (self.framed >= common))
        if count and (self.kept is None or len(self.text) < self.settings.min_words):
            self._strip(boilerplate)
        self.counted, self.weights = weigh_text(self.text.words, self.window.phrases)
        subject = read_subject(self.version.headline, self.version.body, self.text)
        self.known = Known(
            self.version,
            Reading(self.version.id, self.text, self.weights, self.at.timestamp(), subject),
            kinds_of(self.version.markers),
        )
        self.short = is_short(self.text, self.settings.min_words)

    def _strip(self, boilerplate: NDArray[np.bool_]) -> None:
        self.kept = strip_boilerplate(len(self.whole), self.printed, boilerplate.tolist())
        self.text = self.whole.only(self.kept)

    def decide(self) -> Outcome:
        """Decide on the dispatch; give the version's rows to the batch and its traces to the window."""
        values, keys, decision = self._find_dispatch()
        if decision.dispatch_id is None and np.count_nonzero(self.times == 1) >= SAME_PAGE:
            self._read(1)  # it is another dispatch, so what this publisher printed before is boilerplate
            values, keys, decision = self._find_dispatch()
        place = self._merge_late(decision, self._place(decision))
        self.window.file(
            Filed(
                self.version.id,
                self.place,
                self.seen,
                keys,
                order_once(self.counted) if decision.dispatch_id is None else _NO_NUMBERS,
                print_paragraphs(self.paragraphs, place.dispatch_id),
            )
        )
        self.batch.add(
            place,
            self._signature_row(pack_signature(values)),
            self._member_row(place, decision),
            self.version,
            founded=decision.dispatch_id is None,
        )
        self.context.versions.put(self.known)
        return Outcome(
            self.version.id,
            self.version.story_id,
            place.dispatch_id,
            "joined" if decision.dispatch_id else "founded",
            decision.rule,
        )

    def _find_dispatch(self) -> tuple[NDArray[np.uint32] | None, NDArray[np.int64], Decision]:
        """(signature, the keys to file it under, the decision)."""
        values, keys, bands = self.context.signer.find_keys(
            self.text.words, signed=not self.short, sampled=len(self.text) >= EXACT_WORDS
        )
        length, at = self.window.length, self.place
        keys = np.concatenate((keys, key_facts(self.text, self.version.publisher, at)))
        crowded, hits = self.window.candidates.look_up(keys, bands, at - length, at + length)
        alike = [version for version in order_alike(hits) if version != self.version.id]
        return values, keys[~crowded], self._decide(alike)

    def _decide(self, alike: Sequence[int]) -> Decision:
        newcomer = make_newcomer(self.known, min_words=self.settings.min_words)
        same = self._find_same_text()
        places = self.batch.find_places([*same, *alike]) if same or alike else {}
        self.compared = choose([*same, *alike], places)
        candidates = self._compare(self._find_near(self.compared))
        self.batch.add_links(find_wrapup_links(self.known, candidates))
        return self.context.decisions.decide(
            newcomer,
            candidates,
            find_places=self._find_places,
            compare=lambda ids: self._compare(self.batch.find_places(sorted(ids))),
            previous=self._find_previous(),
            notified=self._find_notified(),
        )

    def _merge_late(self, decision: Decision, place: DispatchRef) -> DispatchRef:
        """The dispatch of the version, after the merge of those that only this version brings together."""
        if decision.dispatch_id is None or not (decision.also or self._is_earlier(place)):
            return place
        place, ended = LateMerge(self.context, self.batch, self.known, self.compared).merge(decision, place)
        self.batch.merged += len(ended)
        for name in ended:
            self.batch.alone.pop(name, None)
        return place

    def _is_earlier(self, place: DispatchRef) -> bool:
        """True if the version was printed before the founder of its dispatch."""
        founder = self.batch.find_known([place.founder_id])[place.founder_id]
        return self.known.reading.at < founder.reading.at

    def _find_places(self, ids: Iterable[int]) -> dict[int, str]:
        places = self.batch.find_places(sorted(ids))
        return {version: place.dispatch_id for version, place in places.items()}

    @property
    def _is_found_by_text(self) -> bool:
        """True if versions of the same text are found by its hash."""
        return self.short and len(self.text) >= EXACT_WORDS

    def _find_same_text(self) -> list[int]:
        if not self._is_found_by_text:
            return []  # longer texts that are the same share all their traces
        length = self.context.window_length
        return self.batch.find_exact(
            self.text.exact, self.context.recipe_id, self.at - length, self.at + length
        )

    def _find_near(self, places: Mapping[int, DispatchRef]) -> dict[int, DispatchRef]:
        """The versions of every dispatch of which one may share enough for a rule; most that are proposed share far less.

        Compared all the same: a wrap-up with a story, for their link, and what a manual decision looks at.
        """
        known = self.batch.find_known(places)
        near = self.context.decisions.list_watched(
            self.version.id,
            self.version.story_id,
            (place.dispatch_id for place in places.values()),
            self._find_places,
        )
        wrapup = self.known.wrapup
        for version, place in places.items():
            one, founder = known.get(version), known.get(place.founder_id)
            if one is not None and place.dispatch_id not in near:
                wrapped = one.wrapup or (founder is not None and founder.wrapup)
                if wrapped != wrapup or self._may_fit(one):
                    near.add(place.dispatch_id)
        return {version: place for version, place in places.items() if place.dispatch_id in near}

    def _may_fit(self, other: Known) -> bool:
        """False where too little is shared for any rule, and the publisher did not write it anew."""
        return may_share(self.known.reading, other.reading, LEAST_SHARED) or may_rewrite(other, self.known)

    def _compare(self, places: Mapping[int, DispatchRef]) -> list[Candidate]:
        known = self.batch.find_known(places)
        return [
            make_candidate(
                known[version],
                self.known,
                self.batch.score(self.known, known[version]),
                dispatch_id=place.dispatch_id,
                founder=version == place.founder_id,
                begun=known.get(place.founder_id),
            )
            for version, place in places.items()
            if version in known
        ]

    def _find_previous(self) -> Candidate | None:
        """The version of the same story that arrived last before this one."""
        if self.version.number == 1:
            return None
        previous = self.batch.find_previous(self.version.story_id, self.version.id)
        if previous is None:
            return None
        return self._compare(self.batch.find_places([previous]))[0]

    def _find_notified(self) -> str | None:
        """The dispatch whose story a notice under another address takes down: same publisher, headline or slug."""
        if not self.known.notice or self.version.number > 1:
            return None
        wanted = fold_headline(self.version.headline)
        named = find_namesakes(
            self.batch.connection,
            self.version.publisher,
            before=self.version.id,
            since=self.version.seen_at - self.context.window_length,
        )
        for version, headline, slug in named:
            if (wanted and fold_headline(headline) == wanted) or (slug and slug == self.version.slug):
                return self.batch.find_places([version])[version].dispatch_id
        return None

    def _signature_row(self, values: bytes) -> SignatureRow:
        weights = self.weights
        if self.kept is not None:
            weights = np.zeros(len(self.kept), dtype=np.uint8)
            weights[self.kept] = self.weights
        return SignatureRow(
            self.version.id,
            self.context.recipe_id,
            self.at,
            len(self.text),
            self.text.exact if self._is_found_by_text else self.whole.undated,
            values,
            weights.tobytes(),
        )

    def _place(self, decision: Decision) -> DispatchRef:
        if decision.dispatch_id is None:
            return DispatchRef(name_dispatch(self.version.identity, self.version.number), self.version.id)
        return self.batch.find_dispatch(decision.dispatch_id)

    def _member_row(self, place: DispatchRef, decision: Decision) -> NewMember:
        relation = NOT_YET if decision.dispatch_id else "original"
        own = is_own(self.version.publisher, self.version.agency)
        return NewMember(
            self.version.id,
            place.dispatch_id,
            relation,
            decision.evidence,
            self.version.seen_at,
            "own" if own else None,
        )
