"""Keys of the numbers that a publisher prints: they find its report written anew, which shares no phrase with the first."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import xxhash

from dedup.text.jit import compiled
from dedup.text.words import hash_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.text.words import Text

LEAST = 3  # different numbers; fewer prove nothing
HOURS = 3  # between a report and the same written anew
_SPAN = HOURS * 3_600_000_000  # in microseconds
_MOST = 4  # numbers of a text, of which nearly all texts that share 70% of theirs share two
_SPARE = np.uint64(16)  # keys have 48 bits
_MIX = np.uint64(0x9E3779B97F4A7C15)
# Every report has some of these: small counts, and years.
_COMMON = np.sort(hash_words(" ".join(map(str, (*range(13), *range(1990, 2040))))))
_NO_KEYS = np.empty(0, dtype=np.int64)


def key_facts(text: Text, publisher: str, at: int) -> NDArray[np.int64]:
    """int64: keys of pairs of the text's different numbers; none without a publisher, or with two numbers.

    Pairs, as one number in common is chance. Of the lowest hashes, and not any: texts that share numbers then share
    keys. Texts three hours apart do, and none six hours apart: a pair has the key of its span of three hours, and of the
    next one.

    Args:
        text: of a version.
        publisher: of the version.
        at: its time in microseconds since 1970.
    """
    if not publisher:
        return _NO_KEYS
    return _key_numbers(text.words, text.numeric, _COMMON, _hash_publisher(publisher), at // _SPAN)


@compiled
def _keep_lowest(lowest: NDArray[np.uint64], count: int, value: np.uint64) -> int:
    """Put a value in its place among the lowest ones so far, once; gives back how many there are."""
    at = count
    while at > 0 and lowest[at - 1] > value:
        at -= 1
    if at == len(lowest) or (at > 0 and lowest[at - 1] == value):
        return count
    count = min(count + 1, len(lowest))
    for later in range(count - 1, at, -1):
        lowest[later] = lowest[later - 1]
    lowest[at] = value
    return count


@compiled
def _key_numbers(
    words: NDArray[np.uint64],
    numeric: NDArray[np.bool_],
    common: NDArray[np.uint64],
    publisher: np.uint64,
    span: int,
) -> NDArray[np.int64]:
    lowest, count = np.empty(_MOST, dtype=np.uint64), 0
    for position in range(len(words)):
        if numeric[position]:
            place = np.searchsorted(common, words[position])
            if place == len(common) or common[place] != words[position]:
                count = _keep_lowest(lowest, count, (words[position] ^ publisher) * _MIX)
    if count < LEAST:
        return np.empty(0, dtype=np.int64)
    keys, filed = np.empty(count * (count - 1), dtype=np.int64), 0
    for one in range(count):
        for other in range(one):
            pair = (lowest[one] * _MIX) ^ lowest[other]
            for near in range(span, span + 2):
                keys[filed] = np.int64(((pair ^ np.uint64(near)) * _MIX) >> _SPARE)
                filed += 1
    return keys


@lru_cache(maxsize=4096)
def _hash_publisher(publisher: str) -> np.uint64:
    return np.uint64(xxhash.xxh3_64_intdigest(f"facts {publisher}".encode()))
