"""Opening the store: one engine per process, durable settings, migrations when it opens."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError

from copytaster.errors import BusyError, ConfigurationError, StoreError, UsageError
from copytaster.masking.known import learn_address
from copytaster.process_id import this_process
from copytaster.store.faults import DAMAGED, explain_outage, is_beyond, is_outage, make_store_error
from copytaster.store.installation import COPYING, read_fact
from copytaster.store.schema import migrate
from copytaster.store.sealing import seal_connection
from copytaster.store.sessions import name_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import RootTransaction

BUSY_TIMEOUT_S = 30
# Of a database whose network is cut: else each request hangs for minutes, until the system gives up.
NETWORK_PATIENCE = {
    "connect_timeout": 5,  # seconds
    "tcp_user_timeout": 5000,  # milliseconds until what was sent has to be acknowledged
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}


class Store:
    """The store behind one database URL. Threads may share it, processes may not.

    Args:
        url: an SQLAlchemy URL, e.g. `sqlite:////var/lib/copytaster/store.sqlite`.
        unfinished: open it although it is a copy that was cut off.
        holder: the process that this one works for; whoever takes over from it ends the sessions of both.

    Raises:
        ConfigurationError: the URL cannot be read, the schema is newer than this program, or the store is a copy that
            was cut off.
        StoreError: the database cannot be opened.

    Attributes:
        fault: why the last write failed; None if it went well.
    """

    def __init__(self, url: str, *, unfinished: bool = False, holder: str | None = None) -> None:
        learn_address(url)
        try:
            self.engine = _make_engine(url, holder or this_process())
        except Exception as error:
            raise ConfigurationError(
                f"not a database URL: {error}",
                resource="COPYTASTER_DATABASE_URL",
                hint="e.g. sqlite:////var/lib/copytaster/store.sqlite",
            ) from error
        self.url = url
        self._writer = self.engine.execution_options(writes=True, seals=True)
        self._reader = self.engine
        if self.engine.dialect.name != "sqlite":  # SQLite readers see one moment anyway
            self._reader = self.engine.execution_options(isolation_level="REPEATABLE READ")
        self.fault: StoreError | None = None
        self._identity: tuple[int, int] | None = None
        try:
            self._require_not_emptied()
            migrate(self.engine)
            if not unfinished:
                self._require_whole()
            self._identity = self._read_identity()
        except Exception as error:
            self.close()
            if is_outage(error) or isinstance(error, UnicodeDecodeError):  # a message may quote damaged bytes
                raise explain_outage(self.engine, error) from error
            raise

    def _require_not_emptied(self) -> None:
        """A crash of the machine can leave a file of no bytes, which SQLite takes for a new database."""
        path = self.sibling_path("")
        if path is None or not path.is_file() or path.stat().st_size:
            return
        index = path.with_name("index.sqlite")
        if index.exists() or index.is_symlink():
            raise make_store_error(
                self.engine,
                "it is damaged: it has no bytes, and an index lies beside it",
                f"{DAMAGED}; to begin with nothing, remove both files",
            )

    def _require_whole(self) -> None:
        with self._reader.begin() as connection:
            if read_fact(connection, COPYING) is not None:
                raise ConfigurationError(
                    "it is the copy of another store, and was cut off",
                    resource=self.engine.url.render_as_string(hide_password=True),
                    hint="the same `copytaster store copy` goes on where it ended",
                )

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that takes the write lock at its start and commits at its end, or leaves nothing.

        Raises:
            BusyError: another process held the lock for the whole waiting time.
            StoreError: the store cannot be written.
        """
        try:
            with self._explained(), self._writer.connect() as connection, self._begin(connection):
                yield connection
        except StoreError as error:
            self.fault = error
            raise
        self.fault = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of the record.

        Raises:
            StoreError: the store cannot be read.
            UsageError: a value that the caller gave is none that the database has.
        """
        with self._explained(), self._reader.begin() as connection:
            yield connection

    def _begin(self, connection: Connection) -> RootTransaction:
        try:
            return connection.begin()
        except OperationalError as error:
            if "database is locked" in str(error.orig):
                raise BusyError(
                    f"another process has been writing for {BUSY_TIMEOUT_S} s",
                    resource=self.engine.url.render_as_string(hide_password=True),
                    hint="try again; one that is frozen in the middle of a write has to be woken or ended",
                ) from error
            raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Name what is wrong with the database, and use no file that lies elsewhere than it did at the start."""
        if self._identity is not None and self._read_identity() != self._identity:
            raise make_store_error(
                self.engine,
                "its file was removed or replaced while this process used it",
                "stop the service, put the file back, and start it again",
            )
        try:
            yield
        except Exception as error:
            if is_outage(error):
                raise explain_outage(self.engine, error) from error
            if is_beyond(error):
                raise UsageError(
                    "a number is too large for the store, or a text has a character that it cannot keep"
                ) from error
            raise

    def _read_identity(self) -> tuple[int, int] | None:
        """Device and inode of the database's file; None if there is none."""
        path = self.sibling_path("")
        try:
            found = path.stat() if path is not None else None
        except OSError:
            return None
        return None if found is None else (found.st_dev, found.st_ino)

    @property
    def is_server(self) -> bool:
        """True if other machines can share the database; a file belongs to one."""
        return self.engine.dialect.name != "sqlite"

    def sibling_path(self, suffix: str) -> Path | None:
        """A path next to the database's file, for files that may be lost at any time. None if the database is no file."""
        name = self.engine.url.database if self.engine.dialect.name == "sqlite" else None
        return None if not name or name == ":memory:" else Path(name + suffix)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _make_engine(url: str, holder: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        options: dict[str, Any] = {}
        if "postgresql" in parsed.drivername:
            patience = {name: value for name, value in NETWORK_PATIENCE.items() if name not in parsed.query}
            options = {"application_name": name_session(holder), **patience}
        return create_engine(parsed, pool_pre_ping=True, connect_args=options)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_S}, json_deserializer=_read_json)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _read_json(text: str) -> Any:
    """The value of a column of JSON; most hold nothing, and lists of sources read thousands of them."""
    return {} if text == "{}" else json.loads(text)


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # _begin_sqlite begins transactions; the driver would guess
    pragmas = (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-32768",
    )
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # SQLite refuses the lock at once to a transaction that reads first and writes later.
    options = connection.get_execution_options()
    writes = options.get("writes", False)
    if options.get("seals"):
        seal_connection(connection)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
