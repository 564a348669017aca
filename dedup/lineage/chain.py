"""Lineage inside one dispatch: the agency's chain, which of its versions each copy carries, and who still prints old text.

The agency's versions are the chain; everything else is a re-publication. Texts are compared by their phrases of four
words, without weights: what is carried does not hang on the order in which versions came.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from copytaster.canonical import is_own, owner_of
from copytaster.chain import CORRECTED, NOTICES, STORY, Step, is_withdrawn, order_steps, read_markers
from dedup.text.ngrams import roll_grams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from copytaster.store.memberships import Member
    from dedup.text.words import Text

    Texts = Callable[[Sequence[int]], Mapping[int, Text]]

PHRASE = 4  # words
NEAR_END = 6  # phrases; an agency version is printed to its end where so few are missing
COMPARED = 12  # versions of a chain a copy is compared with, the newest
_LATE = timedelta(minutes=15)  # so far a publisher's clock may run ahead of ours
_FIRST_YEAR = 1980  # dates before it are clocks that were never set


@dataclass(frozen=True, slots=True)
class Lineage:
    """What is known of a dispatch's descent.

    Attributes:
        chain: the agency's versions in order; empty where nobody's versions tell of one.
        own: they are the agency's own publication, not only told by those who print it.
        carries: version -> the version of the chain whose text it prints.
        outdated: versions that print text which the agency corrected or withdrew.
    """

    chain: tuple[Step, ...] = ()
    own: bool = False
    carries: Mapping[int, int] = field(default_factory=dict)
    outdated: frozenset[int] = frozenset()

    @property
    def withdrawn(self) -> bool:
        """The agency's last word is that the story is taken down."""
        return is_withdrawn(self.chain)

    @property
    def places(self) -> dict[int, int]:
        """Version -> its place in the chain, from 0."""
        return {step.version_id: place for place, step in enumerate(self.chain)}


def trace_lineage(members: Sequence[Member], read: Texts) -> Lineage:
    """The lineage of a dispatch's versions.

    While the chain stays as it is stored, only versions that are not yet told of are compared.

    Args:
        members: every version of the dispatch.
        read: gives the texts of versions by their ids.
    """
    chain, own = find_chain(members)
    if not chain:
        return Lineage()
    lineage = Lineage(tuple(chain), own)
    places = lineage.places
    stands = places == {member.version_id: member.place for member in members if member.place is not None}
    copies = [member for member in members if member.version_id not in places]
    fresh = [member for member in copies if not stands or member.carries is None]
    kept = [member for member in copies if stands and member.carries is not None]
    carries = {member.version_id: member.carries for member in kept if member.carries is not None}
    outdated = {member.version_id for member in kept if member.outdated}
    if fresh:
        found = _compare(chain, fresh, _times(members), read)
        carries |= found.carries
        outdated |= found.outdated
    return Lineage(tuple(chain), own, carries, frozenset(outdated))


# --- the chain ---------------------------------------------------------------------------------------------


def find_chain(members: Sequence[Member]) -> tuple[list[Step], bool]:
    """The agency's versions in order, and whether they are its own publication.

    Without any, those of whoever told the story first, if markers tell of a chain at all. An update or a correction of
    which only a copy with its marker is known stands for the agency's.
    """
    steps = {member.version_id: _make_step(member, at) for member, at in _times(members).values()}
    agency = _find_agency(members, steps)
    told = [member for member in members if agency and owner_of(member.publisher) == agency]
    if not told:
        marked = any(steps[member.version_id].kind != STORY for member in members)
        if not marked:
            return [], False
        first = min(members, key=lambda member: (steps[member.version_id].at, member.publisher))
        told = [member for member in members if member.publisher == first.publisher]
    chain = [steps.pop(member.version_id) for member in told]
    chain += _pick_witnesses(chain, [step for step in steps.values() if _is_witness(step)])
    return order_steps(chain), agency is not None


