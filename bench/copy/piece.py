"""One printed text with its true dispatch, and sets of such texts in order of arrival."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from dedup.evaluation.labelled import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dedup.evaluation.metrics import Pair

NOON = 1_772_452_800.0  # 2 March 2026, 12:00 UTC
HOUR = 3600.0
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Piece:
    """One text as a publisher printed it.

    Attributes:
        group: the dispatch it truly belongs to.
        text: paragraphs divided by blank lines, dateline and all.
        publisher: the publisher that printed it.
        t: time of printing, in seconds since 1970.
        kind: what was done to it; `original` for the agency's own.
    """

    group: str
    text: str
    publisher: str
    t: float
    kind: str = "original"
    title: str = ""

    @property
    def paragraphs(self) -> list[str]:
        """Its paragraphs."""
        return self.text.split("\n\n")

    def printed(self, paragraphs: Sequence[str], kind: str) -> Piece:
        """A copy with other paragraphs and kind."""
        return replace(self, text="\n\n".join(paragraphs), kind=kind)


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Pieces in order of arrival, and their pairs of one dispatch."""

    name: str
    pieces: tuple[Piece, ...]

    def documents(self) -> list[Document]:
        """The pieces as documents, numbered in order of arrival."""
        return [
            Document(n, f"{piece.group}/{piece.kind}/{n}", piece.title, piece.text, piece.t, piece.publisher)
            for n, piece in enumerate(self.pieces)
        ]

    def same(self) -> list[Pair]:
        """Every pair of document numbers in one group."""
        groups: dict[str, list[int]] = {}
        for n, piece in enumerate(self.pieces):
            groups.setdefault(piece.group, []).append(n)
        return [pair for members in groups.values() for pair in combinations(members, 2)]


def in_order(name: str, pieces: Iterable[Piece]) -> LabelledSet:
    """A set whose pieces arrive in order of printing."""
    return LabelledSet(name, tuple(sorted(pieces, key=lambda piece: piece.t)))


def shift_arrivals(labelled: LabelledSet, *, hours: float, seed: int) -> LabelledSet:
    """The same pieces, each arriving up to `hours` after it was printed; dates are unchanged."""
    chance = random.Random(f"arrivals {seed}")
    late = {id(piece): piece.t + chance.uniform(0, hours * HOUR) for piece in labelled.pieces}
    pieces = tuple(sorted(labelled.pieces, key=lambda piece: late[id(piece)]))
    return LabelledSet(f"{labelled.name}, shifted {seed}", pieces)
