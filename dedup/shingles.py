"""Word n-grams as hashes, rolled over a text's word hashes in NumPy; no strings are joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

GRAM_BITS = 48  # as stored: a collision is one in 2.8e14, and the store's rows stay small
_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_FOLD = np.uint64(29)


def roll_grams(words: NDArray[np.uint64], length: int) -> NDArray[np.uint64]:
    """uint64[n - length + 1]: one hash per run of `length` words, in order; empty for a shorter text."""
    count = len(words) - length + 1
    if count <= 0:
        return np.empty(0, dtype=np.uint64)
    grams = words[:count].copy()
    for offset in range(1, length):
        grams *= _BASE
        grams += words[offset : offset + count]
    grams ^= grams >> _FOLD
    grams *= _MIX
    grams ^= grams >> _FOLD
    return grams


def narrow(grams: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The hashes' upper 48 bits, as the store keeps them."""
    return (grams >> np.uint64(64 - GRAM_BITS)).astype(np.int64)
