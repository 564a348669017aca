"""How much a word proves: weights from how often the phrases around it were seen in other dispatches."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from dedup.text.jit import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

GRAM = 4  # words
COUNTED = 3  # one gram in so many is counted: a third of the memory, and no measurable difference
_NEW = 2.0  # a phrase seen in at most so many dispatches is new
_SPAN = math.log(12.5)  # a phrase seen in 12.5 times as many proves nothing
FULL = 255  # a weight is kept as one byte
LEAST = 1  # 0 marks boilerplate, which is left out
# The worth of a phrase by how often it was seen; beyond the table it is nothing.
WORTH = np.clip(1 - np.log(np.maximum(np.arange(26.0), _NEW) / _NEW) / _SPAN, 0, 1)


@compiled
def pick_counted(grams: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of the 4-grams that are counted, in order; the same on every machine."""
    counted, count = np.empty(len(grams), dtype=np.int64), 0
    for (
        gram
    ) in grams:  # every gram is written, the next over it unless it counts: a branch would be guessed wrong
        counted[count] = gram
        count += gram % COUNTED == 0
    return counted[:count]


@compiled
def weigh(
    grams: NDArray[np.int64], times: NDArray[np.int64], words: int, worth: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """uint8[words], at least 1: the mean of clip(1 - ln(seen / 2) / ln(12.5), 0, 1) over the counted 4-grams around a word, times 255.

    A word in no counted gram takes the weight of the word before it; the words at the start take that of the first
    word in a counted gram.

    Args:
        grams: int64[words - 3], the text's 4-grams in order.
        times: int64, in how many dispatches of the history each counted gram was seen before this text arrived.
        words: length of the text.
        worth: `WORTH`; a compiled function copies a table that it does not get.
    """
    weights = np.zeros(words, dtype=np.uint8)
    if len(times) == 0:
        weights[:] = FULL
        return weights
    # with an empty place for each gram that the ends of the text lack, and nothing to branch on: no gram is foreseen
    proved, counted = np.zeros(len(grams) + 2 * GRAM), np.zeros(len(grams) + 2 * GRAM, dtype=np.int64)
    number = 0
    for gram in range(len(grams)):
        is_counted = grams[gram] % COUNTED == 0
        proved[gram + GRAM] = worth[min(times[min(number, len(times) - 1)], len(worth) - 1)] * is_counted
        counted[gram + GRAM] = is_counted
        number += is_counted
    weight = 0
    for word in range(words):
        last = word + GRAM
        around = counted[last] + counted[last - 1] + counted[last - 2] + counted[last - 3]
        total = proved[last] + proved[last - 1] + proved[last - 2] + proved[last - 3]
        if around:
            weight = max(LEAST, int(np.rint(total / around * FULL)))
        weights[word] = weight
    first = 0
    while weights[first] == 0:
        first += 1
    weights[:first] = weights[first]
    return weights
