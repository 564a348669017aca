"""In how many dispatches of the history each phrase was seen: an open table of slots with 48 bits key, 16 bits count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup.candidates.probing import find_home, step
from dedup.text.jit import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Longs = NDArray[np.int64]
    Slots = NDArray[np.uint64]

_MOST = 65_535  # a count stays there: a phrase so common proves nothing
_FIRST_SIZE = 4096
_FULL = 0.75  # share of the slots taken, at which the table grows
_GROWTH = 1.125
_SMALL = (
    1 << 20
)  # slots, eight megabytes: up to this size a table doubles, and each phrase moves once or twice
_PACE = 64  # places that move with every phrase that is added
_MANY = 100_000  # phrases; so many at once are counted part by part
_PART_SHIFT = 38  # leaves the ten upper bits: 1,024 parts


@compiled
def _home(gram: int | np.int64, size: int) -> int:
    return find_home(gram >> 16, size)


@compiled
def _find(gram: int | np.int64, slots: Slots) -> int:
    """The slot of the phrase, or the one to put it in, whose count is 0."""
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
        place = step(place, size)


@compiled
def _read(gram: int, slots: Slots) -> np.int64:
    size = len(slots)
    place = _home(gram, size)
    slot = slots[place]
    while slot != 0:
        if np.int64(slot >> np.uint64(16)) == gram:
            break
        place = step(place, size)
        slot = slots[place]
    times: np.int64 = np.int64(slot & np.uint64(_MOST))
    return times


@compiled
def _raise(gram: int, slots: Slots) -> int:
    """Count a phrase once more; gives back how many slots were taken that were empty."""
    place = _find(gram, slots)
    slot = slots[place]
    times = np.int64(slot & np.uint64(_MOST))
    if times == 0:
        slots[place] = (np.uint64(gram) << np.uint64(16)) | np.uint64(1)
    elif times < _MOST:
        slots[place] = slot + np.uint64(1)
    return int(slot == 0)


@compiled
def count_phrases(grams: Longs, slots: Slots, larger: Slots, border: int) -> Longs:
    """How often each was seen. The slots at home are read first, all of them: memory answers many questions at once."""
    times = np.empty(len(grams), dtype=np.int64)
    for number in range(len(grams)):
        home = _home(grams[number], len(slots))
        if home < border:
            times[number] = larger[_home(grams[number], len(larger))]
        else:
            times[number] = slots[home]
    for number in range(len(grams)):
        gram, slot = grams[number], np.uint64(times[number])
        if slot == 0 or np.int64(slot >> np.uint64(16)) == gram:
            times[number] = slot & np.uint64(_MOST)
        else:
            times[number] = _read(gram, larger if _home(gram, len(slots)) < border else slots)
    return times


@compiled
def _add(grams: Longs, slots: Slots, larger: Slots, border: int) -> tuple[int, int]:
    """Count each phrase once more; gives back how many slots were taken in each table that were empty."""
    taken = taken_larger = 0
    for gram in grams:
        if _home(gram, len(slots)) < border:
            taken_larger += _raise(gram, larger)
        else:
            taken += _raise(gram, slots)
    return taken, taken_larger


@compiled
def _part(grams: Longs) -> Longs:
    """The phrases part of the table by part: what lies near each other is counted one after the other."""
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
    return parted


@compiled
def _subtract(grams: Longs, slots: Slots, larger: Slots, border: int) -> None:
    for gram in grams:
        table = larger if _home(gram, len(slots)) < border else slots
        place = _find(gram, table)
        times = np.int64(table[place] & np.uint64(_MOST))
        if 0 < times < _MOST:
            table[place] -= np.uint64(1)


@compiled
def _move(slots: Slots, larger: Slots, start: int, end: int) -> int:
    """Copy what is at home from one place to another; gives back how many there were.

    It may lie beyond, as far as the first empty place. What was copied stays where it is, for others that lie beyond it.
    """
    size, place, moved = len(slots), start, 0
    while place < end or (slots[place % size] != 0 and place < end + size):
        slot = slots[place % size]
        home = _home(np.int64(slot >> np.uint64(16)), size)
        if slot & np.uint64(_MOST) != 0 and start <= home < end:
            gram = np.int64(slot >> np.uint64(16))
            larger[_find(gram, larger)] = slot
            moved += 1
        place += 1
    return moved


class PhraseCounts:
    """Phrase -> in how many dispatches it was seen.

    A table that is full moves into a larger one a little with every dispatch, from its beginning to its end: up to a
    border the larger one counts, beyond it the old one.
    """

    def __init__(self) -> None:
        self._slots = np.zeros(_FIRST_SIZE, dtype=np.uint64)
        self._larger = np.zeros(0, dtype=np.uint64)
        self._taken = self._taken_larger = self._border = 0

    @property
    def nbytes(self) -> int:
        """Bytes of all that is held."""
        return self._slots.nbytes + self._larger.nbytes

    @property
    def tables(self) -> tuple[Slots, Slots, int]:
        """The slots, the larger ones and the border between them, as `count_phrases` takes them."""
        return self._slots, self._larger, self._border

    def dump(self) -> tuple[list[int], list[NDArray[np.uint64]]]:
        """(numbers, arrays) from which `load` makes this table again; the arrays are its own."""
        return [self._taken, self._taken_larger, self._border], [self._slots, self._larger]

    def load(self, numbers: Sequence[int], arrays: Sequence[NDArray[np.uint64]]) -> None:
        """Become the table of which these are the numbers and the arrays."""
        self._taken, self._taken_larger, self._border = numbers
        self._slots, self._larger = arrays

    def count(self, grams: NDArray[np.int64]) -> NDArray[np.int64]:
        """int64[n]: how often each phrase was seen."""
        return count_phrases(grams, self._slots, self._larger, self._border)

    def reserve(self, grams: int) -> None:
        """Make room for so many more phrases, at once."""
        if len(self._larger):
            self._move_on(len(self._slots))
        if self._taken + grams > _FULL * len(self._slots):
            self._begin_larger(grams)
            self._move_on(len(self._slots))

    def add(self, grams: NDArray[np.int64]) -> None:
        """A dispatch, or several one after the other, was founded with these phrases."""
        if len(grams) > _MANY:
            self.reserve(len(grams))
            grams = _part(grams)
        elif len(self._larger):
            self._move_on(_PACE * len(grams))
        elif self._taken + len(grams) > _FULL * len(self._slots):
            self._begin_larger(len(grams))
            self._move_on(_PACE * len(grams))
        taken, taken_larger = _add(grams, self._slots, self._larger, self._border)
        self._taken += taken
        self._taken_larger += taken_larger

    def subtract(self, grams: NDArray[np.int64]) -> None:
        """Forget a dispatch that was founded with these phrases."""
        _subtract(grams, self._slots, self._larger, self._border)

    def _begin_larger(self, grams: int) -> None:
        size = max(len(self._slots), (self._taken + grams) / _FULL + 1)
        size *= _GROWTH if size > _SMALL else 2
        self._larger = np.zeros(int(size), dtype=np.uint64)
        self._taken_larger = self._border = 0

    def _move_on(self, places: int) -> None:
        end = min(len(self._slots), self._border + places)
        self._taken_larger += _move(self._slots, self._larger, self._border, end)
        self._border = end
        if end == len(self._slots):
            self._slots, self._taken = self._larger, self._taken_larger
            self._larger = np.zeros(0, dtype=np.uint64)
            self._taken_larger = self._border = 0
