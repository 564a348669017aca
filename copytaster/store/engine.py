"""Opening the store: one engine per process, durable settings, migrations when it opens."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError

from copytaster.errors import BusyError, ConfigurationError, UnreachableError
from copytaster.masking.known import learn_address
from copytaster.store.damage import DAMAGE, describe_damage
from copytaster.store.schema import migrate
from copytaster.store.sealing import seal_connection

if TYPE_CHECKING:
    from collections.abc import Iterator

BUSY_TIMEOUT_S = 30


class Store:
    """The store behind one database URL. Threads may share it, processes may not.

    Args:
        url: an SQLAlchemy URL, e.g. `sqlite:////var/lib/copytaster/store.sqlite`.

    Raises:
        ConfigurationError: the URL cannot be read, or the schema is newer than this program.
        UnreachableError: the database cannot be opened.
    """

    def __init__(self, url: str) -> None:
        learn_address(url)
        try:
            self.engine = _make_engine(url)
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
        try:
            migrate(self.engine)
        except ConfigurationError:
            self.close()
            raise
        except OperationalError as error:
            self.close()
            raise UnreachableError(
                f"the store cannot be opened: {error.orig}",
                resource=self.engine.url.render_as_string(hide_password=True),
                hint="check that the folder exists and can be written",
            ) from error
        except DAMAGE as error:  # a message may quote damaged bytes
            self.close()
            raise UnreachableError(
                f"the store is damaged: {describe_damage(error)}",
                resource=self.engine.url.render_as_string(hide_password=True),
                hint="restore the last backup",
            ) from error

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that takes the write lock at its start and commits at its end, or leaves nothing.

        Raises:
            BusyError: another process held the lock for the whole waiting time.
        """
        with self._writer.connect() as connection:
            try:
                transaction = connection.begin()
            except OperationalError as error:
                if "database is locked" in str(error.orig):
                    raise BusyError(
                        f"another process has been writing for {BUSY_TIMEOUT_S} s",
                        resource=self.engine.url.render_as_string(hide_password=True),
                        hint="try again; one that is frozen in the middle of a write has to be woken or ended",
                    ) from error
                raise
            with transaction:
                yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of the record."""
        with self._reader.begin() as connection:
            yield connection

    def sibling_path(self, suffix: str) -> Path | None:
        """A path next to the database's file, for files that may be lost at any time. None if the database is no file."""
        name = self.engine.url.database if self.engine.dialect.name == "sqlite" else None
        return None if not name or name == ":memory:" else Path(name + suffix)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _make_engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


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