def _find_agency(members: Sequence[Member], steps: Mapping[int, Step]) -> str | None:
    """The agency whose own copy is the earliest."""
    own = [member for member in members if is_own(member.publisher, member.agency)]
    if not own:
        return None
    return owner_of(min(own, key=lambda member: (steps[member.version_id].at, member.publisher)).publisher)


def _is_witness(step: Step) -> bool:
    return step.kind == CORRECTED or (step.kind == "update" and step.number is not None)


def _pick_witnesses(chain: Sequence[Step], witnesses: Iterable[Step]) -> list[Step]:
    """The earliest copy of each update or correction that the chain lacks."""
    numbers = {step.number for step in chain}
    corrected = any(step.kind == CORRECTED for step in chain)
    picked: dict[tuple[str, int | None], Step] = {}
    for step in sorted(witnesses, key=lambda step: (step.at, step.name)):
        lacking = not corrected if step.kind == CORRECTED else step.number not in numbers
        if lacking:
            picked.setdefault((step.kind, step.number), step)
    return list(picked.values())


def _make_step(member: Member, at: tuple[datetime, bool]) -> Step:
    kind, number = read_markers(member.markers)
    return Step(member.version_id, kind, number, *at, (member.identity, member.number))


def _times(members: Sequence[Member]) -> dict[int, tuple[Member, tuple[datetime, bool]]]:
    """Version -> when it was sent, and whether its publisher says so.

    A page that is changed keeps the time it was published at: its later versions, and those whose markers say that they
    are such, are as old as their date of change, or as our first sight of them.
    """
    timed: dict[int, tuple[Member, tuple[datetime, bool]]] = {}
    by_story = sorted(members, key=lambda member: (member.story_id, member.number))
    for _, versions in groupby(by_story, key=lambda member: member.story_id):
        claims: set[datetime] = set()
        for member in versions:
            at = member.published_at
            if at in claims or (at and member.updated_at and read_markers(member.markers)[0] != STORY):
                at = member.updated_at
            if at is None or at in claims or at > member.seen_at + _LATE or at.year < _FIRST_YEAR:
                timed[member.version_id] = member, (member.seen_at, False)
            else:
                timed[member.version_id] = member, (min(at, member.seen_at), True)
                claims.add(at)
    return timed


# --- what is carried ---------------------------------------------------------------------------------------


class _Print:
    """A text by its phrases, in order and sorted, and by its figures and names."""

    def __init__(self, text: Text) -> None:
        grams = roll_grams(text.words, PHRASE)
        self.phrases = grams if len(grams) else text.words
        self.sorted = np.unique(self.phrases)
        self.facts = np.unique(text.words[text.numeric | text.named])


def _compare(
    chain: Sequence[Step],
    copies: Sequence[Member],
    times: Mapping[int, tuple[Member, tuple[datetime, bool]]],
    read: Texts,
) -> Lineage:
    texts = [step for step in chain if not step.notice][-COMPARED:]
    corrections = _find_corrections(chain)
    withdrawn = is_withdrawn(chain)
    if len(texts) < 2 and not corrections:  # noqa: PLR2004 - nothing to choose from: no text is read
        carries = {member.version_id: texts[0].version_id for member in copies} if texts else {}
        return Lineage(carries=carries, outdated=_list_killed(copies) if withdrawn else frozenset())
    compared = {step.version_id for step in texts} | {member.version_id for member in copies}
    prints = {version: _Print(text) for version, text in read(sorted(compared)).items()}
    struck = [_Struck(chain, place, prints) for place in corrections]
    carries = {}
    outdated = set(_list_killed(copies)) if withdrawn else set()
    for member in copies:
        mine, at = prints[member.version_id], times[member.version_id][1][0]
        carries[member.version_id] = _find_carried(mine, texts, prints, at)
        kind, _ = read_markers(member.markers)
        if kind not in {*NOTICES, CORRECTED} and any(one.stands_in(mine, at) for one in struck):
            outdated.add(member.version_id)
    return Lineage(carries=carries, outdated=frozenset(outdated))


