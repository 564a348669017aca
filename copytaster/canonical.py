"""Which version represents a dispatch, by an open rule: the agency's own > the earliest > the fullest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from copytaster.wire.agencies import agency_of_publisher

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Contender:
    """What one version of a dispatch brings to the choice of the canonical version.

    Attributes:
        own: its publisher is the agency that wrote it.
        at: when it was published, or first seen if that time cannot be trusted.
        seen_at: when it was first seen. It decides between versions of the same moment, often a mere date.
        notice: the version only says that a story is withdrawn.
    """

    version_id: int
    story_id: int
    own: bool
    at: datetime
    seen_at: datetime
    words: int
    notice: bool = False


def is_own(publisher: str, agency: str | None) -> bool:
    """True if an agency published this itself. Copy that names no agency is the publishing agency's own."""
    owner = owner_of(publisher)
    return owner is not None and agency in (None, owner)


CopyCredit = Literal["own", "kept", "removed", "unknown"]
SURE = 0.5  # confidence from which a copy counts as credited


def judge_copy(publisher: str, named: str | None, confidence: float, agency: str | None) -> CopyCredit:
    """What a copy says of the agency of its dispatch: `named` is the agency that the copy itself names.

    The agency's own copy needs no credit; where no agency is known, nobody knows whether credit is missing.
    """
    if is_own(publisher, agency):
        return "own"
    if agency is None:
        return "unknown"
    return "kept" if named == agency and confidence >= SURE else "removed"


@lru_cache(maxsize=4096)
def owner_of(publisher: str) -> str | None:
    """The agency that a publisher belongs to."""
    return agency_of_publisher(publisher)


def choose_canonical(contenders: Iterable[Contender]) -> int:
    """The id of the canonical version.

    Stories compete, and the newest version of the winner is canonical: the agency's own story before any other's, then
    the earliest, then the one with most words, then the one with the lowest id. A withdrawal notice is chosen only if
    nothing else exists.

    Raises:
        ValueError: no versions were given.
    """
    stories: dict[int, list[Contender]] = {}
    for contender in contenders:
        stories.setdefault(contender.story_id, []).append(contender)
    if not stories:
        raise ValueError("a dispatch without versions")
    best = min(stories.values(), key=_rank)
    return max(best, key=lambda one: (not one.notice, one.version_id)).version_id


def _rank(versions: list[Contender]) -> tuple[bool, bool, datetime, datetime, int, int]:
    first = min(versions, key=lambda one: one.version_id)
    texts = [one for one in versions if not one.notice]
    return (
        not texts,
        not any(one.own for one in versions),
        first.at,
        first.seen_at,
        -max(one.words for one in versions),
        first.version_id,
    )
