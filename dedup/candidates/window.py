"""The window and the history in memory, read row by row from the store, which is the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import structlog
import xxhash

from copytaster.mapped_arrays import read_arrays, write_arrays
from copytaster.store.traces import (
    TraceRow,
    add_traces,
    count_traces,
    find_newer,
    find_oldest,
    first_arrived,
    read_last,
    read_row,
    read_rows,
    remove_before,
)
from dedup.candidates.boilerplate import Boilerplate
from dedup.candidates.lsh_index import CandidateIndex
from dedup.candidates.phrase_counts import PhraseCounts
from dedup.text.jit import compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from dedup.candidates.traces import Filed

log = structlog.get_logger(__name__)

WINDOWS_KEPT = 4  # how many windows after its arrival a version can still be found
DAY = 86_400_000_000  # microseconds
_FORGOTTEN = 8  # dispatches of the expired days that are forgotten with every version that arrives
_SPARE_DAYS = 2  # rows stay in the store so much longer, for processes that are behind
_UNSAVED = 20_000  # versions that may be read row by row at the next start, a second or so
_COLUMNS = 6  # version, place in the window, arrival, keys, phrases, paragraphs
_KEYS, _PHRASES, _PARAGRAPHS = 3, 4, 5
_WIDTH = 3  # a number of 48 bits, in units of 16


class CandidateWindow:
    """The window's candidate index, the history's phrase counts and what publishers printed.

    It belongs to one process and is used under the lock that grouping holds. `catch_up` begins a batch, `write` ends
    it inside the transaction; after the commit comes `commit`, after a failure `roll_back`.

    Args:
        recipe_id: the recipe of the signatures; versions of other recipes are not proposed.
        length: of the window in microseconds; versions are kept for four windows after their arrival.
        history_days: for so long phrases and paragraphs count.
        recipe: the recipe's digest, by which a snapshot is known to be of this store.
        snapshot: where `save` keeps a copy from which a new process begins; None for none.
    """

    def __init__(
        self,
        recipe_id: int,
        *,
        length: int,
        history_days: int,
        recipe: str = "",
        snapshot: Path | None = None,
    ) -> None:
        self.recipe_id = recipe_id
        self.length = length
        self.history_days = history_days
        self._snapshot = snapshot
        self._settings = {"recipe": recipe, "window": length, "history_days": history_days}
        self._clear()

    def _clear(self) -> None:
        self.candidates = CandidateIndex(WINDOWS_KEPT * self.length)
        self.phrases = PhraseCounts()
        self.boilerplate = Boilerplate()
        self._read = 0  # the last row that is in memory
        self._history = (0, 0)  # the first version whose phrases count: row, place in it
        self._oldest: tuple[int, int] | None = None  # that row and its day, once it is known
        self._oldest_row: TraceRow | None = None
        self._batch: list[tuple[Filed, NDArray[np.uint16]]] = []
        self._written = 0
        self._unsaved = 0  # versions that came in since the snapshot

    @property
    def nbytes(self) -> int:
        """Bytes of all that is held."""
        return self.candidates.nbytes + self.phrases.nbytes + self.boilerplate.nbytes

    def catch_up(self, connection: Connection) -> bool:
        """Read what other processes have written, or everything on the first call; False if the store has no traces."""
        newer = None
        if not self._read:
            self._restore(connection)
        if self._read and not self.candidates.is_worn:
            newer = find_newer(connection, self._read)
        if newer is None:
            self._clear()
            self._load(connection)
        elif newer:
            for rows in read_rows(connection, self._read + 1):
                for row in rows:
                    self._take(connection, row)
        return self._read > 0

    @property
    def is_unsaved(self) -> bool:
        """True if so much came since the snapshot that a new process would read it for long."""
        many = max(_UNSAVED, len(self.candidates) // 16)
        return self._snapshot is not None and self._read > 0 and self._unsaved >= many

    def save(self, connection: Connection, *, go_on: Callable[[], bool]) -> None:
        """Keep a copy for the next process.

        Args:
            connection: to the store, where nothing has been filed that is not committed.
            go_on: called every few milliseconds; when it returns False, no copy is written.
        """
        if self._snapshot is None:
            return
        dumped = [table.dump() for table in (self.candidates, self.phrases, self.boilerplate)]
        facts = {
            **self._settings,
            "read": self._read,
            "row": _digest(read_row(connection, self._read)),
            "history": self._history,
            "oldest": find_oldest(connection, self._history[0]),
            "tables": [numbers for numbers, _ in dumped],
        }
        arrays = [array for _, own in dumped for array in own]
        try:
            if write_arrays(self._snapshot, facts, arrays, go_on=go_on):
                self._unsaved = 0
        except OSError as fault:  # it only saves time
            self._unsaved = 0
            log.warning("grouping.snapshot_failed", path=str(self._snapshot), fault=str(fault))

    def _restore(self, connection: Connection) -> None:
        """Begin from the snapshot, if it is of this store and every row that it has not yet forgotten is there."""
        if self._snapshot is None:
            return

        def fits(facts: dict[str, Any]) -> bool:
            if any(facts[name] != value for name, value in self._settings.items()):
                return False
            oldest = find_oldest(connection, facts["history"][0])
            if oldest is None or list(oldest) != facts["oldest"]:
                return False
            row = find_oldest(connection, facts["read"])
            return (
                row is not None
                and row[0] == facts["read"]
                and _digest(read_row(connection, row[0])) == facts["row"]
            )

        found = read_arrays(self._snapshot, fits=fits)
        if found is not None:
            facts, arrays = found
            candidates, phrases, boilerplate = facts["tables"]
            self.candidates.load(candidates, arrays[:3])
            self.phrases.load(phrases, arrays[3:5])
            self.boilerplate.load(boilerplate, arrays[5:])
            self._read, self._history = facts["read"], tuple(facts["history"])

    def _load(self, connection: Connection) -> None:
        last = read_last(connection)
        if last is None:
            return
        window_from = last.seen_until - WINDOWS_KEPT * self.length
        kept_from = first_arrived(connection, window_from) or last.id
        first = min(last.history_from, kept_from)
        versions, keys, phrases = count_traces(connection, kept_from)
        self.candidates.reserve(versions, keys)
        self.phrases.reserve(phrases)  # of the window; the history's others repeat many of them
        for rows in read_rows(connection, first):
            self._file_rows([row for row in rows if row.seen_until >= window_from])
            self._count_rows([row for row in rows if row.id > last.history_from])
            if rows[0].id <= last.history_from <= rows[-1].id:
                self._count_rows([row for row in rows if row.id == last.history_from], last.history_place)
            self._print_rows(rows)
        self._read, self._history = last.id, (last.history_from, last.history_place)
        self._unsaved = len(self.candidates)

    def _take(self, connection: Connection, row: TraceRow) -> None:
        self._file_rows([row])
        self._count_rows([row])
        self._print_rows([row])
        while self._history < (row.history_from, row.history_place) and self._forget_next(connection):
            pass
        self._read = row.id
        self._unsaved += len(_read_versions(row))

    def _file_rows(self, rows: Sequence[TraceRow]) -> None:
        ours = [row for row in rows if row.recipe_id == self.recipe_id]
        if ours:
            versions = np.concatenate([_read_versions(row) for row in ours])
            self.candidates.file(versions, unpack_hashes(b"".join(row.keys for row in ours)))

    def _count_rows(self, rows: Sequence[TraceRow], place: int = 0) -> None:
        left_out = sum(int(_read_versions(row)[:place, _PHRASES].sum()) for row in rows) if place else 0
        phrases = unpack_hashes(b"".join(row.phrases for row in rows))[left_out:]
        if len(phrases):
            self.phrases.add(phrases)

    def _print_rows(self, rows: Sequence[TraceRow]) -> None:
        for row in rows:
            if row.paragraphs:
                printed = np.frombuffer(row.paragraphs, dtype="<u8").astype(np.uint64)
                self.boilerplate.add(printed, row.day, row.day - self.history_days)

    def begin(self, connection: Connection, seen: int) -> None:
        """A version arrives: expire what has left the window, and a little of what has left the history."""
        self.candidates.expire(seen)
        since = seen // DAY - self.history_days
        for _ in range(_FORGOTTEN):
            if self._oldest is None:
                self._oldest = find_oldest(connection, self._history[0])
            if self._oldest is None or self._oldest[1] >= since or not self._forget_next(connection):
                return

    def _forget_next(self, connection: Connection) -> bool:
        """Subtract the oldest version's phrases; False if there is none."""
        row_id, place = self._history
        row = self._oldest_row
        if row is None or row.id != row_id:
            found = find_oldest(connection, row_id)
            if found is None:
                return False
            self._oldest, row = found, read_row(connection, found[0])
            self._oldest_row = row
            row_id, place = (row_id, place) if row.id == row_id else (row.id, 0)
        counts = _read_versions(row)[:, _PHRASES]
        if place < len(counts):
            start = int(counts[:place].sum())
            self.phrases.subtract(unpack_hashes(row.phrases)[start : start + int(counts[place])])
            self._history = (row_id, place + 1)
        else:
            self._history, self._oldest, self._oldest_row = (row_id + 1, 0), None, None
        return True

    def file(self, filed: Filed) -> None:
        """Make a version findable, count its phrases and its paragraphs."""
        numbers = (filed.version, filed.at, filed.seen, len(filed.keys), 0, 0)
        self.candidates.file(np.array([numbers], dtype=np.int64), filed.keys)
        if len(filed.phrases):
            self.phrases.add(filed.phrases)
        day = filed.seen // DAY
        before = _NOTHING
        if len(filed.printed):
            before = self.boilerplate.add(filed.printed, day, day - self.history_days)
        self._batch.append((filed, before))

    def write(self, connection: Connection) -> None:
        """Keep the batch's traces in the store: a row a day, which is one row but at midnight."""
        start = 0
        batch = [filed for filed, _ in self._batch]
        for place in range(1, len(batch) + 1):
            if place == len(batch) or batch[place].seen // DAY != batch[start].seen // DAY:
                self._written = self._write_row(connection, batch[start:place])
                start = place
        if batch and self._history[0]:
            now = max(filed.seen for filed in batch)
            day = now // DAY - self.history_days - _SPARE_DAYS
            before = now - WINDOWS_KEPT * self.length - _SPARE_DAYS * DAY
            remove_before(connection, self._history[0], day=day, seen_until=before)

    def _write_row(self, connection: Connection, part: Sequence[Filed]) -> int:
        numbers = [
            (one.version, one.at, one.seen, len(one.keys), len(one.phrases), len(one.printed)) for one in part
        ]
        return add_traces(
            connection,
            recipe_id=self.recipe_id,
            day=part[0].seen // DAY,
            seen_until=max(one.seen for one in part),
            history_from=self._history[0],
            history_place=self._history[1],
            versions=np.array(numbers, dtype="<i8").tobytes(),
            keys=pack_hashes(np.concatenate([one.keys for one in part])),
            phrases=pack_hashes(np.concatenate([one.phrases for one in part])),
            paragraphs=np.concatenate([one.printed for one in part]).astype("<u8").tobytes(),
        )

    def commit(self) -> None:
        """The transaction was committed: keep what the batch filed."""
        self._unsaved += len(self._batch)
        self._batch.clear()
        self._read = self._written or self._read

    def forget(self) -> None:
        """Drop everything; it is read again from the store."""
        self._clear()

    def roll_back(self) -> None:
        """The transaction failed: undo what the batch filed, newest first."""
        for filed, before in reversed(self._batch):
            if len(filed.printed):
                self.boilerplate.restore(filed.printed, before)
            if len(filed.phrases):
                self.phrases.subtract(filed.phrases)
            self.candidates.unfile(filed.keys)
        self._batch.clear()
        self._written = self._read


