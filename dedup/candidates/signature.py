"""MinHash signatures and their bands: they only propose whom to compare. datasketch owns scheme and parameters."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.candidates.sampling import sample_words
from dedup.text.jit import compiled
from dedup.text.ngrams import _FOLD, _MIX, _SPARE, _roll
from dedup.text.words import NORMALISER

if TYPE_CHECKING:
    from datasketch import MinHash
    from numpy.typing import NDArray

SHINGLE = 4  # words
BANDS = 64
ROWS = 2
_SEEDS = 2**32  # as many as datasketch's generator takes
_LOW_HALF = np.uint64(0xFFFFFFFF)
_NO_KEYS = np.empty(0, dtype=np.int64)


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


@compiled
def _sign(words: NDArray[np.uint64], length: int, permutations: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """What datasketch's `affine32` makes of the lower halves of the shingles: min over them of fmix32(h) * a + b."""
    factors, summands = permutations[0], permutations[1]
    grams = _roll(words, length)
    shingles, values = np.empty(len(grams), dtype=np.uint32), np.empty(len(factors), dtype=np.uint32)
    for number in range(
        len(grams)
    ):  # in this function: of an array that another one made, vectors are not used
        mixed = np.uint32(grams[number] & _LOW_HALF)
        mixed = np.uint32((mixed ^ (mixed >> np.uint32(16))) * np.uint32(0x85EBCA6B))
        mixed = np.uint32((mixed ^ (mixed >> np.uint32(13))) * np.uint32(0xC2B2AE35))
        shingles[number] = np.uint32(mixed ^ (mixed >> np.uint32(16)))
    for number in range(len(factors)):  # one permutation after the other: the loop inside runs on vectors
        least, factor, summand = np.uint32(0xFFFFFFFF), factors[number], summands[number]
        for shingle in shingles:
            value = np.uint32(shingle * factor + summand)
            least = min(least, value)
        values[number] = least
    return values


class Signer:
    """Makes signatures by one recipe, with the permutations that datasketch draws for its seed.

    They are drawn here: datasketch imports SciPy, which takes a command of one story most of a second.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        draw, count = np.random.RandomState(recipe.seed), recipe.permutations  # its numbers never change
        factors = draw.randint(0, 1 << 31, count, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
        summands = draw.randint(0, 1 << 32, count, dtype=np.uint32)
        self._permutations = np.array([factors, summands])

    def sign(self, words: NDArray[np.uint64]) -> NDArray[np.uint32] | None:
        """uint32[128], or None for a text shorter than a shingle: all empty signatures look alike."""
        if len(words) < self.recipe.shingle:
            return None
        return _sign(words, self.recipe.shingle, self._permutations)

    def find_keys(
        self, words: NDArray[np.uint64], *, signed: bool, sampled: bool
    ) -> tuple[NDArray[np.uint32] | None, NDArray[np.int64], int]:
        """(signature, the keys of a text: those of its bands, then its sampled phrases; how many bands), in one pass.

        Args:
            words: of the text.
            signed: it has a signature, if it is as long as a shingle.
            sampled: it has samples.
        """
        values, keys, bands = _find_keys(words, self.recipe.shingle, self._permutations, signed, sampled)
        return values if bands else None, keys, bands


def pack_signature(values: NDArray[np.uint32] | None) -> bytes:
    """A signature as the store keeps it: little-endian, no bytes for none."""
    return b"" if values is None else values.astype("<u4", copy=False).tobytes()


def load_signature(stored: bytes, recipe: Recipe) -> MinHash:
    """A stored signature as datasketch's own object.

    Raises:
        ValueError: it is empty, or not of this recipe's length.
    """
    from datasketch import MinHash

    values = np.frombuffer(stored, dtype="<u4")
    if len(values) != recipe.permutations:
        raise ValueError(f"{len(values)} values, the recipe makes {recipe.permutations}")
    return MinHash(seed=recipe.seed, scheme=recipe.scheme, hashvalues=values, hashfunc=int)


def band_keys(values: NDArray[np.uint32] | None) -> NDArray[np.int64]:
    """int64[64]: one key a band, in 48 bits, in order; none without a signature."""
    return _NO_KEYS if values is None else _key_bands(values)


@compiled
def _find_keys(
    words: NDArray[np.uint64], length: int, permutations: NDArray[np.uint32], signed: bool, sampled: bool
) -> tuple[NDArray[np.uint32], NDArray[np.int64], int]:
    values = np.empty(0, dtype=np.uint32)
    if signed and len(words) >= length:
        values = _sign(words, length, permutations)
    bands, samples = _key_bands(values), np.empty(0, dtype=np.int64)
    if sampled:
        samples = sample_words(words)
    return values, np.concatenate((bands, samples)), len(bands)


@compiled
def _key_bands(values: NDArray[np.uint32]) -> NDArray[np.int64]:
    keys = np.empty(len(values) // ROWS, dtype=np.int64)
    for band in range(len(keys)):
        key = np.uint64(band + 1)
        for value in values[band * ROWS : (band + 1) * ROWS]:
            key = (key ^ np.uint64(value)) * _MIX
            key ^= key >> _FOLD
        keys[band] = key >> _SPARE
    return keys
