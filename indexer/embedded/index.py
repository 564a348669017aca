"""The embedded adapter: one live file, any number of reading threads, one writer at a time in all processes."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import structlog

from copytaster.errors import ConfigurationError, CopytasterError, UnreachableError
from indexer.embedded.build import EmbeddedBuild
from indexer.embedded.files import (
    Identity,
    connect,
    create_file,
    hold_folder,
    is_damage,
    point_to,
    read_identity,
    unreachable,
)
from indexer.embedded.schema import has_layout, make_tables
from indexer.embedded.search import search_documents
from indexer.embedded.writer import Prepared, prepare, read_source, write_all
from indexer.port import IndexHealth, ItemResult, WriteOutcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from indexer.port import IndexAction, IndexFinding
    from indexer.search import SearchPage, SearchQuery

log = structlog.get_logger(__name__)

MAX_IDLE = 8  # connections kept open for the next search


class EmbeddedIndex:
    """A `SearchIndex` in one SQLite file; readers never wait for the writer.

    Args:
        path: where the index stands, e.g. `index.sqlite`: a link to the live file beside it.
    """

    lanes = 1

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: list[tuple[Identity, sqlite3.Connection]] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    def exists(self) -> bool:
        """Whether there is an index that this program can read; a damaged one is as good as none."""
        if read_identity(self.path) is None:
            return False
        try:
            with closing(connect(self.path.resolve())) as connection:
                return has_layout(connection)
        except UnreachableError as error:
            if not is_damage(error.__cause__):
                raise
            log.warning("index.damaged", path=str(self.path), error=str(error.__cause__))
            return False

    def setup(self) -> None:
        """Make an empty index unless there is one; one of another layout makes room."""
        with hold_folder(self.path):
            if self.exists():
                return
            fresh = create_file(self.path)
            connection = connect(fresh)
            make_tables(connection)
            connection.close()
            point_to(self.path, fresh)

    def write(self, actions: Iterable[IndexAction], *, refresh: bool = True) -> WriteOutcome:
        """Write whole documents in one transaction; searches find them in any case."""
        prepared = [prepare(action) for action in actions]
        good = [document for document in prepared if isinstance(document, Prepared)]
        with self._writing, self._transaction("BEGIN IMMEDIATE") as connection:
            write_all(connection, good)
        return WriteOutcome(
            tuple(
                found if isinstance(found, ItemResult) else ItemResult(found.id, "done") for found in prepared
            )
        )

    def refresh(self) -> None:
        """What was committed is found."""

    def search(self, query: SearchQuery) -> SearchPage:
        """Find dispatches."""
        with self._transaction("BEGIN") as connection:
            return search_documents(connection, query)

    def get(self, dispatch_id: str) -> Mapping[str, Any] | None:
        """The document of a dispatch, or None."""
        with self._transaction("BEGIN") as connection:
            row = connection.execute(
                "SELECT source FROM sources JOIN documents USING (doc) WHERE id = ?", (dispatch_id,)
            ).fetchone()
        return None if row is None else read_source(row[0])

    def find_missing(self, dispatch_ids: Sequence[str]) -> list[str]:
        """Those of these dispatches that have no document."""
        with self._transaction("BEGIN") as connection:
            held = {name for (name,) in connection.execute("SELECT id FROM documents")}
        return [name for name in dispatch_ids if name not in held]

    def count(self) -> int:
        """Documents in the index, of every state."""
        with self._transaction("BEGIN") as connection:
            return int(connection.execute("SELECT count(*) FROM documents").fetchone()[0])

    def health(self) -> IndexHealth:
        """Whether searches are answered."""
        try:
            return IndexHealth(ok=True, documents=self.count(), detail="embedded")
        except CopytasterError as error:
            return IndexHealth(ok=False, documents=0, detail=str(error))

    def begin_rebuild(self) -> EmbeddedBuild:
        """Start a new file beside the live one."""
        return EmbeddedBuild(self.path)

    def switch_back(self) -> int:
        """There is nothing to go back to: a rebuild takes seconds."""
        raise ConfigurationError(
            "the embedded index keeps none before it",
            resource=str(self.path),
            hint="`copytaster rebuild` makes it anew from the store",
        )

    def examine(self) -> Sequence[IndexFinding]:
        """Nothing beyond `health`."""
        return ()

    def close(self) -> None:
        """Let go of every idle connection."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        """A transaction in the live file. A writer holds it from the moment the lock is taken to the commit."""
        identity, connection = self._take()
        try:
            connection.execute(begin)
            while begin != "BEGIN" and identity != read_identity(
                self.path
            ):  # a rebuild took its place meanwhile
                connection.close()
                identity, connection = self._take()
                connection.execute(begin)
            yield connection
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            connection.close()
            raise unreachable(self.path, error) from error
        except BaseException:
            connection.close()
            raise
        self._give_back(identity, connection)

    def _take(self) -> tuple[Identity, sqlite3.Connection]:
        live = read_identity(self.path)
        if live is None:
            raise unreachable(self.path, "there is none yet")
        with self._lock:
            outdated = [pair for pair in self._idle if pair[0] != live]
            self._idle = [pair for pair in self._idle if pair[0] == live]
            taken = self._idle.pop() if self._idle else None
        for _, connection in outdated:
            connection.close()
        return taken or self._open()

    def _open(self) -> tuple[Identity, sqlite3.Connection]:
        real = self.path.resolve()
        identity = read_identity(real)
        connection = connect(real)
        if identity is None or not has_layout(connection):
            connection.close()
            raise unreachable(self.path, "it was made by another version of this program")
        return identity, connection

    def _give_back(self, identity: Identity, connection: sqlite3.Connection) -> None:
        with self._lock:
            if len(self._idle) < MAX_IDLE:
                self._idle.append((identity, connection))
                return
        connection.close()
