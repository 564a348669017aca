"""Greedy string tiling: which runs of words two texts share, longest first, each word used once.

After Wise (1993), "String similarity via greedy string tiling and running Karp-Rabin matching"; here the matches are
found by sorted n-gram hashes, so the work grows with what is shared, not with the product of the lengths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_RUN = 6  # words; shorter runs are phrases everybody uses
_MAX_REPEATS = 8  # places looked at for one gram of the left text
Run = tuple[int, int, int]  # start in the left text, start in the right text, length in words


class Grams:
    """A text's n-grams of MIN_RUN words, sorted for look-ups; made once per text."""

    __slots__ = ("hashes", "order", "ordered")

    def __init__(self, hashes: NDArray[np.uint64]) -> None:
        self.hashes = hashes
        self.order = np.argsort(hashes, kind="stable")
        self.ordered = hashes[self.order]


def find_runs(left: Grams, right: Grams) -> list[Run]:
    """The tiles of two texts, in order of the left one; no word of either lies in two."""
    stretches = _find_stretches(left, right)
    if len(stretches) <= 1:
        return stretches
    taken_left = np.zeros(len(left.hashes) + MIN_RUN, dtype=np.bool_)
    taken_right = np.zeros(len(right.hashes) + MIN_RUN, dtype=np.bool_)
    runs: list[Run] = []
    for i, j, length in sorted(stretches, key=lambda run: (-run[2], run[0], run[1])):
        taken = taken_left[i : i + length] | taken_right[j : j + length]
        for start, size in _free_parts(taken):
            runs.append((i + start, j + start, size))
            taken_left[i + start : i + start + size] = True
            taken_right[j + start : j + start + size] = True
    return sorted(runs)


def _find_stretches(left: Grams, right: Grams) -> list[Run]:
    """Maximal equal stretches, as runs of matching grams along one diagonal."""
    if not len(left.hashes) or not len(right.hashes):
        return []
    first = np.searchsorted(right.ordered, left.ordered)
    here = np.flatnonzero(right.ordered[np.minimum(first, len(right.ordered) - 1)] == left.ordered)
    if not len(here):
        return []
    first = first[here]
    rows = left.order[here]
    repeats = np.minimum(
        np.searchsorted(right.ordered, left.ordered[here], side="right") - first, _MAX_REPEATS
    )
    if (repeats > 1).any():
        rows = np.repeat(rows, repeats)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
        first = np.repeat(first, repeats) + within
    columns = right.order[first]
    diagonal = columns - rows
    order = np.lexsort((rows, diagonal))
    rows, diagonal = rows[order], diagonal[order]
    breaks = np.flatnonzero((rows[1:] - rows[:-1] != 1) | (diagonal[1:] != diagonal[:-1])) + 1
    starts = np.concatenate(([0], breaks))
    sizes = np.diff(np.concatenate((starts, [len(rows)]))) + MIN_RUN - 1
    begins = rows[starts]
    return list(zip(begins.tolist(), (begins + diagonal[starts]).tolist(), sizes.tolist(), strict=True))


def _free_parts(taken: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(start, length) of what is not taken yet, where it is long enough to be a run."""
    if not taken.any():
        return [(0, len(taken))]
    edges = np.flatnonzero(np.diff(np.concatenate(([True], taken, [True])).astype(np.int8)))
    return [(int(a), int(b - a)) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= MIN_RUN]


def cover(runs: list[Run], side: int, length: int) -> NDArray[np.bool_]:
    """bool[length]: which words of one text (side 0 or 1) the runs cover."""
    covered = np.zeros(length, dtype=np.bool_)
    for run in runs:
        covered[run[side] : run[side] + run[2]] = True
    return covered
