"""Keys of the numbers that a publisher prints: they find its report written anew, which shares no phrase with the first."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import xxhash

from dedup.text.words import hash_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.text.words import Text

_MOST = 8  # numbers of a text
_SPARE = np.uint64(16)  # keys have 48 bits
_MIX = np.uint64(0x9E3779B97F4A7C15)
# Every report has some of these: small counts, and years.
_COMMON = np.sort(hash_words(" ".join(map(str, (*range(13), *range(1990, 2040))))))
_NO_KEYS = np.empty(0, dtype=np.int64)


def key_facts(text: Text, publisher: str) -> NDArray[np.int64]:
    """int64: a key for each of the lowest hashes of the text's different numbers, at most eight; none without a publisher.

    Lowest, and not any: two texts that share numbers then share keys.
    """
    if not publisher:
        return _NO_KEYS
    numbers = np.unique(text.words[text.numeric])
    numbers = numbers[~np.isin(numbers, _COMMON)]
    mixed = (numbers ^ _hash_publisher(publisher)) * _MIX
    return np.sort((mixed >> _SPARE).astype(np.int64))[:_MOST]


@lru_cache(maxsize=4096)
def _hash_publisher(publisher: str) -> np.uint64:
    return np.uint64(xxhash.xxh3_64_intdigest(f"facts {publisher}".encode()))
