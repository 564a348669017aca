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
from copytaster.chain import (
    CORRECTED,
    NOTICES,
    STORY,
    Step,
    claimed_step,
    is_withdrawn,
    order_steps,
    read_markers,
)
from dedup.text.ngrams import roll_grams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from copytaster.store.memberships import DispatchMember
    from dedup.text.words import Text

    Texts = Callable[[Sequence[int]], Mapping[int, Text]]

PHRASE = 4  # words
NEAR_END = 6  # phrases; an agency version is printed to its end where so few are missing
SAME_TEXT = 0.8  # of the shorter text's phrases: house style and a local word or two apart, it is the other's
COMPARED = 12  # versions of a chain a copy is compared with, the newest
_LATE = timedelta(minutes=15)  # so far a publisher's clock may run ahead of ours
_FIRST_YEAR = 1980  # dates before it are clocks that were never set


@dataclass(frozen=True, slots=True)
class Lineage:
    """The lineage of one dispatch.

    Attributes:
        chain: the agency's versions in order; empty if no version shows one.
        own: the agency published them itself; else they are known from copies alone.
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

    def has_other_text(self, member: DispatchMember, *, moved: bool) -> bool:
        """True if a copy is to be compared with another text than before.

        Args:
            member: the copy, as stored.
            moved: whether another version stands for the dispatch, which counts where it is unknown what the copy carries.
        """
        carried = self.carries.get(member.version_id)
        return carried != member.carries or (moved and carried is None)


def trace_lineage(members: Sequence[DispatchMember], read: Texts) -> Lineage:
    """The lineage of a dispatch's versions.

    While the chain stays as it is stored, only versions without stored lineage are compared.

    Args:
        members: every version of the dispatch.
        read: gives the texts of versions by their ids.
    """
    chain, own = find_chain(members, read)
    if not chain:
        return Lineage()
    lineage = Lineage(tuple(chain), own)
    places = lineage.places
    unchanged = places == {member.version_id: member.place for member in members if member.place is not None}
    copies = [member for member in members if member.version_id not in places]
    fresh = [member for member in copies if not unchanged or member.carries is None]
    kept = [member for member in copies if unchanged and member.carries is not None]
    carries = {member.version_id: member.carries for member in kept if member.carries is not None}
    outdated = {member.version_id for member in kept if member.outdated}
    if fresh:
        found = _compare(chain, fresh, _times(members), read)
        carries |= found.carries
        outdated |= found.outdated
    return Lineage(tuple(chain), own, carries, frozenset(outdated))


# --- the chain ---------------------------------------------------------------------------------------------


def find_chain(members: Sequence[DispatchMember], read: Texts) -> tuple[list[Step], bool]:
    """The agency's versions in order, and whether the agency itself published any of them.

    A correction, a numbered update or a notice that only others print belongs to the chain when publishers of two
    families print it with the same text. Printed by one alone it is a claim: anybody can put CORRECTED over a text.
    Without the agency's own copy the chain is the earliest copy and what was confirmed so.
    """
    times = _times(members)
    steps = {version: _make_step(member, at) for version, (member, at) in times.items()}
    agency = _find_agency(members, steps)
    own = {one.version_id for one in members if agency and owner_of(one.publisher) == agency}
    chain = [steps[version] for version in sorted(own)]
    others = [member for member in members if member.version_id not in own]
    confirmed = _confirm(chain, others, steps, read)
    if not own and confirmed:
        taken = {step.version_id for step in confirmed}
        plain = [one for one in others if one.version_id not in taken and steps[one.version_id].kind == STORY]
        plain.sort(key=lambda member: (steps[member.version_id].at, member.publisher))
        chain = [steps[member.version_id] for member in plain[:1]]
    return order_steps([*chain, *confirmed]), bool(own)


def _find_agency(members: Sequence[DispatchMember], steps: Mapping[int, Step]) -> str | None:
    """The agency whose own copy is the earliest."""
    own = [member for member in members if is_own(member.publisher, member.agency)]
    if not own:
        return None
    return owner_of(min(own, key=lambda member: (steps[member.version_id].at, member.publisher)).publisher)


def _confirm(
    chain: Sequence[Step], others: Sequence[DispatchMember], steps: Mapping[int, Step], read: Texts
) -> list[Step]:
    """Of each step that the chain lacks, the earliest copy whose text a publisher of another family prints too."""
    known = {claimed_step(step.kind, step.number) for step in chain}
    printed: dict[tuple[str, int | None], list[DispatchMember]] = {}
    for member in sorted(others, key=lambda one: (steps[one.version_id].at, steps[one.version_id].name)):
        step = claimed_step(steps[member.version_id].kind, steps[member.version_id].number)
        if step is not None and step not in known:
            printed.setdefault(step, []).append(member)
    printed = {step: found for step, found in printed.items() if len(set(map(_family, found))) > 1}
    if not printed:
        return []
    texts = read(sorted(one.version_id for found in printed.values() for one in found))
    prints = {version: _Print(text) for version, text in texts.items()}
    confirmed = (_find_confirmed(found, prints) for found in printed.values())
    return [steps[version] for version in confirmed if version is not None]


def _find_confirmed(found: Sequence[DispatchMember], prints: Mapping[int, _Print]) -> int | None:
    return next(
        (
            one.version_id
            for one in found
            if any(
                _family(one) != _family(other) and _is_same(prints[one.version_id], prints[other.version_id])
                for other in found
            )
        ),
        None,
    )


def _family(member: DispatchMember) -> str:
    return member.family or member.publisher


def _is_same(one: _Print, other: _Print) -> bool:
    """Whether two copies print one text, of which either may be cut."""
    shorter = min(len(one.sorted), len(other.sorted))
    return shorter > 0 and _count_shared(one, other) >= SAME_TEXT * shorter


def _make_step(member: DispatchMember, at: tuple[datetime, bool]) -> Step:
    kind, number = read_markers(member.markers)
    return Step(member.version_id, kind, number, *at, (member.identity, member.number))


def _times(members: Sequence[DispatchMember]) -> dict[int, tuple[DispatchMember, tuple[datetime, bool]]]:
    """Version -> when it was sent, and whether its publisher says so.

    A page that is changed keeps the time it was published at: its later versions, and those whose markers say that they
    are such, are as old as their date of change, or as our first sight of them.
    """
    timed: dict[int, tuple[DispatchMember, tuple[datetime, bool]]] = {}
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
    copies: Sequence[DispatchMember],
    times: Mapping[int, tuple[DispatchMember, tuple[datetime, bool]]],
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


def _list_killed(copies: Iterable[DispatchMember]) -> frozenset[int]:
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
    """Places of the versions that replace what was printed before: corrections, and a text that follows a withdrawal."""
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
