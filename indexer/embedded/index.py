"""The embedded adapter: one live file, any number of reading threads, one writer at a time over all processes."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import structlog

from copytaster.errors import ConfigurationError, CopytasterError, ForeignIndexError, UnreachableError
from indexer.embedded.build import EmbeddedBuild
from indexer.embedded.compaction import compact_step
from indexer.embedded.file_check import check_file
from indexer.embedded.files import (
    Identity,
    IndexConnection,
    connect,
    create_file,
    hold_folder,
    is_damage,
    point_to,
    read_file_identity,
    unreachable,
)
from indexer.embedded.schema import (
    has_layout,
    make_tables,
    note_state,
    probe_tables,
    put_mark,
    read_identity,
    read_keys,
    read_mark,
)
from indexer.embedded.sealing import seal_table
from indexer.embedded.search import search_file
from indexer.embedded.strangers import WAY_OUT, find_stranger, require_own
from indexer.embedded.vocabulary import count_words
from indexer.embedded.words_check import check_words
from indexer.embedded.writer import (
    DocumentRows,
    make_rows,
    read_held,
    remove_documents,
    unpack_source,
    write_rows,
)
from indexer.port import FileCheck, FileFault, IndexFinding, IndexHealth, IndexState
from indexer.word_keys import WITHOUT_KEYS
from indexer.word_slips import list_slips

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from copytaster.seals.table import SealedTable
    from indexer.port import (
        HeldDocument,
        IndexAction,
        IndexIdentity,
        IndexMark,
        Known,
        WriteOutcome,
    )
    from indexer.search import SearchPage, SearchQuery

log = structlog.get_logger(__name__)

MAX_IDLE = 8  # connections that stay open for the next search
WALK = 5000  # ids read at once


class EmbeddedIndex:
    """A `SearchIndex` in one SQLite file; readers never wait for the writer.

    Args:
        path: of the index, e.g. `index.sqlite`: a link to the live file in the same folder.
    """

    lanes = 1
    find_delay_s = 0.0

    def __init__(self, path: Path) -> None:
        self.path = path
        self.claimed: IndexMark | None = None
        self.written = 0
        self._damaged: Identity | None = None  # the file in which a transaction has met damage
        self._idle: list[tuple[Identity, IndexConnection]] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    def exists(self) -> bool:
        """True if there is an index that this program can read; a damaged file counts as none."""
        identity = read_file_identity(self.path)
        if identity is None or identity == self._damaged or find_stranger(self.path):
            return False
        try:
            with closing(connect(self.path.resolve())) as connection:
                return self._has_layout(identity, connection)
        except UnreachableError as error:
            if not is_damage(error.__cause__):
                raise
            log.warning("index.damaged", path=str(self.path), error=str(error.__cause__))
            return False

    def setup(self) -> None:
        """Make an empty index unless there is one; an index of another layout is replaced."""
        try:
            with hold_folder(self.path):
                if self.exists():
                    return
                require_own(self.path)
                fresh = create_file(self.path)
                with closing(connect(fresh)) as connection:
                    make_tables(connection)
                point_to(self.path, fresh)
        except (OSError, sqlite3.Error) as error:
            raise unreachable(self.path, error) from error

    def read_state(self, *, refresh: bool = False) -> IndexState | None:
        """The newest version and the mark; None where there is no file that this program can read."""
        if not self.exists():
            return None
        with self._transaction("BEGIN") as connection:
            newest = connection.execute("SELECT coalesce(max(version), 0) FROM documents").fetchone()[0]
            return IndexState(int(newest), read_mark(connection))

    def read_identity(self) -> IndexIdentity | None:
        """That of the file, or of the one that a rebuild replaced by it; None where there is none."""
        live = read_file_identity(self.path)
        if live is None or live == self._damaged:
            return None
        with self._transaction("BEGIN") as connection:
            return read_identity(connection)

    def claim(self, mark: IndexMark) -> None:
        """Put this mark on the live file, and write only to a file that has it."""
        with self._writing, self._transaction("BEGIN IMMEDIATE") as connection:
            if read_mark(connection) != mark:
                put_mark(connection, mark)
        self.claimed = mark

    def sample_oldest(self, limit: int) -> list[str]:
        """Ids of dispatches, those with the oldest versions."""
        with self._transaction("BEGIN") as connection:
            rows = connection.execute("SELECT id FROM documents ORDER BY version LIMIT ?", (limit,))
            return [name for (name,) in rows]

    def remove_unknown(self, known: Known, *, version: int) -> int:
        """Remove older documents that `known` does not name, a page of ids in a transaction."""
        removed, after = 0, ""
        while ids := self._list_ids(after):
            held = set(known("dispatches", ids))
            unknown = [name for name in ids if name not in held]
            if unknown:
                with self._writing, self._transaction("BEGIN IMMEDIATE") as connection:
                    self._check_mark(connection)
                    removed += remove_documents(connection, unknown, version=version)
            after = ids[-1]
        return removed

    def remove(self, versions: Mapping[str, int]) -> None:
        """Remove older documents in one transaction; there are none of single stories."""
        with self._writing, self._transaction("BEGIN IMMEDIATE") as connection:
            self._check_mark(connection)
            for name, version in versions.items():
                remove_documents(connection, [name], version=version)
            note_state(connection)

    def _list_ids(self, after: str) -> list[str]:
        with self._transaction("BEGIN") as connection:
            rows = connection.execute(
                "SELECT id FROM documents WHERE id > ? ORDER BY id LIMIT ?", (after, WALK)
            )
            return [name for (name,) in rows]

    def _check_mark(self, connection: sqlite3.Connection) -> None:
        if self.claimed is not None and read_mark(connection) != self.claimed:
            raise ForeignIndexError("another store has taken this index over", resource=str(self.path))

    def write(self, actions: Iterable[IndexAction], *, refresh: bool = True) -> WriteOutcome:
        """Write whole documents in one transaction; searches find them with or without `refresh`."""
        made = [make_rows(action) for action in actions]
        with self._writing, self._transaction("BEGIN IMMEDIATE") as connection:
            self._check_mark(connection)
            outcome = write_rows(connection, made)
            note_state(connection)
        self.written = max([self.written, *(rows.version for rows in made if isinstance(rows, DocumentRows))])
        return outcome

    def refresh(self) -> None:
        """Do nothing: searches find whatever was committed."""

    def search(self, query: SearchQuery) -> SearchPage:
        """Find dispatches."""
        with self._transaction("BEGIN") as connection:
            return search_file(connection, query)

    def find_near(self, words: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        """The words one slip away from each of these, and itself, with how many documents have each."""
        with self._transaction("BEGIN") as connection:
            return {word: count_words(connection, [word, *list_slips(word)]) for word in words}

    def get(self, dispatch_id: str) -> Mapping[str, Any] | None:
        """The document of a dispatch, or None."""
        with self._transaction("BEGIN") as connection:
            row = connection.execute(
                "SELECT source FROM sources JOIN documents USING (doc) WHERE id = ?", (dispatch_id,)
            ).fetchone()
        return None if row is None else unpack_source(row[0])

    def read_many(self, dispatch_ids: Sequence[str]) -> Mapping[str, HeldDocument]:
        """The documents of these dispatches; those that have none are left out."""
        with self._transaction("BEGIN") as connection:
            return read_held(connection, dispatch_ids)

    def check_file(self, position: str | None, limit: int) -> FileCheck:
        """Compare the next rows of the live file with their seals. Rows of a file made before get theirs."""

        def seal(table: SealedTable) -> None:
            with self._writing, self._transaction("BEGIN IMMEDIATE") as connection:
                seal_table(connection, table)

        if position is None:  # a file made before has no table for its seals
            with self._writing, self._transaction("BEGIN IMMEDIATE"):
                pass

        def look_at_words() -> list[str]:
            with self._writing, self._transaction("BEGIN IMMEDIATE") as connection:
                return check_words(connection)

        try:
            with self._transaction("BEGIN") as connection:
                return check_file(connection, position, limit, seal=seal, look_at_words=look_at_words)
        except UnreachableError as error:
            if not is_damage(error.__cause__):
                raise
            return FileCheck(0, None, (FileFault("index file", "", error.message),))

    def compact(self) -> bool:
        """Do one short step of a merge of words, or give back some free pages; readers never wait for it."""
        with self._writing, self._transaction("BEGIN IMMEDIATE") as connection:
            return compact_step(connection)

    def find_missing(self, dispatch_ids: Sequence[str]) -> list[str]:
        """The dispatches among these that have no document."""
        look = (
            "SELECT value FROM json_each(?) AS wanted"
            " WHERE NOT EXISTS (SELECT 1 FROM documents WHERE id = wanted.value) ORDER BY wanted.key"
        )
        with self._transaction("BEGIN") as connection:
            return [name for (name,) in connection.execute(look, (json.dumps(list(dispatch_ids)),))]

    def count(self) -> int:
        """Documents in the index, of every state."""
        with self._transaction("BEGIN") as connection:
            return int(connection.execute("SELECT count(*) FROM documents").fetchone()[0])

    def health(self) -> IndexHealth:
        """Whether searches work: opens the file anew and reads a row of each table, however many there are.

        A connection of before may still have pages of a file that was cut off or overwritten since.
        """
        try:
            if read_file_identity(self.path) is None:
                raise _no_index(self.path)
            identity, connection = self._open()
            with closing(connection):
                try:
                    probe_tables(connection)
                except (sqlite3.Error, UnicodeDecodeError) as error:
                    self._note_damage(identity, error)
                    raise unreachable(self.path, error) from error
        except CopytasterError as error:
            return IndexHealth(ok=False, detail=str(error))
        return IndexHealth(ok=True, detail="embedded")

    def begin_rebuild(self, mark: IndexMark | None = None, *, trust_live: bool = True) -> EmbeddedBuild:
        """Start a new file next to the live one."""
        return EmbeddedBuild(self.path, mark, trust_live=trust_live)

    def switch_back(self) -> int:
        """Refuse: the embedded index keeps no earlier one, as a rebuild takes seconds."""
        raise ConfigurationError(
            "the embedded index keeps no index from before",
            resource=str(self.path),
            hint="`copytaster rebuild` makes a new one from the store",
        )

    def examine(self) -> Sequence[IndexFinding]:
        """What `health` does not say: that a file is not ours, or of before and has words without keys."""
        found = find_stranger(self.path)
        if found is not None:
            return (
                IndexFinding("index file", "fault", f"{self.path}: no index of Copytaster: {found}", WAY_OUT),
            )
        if not self.exists():
            return ()
        with self._transaction("BEGIN") as connection:
            keyed = read_keys(connection) is not None
        return () if keyed else (IndexFinding("index words", "note", WITHOUT_KEYS, "copytaster rebuild"),)

    def close(self) -> None:
        """Close every idle connection."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        """A transaction in the live file.

        A rebuild may switch files while a writer waits for the lock; the writer then starts again in the new file.
        """
        identity, connection = self._begin(begin)
        try:
            while begin != "BEGIN" and identity != read_file_identity(self.path):
                connection.close()
                identity, connection = self._begin(begin)
            yield connection
            connection.execute("COMMIT")
        except (sqlite3.Error, UnicodeDecodeError) as error:
            connection.close()
            self._note_damage(identity, error)
            raise unreachable(self.path, error) from error
        except BaseException:
            connection.close()
            raise
        self._give_back(identity, connection)

    def _begin(self, begin: str) -> tuple[Identity, IndexConnection]:
        identity, connection = self._take()
        try:
            if begin != "BEGIN":
                connection.seal()
            connection.execute(begin)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            connection.close()
            self._note_damage(identity, error)
            raise unreachable(self.path, error) from error
        return identity, connection

    def _note_damage(self, identity: Identity, error: Exception) -> None:
        """From now on this file counts as none: the next preparation makes another, and fills it from the store."""
        if is_damage(error):
            log.error("index.damaged", path=str(self.path), error=str(error))
            self._damaged = identity

    def _take(self) -> tuple[Identity, IndexConnection]:
        live = read_file_identity(self.path)
        if live is None:
            raise _no_index(self.path)
        with self._lock:
            outdated = [pair for pair in self._idle if pair[0] != live]
            self._idle = [pair for pair in self._idle if pair[0] == live]
            taken = self._idle.pop() if self._idle else None
        for _, connection in outdated:
            connection.close()
        return taken or self._open()

    def _open(self) -> tuple[Identity, IndexConnection]:
        real = self.path.resolve()
        identity = read_file_identity(real)
        if identity is None:
            raise _no_index(self.path)
        require_own(self.path)
        connection = connect(real)
        try:
            if not self._has_layout(identity, connection):
                raise unreachable(self.path, "it was made by another version of this program")
        except UnreachableError:
            connection.close()
            raise
        return identity, connection

    def _has_layout(self, identity: Identity, connection: IndexConnection) -> bool:
        try:
            return has_layout(connection)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            self._note_damage(identity, error)
            raise unreachable(self.path, error) from error

    def _give_back(self, identity: Identity, connection: IndexConnection) -> None:
        with self._lock:
            if len(self._idle) < MAX_IDLE:
                self._idle.append((identity, connection))
                return
        connection.close()


def _no_index(path: Path) -> UnreachableError:
    return unreachable(path, "there is none yet")
