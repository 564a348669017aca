"""Sampled 5-grams: the second road to candidates, which carries excerpts. No secret is in it: verdicts hang on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup.shingles import GRAM_BITS, narrow, roll_grams

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.text import Text

GRAM = 5  # words
_ONE_IN = 8
_LEAST = 8  # grams a text, so that short ones are found too
_MOST = 400  # grams a text: however long it is, the work stays bounded
_BELOW = 2**GRAM_BITS // _ONE_IN


def sample_grams(text: Text) -> NDArray[np.int64]:
    """The lowest eighth of all hashes, and at least the eight lowest of the text: sorted, each once.

    Lowest, and not any eight: two texts that share grams then share samples.
    """
    grams = np.unique(narrow(roll_grams(text.words, GRAM)))
    return grams[: min(_MOST, max(_LEAST, int(np.searchsorted(grams, _BELOW))))]
