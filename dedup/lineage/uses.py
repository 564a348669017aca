"""What each copy of a dispatch makes of its agency's text: the share of the words that it keeps, and the credit."""

from __future__ import annotations

import json
from array import array
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from rapidfuzz.distance import LCSseq

from copytaster.canonical import judge_copy
from copytaster.values import Evidence
from copytaster.wire.credit import name_agency

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from copytaster.store.memberships import DispatchMember
    from dedup.cache.known_version import Known
    from dedup.lineage.chain import Lineage
    from dedup.text.words import Text

    Get = Callable[[Iterable[int]], Mapping[int, Known]]


def find_agency(members: Sequence[DispatchMember]) -> str | None:
    """The agency of a dispatch, from the evidence of all its versions."""
    return _name_agency(frozenset(member.agency_evidence for member in members))


def find_uses(
    members: Sequence[DispatchMember], canonical: int, agency: str | None, lineage: Lineage, get: Get
) -> dict[int, dict[str, Any]]:
    """Share and credit of the members of which they are not the stored ones.

    The share is that of the text which a copy carries, or of the canonical version if none is known; a story has none
    of its own text. It is measured when a copy joins and when that text changes.
    """
    stories = {member.version_id: member.story_id for member in members}
    moved = next(one for one in members if one.version_id == canonical).relation != "original"
    against = {
        one.version_id: lineage.carries.get(one.version_id, canonical)
        for one in members
        if one.story_id != stories.get(lineage.carries.get(one.version_id, canonical))
    }
    due = {
        one.version_id
        for one in members
        if one.version_id in against and (one.share_kept is None or lineage.has_other_text(one, moved=moved))
    }
    texts = get(due | {against[version] for version in due}) if due else {}
    found = {}
    for member in members:
        version = member.version_id
        share = member.share_kept if version in against else None
        if version in due:
            share = measure_share(texts[against[version]].reading.text, texts[version].reading.text)
        credit = judge_copy(member.publisher, member.agency, member.agency_confidence, agency)
        if (member.share_kept, member.credit) != (share, credit):
            found[version] = {"share_kept": share, "credit": credit}
    return found


def measure_share(text: Text, copy: Text) -> float | None:
    """The share of a text's words that a copy has in the same order; None of an empty text."""
    if not len(text):
        return None
    ours, theirs = text.words, copy.words
    # most copies differ in one place: what is around it costs little
    head = _count_equal(ours, theirs)
    ours, theirs = ours[head:], theirs[head:]
    tail = _count_equal(ours[::-1], theirs[::-1])
    ours, theirs = ours[: len(ours) - tail], theirs[: len(theirs) - tail]
    between = LCSseq.similarity(array("Q", ours.tobytes()), array("Q", theirs.tobytes()))
    return round((head + between + tail) / len(text), 3)


def _count_equal(ours: NDArray[np.uint64], theirs: NDArray[np.uint64]) -> int:
    """How many words are equal before the first that is not."""
    least = min(len(ours), len(theirs))
    unlike = np.flatnonzero(ours[:least] != theirs[:least])
    return int(unlike[0]) if len(unlike) else least


@lru_cache(maxsize=4096)
def _name_agency(shown: frozenset[str]) -> str | None:
    return name_agency(Evidence(**piece) for text in shown for piece in json.loads(text))