def _digest(row: TraceRow) -> int:
    return xxhash.xxh3_64_intdigest(b"".join((row.versions, row.keys, row.phrases, row.paragraphs)))


_NOTHING = np.empty(0, dtype=np.uint16)


def _read_versions(row: TraceRow) -> NDArray[np.int64]:
    return np.frombuffer(row.versions, dtype="<i8").reshape(-1, _COLUMNS).astype(np.int64)


def pack_hashes(numbers: NDArray[np.int64]) -> bytes:
    """Numbers below 2^48, six bytes each, little-endian."""
    return np.ascontiguousarray(numbers.astype("<i8")).view("<u2").reshape(-1, 4)[:, :_WIDTH].tobytes()


def unpack_hashes(packed: bytes) -> NDArray[np.int64]:
    """The numbers that `pack_hashes` packed."""
    return _unpack(np.frombuffer(packed, dtype="<u2").astype(np.uint16, copy=False))


@compiled
def _unpack(parts: NDArray[np.uint16]) -> NDArray[np.int64]:
    numbers = np.empty(len(parts) // _WIDTH, dtype=np.int64)
    for place in range(len(numbers)):
        start = place * _WIDTH
        low, middle, high = np.int64(parts[start]), np.int64(parts[start + 1]), np.int64(parts[start + 2])
        numbers[place] = low | (middle << 16) | (high << 32)
    return numbers
