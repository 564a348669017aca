"""A rebuild: fills a new file next to the live one and switches to it, while searches and writes go on."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Self

import zstandard

from copytaster.errors import BusyError, CopytasterError
from indexer.embedded.files import connect, create_file, point_to, remove_file, remove_others, unreachable
from indexer.embedded.schema import (
    copy_states,
    has_layout,
    make_tables,
    note_state,
    put_mark,
    read_mark,
    read_secret,
)
from indexer.embedded.strangers import require_own
from indexer.embedded.writer import make_rows, unpack_source, write_rows
from indexer.port import IndexAction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from indexer.port import BuildProgress, IndexMark, WriteOutcome

BATCH = 500


class EmbeddedBuild:
    """An `IndexBuild`. Other threads and processes write the live file until `switch` replaces it.

    Raises:
        BusyError: another rebuild is under way.
        ForeignIndexError: what has the index's name is no index of this program.
    """

    def __init__(self, link: Path, mark: IndexMark | None = None, *, trust_live: bool = True) -> None:
        self._link = link
        self._mark = mark
        self._trust_live = trust_live
        link.parent.mkdir(parents=True, exist_ok=True)
        require_own(link)
        self._guard = _take_guard(link)
        remove_others(link)
        self._path = create_file(link)
        # a crash before the switch loses nothing, and the switch makes the file durable: no need to wait for the disk
        self._new = connect(self._path, synchronous="OFF")
        make_tables(self._new, secret=self._old_secret())
        self._new.seal()
        if mark is not None:
            put_mark(self._new, mark)
        self._switched = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._new.close()
        if not self._switched:
            remove_file(self._path)
        os.close(self._guard)

    def write(self, actions: Iterable[IndexAction]) -> WriteOutcome:
        """Fill the new file."""
        made = [make_rows(action) for action in actions]
        try:
            self._new.execute("BEGIN IMMEDIATE")
            outcome = write_rows(self._new, made)
            self._new.execute("COMMIT")
        except sqlite3.Error as error:
            raise unreachable(self._path, error) from error
        return outcome

    def count(self) -> int:
        """Documents in the new file."""
        return int(self._new.execute("SELECT count(*) FROM documents").fetchone()[0])

    def get(self, dispatch_id: str) -> Mapping[str, Any] | None:
        """A document of the new file, or None."""
        row = self._new.execute(
            "SELECT source FROM sources JOIN documents USING (doc) WHERE id = ?", (dispatch_id,)
        ).fetchone()
        return None if row is None else unpack_source(row[0])

    def count_stories(self) -> None:
        """Return None: this adapter keeps no index of single stories."""

    def get_story(self, story_id: str) -> None:
        """Return None, as `count_stories`."""

    def resume(self) -> None:
        """Return None: writers do not feed an interrupted rebuild's file, so every rebuild starts from nothing."""

    def note(self, progress: BuildProgress) -> None:
        """Do nothing, as no rebuild resumes."""

    def switch(self, change: int) -> bool:
        """Point the link at the new file.

        Hold the live file's write lock while copying what was written to it meanwhile: a writer that waits for that
        lock then sees that the link names another file, and writes there.
        """
        old = self._lock_live()
        try:
            complete = old is not None and self._catch_up(old)
            note_state(self._new)
            self._make_durable()
            point_to(self._link, self._path)
            self._switched = True
        finally:
            if old is not None:
                old.close()
        return complete

    def _lock_live(self) -> sqlite3.Connection | None:
        try:
            old = connect(self._link.resolve(strict=True))
            old.execute("BEGIN IMMEDIATE")
        except (OSError, sqlite3.Error, UnicodeDecodeError, CopytasterError):
            return None  # missing or unreadable: then nobody can write it either
        return old

    def _catch_up(self, old: sqlite3.Connection) -> bool:
        try:
            if not self._trust_live or not has_layout(old) or read_mark(old) != self._mark:
                return False  # another store's documents do not belong into this file
            for actions in _newer(old, self._new, above=self._mark.epoch << 40 if self._mark else -1):
                self.write(actions)
            copy_states(old, self._new)
        except (sqlite3.DatabaseError, UnicodeDecodeError, zstandard.ZstdError):
            return False  # damaged: its documents come from the store
        return True

    def _make_durable(self) -> None:
        self._new.execute("INSERT INTO words (words) VALUES ('optimize')")
        self._new.execute("ANALYZE")
        self._new.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._new.close()
        with self._path.open("rb") as file:
            os.fsync(file.fileno())

    def _old_secret(self) -> bytes | None:
        """The live file's key, so that cursors stay valid after the switch."""
        try:
            with closing(connect(self._link.resolve(strict=True))) as old:
                return read_secret(old) if has_layout(old) else None
        except (OSError, sqlite3.Error, UnicodeDecodeError, CopytasterError):
            return None


def _take_guard(link: Path) -> int:
    guard = os.open(link.with_name(f"{link.name}.rebuild"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(guard)
        raise BusyError("a rebuild is under way", resource=str(link)) from error
    return guard


def _newer(old: sqlite3.Connection, new: sqlite3.Connection, *, above: int) -> Iterator[list[IndexAction]]:
    """The documents whose version in the old file is newer than in the new one, and above that of earlier epochs."""
    held = dict(new.execute("SELECT id, version FROM documents"))
    rows = old.execute("SELECT id, version, doc FROM documents ORDER BY doc").fetchall()
    wanted = [(name, version, doc) for name, version, doc in rows if max(above, held.get(name, -1)) < version]
    for start in range(0, len(wanted), BATCH):
        yield [
            IndexAction(name, version, _source(old, doc))
            for name, version, doc in wanted[start : start + BATCH]
        ]


def _source(old: sqlite3.Connection, doc: int) -> bytes:
    return zstandard.decompress(old.execute("SELECT source FROM sources WHERE doc = ?", (doc,)).fetchone()[0])
