"""Boilerplate: paragraphs that a publisher printed in several dispatches. One open table, one slot a dispatch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.candidates.probing import find_home, step
from dedup.candidates.sampling import sort_once
from dedup.text.jit import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Slots = NDArray[np.uint64]
    Days = NDArray[np.uint16]

COMMON = 2  # dispatches from which on a publisher's paragraph is boilerplate
_FIRST_SIZE = 1024
_FULL = 0.7
_GROWTH = 1.4


@compiled
def _home(slot: np.uint64, size: int) -> int:
    return find_home(np.int64(slot >> np.uint64(32)), size)


@compiled
def _count(paragraphs: NDArray[np.int64], since_day: int, slots: Slots, days: Days) -> NDArray[np.int64]:
    """In how many dispatches each was printed since a day, as far as `COMMON`."""
    size = len(slots)
    times = np.zeros(len(paragraphs), dtype=np.int64)
    for number in range(len(paragraphs)):
        paragraph = np.uint64(paragraphs[number])
        place = _home(paragraph << np.uint64(16), size)
        while days[place] != 0 and times[number] < COMMON:
            if slots[place] >> np.uint64(16) == paragraph and days[place] >= since_day:
                times[number] += 1
            place = step(place, size)
    return times


@compiled
def _recognise(
    paragraphs: NDArray[np.int64], frames: NDArray[np.int64], since_day: int, slots: Slots, days: Days
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    times, framed = _count(paragraphs, since_day, slots, days), _count(frames, since_day, slots, days)
    fresh, count = np.empty(2 * len(paragraphs), dtype=np.int64), 0
    for number in range(len(paragraphs)):
        if times[number] < COMMON:
            fresh[count] = paragraphs[number]
            count += 1
        if frames[number] == 0:
            framed[number] = 0
        elif framed[number] < COMMON:
            fresh[count] = frames[number]
            count += 1
    return times, framed, sort_once(fresh[:count])


@compiled
def _add(printed: Slots, day: int, since_day: int, slots: Slots, days: Days) -> tuple[Days, int]:
    """(the days that were there before, how many empty slots were taken)."""
    size, taken = len(slots), 0
    before = np.zeros(len(printed), dtype=np.uint16)
    for number in range(len(printed)):
        place, free = _home(printed[number], size), -1
        while days[place] != 0 and slots[place] != printed[number]:
            if free < 0 and days[place] < since_day:
                free = place
            place = step(place, size)
        if days[place] != 0:
            before[number] = days[place]
        elif free >= 0:
            place = free
        else:
            taken += 1
        slots[place] = printed[number]
        days[place] = day
    return before, taken


@compiled
def _restore(printed: Slots, before: Days, slots: Slots, days: Days) -> None:
    size = len(slots)
    for number in range(len(printed)):
        place = _home(printed[number], size)
        while slots[place] != printed[number] or days[place] == 0:
            place = step(place, size)
        days[place] = before[number] or 1  # long ago: free to be taken


@compiled
def _move(since_day: int, slots: Slots, days: Days, more_slots: Slots, more_days: Days) -> int:
    taken, size = 0, len(more_slots)
    for old in range(len(slots)):
        if days[old] >= since_day:
            place = _home(slots[old], size)
            while more_days[place] != 0:
                place = step(place, size)
            more_slots[place] = slots[old]
            more_days[place] = days[old]
            taken += 1
    return taken


class Boilerplate:
    """(paragraph in 48 bits, dispatch in 16) -> the day it was printed last, in days since 1970."""

    def __init__(self) -> None:
        self._slots = np.zeros(_FIRST_SIZE, dtype=np.uint64)
        self._days = np.zeros(_FIRST_SIZE, dtype=np.uint16)
        self._taken = 0

    @property
    def nbytes(self) -> int:
        """Bytes of all that is held."""
        return self._slots.nbytes + self._days.nbytes

    def dump(self) -> tuple[int, list[NDArray[Any]]]:
        """(slots taken, slots and days) from which `load` makes this table again; the arrays are its own."""
        return self._taken, [self._slots, self._days]

    def load(self, taken: int, arrays: Sequence[NDArray[Any]]) -> None:
        """Become the table of which these are the slots and days."""
        self._taken, (self._slots, self._days) = taken, arrays

    def recognise(
        self, paragraphs: NDArray[np.int64], frames: NDArray[np.int64], since_day: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """(in how many dispatches each paragraph was printed, counted as far as `COMMON`; each frame; what is no boilerplate of both).

        Args:
            paragraphs: int64[n].
            frames: int64[n], of the same paragraphs; 0 where one has no number, and is counted 0 times.
            since_day: days since 1970.
        """
        return _recognise(paragraphs, frames, since_day, self._slots, self._days)

    def add(self, printed: NDArray[np.uint64], day: int, since_day: int) -> NDArray[np.uint16]:
        """These (paragraph, dispatch) pairs were printed that day; gives back what `restore` needs."""
        wanted = self._taken + len(printed)
        if wanted > _FULL * len(self._slots):
            size = int(max(_GROWTH * len(self._slots), wanted / _FULL + 1))
            slots, days = np.zeros(size, dtype=np.uint64), np.zeros(size, dtype=np.uint16)
            self._taken = _move(since_day, self._slots, self._days, slots, days)
            self._slots, self._days = slots, days
        before, taken = _add(printed, day, since_day, self._slots, self._days)
        self._taken += taken
        return before

    def restore(self, printed: NDArray[np.uint64], before: NDArray[np.uint16]) -> None:
        """Undo the last `add`."""
        _restore(printed, before, self._slots, self._days)
