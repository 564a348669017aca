"""What two versions have in common by sorted hashes: numbers, names, words, headlines. Compiled; no objects, no decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup.text.jit import compiled
from dedup.text.words import KIND_BITS, NUMBER, PRECISE, sort_hashes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]
    Traits = tuple[Hashes, Hashes, Hashes, Hashes, NDArray[np.uint8]]

QUOTED, NUMERIC, NAMED = 1, 2, 4  # bits of a word's flags
_KINDS, _NUMBER, _PRECISE = np.uint64(KIND_BITS), np.uint64(NUMBER), np.uint64(PRECISE)


@compiled
def count_common(ours: Hashes, theirs: Hashes) -> int:
    """How many values two sorted arrays without repeats have in common."""
    i, j, both = 0, 0, 0
    while i < len(ours) and j < len(theirs):
        if ours[i] == theirs[j]:
            both += 1
            i += 1
            j += 1
        elif ours[i] < theirs[j]:
            i += 1
        else:
            j += 1
    return both


@compiled
def count_all_common(
    numbers: Hashes,
    other_numbers: Hashes,
    precise: Hashes,
    other_precise: Hashes,
    names: Hashes,
    vocabulary: Hashes,
) -> tuple[int, int, int]:
    """How many numbers, long numbers and names of one text the other has too; all arrays sorted, without repeats."""
    return (
        count_common(numbers, other_numbers),
        count_common(precise, other_precise),
        count_common(names, vocabulary),
    )


def list_traits(words: Hashes, quoted: NDArray[np.bool_], named: NDArray[np.bool_]) -> Traits:
    """(numbers, long numbers, names, vocabulary: each sorted and without repeats; the words' flags)."""
    return _list_traits(words, np.sort(words), quoted, named)  # NumPy sorts by vectors, Numba does not


@compiled
def _list_traits(
    words: Hashes, ordered: Hashes, quoted: NDArray[np.bool_], named: NDArray[np.bool_]
) -> Traits:
    flags = np.zeros(len(words), dtype=np.uint8)
    names, count = np.empty(len(words), dtype=np.uint64), 0
    for position in range(len(words)):
        word = words[position]
        flags[position] = (QUOTED if quoted[position] else 0) | (NUMERIC if word & _KINDS >= _NUMBER else 0)
        if named[position]:
            flags[position] |= NAMED
            names[count] = word
            count += 1
    vocabulary = _drop_repeats(ordered)
    numbers, precise = _pick_numbers(vocabulary)
    return numbers, precise, sort_hashes(names[:count]), vocabulary, flags


@compiled
def list_numbers(words: Hashes) -> Hashes:
    """The different numbers of a text, sorted."""
    numbers, count = np.empty(len(words), dtype=np.uint64), 0
    for word in words:
        numbers[count] = word
        count += word & _KINDS >= _NUMBER
    return _drop_repeats(sort_hashes(numbers[:count]))


@compiled
def _drop_repeats(ordered: Hashes) -> Hashes:
    """The different values of a sorted array."""
    count = 0
    kept = np.empty(len(ordered), dtype=np.uint64)
    for value in ordered:
        if count == 0 or kept[count - 1] != value:
            kept[count] = value
            count += 1
    return kept[:count].copy()


@compiled
def _pick_numbers(vocabulary: Hashes) -> tuple[Hashes, Hashes]:
    """(numbers, long numbers) of different words, in their order."""
    numbers, precise = np.empty(len(vocabulary), dtype=np.uint64), np.empty(len(vocabulary), dtype=np.uint64)
    count = count_precise = 0
    for word in vocabulary:
        if word & _KINDS >= _NUMBER:
            numbers[count] = word
            count += 1
            if word & _KINDS == _PRECISE:
                precise[count_precise] = word
                count_precise += 1
    return numbers[:count].copy(), precise[:count_precise].copy()


@compiled
def unite(ones: Hashes, others: Hashes) -> Hashes:
    """The different values of two arrays that are sorted and without repeats, in order."""
    united = np.empty(len(ones) + len(others), dtype=np.uint64)
    i = j = count = 0
    while i < len(ones) or j < len(others):
        if j == len(others) or (i < len(ones) and ones[i] <= others[j]):
            value = ones[i]
            j += j < len(others) and others[j] == value
            i += 1
        else:
            value = others[j]
            j += 1
        united[count] = value
        count += 1
    return united[:count].copy()


@compiled
def compare_names(ours: Hashes, told: Hashes, theirs: Hashes, other_told: Hashes) -> tuple[int, float]:
    """(names that the other version has not, of the version with fewer such; share of all names that the other has)."""
    foreign = len(ours) - count_common(ours, other_told)
    other_foreign = len(theirs) - count_common(theirs, told)
    count = len(ours) + len(theirs)
    return min(foreign, other_foreign), 1 - (foreign + other_foreign) / count if count else 1.0


@compiled
def count_strangers(ours: Hashes, theirs: Hashes) -> int:
    """Different words that the other text has nowhere; of the text that has fewer such. Both sorted, without repeats."""
    return min(len(ours), len(theirs)) - count_common(ours, theirs)


@compiled
def share_headline(headline: Hashes, other_told: Hashes) -> float:
    """Share of a headline's words that the other version has; 1 where it has none."""
    return count_common(headline, other_told) / len(headline) if len(headline) else 1.0
