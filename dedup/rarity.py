"""How much a word proves: weights from how often the phrases around it were seen in other dispatches."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

GRAM = 4  # words
COUNTED = 3  # one gram in so many is counted: a third of the rows, and no measurable difference
_NEW = 2.0  # seen in so few dispatches, a phrase is new
_SPAN = math.log(12.5)  # seen in 12.5 times as many, it proves nothing
FULL = 255  # a weight is kept as one byte
LEAST = 1  # 0 stands for furniture, which is left out altogether


def pick_counted(grams: NDArray[np.int64]) -> NDArray[np.bool_]:
    """bool[n]: which 4-grams are counted; the same on every machine."""
    counted: NDArray[np.bool_] = grams % COUNTED == 0
    return counted


def weigh_words(grams: NDArray[np.int64], seen: Mapping[int, int], words: int) -> NDArray[np.uint8]:
    """uint8[words], at least 1: the mean of clip(1 - ln(seen / 2) / ln(12.5), 0, 1) over the counted 4-grams around a word, times 255.

    A word that stands in no counted gram takes the weight of the word before it.

    Args:
        grams: int64[words - 3], the text's 4-grams in order.
        seen: in how many dispatches of the history each was seen before this text arrived.
        words: length of the text.
    """
    counted = pick_counted(grams)
    if not counted.any():
        return np.full(words, FULL, dtype=np.uint8)
    times = np.fromiter((seen.get(gram, 0) for gram in grams[counted].tolist()), dtype=np.float64)
    worth = np.zeros(len(grams))
    worth[counted] = np.clip(1 - np.log(np.maximum(times, _NEW) / _NEW) / _SPAN, 0, 1)
    total, around = np.zeros(words), np.zeros(words)
    for offset in range(GRAM):
        total[offset : offset + len(grams)] += worth
        around[offset : offset + len(grams)] += counted
    known = around > 0
    nearest = np.maximum.accumulate(np.where(known, np.arange(words), np.argmax(known)))
    return np.maximum(LEAST, np.rint(total[nearest] / around[nearest] * FULL)).astype(np.uint8)
