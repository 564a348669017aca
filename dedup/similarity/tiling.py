"""Greedy string tiling: the runs of words that two texts share, longest first, each word used once.

After Wise (1993), "String similarity via greedy string tiling and running Karp-Rabin matching"; here the matches are
found by n-gram hashes, so the work grows with what is shared, not with the product of the lengths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup.text.jit import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_RUN = 6  # words; shorter runs are phrases everybody uses
_MAX_REPEATS = 8  # equal grams of the right text that are matched with one of the left
_PLACE_BITS = 20  # a text has fewer words than 2 ** _PLACE_BITS
Run = tuple[int, int, int]  # start in the left text, start in the right text, length in words


class Grams:
    """A text's n-grams of MIN_RUN words, chained for look-ups; made once per text."""

    __slots__ = ("hashes", "heads", "nexts")

    def __init__(self, hashes: NDArray[np.uint64]) -> None:
        self.hashes = hashes
        self.heads, self.nexts = _chain(hashes)


@compiled
def _chain(hashes: NDArray[np.uint64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """(index of the first gram in each bucket, of the next in the same bucket), in order; -1 ends a chain."""
    size = 16
    while size < 2 * len(hashes):
        size *= 2
    heads, nexts = np.full(size, -1, dtype=np.int32), np.empty(len(hashes), dtype=np.int32)
    mask = np.uint64(size - 1)
    for index in range(len(hashes) - 1, -1, -1):
        bucket = hashes[index] & mask
        nexts[index] = heads[bucket]
        heads[bucket] = index
    return heads, nexts


@compiled
def tile(
    left: NDArray[np.uint64],
    right: NDArray[np.uint64],
    heads: NDArray[np.int32],
    nexts: NDArray[np.int32],
) -> NDArray[np.int64]:
    """int64[runs, 3]: start in the left text, start in the right text, length; in order of the left text.

    No word of either text is in two runs.

    Args:
        left: n-gram hashes of the left text, in order.
        right: n-gram hashes of the right text.
        heads: the first index in each chain of the right text's grams, from `_chain`.
        nexts: the next index in the same chain.
    """
    starts, columns = _match(left, right, heads, nexts)
    return _lay(_find_stretches(starts, columns), len(left), len(right))


@compiled
def _match(
    left: NDArray[np.uint64],
    right: NDArray[np.uint64],
    heads: NDArray[np.int32],
    nexts: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Equal grams, at most `_MAX_REPEATS` for one: (where the matches of each left gram start, their right indices)."""
    starts = np.zeros(len(left) + 1, dtype=np.int64)
    columns = np.empty(len(left) * _MAX_REPEATS, dtype=np.int64)
    mask, found = np.uint64(len(heads) - 1), 0
    for row in range(len(left)):
        column, same = heads[left[row] & mask], 0
        while column >= 0 and same < _MAX_REPEATS:
            if right[column] == left[row]:
                columns[found + same] = column
                same += 1
            column = nexts[column]
        found += same
        starts[row + 1] = found
    return starts, columns[:found]


@compiled
def _find_stretches(starts: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64[n, 3]: the longest equal stretches, of matching grams on one diagonal; longest first, then leftmost."""
    stretches = np.empty((len(columns), 3), dtype=np.int64)
    count = 0
    for row in range(len(starts) - 1):
        for match in range(starts[row], starts[row + 1]):
            column = columns[match]
            if row > 0 and _holds(columns, starts[row - 1], starts[row], column - 1):
                continue
            end = 1
            while row + end < len(starts) - 1 and _holds(
                columns, starts[row + end], starts[row + end + 1], column + end
            ):
                end += 1
            stretches[count, 0], stretches[count, 1], stretches[count, 2] = row, column, end + MIN_RUN - 1
            count += 1
    keys = np.empty(count, dtype=np.int64)
    for n in range(count):
        longest = (1 << _PLACE_BITS) - stretches[n, 2]
        keys[n] = (((longest << _PLACE_BITS) | stretches[n, 0]) << _PLACE_BITS) | stretches[n, 1]
    return stretches[:count][np.argsort(keys)]


@compiled
def _holds(columns: NDArray[np.int64], start: int, end: int, wanted: int) -> bool:
    for place in range(start, end):  # noqa: SIM110 -- compiled
        if columns[place] == wanted:
            return True
    return False


@compiled
def _lay(stretches: NDArray[np.int64], left: int, right: int) -> NDArray[np.int64]:
    """The stretches, without words that longer ones took, in order of the left text."""
    taken_left = np.zeros(left + MIN_RUN, dtype=np.uint8)
    taken_right = np.zeros(right + MIN_RUN, dtype=np.uint8)
    runs = np.empty((left // MIN_RUN + 1, 3), dtype=np.int64)
    count = 0
    for n in range(len(stretches)):
        i, j, length = stretches[n]
        offset = 0
        while offset < length:
            end = offset
            while end < length and not taken_left[i + end] and not taken_right[j + end]:
                end += 1
            if end - offset >= MIN_RUN:
                taken_left[i + offset : i + end] = 1
                taken_right[j + offset : j + end] = 1
                runs[count, 0], runs[count, 1], runs[count, 2] = i + offset, j + offset, end - offset
                count += 1
            offset = end + 1
    return runs[:count][np.argsort(runs[:count, 0])]
