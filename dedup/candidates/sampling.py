"""Sampled 5-grams: the second road to candidates, which carries excerpts. No secret is in it: verdicts hang on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup.text.jit import compiled
from dedup.text.ngrams import GRAM_BITS, roll_narrow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.text.words import Text

GRAM = 5  # words
_ONE_IN = 8
_LEAST = 8  # grams a text, so that short ones are found too
_MOST = 400  # grams a text: however long it is, the work stays bounded
_BELOW = 2**GRAM_BITS // _ONE_IN


@compiled
def _drop_repeats(ordered: NDArray[np.int64]) -> NDArray[np.int64]:
    count = 0
    for value in ordered:
        if count == 0 or ordered[count - 1] != value:
            ordered[count] = value
            count += 1
    return ordered[:count]


@compiled
def sort_once(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The different values in order."""
    return _drop_repeats(np.sort(values))


def order_once(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same for a hundred values and more: NumPy sorts by vectors, Numba does not."""
    return _drop_repeats(np.sort(values))


@compiled
def sample_words(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    """`sample_grams` of a text's words."""
    grams = roll_narrow(words, GRAM)
    lowest, count = np.empty(len(grams), dtype=np.int64), 0
    # Every gram is written, and the next one over it unless it is low: a branch would be guessed wrong.
    for gram in grams:
        lowest[count] = gram
        count += gram < _BELOW
    lowest = sort_once(lowest[:count])
    if len(lowest) < _LEAST:
        lowest = sort_once(grams)[:_LEAST]
    return lowest[:_MOST]


def sample_grams(text: Text) -> NDArray[np.int64]:
    """The lowest eighth of all hashes, and at least the eight lowest of the text: sorted, each once.

    Lowest, and not any eight: two texts that share grams then share samples.
    """
    return sample_words(text.words)
