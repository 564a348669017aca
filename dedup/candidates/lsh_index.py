"""Which versions were filed under a key: chains of entries (`chains.py`), and the memory that they take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.candidates import chains

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray


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
        self._state[:] = [
            1 << chains.BUCKET_BITS,
            (1 << chains.BUCKET_BITS) - 1,
            chains.BLOCK,
            chains.BLOCK,
            0,
        ]
        self._heads = np.zeros(1 << (chains.BUCKET_BITS + 1), dtype=np.uint64)
        self._pages = np.zeros(chains.PAGES, dtype=np.uint32)  # where each page of numbers lies
        self._opened = self._closed = 0  # pages that have been given a place; those that have lost it again
        self._free: list[int] = []
        self._make_entries(0)

    def __len__(self) -> int:
        return int(self._state[chains.COUNT])

    @property
    def nbytes(self) -> int:
        """Bytes of all that is held."""
        return sum(array.nbytes for array in self._arrays())

    @property
    def is_worn(self) -> bool:
        """True if half of the entry numbers are used: time to file what is kept in a new table."""
        return bool(self._state[chains.TOP] > chains.LAST_ENTRY // 2)

    def _arrays(self) -> Iterator[NDArray[np.generic]]:
        yield self._heads[: int(self._state[chains.BUCKETS])]
        yield from (self._entries, self._owners)

    def _make_entries(self, pages: int) -> None:
        self._entries = np.empty(pages * chains.PAGE, dtype=np.uint64)
        self._owners = np.empty(pages * chains.PAGE // chains.BLOCK, dtype=np.uint32)

    def dump(self) -> tuple[dict[str, list[int]], list[NDArray[Any]]]:
        """(numbers, arrays) from which `load` makes this table again; the arrays are its own."""
        numbers = {
            "state": self._state.tolist(),
            "pages": self._pages[self._closed : self._opened].tolist(),
            "from": [self._closed],
            "free": self._free,
        }
        return numbers, [self._heads[: int(self._state[chains.BUCKETS])], self._entries, self._owners]

    def load(self, numbers: Mapping[str, Sequence[int]], arrays: Sequence[NDArray[Any]]) -> None:
        """Become the table of which these are the numbers and the arrays."""
        self._state[:] = numbers["state"]
        heads, self._entries, self._owners = arrays
        self._heads = np.zeros(2 * len(heads), dtype=np.uint64)
        self._heads[: len(heads)] = heads
        self._closed = numbers["from"][0]
        self._opened = self._closed + len(numbers["pages"])
        self._pages[self._closed : self._opened] = numbers["pages"]
        self._free = list(numbers["free"])

    def reserve(self, versions: int, keys: int) -> None:
        """Make room for so many versions and keys, while there are none yet: nothing then grows while they are filed."""
        if self._state[chains.TOP] != chains.BLOCK:
            return
        entries = keys + versions * (
            chains.BLOCK + chains.BLOCK // 2
        )  # half of the last block is empty, on the average
        buckets = max(1 << chains.BUCKET_BITS, entries // chains.LOAD)
        self._state[chains.BUCKETS], self._state[chains.MASK] = buckets, (1 << (buckets - 1).bit_length()) - 1
        self._heads = np.zeros(2 * buckets, dtype=np.uint64)
        self._make_entries(entries // chains.PAGE + 2)
        self._free = list(reversed(range(len(self._entries) >> chains.PAGE_BITS)))

    def file(self, rows: NDArray[np.int64], keys: NDArray[np.int64]) -> None:
        """File versions under their keys, in order of arrival.

        Args:
            rows: int64[n, 4 or more]: version, place in the window and arrival in microseconds, number of keys.
            keys: the keys of all of them, one after the other.

        Raises:
            OverflowError: the numbers are used up; file what is kept again, in another table.
        """
        self._make_room(len(keys) + 2 * chains.BLOCK * len(rows))
        chains.file(
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
        chains.unfile(keys, self._state, self._heads, self._entries, self._pages)

    def expire(self, now: int) -> None:
        """Expire versions that arrived more than `kept_for` before this moment, in microseconds."""
        chains.expire(self._state, self._entries, self._pages, now - self._kept_for)

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
        return chains.look_up(
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
        top = int(state[chains.TOP]) + entries
        if top > chains.LAST_ENTRY:
            raise OverflowError("numbers of entries are used up")
        buckets = int(max(state[chains.BUCKETS], (top - state[chains.FIRST]) // chains.LOAD + 1))
        if buckets > len(self._heads):
            heads = np.zeros(2 * buckets, dtype=np.uint64)  # pages that nobody touches take no memory
            heads[: len(self._heads)] = self._heads
            self._heads = heads
        if top >> chains.PAGE_BITS >= self._opened:
            self._open_pages((top >> chains.PAGE_BITS) + 1)

    def _open_pages(self, until: int) -> None:
        """Give pages of numbers a place: one whose numbers have expired, or new memory, with a sixteenth to spare."""
        for page in range(self._closed, int(self._state[chains.FIRST]) >> chains.PAGE_BITS):
            self._free.append(int(self._pages[page]))
            self._closed = page + 1
        wanted = until - self._opened - len(self._free)
        if wanted > 0:
            had = len(self._entries) >> chains.PAGE_BITS
            more = wanted + had // 16
            self._entries = _lengthen(self._entries, more * chains.PAGE)
            self._owners = _lengthen(self._owners, more * chains.PAGE // chains.BLOCK)
            self._free[:0] = reversed(range(had, had + more))
        for page in range(self._opened, until):
            self._pages[page] = self._free.pop()
        self._opened = until