def _list_killed(copies: Iterable[Member]) -> frozenset[int]:
    return frozenset(member.version_id for member in copies if read_markers(member.markers)[0] not in NOTICES)


def _find_carried(mine: _Print, texts: Sequence[Step], prints: Mapping[int, _Print], at: datetime) -> int:
    """The version of which least differs: the copy's words that it lacks, and its own that the copy lacks.

    Words after the last one printed count only where the copy reaches some version's end: others are cut. Of versions
    that are equally near the last one sent before the copy is meant.
    """
    measured = [(step, *_measure(mine, prints[step.version_id])) for step in texts]
    whole = any(tail <= NEAR_END for _, _, tail in measured)
    costs = [(differing + (tail if whole else 0), step) for step, differing, tail in measured]
    least = min(cost for cost, _ in costs)
    nearest = [step for cost, step in costs if cost == least]
    before = [step for step in nearest if step.at <= at]
    return (before[-1] if before else nearest[0]).version_id


def _measure(mine: _Print, theirs: _Print) -> tuple[int, int]:
    """Phrases that differ up to the last shared one, and phrases of theirs after it."""
    shared = _is_in(theirs.phrases, mine.sorted)
    places = np.flatnonzero(shared)
    end = int(places[-1]) + 1 if len(places) else 0
    lacking = end - len(places)
    added = int((~_is_in(mine.phrases, theirs.sorted)).sum())
    return lacking + added, len(shared) - end


def _is_in(values: NDArray[np.uint64], among: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """bool[values]; `among` is sorted."""
    if not len(among):
        return np.zeros(len(values), dtype=np.bool_)
    places = np.minimum(np.searchsorted(among, values), len(among) - 1)
    found: NDArray[np.bool_] = among[places] == values
    return found


# --- what was corrected ------------------------------------------------------------------------------------


def _find_corrections(chain: Sequence[Step]) -> list[int]:
    """Places of the versions that put right what stood before: corrections, and a text that follows a withdrawal."""
    return [
        place
        for place, step in enumerate(chain)
        if not step.notice and (step.kind == CORRECTED or (place and chain[place - 1].notice))
    ]


class _Struck:
    """What a correction took out: phrases, figures and names of the version it corrects that never came again."""

    def __init__(self, chain: Sequence[Step], place: int, prints: Mapping[int, _Print]) -> None:
        self.at = chain[place].at
        after = [prints[step.version_id] for step in chain[place:] if step.version_id in prints]
        before = [prints[step.version_id] for step in chain[:place] if step.version_id in prints]
        self.kept = _unite([one.sorted for one in after])
        self.known = bool(before)
        if not before:
            return
        corrected = prints[chain[place].version_id]
        # the one it corrects is the one most like it, the newer of two
        old = max(enumerate(before), key=lambda one: (_count_shared(one[1], corrected), one[0]))[1]
        self.phrases = np.setdiff1d(old.sorted, self.kept, assume_unique=True)
        self.facts = np.setdiff1d(old.facts, _unite([one.facts for one in after]), assume_unique=True)
        self.fresh = np.setdiff1d(corrected.facts, old.facts, assume_unique=True)

    def stands_in(self, copy: _Print, at: datetime) -> bool:
        """Whether a copy still prints it; where the old text never reached us, a copy from before that says more."""
        if not self.known:
            return at < self.at and not _is_in(copy.sorted, self.kept).all()
        if _is_in(copy.sorted, self.phrases).any():
            return True
        old_facts = bool(_is_in(copy.facts, self.facts).any())
        return old_facts and not _is_in(copy.facts, self.fresh).any()


def _count_shared(one: _Print, other: _Print) -> int:
    return int(_is_in(one.sorted, other.sorted).sum())


def _unite(arrays: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    return np.unique(np.concatenate(arrays)) if arrays else np.empty(0, dtype=np.uint64)
