"""The pass over versions that wait: read, compare, decide, write. One transaction a batch; the same pass live and measured."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

import numpy as np
import structlog

from copytaster.store.candidates import (
    SLICES,
    add_grams,
    add_paragraphs,
    count_grams,
    count_paragraphs,
    sweep,
)
from copytaster.store.grouping import (
    SignatureRow,
    add_member,
    add_signature,
    close_versions,
    find_exact,
    find_namesakes,
    find_previous,
    first_since,
    found_dispatch,
    hold_grouping,
    keep_recipe,
    read_places,
    read_waiting,
    read_waiting_ids,
)
from copytaster.store.installation import secret_seed
from dedup.decide import Candidate, Decision, Newcomer
from dedup.house_style import fold_headline
from dedup.kinship import link_kin, note_wrapup
from dedup.proposal import Traces, choose, file_traces, look_up
from dedup.rarity import pick_counted, weigh_words
from dedup.revision import NOT_YET, revise_dispatches
from dedup.rules import MANY_FIGURES
from dedup.rulings import Rulings
from dedup.sampling import sample_grams
from dedup.score import Reading, score_pair
from dedup.shelf import Known, Shelf, kinds_of, place_in_time
from dedup.shingles import narrow, roll_grams
from dedup.signature import Recipe, Signer, band_keys, pack
from dedup.standing import KnownRulings
from dedup.text import Text, read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from copytaster.store.grouping import Place, StoredVersion
    from settings import GroupingSettings

log = structlog.get_logger(__name__)

FURNITURE = 2  # dispatches in which a publisher's paragraph is furniture
EXACT_WORDS = 8  # a shorter text proves nothing even where it is the same
LOOK_AGAIN = 256  # commits, until it is looked up anew what has expired
WINDOWS_KEPT = 4  # how many windows after its arrival a version leaves the candidate index
_ID_BYTES = 10
_FAULTS = (ValueError, TypeError, LookupError, ArithmeticError, RecursionError)  # of a text, not of the store


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one version."""

    version_id: int
    story_id: int
    dispatch_id: str
    verdict: Literal["founded", "joined"]
    rule: str


def group_waiting(
    store: Store,
    settings: GroupingSettings,
    *,
    limit: int | None = None,
    on_progress: Callable[[int], None] | None = None,
    shelf: Shelf | None = None,
) -> Iterator[Outcome]:
    """Decide on every version that waits, in order of arrival; outcomes come once their batch has been committed.

    Several processes may call this at once: each batch is one transaction under the write lock, and takes what then
    still waits.

    Args:
        store: the record.
        settings: window, history, batch and the least number of words.
        limit: stop after so many versions.
        on_progress: called with the number of versions done, after each batch.
        shelf: texts at hand from an earlier pass.
    """
    grouper = Grouper(store, settings, shelf)
    done = 0
    while limit is None or done < limit:
        size = settings.batch if limit is None else min(settings.batch, limit - done)
        outcomes = grouper.group_batch(size)
        if not outcomes:
            return
        done += len(outcomes)
        yield from outcomes
        if on_progress is not None:
            on_progress(done)


