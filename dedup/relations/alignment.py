"""Sentences of two tellings side by side: the nearest in meaning to each, and how much of a text is in the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.relations.telling import Telling


@dataclass(frozen=True, slots=True)
class SentencePair:
    """The numbers of two sentences, of the earlier and of the later text, and their nearness, 0..1."""

    earlier: int
    later: int
    nearness: float


@dataclass(frozen=True, slots=True)
class Alignment:
    """How two texts lie beside each other.

    Attributes:
        of_later, of_earlier: mean nearness of a text's sentences to their nearest in the other, by length.
        pairs: for each sentence of the later text, the nearest one of the earlier.
    """

    of_later: float
    of_earlier: float
    pairs: tuple[SentencePair, ...]

    @property
    def both(self) -> float:
        """The smaller of both shares: neither text has much that the other does not tell."""
        return min(self.of_later, self.of_earlier)


def align(earlier: Telling, later: Telling) -> Alignment:
    """Align the sentences of two tellings. A text that goes on beyond what was encoded is aligned as far as the other."""
    near = earlier.vectors @ later.vectors.T
    nearest = near.argmax(axis=0)
    best_of_later: NDArray[np.float32] = near.max(axis=0)
    return Alignment(
        of_later=_average(best_of_later, later.weights),
        of_earlier=_average(near.max(axis=1), earlier.weights),
        pairs=tuple(
            SentencePair(int(nearest[number]), number, round(float(best_of_later[number]), 3))
            for number in range(len(later.sentences))
        ),
    )


def _average(nearness: NDArray[np.float32], weights: NDArray[np.float32]) -> float:
    return float((np.clip(nearness, 0.0, 1.0) * weights).sum() / weights.sum())
