"""Which versions were filed under a key: one table of chains, newest first, over entries that expire in place.

Chains hang on a hash table that grows by one bucket at a time (Litwin 1980, "Linear hashing: a new tool for file and
table addressing"), so nothing ever stops to rebuild it. An entry is eight bytes: 32 bits of its key, of which the
bucket holds another 16 at least, and the number of the entry filed before it. Entries are numbered in order of
arrival: what lies before the first number that is still kept has expired, and no chain need be touched for that.
Numbers lie in pages, and the page of those that have expired is taken for new ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.text.jit import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    Longs = NDArray[np.int64]
    Words = NDArray[np.uint64]
    Ints = NDArray[np.uint32]

CROWDED = 40  # versions under one key; no more are filed: the first ones lead to the rest
_WALKED = 512  # versions of one key that are looked at, whatever window they lie in
_BUCKET_BITS = 16  # of the smallest table; the bits of a key that no entry keeps
_LOAD = 4  # entries a bucket
_BLOCK = 8  # entries that have one owner; a version begins with a block of its own
_PAGE_BITS = 16  # entries a page
_PAGE = 1 << _PAGE_BITS
_PAGES = 1 << (32 - _PAGE_BITS)
_LAST_ENTRY = 2**32 - 2**24  # numbers are 32 bits wide
_NUMBER = np.uint64(0xFFFFFFFF)
_TAG_SHIFT = np.uint64(32)

# Places in the array of counters.
_BUCKETS, _MASK, _TOP, _FIRST, _COUNT = range(5)
# Places in a version's own block: what it is, and what one look-up has found of it.
_VERSION, _AT, _SEEN, _KEYS, _SHARED, _TOUCHED = range(6)


@compiled
def _bucket(key: int, state: Longs) -> int:
    place = key & state[_MASK]
    return place if place < state[_BUCKETS] else place & (state[_MASK] >> 1)  # type: ignore[no-any-return]


@compiled
def _place(entry: int | np.int64, pages: Ints) -> np.int64:
    return (np.int64(pages[entry >> _PAGE_BITS]) << _PAGE_BITS) | (entry & (_PAGE - 1))


@compiled
def _walk_ahead(
    splits: int | np.int64, state: Longs, heads: Ints, entries: Words, pages: Ints
) -> NDArray[np.int64]:
    """Walk the chains of the next splits side by side, so that each split finds its own in the cache."""
    current = np.empty(splits, dtype=np.int64)
    for number in range(splits):
        fresh = state[_BUCKETS] + number
        mask = state[_MASK] if fresh <= state[_MASK] else 2 * state[_MASK] + 1
        current[number] = heads[fresh & (mask >> 1)]
    for _ in range(2 * _LOAD):
        for number in range(splits):
            if current[number] >= state[_FIRST]:
                current[number] = np.int64(entries[_place(current[number], pages)] & _NUMBER)
    return current


@compiled
def _split(state: Longs, heads: Ints, entries: Words, pages: Ints) -> None:
    """Open one more bucket and move into it what belongs there, both chains in their order."""
    fresh = state[_BUCKETS]
    if fresh > state[_MASK]:
        state[_MASK] = 2 * state[_MASK] + 1
    mask = state[_MASK]
    old = fresh & (mask >> 1)
    low = old & ((1 << _BUCKET_BITS) - 1)
    entry = np.int64(heads[old])
    heads[old] = heads[fresh] = 0
    last_old = last_fresh = np.int64(-1)
    while entry >= state[_FIRST]:
        place = _place(entry, pages)
        value = entries[place]
        tag = value >> _TAG_SHIFT
        entries[place] = tag << _TAG_SHIFT
        if (((np.int64(tag) << _BUCKET_BITS) | low) & mask) == fresh:
            if last_fresh < 0:
                heads[fresh] = entry
            else:
                entries[last_fresh] |= np.uint64(entry)
            last_fresh = place
        else:
            if last_old < 0:
                heads[old] = entry
            else:
                entries[last_old] |= np.uint64(entry)
            last_old = place
        entry = np.int64(value & _NUMBER)
    state[_BUCKETS] = fresh + 1


@compiled
def _expire(state: Longs, entries: Words, pages: Ints, before: int) -> None:
    while state[_FIRST] < state[_TOP]:
        place = _place(state[_FIRST], pages)
        if np.int64(entries[place + _SEEN]) >= before:
            return
        blocks = (np.int64(entries[place + _KEYS]) + _BLOCK - 1) // _BLOCK + 1
        state[_FIRST] += blocks * _BLOCK
        state[_COUNT] -= 1


@compiled
def _file(
    rows: Longs,
    keys: Longs,
    kept_for: int,
    state: Longs,
    heads: Ints,
    entries: Words,
    owners: Ints,
    pages: Ints,
) -> None:
    """File versions one after the other; each expires those that had left the window when it arrived."""
    start = 0
    for row in range(len(rows)):
        _expire(state, entries, pages, rows[row, 2] - kept_for)
        count = rows[row, 3]
        own = _place(state[_TOP], pages)
        entries[own + _VERSION], entries[own + _AT] = rows[row, 0], rows[row, 1]
        entries[own + _SEEN], entries[own + _KEYS] = rows[row, 2], count
        entries[own + _SHARED] = 0
        entry, place = state[_TOP] + _BLOCK, own
        for number in range(start, start + count):
            if entry % _BLOCK == 0:
                place = _place(entry, pages)
                owners[place // _BLOCK] = own // _BLOCK
            bucket = _bucket(keys[number], state)
            entries[place] = (np.uint64(keys[number] >> _BUCKET_BITS) << _TAG_SHIFT) | np.uint64(
                heads[bucket]
            )
            heads[bucket] = entry
            entry += 1
            place += 1
        start += count
        state[_TOP] = (entry + _BLOCK - 1) // _BLOCK * _BLOCK
        state[_COUNT] += 1
        due = (state[_TOP] - state[_FIRST] + _LOAD - 1) // _LOAD - state[_BUCKETS]
        if due > 0:
            _walk_ahead(due, state, heads, entries, pages)
            for _ in range(due):
                _split(state, heads, entries, pages)


@compiled
def _unfile(keys: Longs, state: Longs, heads: Ints, entries: Words, pages: Ints) -> None:
    """Undo the last insert. Expired entries are already invisible."""
    start = state[_TOP] - ((len(keys) + _BLOCK - 1) // _BLOCK + 1) * _BLOCK
    if start < state[_FIRST]:
        return
    for number in range(len(keys) - 1, -1, -1):
        bucket, entry = _bucket(keys[number], state), start + _BLOCK + number
        if heads[bucket] == entry:
            heads[bucket] = np.uint32(entries[_place(entry, pages)] & _NUMBER)
    state[_TOP] = start
    state[_COUNT] -= 1


@compiled
def _look_up(  # noqa: C901 -- one step of a chain, unfolded
    keys: Longs,
    bands: int,
    since: int,
    until: int,
    state: Longs,
    heads: Ints,
    entries: Words,
    owners: Ints,
    pages: Ints,
) -> tuple[NDArray[np.bool_], Longs]:
    """(crowded[k], version, bands shared, phrases shared) of what lies in the window.

    All chains are walked side by side, one step of each in turn: memory answers many questions at once.
    """
    first, count = state[_FIRST], len(keys)
    crowded = np.zeros(count, dtype=np.bool_)
    current, waiting = np.empty(count, dtype=np.int64), np.arange(count)
    inside, walked = np.zeros(count, dtype=np.int32), np.zeros(count, dtype=np.int32)
    for number in range(count):
        current[number] = heads[_bucket(keys[number], state)]
    found, newest = 0, np.int64(0)
    left = count
    while left:
        still = 0
        for turn in range(left):
            number = waiting[turn]
            entry = current[number]
            if entry < first:
                continue
            place = _place(entry, pages)
            value = entries[place]
            current[number] = np.int64(value & _NUMBER)
            if np.int64(value >> _TAG_SHIFT) == keys[number] >> _BUCKET_BITS:
                walked[number] += 1
                own = np.int64(owners[place // _BLOCK]) * _BLOCK
                if since <= np.int64(entries[own + _AT]) <= until:
                    inside[number] += 1
                    if entries[own + _SHARED] == 0:
                        entries[own + _TOUCHED] = newest
                        newest = own
                        found += 1
                    entries[own + _SHARED] += np.uint64(65536 if number < bands else 1)
                if walked[number] >= _WALKED:
                    continue
            waiting[still] = number
            still += 1
        left = still
    for number in range(count):
        crowded[number] = inside[number] >= CROWDED
    hits = np.empty((found, 3), dtype=np.int64)
    for number in range(found):
        hits[number, 0] = entries[newest + _VERSION]
        hits[number, 1] = entries[newest + _SHARED] >> np.uint64(16)
        hits[number, 2] = entries[newest + _SHARED] & np.uint64(65535)
        entries[newest + _SHARED] = 0
        newest = np.int64(entries[newest + _TOUCHED])
    return crowded, hits


def _lengthen(array: NDArray[Any], more: int) -> NDArray[Any]:
    """The array with more at its end; the system moves whole pages, where it can, instead of copying them."""
    if array.flags.owndata:
        array.resize(len(array) + more, refcheck=False)  # nobody else keeps it
        return array
    return np.concatenate((array, np.zeros(more, dtype=array.dtype)))


class CandidateIndex:
    """Keys of 48 bits -> versions with their place in the window; memory follows what is kept.

    Args:
        kept_for: microseconds after its arrival for which a version is kept.
    """

    def __init__(self, kept_for: int) -> None:
        self._kept_for = kept_for
        self._state = np.zeros(5, dtype=np.int64)
        self._state[:] = [1 << _BUCKET_BITS, (1 << _BUCKET_BITS) - 1, _BLOCK, _BLOCK, 0]
        self._heads = np.zeros(1 << (_BUCKET_BITS + 1), dtype=np.uint32)
        self._pages = np.zeros(_PAGES, dtype=np.uint32)  # where each page of numbers lies
        self._opened = self._closed = 0  # pages that have been given a place; those that have lost it again
        self._free: list[int] = []
        self._make_entries(0)

    def __len__(self) -> int:
        return int(self._state[_COUNT])

    @property
    def nbytes(self) -> int:
        """Bytes of all that is held."""
        return sum(array.nbytes for array in self._arrays())

    @property
    def is_worn(self) -> bool:
        """True if half of the entry numbers are used: time to file what is kept in a new table."""
        return bool(self._state[_TOP] > _LAST_ENTRY // 2)

    def _arrays(self) -> Iterator[NDArray[np.generic]]:
        yield self._heads[: int(self._state[_BUCKETS])]
        yield from (self._entries, self._owners)

    def _make_entries(self, pages: int) -> None:
        self._entries = np.empty(pages * _PAGE, dtype=np.uint64)
        self._owners = np.empty(pages * _PAGE // _BLOCK, dtype=np.uint32)

    def dump(self) -> tuple[dict[str, list[int]], list[NDArray[Any]]]:
        """(numbers, arrays) from which `load` makes this table again; the arrays are its own."""
        numbers = {
            "state": self._state.tolist(),
            "pages": self._pages[self._closed : self._opened].tolist(),
            "from": [self._closed],
            "free": self._free,
        }
        return numbers, [self._heads[: int(self._state[_BUCKETS])], self._entries, self._owners]

    def load(self, numbers: Mapping[str, Sequence[int]], arrays: Sequence[NDArray[Any]]) -> None:
        """Become the table of which these are the numbers and the arrays."""
        self._state[:] = numbers["state"]
        heads, self._entries, self._owners = arrays
        self._heads = np.zeros(2 * len(heads), dtype=np.uint32)
        self._heads[: len(heads)] = heads
        self._closed = numbers["from"][0]
        self._opened = self._closed + len(numbers["pages"])
        self._pages[self._closed : self._opened] = numbers["pages"]
        self._free = list(numbers["free"])

    def reserve(self, versions: int, keys: int) -> None:
        """Make room for so many versions and keys, while there are none yet: nothing then grows while they are filed."""
        if self._state[_TOP] != _BLOCK:
            return
        entries = keys + versions * (_BLOCK + _BLOCK // 2)  # half of the last block is empty, on the average
        buckets = max(1 << _BUCKET_BITS, entries // _LOAD)
        self._state[_BUCKETS], self._state[_MASK] = buckets, (1 << (buckets - 1).bit_length()) - 1
        self._heads = np.zeros(2 * buckets, dtype=np.uint32)
        self._make_entries(entries // _PAGE + 2)
        self._free = list(reversed(range(len(self._entries) >> _PAGE_BITS)))

    def file(self, rows: NDArray[np.int64], keys: NDArray[np.int64]) -> None:
        """File versions under their keys, in order of arrival.

        Args:
            rows: int64[n, 4 or more]: version, place in the window and arrival in microseconds, number of keys.
            keys: the keys of all of them, one after the other.

        Raises:
            OverflowError: the numbers are used up; file what is kept again, in another table.
        """
        self._make_room(len(keys) + 2 * _BLOCK * len(rows))
        _file(
            rows,
            keys,
            self._kept_for,
            self._state,
            self._heads,
            self._entries,
            self._owners,
            self._pages,
        )

    def unfile(self, keys: NDArray[np.int64]) -> None:
        """Undo the insert of the version that was filed last, under these keys."""
        _unfile(keys, self._state, self._heads, self._entries, self._pages)

    def expire(self, now: int) -> None:
        """Expire versions that arrived more than `kept_for` before this moment, in microseconds."""
        _expire(self._state, self._entries, self._pages, now - self._kept_for)

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
            self._entries,
            self._owners,
            self._pages,
        )

    def _make_room(self, entries: int) -> None:
        state = self._state
        top = int(state[_TOP]) + entries
        if top > _LAST_ENTRY:
            raise OverflowError("numbers of entries are used up")
        buckets = int(max(state[_BUCKETS], (top - state[_FIRST]) // _LOAD + 1))
        if buckets > len(self._heads):
            heads = np.zeros(2 * buckets, dtype=np.uint32)  # pages that nobody touches take no memory
            heads[: len(self._heads)] = self._heads
            self._heads = heads
        if top >> _PAGE_BITS >= self._opened:
            self._open_pages((top >> _PAGE_BITS) + 1)

    def _open_pages(self, until: int) -> None:
        """Give pages of numbers a place: one whose numbers have expired, or new memory, with a sixteenth to spare."""
        for page in range(self._closed, int(self._state[_FIRST]) >> _PAGE_BITS):
            self._free.append(int(self._pages[page]))
            self._closed = page + 1
        wanted = until - self._opened - len(self._free)
        if wanted > 0:
            had = len(self._entries) >> _PAGE_BITS
            more = wanted + had // 16
            self._entries = _lengthen(self._entries, more * _PAGE)
            self._owners = _lengthen(self._owners, more * _PAGE // _BLOCK)
            self._free[:0] = reversed(range(had, had + more))
        for page in range(self._opened, until):
            self._pages[page] = self._free.pop()
        self._opened = until
