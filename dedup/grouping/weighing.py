"""The weights of a version's words by what was counted before it, in one compiled pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dedup.candidates.phrase_counts import count_phrases
from dedup.similarity.weights import GRAM, WORTH, pick_counted, weigh
from dedup.text.jit import compiled
from dedup.text.ngrams import roll_narrow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dedup.candidates.phrase_counts import PhraseCounts


def weigh_text(
    words: NDArray[np.uint64], phrases: PhraseCounts
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """(the counted 4-grams of a text, the weight of each word by how often those were seen before it)."""
    return _weigh_text(words, *phrases.tables, WORTH)


@compiled
def _weigh_text(
    words: NDArray[np.uint64],
    slots: NDArray[np.uint64],
    larger: NDArray[np.uint64],
    border: int,
    worth: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    grams = roll_narrow(words, GRAM)
    counted = pick_counted(grams)
    return counted, weigh(grams, count_phrases(counted, slots, larger, border), len(words), worth)
