"""A copy of an SQLite store as one read transaction sees it, and the check of such a copy."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sqlalchemy import create_engine, make_url

from copytaster.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection


def find_store_file(url: str) -> Path:
    """The file of a store.

    Raises:
        ConfigurationError: the store is on a database server.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise ConfigurationError(
            "the store is on a database server, whose own programs back it up and restore it",
            resource=parsed.render_as_string(hide_password=True),
            hint="`pg_dump --format=custom --file=FILE DATABASE` while the service runs, `pg_restore` into an empty one",
        )
    return Path(parsed.database)


def is_file(url: str) -> bool:
    """True if the store is a file, not on a database server."""
    return make_url(url).get_backend_name() == "sqlite"


def read_size(connection: Connection) -> int:
    """The bytes of the store as the connection sees it."""
    pages, size = (
        int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()) for name in ("page_count", "page_size")
    )
    return pages * size


def copy_pages(
    connection: Connection, path: Path, pages: int, on_progress: Callable[[int, int], None]
) -> None:
    """Copy the store as the connection's transaction sees it, so many pages at a time.

    Without a transaction, SQLite would begin again after each write of another process.
    """
    source = cast("sqlite3.Connection", connection.connection.driver_connection)
    with closing(sqlite3.connect(path)) as copy:
        source.backup(copy, pages=pages, progress=lambda _, left, total: on_progress(total - left, total))


@contextmanager
def open_copy(path: Path) -> Iterator[Connection]:
    """Read a copy that nobody writes; no file is made beside it."""
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(uri, uri=True))
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def check_pages(connection: Connection) -> str:
    """What SQLite finds wrong in pages and indexes; `ok` if nothing."""
    return str(connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar())
