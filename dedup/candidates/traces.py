"""What a version leaves for later ones to be compared with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import xxhash

from copytaster.fast_values import fast_value
from dedup.text.jit import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DISPATCH_BITS = 16


@fast_value
class Filed:
    """One version's traces.

    Attributes:
        at, seen: its place in the window and its arrival, in microseconds since 1970.
        keys: int64, under which it can be found.
        phrases: int64, those that are counted; none where it joined a dispatch.
        printed: uint64, its paragraphs and its dispatch.
    """

    version: int
    at: int
    seen: int
    keys: NDArray[np.int64]
    phrases: NDArray[np.int64]
    printed: NDArray[np.uint64]


def print_paragraphs(paragraphs: NDArray[np.int64], dispatch_id: str) -> NDArray[np.uint64]:
    """uint64: 48 bits of each paragraph, 16 of the dispatch in which it was printed."""
    tag = xxhash.xxh3_64_intdigest(dispatch_id.encode()) % 2**_DISPATCH_BITS
    return _tag(paragraphs, tag)


@compiled
def _tag(paragraphs: NDArray[np.int64], tag: int) -> NDArray[np.uint64]:
    printed = np.empty(len(paragraphs), dtype=np.uint64)
    for place in range(len(paragraphs)):
        printed[place] = (np.uint64(paragraphs[place]) << np.uint64(_DISPATCH_BITS)) | np.uint64(tag)
    return printed


def count_microseconds(moment: datetime) -> int:
    """Since 1970."""
    return (moment - _EPOCH) // MICROSECOND
