"""In how many dispatches of the history each phrase was seen: one open table of eight-byte slots, 48 bits key, 16 count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup.compiled import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MOST = 65_535  # a count stays there: a phrase so common proves nothing
_FIRST_SIZE = 4096
_FULL = 0.7  # share of the slots taken, at which the table grows
_GROWTH = 1.4
_MANY = 100_000  # phrases; so many at once are counted part by part
_PART_SHIFT = 38  # leaves the ten upper bits: 1,024 parts


@compiled
def _home(gram: int | np.int64, size: int) -> int:
    return ((gram >> 16) * size) >> 32  # type: ignore[return-value]


@compiled
def _find(gram: int, slots: NDArray[np.uint64]) -> int:
    """Where the phrase stands, or where it would be put; the second is told by a count of 0."""
    size = len(slots)
    place, free = _home(gram, size), -1
    while True:
        slot = slots[place]
        if slot == 0:
            return place if free < 0 else free
        if np.int64(slot >> np.uint64(16)) == gram:
            return place
        if free < 0 and slot & np.uint64(_MOST) == 0:
            free = place  # seen once, forgotten since
        place += 1
        if place == size:
            place = 0


@compiled
def _count(grams: NDArray[np.int64], slots: NDArray[np.uint64]) -> NDArray[np.int64]:
    times = np.zeros(len(grams), dtype=np.int64)
    size = len(slots)
    for number in range(len(grams)):
        gram = grams[number]
        place = _home(gram, size)
        slot = slots[place]
        while slot != 0:
            if np.int64(slot >> np.uint64(16)) == gram:
                times[number] = np.int64(slot & np.uint64(_MOST))
                break
            place = place + 1 if place + 1 < size else 0
            slot = slots[place]
    return times


@compiled
def _add(grams: NDArray[np.int64], slots: NDArray[np.uint64]) -> int:
    """Count each phrase once more; gives back how many slots were taken that were empty."""
    taken = 0
    for gram in grams:
        place = _find(gram, slots)
        slot = slots[place]
        times = np.int64(slot & np.uint64(_MOST))
        if times == 0:
            taken += slot == 0
            slots[place] = (np.uint64(gram) << np.uint64(16)) | np.uint64(1)
        elif times < _MOST:
            slots[place] = slot + np.uint64(1)
    return taken


@compiled
def _add_many(grams: NDArray[np.int64], slots: NDArray[np.uint64]) -> int:
    """As `_add`, part of the table by part: what lies near each other is counted one after the other."""
    shift = _PART_SHIFT
    ends = np.zeros((1 << (48 - shift)) + 1, dtype=np.int64)
    for gram in grams:
        ends[(gram >> shift) + 1] += 1
    ends = np.cumsum(ends)
    parted = np.empty_like(grams)
    for gram in grams:
        part = gram >> shift
        parted[ends[part]] = gram
        ends[part] += 1
    return _add(parted, slots)


@compiled
def _subtract(grams: NDArray[np.int64], slots: NDArray[np.uint64]) -> None:
    for gram in grams:
        place = _find(gram, slots)
        times = np.int64(slots[place] & np.uint64(_MOST))
        if 0 < times < _MOST:
            slots[place] -= np.uint64(1)


@compiled
def _move(slots: NDArray[np.uint64], larger: NDArray[np.uint64]) -> int:
    taken, size = 0, len(larger)
    for slot in slots:
        if slot & np.uint64(_MOST) != 0:
            place = _home(np.int64(slot >> np.uint64(16)), size)
            while larger[place] != 0:
                place = place + 1 if place + 1 < size else 0
            larger[place] = slot
            taken += 1
    return taken


class PhraseCounts:
    """Phrase -> in how many dispatches it was seen."""

    def __init__(self) -> None:
        self._slots = np.zeros(_FIRST_SIZE, dtype=np.uint64)
        self._taken = 0

    @property
    def nbytes(self) -> int:
        """Bytes of all that is held."""
        return self._slots.nbytes

    def dump(self) -> tuple[int, list[NDArray[np.uint64]]]:
        """(slots taken, slots) from which `load` makes this table again; the array is its own."""
        return self._taken, [self._slots]

    def load(self, taken: int, arrays: Sequence[NDArray[np.uint64]]) -> None:
        """Become the table of which these are the slots."""
        self._taken, (self._slots,) = taken, arrays

    def count(self, grams: NDArray[np.int64]) -> NDArray[np.int64]:
        """int64[n]: how often each phrase was seen."""
        return _count(grams, self._slots)

    def reserve(self, grams: int) -> None:
        """Make room for so many more phrases."""
        wanted = self._taken + grams
        if wanted > _FULL * len(self._slots):
            larger = np.zeros(int(max(_GROWTH * len(self._slots), wanted / _FULL + 1)), dtype=np.uint64)
            self._taken = _move(self._slots, larger)
            self._slots = larger

    def add(self, grams: NDArray[np.int64]) -> None:
        """A dispatch, or several one after the other, was founded with these phrases."""
        self.reserve(len(grams))
        self._taken += (_add_many if len(grams) > _MANY else _add)(grams, self._slots)

    def subtract(self, grams: NDArray[np.int64]) -> None:
        """Forget a dispatch that was founded with these phrases."""
        _subtract(grams, self._slots)
