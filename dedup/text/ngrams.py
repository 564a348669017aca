"""Word n-grams as hashes, rolled over a text's word hashes; no strings are joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup.text.jit import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

GRAM_BITS = 48  # as stored: two grams collide once in 2.8e14, and the store stays small
_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_FOLD = np.uint64(29)
_SPARE = np.uint64(64 - GRAM_BITS)


@compiled
def _roll(words: NDArray[np.uint64], length: int) -> NDArray[np.uint64]:
    grams = words[: max(0, len(words) - length + 1)].copy()
    for offset in range(1, length):  # word after word for all grams: the loop inside runs on vectors
        for start in range(len(grams)):
            grams[start] = grams[start] * _BASE + words[start + offset]
    for start in range(len(grams)):
        gram = grams[start]
        gram = (gram ^ (gram >> _FOLD)) * _MIX
        grams[start] = gram ^ (gram >> _FOLD)
    return grams


@compiled
def _narrow(grams: NDArray[np.uint64]) -> NDArray[np.int64]:
    narrowed = np.empty(len(grams), dtype=np.int64)
    for index in range(len(grams)):
        narrowed[index] = grams[index] >> _SPARE
    return narrowed


@compiled
def roll_narrow(words: NDArray[np.uint64], length: int) -> NDArray[np.int64]:
    """The upper 48 bits of what `roll_grams` gives."""
    return _narrow(_roll(words, length))


def roll_grams(words: NDArray[np.uint64], length: int) -> NDArray[np.uint64]:
    """uint64[n - length + 1]: one hash for each run of `length` words, in order; empty for a shorter text."""
    return _roll(words, length)


def narrow(grams: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The hashes' upper 48 bits, as the store keeps them."""
    return _narrow(grams)
