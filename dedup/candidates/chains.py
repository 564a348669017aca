"""Which versions were filed under a key: one table of chains, newest first, over entries that expire in place.

Chains hang on a hash table that grows by one bucket at a time (Litwin 1980, "Linear hashing: a new tool for file and
table addressing"), so nothing ever stops to rebuild it. An entry is eight bytes: 32 bits of its key, of which the
bucket holds another 16 at least, and the number of the entry filed before it. Entries are numbered in order of
arrival: what lies before the first number that is still kept has expired, and no chain need be touched for that.
Numbers lie in pages, and the page of those that have expired is taken for new ones.

A bucket's head is the number of its newest entry and a filter of 32 bits, two of which every key sets (Bloom 1970,
"Space/time trade-offs in hash coding with allowable errors"). Most keys are new: the filter spares the walk along a
chain that holds none of them. A walk that finds nothing renews the filter, which forgets what expired.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup.text.jit import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Longs = NDArray[np.int64]
    Words = NDArray[np.uint64]
    Ints = NDArray[np.uint32]
    Heads = NDArray[np.uint64]  # the number of an entry, the filter above it

CROWDED = 40  # versions under one key; no more are filed: the first ones lead to the rest
_WALKED = 512  # versions of one key that are looked at, whatever window they lie in
BUCKET_BITS = 16  # of the smallest table; the bits of a key that no entry keeps
LOAD = 6  # entries a bucket
BLOCK = 8  # entries that have one owner; a version begins with a block of its own
PAGE_BITS = 16  # entries a page
PAGE = 1 << PAGE_BITS
PAGES = 1 << (32 - PAGE_BITS)
LAST_ENTRY = 2**32 - 2**24  # numbers are 32 bits wide
_NUMBER = np.uint64(0xFFFFFFFF)
_TAG_SHIFT = np.uint64(32)
_FILTER_SHIFT = np.uint64(32)
_FILTER_BITS = np.uint64(31)
_FIRST_BIT, _SECOND_BIT = (
    np.uint64(19),
    np.uint64(24),
)  # of the part that is neither the bucket's nor small in a sample
_ONE = np.uint64(1)

# Places in the array of counters.
BUCKETS, MASK, TOP, FIRST, COUNT = range(5)
# Places in a version's own block: what it is, and what one look-up has found of it.
_VERSION, _AT, _SEEN, _KEYS, _SHARED, _TOUCHED = range(6)


@compiled
def _bucket(key: int, state: Longs) -> int:
    place = key & state[MASK]
    return place if place < state[BUCKETS] else place & (state[MASK] >> 1)  # type: ignore[no-any-return]


@compiled
def _place(entry: int | np.int64, pages: Ints) -> np.int64:
    return (np.int64(pages[entry >> PAGE_BITS]) << PAGE_BITS) | (entry & (PAGE - 1))


@compiled
def _filter_of(tag: np.uint64) -> np.uint64:
    """The two bits that a key sets, in their place above the number, by the part of it that its entry keeps."""
    first, second = (tag >> _FIRST_BIT) & _FILTER_BITS, (tag >> _SECOND_BIT) & _FILTER_BITS
    return ((_ONE << first) | (_ONE << second)) << _FILTER_SHIFT


@compiled
def _walk_ahead(
    splits: int | np.int64, state: Longs, heads: Heads, entries: Words, pages: Ints
) -> NDArray[np.int64]:
    """Walk the chains of the next splits side by side, so that each split finds its own in the cache."""
    current = np.empty(splits, dtype=np.int64)
    for number in range(splits):
        fresh = state[BUCKETS] + number
        mask = state[MASK] if fresh <= state[MASK] else 2 * state[MASK] + 1
        current[number] = np.int64(heads[fresh & (mask >> 1)] & _NUMBER)
    for _ in range(2 * LOAD):
        for number in range(splits):
            if current[number] >= state[FIRST]:
                current[number] = np.int64(entries[_place(current[number], pages)] & _NUMBER)
    return current


@compiled
def _split(state: Longs, heads: Heads, entries: Words, pages: Ints) -> None:
    """Open one more bucket and move into it what belongs there, both chains in their order."""
    fresh = state[BUCKETS]
    if fresh > state[MASK]:
        state[MASK] = 2 * state[MASK] + 1
    mask = state[MASK]
    old = fresh & (mask >> 1)
    low = old & ((1 << BUCKET_BITS) - 1)
    entry = np.int64(heads[old] & _NUMBER)
    heads[old] = heads[fresh] = 0
    last_old = last_fresh = np.int64(-1)
    while entry >= state[FIRST]:
        place = _place(entry, pages)
        value = entries[place]
        tag = value >> _TAG_SHIFT
        entries[place] = tag << _TAG_SHIFT
        if (((np.int64(tag) << BUCKET_BITS) | low) & mask) == fresh:
            if last_fresh < 0:
                heads[fresh] = entry
            else:
                entries[last_fresh] |= np.uint64(entry)
            last_fresh = place
            heads[fresh] |= _filter_of(tag)
        else:
            if last_old < 0:
                heads[old] = entry
            else:
                entries[last_old] |= np.uint64(entry)
            last_old = place
            heads[old] |= _filter_of(tag)
        entry = np.int64(value & _NUMBER)
    state[BUCKETS] = fresh + 1


@compiled
def expire(state: Longs, entries: Words, pages: Ints, before: int) -> None:
    """Expire versions that arrived before a moment, in microseconds."""
    while state[FIRST] < state[TOP]:
        place = _place(state[FIRST], pages)
        if np.int64(entries[place + _SEEN]) >= before:
            return
        blocks = (np.int64(entries[place + _KEYS]) + BLOCK - 1) // BLOCK + 1
        state[FIRST] += blocks * BLOCK
        state[COUNT] -= 1


@compiled
def file(
    rows: Longs,
    keys: Longs,
    kept_for: int,
    state: Longs,
    heads: Heads,
    entries: Words,
    owners: Ints,
    pages: Ints,
) -> None:
    """File versions one after the other; each expires those that had left the window when it arrived."""
    start = 0
    for row in range(len(rows)):
        expire(state, entries, pages, rows[row, 2] - kept_for)
        count = rows[row, 3]
        own = _place(state[TOP], pages)
        entries[own + _VERSION], entries[own + _AT] = rows[row, 0], rows[row, 1]
        entries[own + _SEEN], entries[own + _KEYS] = rows[row, 2], count
        entries[own + _SHARED] = 0
        entry, place = state[TOP] + BLOCK, own
        for number in range(start, start + count):
            if entry % BLOCK == 0:
                place = _place(entry, pages)
                owners[place // BLOCK] = own // BLOCK
            bucket = _bucket(keys[number], state)
            tag, head = np.uint64(keys[number] >> BUCKET_BITS), heads[bucket]
            entries[place] = (tag << _TAG_SHIFT) | (head & _NUMBER)
            heads[bucket] = (head & ~_NUMBER) | _filter_of(tag) | np.uint64(entry)
            entry += 1
            place += 1
        start += count
        state[TOP] = (entry + BLOCK - 1) // BLOCK * BLOCK
        state[COUNT] += 1
        due = (state[TOP] - state[FIRST] + LOAD - 1) // LOAD - state[BUCKETS]
        if due > 0:
            _walk_ahead(due, state, heads, entries, pages)
            for _ in range(due):
                _split(state, heads, entries, pages)


@compiled
def unfile(keys: Longs, state: Longs, heads: Heads, entries: Words, pages: Ints) -> None:
    """Undo the last insert. Expired entries are already invisible."""
    start = state[TOP] - ((len(keys) + BLOCK - 1) // BLOCK + 1) * BLOCK
    if start < state[FIRST]:
        return
    for number in range(len(keys) - 1, -1, -1):
        bucket, entry = _bucket(keys[number], state), start + BLOCK + number
        if np.int64(heads[bucket] & _NUMBER) == entry:
            before = entries[_place(entry, pages)] & _NUMBER
            heads[bucket] = (heads[bucket] & ~_NUMBER) | before  # the filter may say more than is there
    state[TOP] = start
    state[COUNT] -= 1


@compiled
def _ask(keys: Longs, state: Longs, heads: Heads) -> tuple[Longs, Longs]:
    """(the newest entry of each key's bucket, the numbers of the keys that pass the filter there)."""
    current, asked, passed = np.empty(len(keys), dtype=np.int64), np.empty(len(keys), dtype=np.int64), 0
    for number in range(len(keys)):
        head = heads[_bucket(keys[number], state)]
        current[number] = np.int64(head & _NUMBER)
        wanted = _filter_of(np.uint64(keys[number] >> BUCKET_BITS))
        if head & wanted == wanted:
            asked[passed] = number
            passed += 1
    return current, asked[:passed]


@compiled
def _renew(bucket: int, known: np.uint64, heads: Heads) -> None:
    """Set the filter of a bucket to what its whole chain has; what it forgets had expired, or was undone."""
    if heads[bucket] & ~_NUMBER != known:  # else a page of the snapshot stays as it is
        heads[bucket] = (heads[bucket] & _NUMBER) | known


@compiled
def look_up(  # noqa: C901 -- one step of a chain, unfolded
    keys: Longs,
    bands: int,
    since: int,
    until: int,
    state: Longs,
    heads: Heads,
    entries: Words,
    owners: Ints,
    pages: Ints,
) -> tuple[NDArray[np.bool_], Longs]:
    """(crowded[k], version, bands shared, phrases shared) of what lies in the window.

    All chains are walked side by side, one step of each in turn: memory answers many questions at once.
    """
    first, count = state[FIRST], len(keys)
    crowded = np.zeros(count, dtype=np.bool_)
    current, asked = _ask(keys, state, heads)
    waiting, filters = asked.copy(), np.zeros(count, dtype=np.uint64)
    inside, walked = np.zeros(count, dtype=np.int32), np.zeros(count, dtype=np.int32)
    found, newest = 0, np.int64(0)
    left = len(asked)
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
            filters[number] |= _filter_of(value >> _TAG_SHIFT)
            if np.int64(value >> _TAG_SHIFT) == keys[number] >> BUCKET_BITS:
                walked[number] += 1
                own = np.int64(owners[place // BLOCK]) * BLOCK
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
    for number in asked:
        crowded[number] = inside[number] >= CROWDED
        if walked[number] == 0:
            _renew(_bucket(keys[number], state), filters[number], heads)
    hits = np.empty((found, 3), dtype=np.int64)
    for number in range(found):
        hits[number, 0] = entries[newest + _VERSION]
        hits[number, 1] = entries[newest + _SHARED] >> np.uint64(16)
        hits[number, 2] = entries[newest + _SHARED] & np.uint64(65535)
        entries[newest + _SHARED] = 0
        newest = np.int64(entries[newest + _TOUCHED])
    return crowded, hits
