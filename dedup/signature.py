"""MinHash signatures and their bands: they only propose whom to compare. datasketch owns scheme and parameters."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from datasketch import MinHash

from dedup.shingles import roll_grams
from dedup.text import NORMALISER

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHINGLE = 4  # words
BANDS = 64
ROWS = 2
_SEEDS = 2**32  # as many as datasketch's generator takes
_LOW_HALF = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How signatures are made. Those of unlike recipes are never compared."""

    seed: int
    scheme: str = "affine32"
    permutations: int = BANDS * ROWS
    shingle: int = SHINGLE
    word_hash: str = "xxh3-64"
    normaliser: int = NORMALISER

    @classmethod
    def of_installation(cls, secret_seed: int) -> Recipe:
        """The recipe with this installation's own permutations: nobody else can craft false likenesses to them."""
        return cls(seed=secret_seed % _SEEDS)

    def to_json(self) -> dict[str, Any]:
        """Plain data for the store."""
        return asdict(self)

    @property
    def digest(self) -> str:
        """SHA-256 in hex; equal for equal recipes."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()


class Signer:
    """Makes signatures by one recipe."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self._empty = MinHash(
            num_perm=recipe.permutations, seed=recipe.seed, scheme=recipe.scheme, hashfunc=int
        )

    def sign(self, words: NDArray[np.uint64]) -> NDArray[np.uint32] | None:
        """uint32[128], or None for a text shorter than a shingle: all empty signatures look alike."""
        grams = np.unique(roll_grams(words, self.recipe.shingle) & _LOW_HALF)
        if not len(grams):
            return None
        sketch = self._empty.copy()
        sketch.update_batch(grams.tolist())
        values: NDArray[np.uint32] = sketch.hashvalues
        return values


def pack(values: NDArray[np.uint32] | None) -> bytes:
    """A signature as the store keeps it: little-endian, no bytes for none."""
    return b"" if values is None else values.astype("<u4").tobytes()


def load(stored: bytes, recipe: Recipe) -> MinHash:
    """A stored signature as datasketch's own object.

    Raises:
        ValueError: it is empty, or not of this recipe's length.
    """
    values = np.frombuffer(stored, dtype="<u4")
    if len(values) != recipe.permutations:
        raise ValueError(f"{len(values)} values, the recipe makes {recipe.permutations}")
    return MinHash(seed=recipe.seed, scheme=recipe.scheme, hashvalues=values, hashfunc=int)


def band_keys(values: NDArray[np.uint32] | None) -> list[int]:
    """One signed 64-bit key a band, in order; none without a signature. 0 is never a key."""
    if values is None:
        return []
    keys = np.ascontiguousarray(values.astype("<u4")).view("<i8")
    return [key or 1 for key in keys.tolist()]
