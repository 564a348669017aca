"""Which versions were filed under a key: one table of chains, newest first, over a ring of entries that expires in place.

CandidateIndex hang on a hash table that grows by one bucket at a time (Litwin 1980, "Linear hashing: a new tool for file and
table addressing"), so nothing ever stops to rebuild it. An entry is eight bytes: 32 bits of its key, of which the
bucket holds another 16 at least, and the number of the entry filed before it. Entries are numbered in order of
arrival: what lies before the first number that is still kept has expired, and no chain need be touched for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup.compiled import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Longs = NDArray[np.int64]
    Ints = NDArray[np.uint32]

KEY_BITS = 48
CROWDED = 40  # versions under one key; more are not filed, the first ones stand for them
_WALKED = 512  # versions of one key that are looked at, whatever window they lie in
_BUCKET_BITS = 16  # of the smallest table; the bits of a key that no entry keeps
_LOAD = 4  # entries a bucket
_BLOCK = 8  # entries that have one owner
_FIRST_BLOCKS = 4096
_LAST_ENTRY = 2**32 - 2**24  # numbers are 32 bits wide

# Places in the array of counters.
_BUCKETS, _MASK, _TOP, _FIRST, _SLOT_TOP, _SLOT_FIRST = range(6)


@compiled
def _bucket(key: int, state: Longs) -> int:
    place = key & state[_MASK]
    return place if place < state[_BUCKETS] else place & (state[_MASK] >> 1)  # type: ignore[no-any-return]


@compiled
def _split(state: Longs, heads: Ints, tags: Ints, nexts: Ints) -> None:
    """Open one more bucket and move into it what belongs there, both chains in their order."""
    fresh = state[_BUCKETS]
    if fresh > state[_MASK]:
        state[_MASK] = 2 * state[_MASK] + 1
    mask, room = state[_MASK], len(tags)
    old = fresh & (mask >> 1)
    low = old & ((1 << _BUCKET_BITS) - 1)
    entry = np.int64(heads[old])
    heads[old] = heads[fresh] = 0
    last_old = last_fresh = np.int64(-1)
    while entry >= state[_FIRST]:
        place = entry % room
        following = np.int64(nexts[place])
        nexts[place] = 0
        if (((np.int64(tags[place]) << _BUCKET_BITS) | low) & mask) == fresh:
            if last_fresh < 0:
                heads[fresh] = entry
            else:
                nexts[last_fresh] = entry
            last_fresh = place
        else:
            if last_old < 0:
                heads[old] = entry
            else:
                nexts[last_old] = entry
            last_old = place
        entry = following
    state[_BUCKETS] = fresh + 1


@compiled
def _expire(state: Longs, starts: Longs, seens: Longs, before: int) -> None:
    room = len(seens)
    while state[_SLOT_FIRST] < state[_SLOT_TOP] and seens[state[_SLOT_FIRST] % room] < before:
        state[_SLOT_FIRST] += 1
    if state[_SLOT_FIRST] < state[_SLOT_TOP]:
        state[_FIRST] = starts[state[_SLOT_FIRST] % room]
    else:
        state[_FIRST] = state[_TOP]


@compiled
def _file(
    rows: Longs,
    keys: Longs,
    kept_for: int,
    state: Longs,
    heads: Ints,
    tags: Ints,
    nexts: Ints,
    owners: Ints,
    versions: Longs,
    ats: Longs,
    seens: Longs,
    starts: Longs,
) -> None:
    """File versions one after the other; each lets go of what had left the window when it arrived."""
    room, slots = len(tags), len(versions)
    start = 0
    for row in range(len(rows)):
        _expire(state, starts, seens, rows[row, 2] - kept_for)
        slot = state[_SLOT_TOP]
        versions[slot % slots] = rows[row, 0]
        ats[slot % slots] = rows[row, 1]
        seens[slot % slots] = rows[row, 2]
        starts[slot % slots] = state[_TOP]
        entry = state[_TOP]
        for key in keys[start : start + rows[row, 3]]:
            bucket, place = _bucket(key, state), entry % room
            tags[place] = key >> _BUCKET_BITS
            nexts[place] = heads[bucket]
            heads[bucket] = entry
            if entry % _BLOCK == 0:
                owners[place // _BLOCK] = slot % slots
            entry += 1
        start += rows[row, 3]
        state[_TOP] = (entry + _BLOCK - 1) // _BLOCK * _BLOCK
        state[_SLOT_TOP] = slot + 1
        while state[_BUCKETS] * _LOAD < state[_TOP] - state[_FIRST]:
            _split(state, heads, tags, nexts)


@compiled
def _unfile(keys: Longs, state: Longs, heads: Ints, nexts: Ints, starts: Longs) -> None:
    """Take back what was filed last, under these keys."""
    slot = state[_SLOT_TOP] - 1
    start = starts[slot % len(starts)]
    for number in range(len(keys) - 1, -1, -1):
        bucket = _bucket(keys[number], state)
        if heads[bucket] == start + number:
            heads[bucket] = nexts[(start + number) % len(nexts)]
    state[_TOP] = start
    state[_SLOT_TOP] = slot
    state[_SLOT_FIRST] = min(state[_SLOT_FIRST], slot)
    state[_FIRST] = min(state[_FIRST], start)


@compiled
def _look_up(
    keys: Longs,
    bands: int,
    since: int,
    until: int,
    state: Longs,
    heads: Ints,
    tags: Ints,
    nexts: Ints,
    owners: Ints,
    versions: Longs,
    ats: Longs,
    shared: Ints,
    touched: Ints,
) -> tuple[NDArray[np.bool_], Longs]:
    """(crowded[k], version, bands shared, phrases shared) of what lies in the window."""
    room, first = len(tags), state[_FIRST]
    crowded = np.zeros(len(keys), dtype=np.bool_)
    found = 0
    for number in range(len(keys)):
        key = keys[number]
        tag, worth = np.uint32(key >> _BUCKET_BITS), 65536 if number < bands else 1
        entry = np.int64(heads[_bucket(key, state)])
        inside = walked = 0
        while entry >= first and walked < _WALKED:
            place = entry % room
            if tags[place] == tag:
                walked += 1
                slot = owners[place // _BLOCK]
                if since <= ats[slot] <= until:
                    inside += 1
                    if shared[slot] == 0:
                        touched[found] = slot
                        found += 1
                    shared[slot] += worth
            entry = np.int64(nexts[place])
        crowded[number] = inside >= CROWDED
    hits = np.empty((found, 3), dtype=np.int64)
    for number in range(found):
        slot = touched[number]
        hits[number, 0] = versions[slot]
        hits[number, 1] = shared[slot] >> 16
        hits[number, 2] = shared[slot] & 65535
        shared[slot] = 0
    return crowded, hits


@compiled
def _move_entries(
    state: Longs,
    tags: Ints,
    nexts: Ints,
    owners: Ints,
    new_tags: Ints,
    new_nexts: Ints,
    new_owners: Ints,
    slot_places: Ints,
) -> None:
    room, new_room = len(tags), len(new_tags)
    place, new_place = state[_FIRST] % room, state[_FIRST] % new_room
    for _ in range(state[_FIRST], state[_TOP]):  # a division for each entry would take ten times as long
        new_tags[new_place] = tags[place]
        new_nexts[new_place] = nexts[place]
        if new_place % _BLOCK == 0:
            new_owners[new_place // _BLOCK] = slot_places[owners[place // _BLOCK]]
        place = place + 1 if place + 1 < room else 0
        new_place = new_place + 1 if new_place + 1 < new_room else 0


class CandidateIndex:
    """Keys of 48 bits -> versions with their place in the window; memory follows what is kept.

    Args:
        kept_for: microseconds after its arrival for which a version is kept.
    """

    def __init__(self, kept_for: int) -> None:
        self._kept_for = kept_for
        self._state = np.zeros(6, dtype=np.int64)
        self._state[:] = [1 << _BUCKET_BITS, (1 << _BUCKET_BITS) - 1, _BLOCK, _BLOCK, 0, 0]
        self._heads = np.zeros(1 << (_BUCKET_BITS + 1), dtype=np.uint32)
        self._make_entries(_FIRST_BLOCKS)
        self._make_slots(_FIRST_BLOCKS)

    def __len__(self) -> int:
        return int(self._state[_SLOT_TOP] - self._state[_SLOT_FIRST])

    @property
    def nbytes(self) -> int:
        """Bytes of all that is held."""
        return sum(array.nbytes for array in self._arrays())

    @property
    def is_worn(self) -> bool:
        """The numbers of entries are nearly used up: time to file what is kept in a new table."""
        return bool(self._state[_TOP] > _LAST_ENTRY // 2)

    def _arrays(self) -> Iterator[NDArray[np.generic]]:
        yield self._heads[: int(self._state[_BUCKETS])]
        yield from (self._tags, self._nexts, self._owners, self._versions, self._ats, self._seens)
        yield from (self._starts, self._shared, self._touched)

    def _make_entries(self, blocks: int) -> None:
        self._tags = np.empty(blocks * _BLOCK, dtype=np.uint32)
        self._nexts = np.empty(blocks * _BLOCK, dtype=np.uint32)
        self._owners = np.empty(blocks, dtype=np.uint32)

    def _make_slots(self, slots: int) -> None:
        self._versions = np.empty(slots, dtype=np.int64)
        self._ats = np.empty(slots, dtype=np.int64)
        self._seens = np.empty(slots, dtype=np.int64)
        self._starts = np.empty(slots, dtype=np.int64)
        self._shared = np.zeros(slots, dtype=np.uint32)
        self._touched = np.empty(slots, dtype=np.uint32)

    def reserve(self, slots: int, keys: int) -> None:
        """Make room for so many versions and keys, while there are none yet: nothing then grows while they are filed."""
        if len(self) or self._state[_TOP] != _BLOCK:
            return
        entries = keys + slots * _BLOCK // 2  # what a version leaves empty of its last block, on the average
        buckets = max(1 << _BUCKET_BITS, entries // _LOAD)
        self._state[_BUCKETS], self._state[_MASK] = buckets, (1 << (buckets - 1).bit_length()) - 1
        self._heads = np.zeros(2 * buckets, dtype=np.uint32)
        self._make_entries(max(_FIRST_BLOCKS, entries // _BLOCK + entries // (16 * _BLOCK)))
        self._make_slots(max(_FIRST_BLOCKS, slots + slots // 16))

    def file(self, rows: NDArray[np.int64], keys: NDArray[np.int64]) -> None:
        """File versions under their keys, in order of arrival.

        Args:
            rows: int64[n, 4 or more]: version, place in the window and arrival in microseconds, number of keys.
            keys: the keys of all of them, one after the other.

        Raises:
            OverflowError: the numbers are used up; what is kept has to be filed anew, in another table.
        """
        self._make_room(len(rows), len(keys) + _BLOCK * len(rows))
        _file(
            rows,
            keys,
            self._kept_for,
            self._state,
            self._heads,
            self._tags,
            self._nexts,
            self._owners,
            self._versions,
            self._ats,
            self._seens,
            self._starts,
        )

    def unfile(self, keys: NDArray[np.int64]) -> None:
        """Take back the version that was filed last, whose keys these are."""
        _unfile(keys, self._state, self._heads, self._nexts, self._starts)

    def expire(self, now: int) -> None:
        """Let go of what had arrived too long before this moment, in microseconds."""
        _expire(self._state, self._starts, self._seens, now - self._kept_for)

    def look_up(
        self, keys: NDArray[np.int64], bands: int, since: int, until: int
    ) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """(crowded[keys], int64[n, 3]: version, bands shared, phrases shared), of places within both moments.

        Args:
            keys: each once; bands first, then phrases.
            bands: how many of them are bands.
            since: microseconds since 1970.
            until: likewise; both count.
        """
        return _look_up(
            keys,
            bands,
            since,
            until,
            self._state,
            self._heads,
            self._tags,
            self._nexts,
            self._owners,
            self._versions,
            self._ats,
            self._shared,
            self._touched,
        )

    def _make_room(self, slots: int, entries: int) -> None:
        state = self._state
        if state[_TOP] + entries > _LAST_ENTRY:
            raise OverflowError("numbers of entries are used up")
        buckets = int(max(state[_BUCKETS], (state[_TOP] - state[_FIRST] + entries) // _LOAD + 1))
        if buckets > len(self._heads):
            heads = np.zeros(2 * buckets, dtype=np.uint32)  # pages that nobody touches take no memory
            heads[: len(self._heads)] = self._heads
            self._heads = heads
        wanted_slots = int(state[_SLOT_TOP] - state[_SLOT_FIRST]) + slots
        wanted_blocks = (int(state[_TOP] - state[_FIRST]) + entries) // _BLOCK + 1
        if wanted_slots > len(self._versions) or wanted_blocks > len(self._owners):
            self._move(max(wanted_slots, len(self._versions)), max(wanted_blocks, len(self._owners)))

    def _move(self, slots: int, blocks: int) -> None:
        """Into larger rings, with an eighth to spare."""
        state, old = self._state, (self._tags, self._nexts, self._owners)
        kept = np.arange(state[_SLOT_FIRST], state[_SLOT_TOP])
        before = kept % len(self._versions)
        columns = (self._versions, self._ats, self._seens, self._starts)
        values = [column[before] for column in columns]
        places = np.zeros(len(self._versions), dtype=np.uint32)
        if slots > len(self._versions):
            self._make_slots(slots + slots // 8)
        after = kept % len(self._versions)
        for column, value in zip((self._versions, self._ats, self._seens, self._starts), values, strict=True):
            column[after] = value
        places[before] = after
        self._make_entries(blocks + blocks // 8 if blocks > len(old[2]) else blocks)
        _move_entries(state, *old, self._tags, self._nexts, self._owners, places)