class Grouper:
    """One pass: the settings, the recipe of this installation, and the texts at hand."""

    def __init__(self, store: Store, settings: GroupingSettings, shelf: Shelf | None = None) -> None:
        self.store = store
        self.settings = settings
        self.shelf = Shelf() if shelf is None else shelf
        with store.write() as connection:
            recipe = Recipe.of_installation(secret_seed(connection))
            self.recipe_id = keep_recipe(connection, recipe.digest, recipe.to_json())
        self.signer = Signer(recipe)
        self._known_rulings = KnownRulings()
        self.rulings = Rulings()
        self._turn = secrets.randbelow(
            SLICES
        )  # where the sweep goes on; a pass is often too short for all slices
        self._expired = 0  # versions before this id have left the window long ago

    def group_batch(self, size: int) -> list[Outcome]:
        """Decide on the versions that wait longest, and commit.

        A version that cannot be compared delays nobody: its batch is done one by one, and it founds a dispatch.
        """
        outcomes: list[Outcome] = []
        while not outcomes:  # another process may have taken all of them in the meantime
            with self.store.read() as connection:
                waiting = read_waiting(connection, size)
            if not waiting:
                break
            outcomes = self._settle_readable(waiting)
        return outcomes

    def _settle_readable(self, waiting: Sequence[StoredVersion]) -> list[Outcome]:
        try:
            return self._settle_all(waiting, read_text)
        except _FAULTS as fault:
            if len(waiting) > 1:
                return self._settle_readable(waiting[:1])
            log.exception("grouping.unreadable", version=waiting[0].id, fault=type(fault).__name__)
            return self._settle_all(waiting, lambda _: read_text(""))

    def _settle_all(self, waiting: Sequence[StoredVersion], read: Callable[[str], Text]) -> list[Outcome]:
        """Texts are read before the lock is taken."""
        texts = {version.id: read(version.body) for version in waiting}
        try:
            with self.store.write() as connection:
                return self._group(connection, waiting, texts)
        except BaseException:
            self.shelf.clear()
            raise

    def _group(
        self, connection: Connection, waiting: Sequence[StoredVersion], texts: Mapping[int, Text]
    ) -> list[Outcome]:
        hold_grouping(connection)
        left = set(read_waiting_ids(connection, len(waiting)))
        waiting = [version for version in waiting if version.id in left]
        if not waiting:
            return []
        self.rulings = self._known_rulings.read(connection)
        outcomes = [_Case(self, connection, version, texts[version.id]).settle() for version in waiting]
        close_versions(connection, [outcome.version_id for outcome in outcomes])
        changed = [*link_kin(connection, waiting), *(outcome.dispatch_id for outcome in outcomes)]
        revise_dispatches(connection, changed, self.shelf)
        self._sweep(connection)
        founded = sum(outcome.verdict == "founded" for outcome in outcomes)
        log.debug("grouping.batch", versions=len(outcomes), founded=founded)
        return outcomes

    def _sweep(self, connection: Connection) -> None:
        now = datetime.now(UTC)
        if not self._expired or self._turn % LOOK_AGAIN == 0:
            kept = timedelta(hours=WINDOWS_KEPT * self.settings.window_hours)
            self._expired = first_since(connection, now - kept)
        before_day = _day(now) - self.settings.history_days
        sweep(connection, self._turn, before_version=self._expired, before_day=before_day)
        self._turn += 1


