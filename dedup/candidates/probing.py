"""Linear probing, shared by the open tables: where a key is at home, and which slot comes after a slot.

What a slot holds, and which slots count as free, each table says itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dedup.text.jit import compiled

if TYPE_CHECKING:
    import numpy as np


@compiled
def find_home(upper: int | np.int64, size: int) -> int:
    """The slot at which a key is at home, by its upper 32 bits: keys in order have homes in order."""
    return (upper * size) >> 32  # type: ignore[return-value]


@compiled
def step(place: int, size: int) -> int:
    """The slot after this one; after the last comes the first."""
    return place + 1 if place + 1 < size else 0
