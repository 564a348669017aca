"""Hashes of a lead's vector that leads of near meaning share: cross-polytope, by pseudo-random rotations.

Andoni and others 2015, Practical and Optimal LSH for Angular Distance: three times signs by chance, then Hadamard's
matrix, turns a vector as a matrix drawn by chance would, for a hundredth of the work.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TABLES, WIDTH = 32, 128
_ROUNDS = 3
_TOGETHER = 512  # leads that take 30 MB while they are turned
_SEED = 20_261_128  # one for all installations: a decision must not depend on a secret


def hash_leads(leads: NDArray[np.int8]) -> NDArray[np.int32]:
    """int32[n, TABLES]: the bucket of each lead in each table; no two tables have one in common.

    Args:
        leads: int8[n, width], none of zeros: those fall into one bucket, near or not.
    """
    parts = [_hash(leads[start : start + _TOGETHER]) for start in range(0, len(leads), _TOGETHER)]
    return np.concatenate(parts) if parts else np.empty((0, TABLES), dtype=np.int32)


def _hash(leads: NDArray[np.int8]) -> NDArray[np.int32]:
    count, width = leads.shape
    size = max(WIDTH, 1 << (width - 1).bit_length())
    signs = _draw_signs(size)
    turned = np.zeros((count, signs.shape[1], size), dtype=np.float32)
    turned[:, :, :width] = leads[:, None, :]
    for flips in signs:
        turned = _mix(turned * flips)
    tables = turned.reshape(count, TABLES, WIDTH)
    largest = np.abs(tables).argmax(axis=2)
    is_positive = np.take_along_axis(tables, largest[:, :, None], axis=2)[:, :, 0] > 0
    buckets: NDArray[np.int32] = ((np.arange(TABLES) * WIDTH + largest) * 2 + is_positive).astype(np.int32)
    return buckets


def _mix(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Times Hadamard's matrix, which is the Kronecker product of two small ones."""
    size = vectors.shape[-1]
    columns = 1 << (size.bit_length() // 2)
    square = vectors.reshape(*vectors.shape[:-1], size // columns, columns)
    mixed: NDArray[np.float32] = _hadamard(size // columns) @ (square @ _hadamard(columns))
    return mixed.reshape(vectors.shape)


@cache
def _hadamard(size: int) -> NDArray[np.float32]:
    """float32[size, size] of Sylvester's construction; `size` a power of two."""
    matrix = np.ones((1, 1), dtype=np.float32)
    while len(matrix) < size:
        matrix = np.kron(matrix, np.array([[1, 1], [1, -1]], dtype=np.float32))
    return matrix


@cache
def _draw_signs(size: int) -> NDArray[np.float32]:
    """float32[rounds, rotations, size] of 1 and -1."""
    drawn = np.random.default_rng(_SEED).integers(0, 2, (_ROUNDS, TABLES * WIDTH // size, size))
    return (2 * drawn - 1).astype(np.float32)