class _Case:
    """One version on the table, from its furniture to its membership."""

    def __init__(self, grouper: Grouper, connection: Connection, version: StoredVersion, text: Text) -> None:
        self.grouper = grouper
        self.settings = grouper.settings
        self.connection = connection
        self.version = version
        self.at = place_in_time(version)
        self.day = _day(version.seen_at)
        self.since_day = self.day - self.settings.history_days
        self.paragraphs = text.paragraphs(version.publisher) if version.publisher else []
        self.kept, self.new_paragraphs = self._tell_furniture(len(text))
        self.text = text.only(self.kept)
        self.grams = narrow(roll_grams(self.text.words, 4))
        self.counted = np.unique(self.grams[pick_counted(self.grams)]).tolist()
        seen = count_grams(connection, self.counted, since_day=self.since_day) if self.counted else {}
        self.weights = weigh_words(self.grams, seen, len(self.text))
        self.known = Known(
            version,
            Reading(version.id, self.text, self.weights, self.at.timestamp()),
            kinds_of(version.markers),
        )
        few_words = len(self.text) < self.settings.min_words
        self.short = few_words and len(self.known.reading.numbers) < MANY_FIGURES

    def _tell_furniture(self, words: int) -> tuple[NDArray[np.bool_], list[int]]:
        """bool[words], which words are the story's own; and the paragraphs that may yet turn out to be furniture."""
        kept = np.ones(words, dtype=np.bool_)
        hashes = sorted({paragraph for _, _, paragraph in self.paragraphs})
        seen = count_paragraphs(self.connection, hashes, since_day=self.since_day) if hashes else {}
        for start, end, paragraph in self.paragraphs:
            if seen.get(paragraph, 0) >= FURNITURE:
                kept[start:end] = False
        return kept, [paragraph for paragraph in hashes if seen.get(paragraph, 0) < FURNITURE]

    def settle(self) -> Outcome:
        """Decide, and write everything that follows from it."""
        values = None if self.short else self.grouper.signer.sign(self.text.words)
        traces = Traces(band_keys(values), [] if self.short else sample_grams(self.text).tolist())
        found = look_up(
            self.connection, traces, recipe_id=self.grouper.recipe_id, at=self.at, window=self._window
        )
        decision = self._decide(found.versions)
        add_signature(self.connection, self._signature_row(pack(values)))
        file_traces(self.connection, self.version.id, traces, found.crowded)
        outcome = self._join(decision) if decision.dispatch_id else self._found(decision)
        if self.new_paragraphs:
            add_paragraphs(self.connection, self.new_paragraphs, outcome.dispatch_id, day=self.day)
        self.grouper.shelf.put(self.known)
        return outcome

    @property
    def _window(self) -> timedelta:
        return timedelta(hours=self.settings.window_hours)

    def _decide(self, alike: Sequence[int]) -> Decision:
        newcomer = Newcomer(
            self.version.id,
            self.version.story_id,
            self.version.publisher,
            wrapup=self.known.wrapup,
            revision=self.known.revision,
            notice=self.known.notice,
            short=self.short,
        )
        same = self._find_same_text()
        places = read_places(self.connection, [*same, *alike]) if same or alike else {}
        candidates = self._compare(choose([*same, *alike], places))
        note_wrapup(self.connection, self.known, candidates)
        return self.grouper.rulings.decide(
            newcomer,
            candidates,
            find_places=self._find_places,
            compare=lambda ids: self._compare(read_places(self.connection, sorted(ids))),
            previous=self._find_previous(),
            notified=self._find_notified(),
        )

    def _find_places(self, ids: Iterable[int]) -> dict[int, str]:
        places = read_places(self.connection, sorted(ids))
        return {version: place.dispatch_id for version, place in places.items()}

    def _find_same_text(self) -> list[int]:
        if not self.short or len(self.text) < EXACT_WORDS:
            return []  # longer texts that are the same share all their traces
        since, until = self.at - self._window, self.at + self._window
        return find_exact(
            self.connection, self.text.exact, recipe_id=self.grouper.recipe_id, since=since, until=until
        )

    def _compare(self, places: Mapping[int, Place]) -> list[Candidate]:
        known = self.grouper.shelf.get(self.connection, places)
        return [
            self._candidate(known[version], place, known.get(place.founder_id))
            for version, place in places.items()
            if version in known
        ]

    def _candidate(self, other: Known, place: Place, founder: Known | None) -> Candidate:
        theirs = other.reading.text
        return Candidate(
            other.version.id,
            other.version.story_id,
            other.version.publisher,
            place.dispatch_id,
            score_pair(self.known.reading, other.reading),
            exact=len(theirs) == len(self.text) >= EXACT_WORDS and theirs.exact == self.text.exact,
            founder=place.founder_id == other.version.id,
            wrapup=other.wrapup or (founder is not None and founder.wrapup),
            revision=other.revision,
        )

    def _find_previous(self) -> Candidate | None:
        """The story as it stood before this version."""
        if self.version.number == 1:
            return None
        previous = find_previous(self.connection, self.version.story_id, self.version.id)
        if previous is None:
            return None
        return self._compare(read_places(self.connection, [previous]))[0]

    def _find_notified(self) -> str | None:
        """The dispatch whose story a notice under another address takes down: same publisher, headline or slug."""
        if not self.known.notice or self.version.number > 1:
            return None
        wanted = fold_headline(self.version.headline)
        named = find_namesakes(
            self.connection,
            self.version.publisher,
            before=self.version.id,
            since=self.version.seen_at - self._window,
        )
        for version, headline, slug in named:
            if (wanted and fold_headline(headline) == wanted) or (slug and slug == self.version.slug):
                return read_places(self.connection, [version])[version].dispatch_id
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

    def _join(self, decision: Decision) -> Outcome:
        dispatch = str(decision.dispatch_id)
        self._add_member(dispatch, decision)
        return Outcome(self.version.id, self.version.story_id, dispatch, "joined", decision.rule)

    def _found(self, decision: Decision) -> Outcome:
        dispatch = name_dispatch(self.version.identity, self.version.number)
        found_dispatch(self.connection, dispatch, self.version.id, seen_at=self.version.seen_at)
        self._add_member(dispatch, decision)
        if self.counted:
            add_grams(self.connection, self.counted, day=self.day)
        return Outcome(self.version.id, self.version.story_id, dispatch, "founded", decision.rule)

    def _add_member(self, dispatch: str, decision: Decision) -> None:
        add_member(
            self.connection,
            dispatch,
            self.version.id,
            NOT_YET if decision.dispatch_id else "original",
            decision.evidence,
            at=self.version.seen_at,
        )


def name_dispatch(identity: str, number: int) -> str:
    """A dispatch's id, from the story and the version that founded it: the same in a rebuild."""
    digest = hashlib.sha256(f"{identity}\n{number}".encode()).digest()[:_ID_BYTES]
    return "d" + base64.b32encode(digest).decode().lower()


def _day(moment: datetime) -> int:
    return int(moment.timestamp() // 86400)
