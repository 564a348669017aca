"""Two texts as printed, paragraph by paragraph, with what both have in common marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from copytaster.store.memberships import read_grouped_version
from dedup.cache.version_cache import VersionCache
from dedup.explain.side_by_side import Copy
from dedup.similarity.score import score_pair

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

    from copytaster.store.memberships import GroupedVersion


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a paragraph; `is_shared` if the other text has it too."""

    text: str
    is_shared: bool


@dataclass(frozen=True, slots=True)
class MarkedText:
    """One of the two texts: where it stands, its paragraphs, and the share of its words that the other has, 0..1."""

    side: GroupedVersion
    paragraphs: tuple[tuple[Piece, ...], ...]
    share: float


def mark_shared(connection: Connection, one: int, other: int) -> tuple[MarkedText, MarkedText]:
    """The texts of two grouped versions, as the passages that `explain` names divide them.

    Raises:
        NotFoundError: one of them is unknown, or waits for grouping.
    """
    known = VersionCache().get(connection, [one, other])
    copies = [Copy(read_grouped_version(connection, version), known[version]) for version in (one, other)]
    score = score_pair(copies[0].reading, copies[1].reading)
    shorter = min(copies, key=lambda read: (len(read.reading.text), read.reading.key))
    places = {True: [(run[0], run[2]) for run in score.runs], False: [(run[1], run[2]) for run in score.runs]}
    return _mark(copies[0], places[copies[0] is shorter]), _mark(copies[1], places[copies[1] is shorter])


def _mark(copy: Copy, runs: list[tuple[int, int]]) -> MarkedText:
    spans = [
        (copy.spans[start][0], max(span[1] for span in copy.spans[start : start + size]))
        for start, size in runs
    ]
    words = sum(size for _, size in runs)
    return MarkedText(
        copy.side, tuple(divide(copy.body, spans)), words / len(copy.spans) if copy.spans else 0.0
    )


def divide(body: str, shared: Iterable[tuple[int, int]]) -> Iterator[tuple[Piece, ...]]:
    """The paragraphs of a text, each in pieces that are shared or not.

    Args:
        body: paragraphs are divided by line breaks.
        shared: (first character, end) of what is shared.
    """
    spans = sorted(shared)
    start = 0
    for line in body.split("\n"):
        end = start + len(line)
        if line.strip():
            inside = [(max(a, start), min(b, end)) for a, b in spans if a < end and b > start]
            yield tuple(_cut(body, start, end, inside))
        start = end + 1


def _cut(body: str, start: int, end: int, shared: list[tuple[int, int]]) -> Iterator[Piece]:
    here = start
    for first, last in shared:
        if first > here:
            yield Piece(body[here:first], is_shared=False)
        if last > max(first, here):
            yield Piece(body[max(first, here) : last], is_shared=True)
        here = max(here, last)
    if here < end:
        yield Piece(body[here:end], is_shared=False)
