"""What has the index's name and is no index of this program: it stays as it is, whoever it belongs to."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote

from copytaster.errors import ForeignIndexError

if TYPE_CHECKING:
    from pathlib import Path
    from re import Pattern

_MAGIC = b"SQLite format 3\0"
_LAYOUTS = range(100, 1000)  # of every release
_COLUMNS = {
    "meta": {"name", "value"},
    "documents": {"doc", "id", "version", "state"},
}  # of every release
_SHOWN = 3  # tables that are named
WAY_OUT = (
    "move what has its name to another folder, and check that this user can write to this one; the index is then made"
    " from the store by itself, and what waits is kept"
)


def own_name(link: Path) -> Pattern[str]:
    """The names of files to which the link of an index points."""
    return re.compile(rf"{re.escape(link.stem)}-[0-9a-f]{{8}}{re.escape(link.suffix)}")


def require_own(link: Path) -> None:
    """Refuse a file, folder or link of somebody else.

    Raises:
        ForeignIndexError: it is no index of this program, of whatever release.
    """
    found = find_stranger(link)
    if found is not None:
        raise ForeignIndexError(f"it is no index of Copytaster: {found}", resource=str(link), hint=WAY_OUT)


def find_stranger(link: Path) -> str | None:
    """What lies there that is no index of this program; None for an index, however damaged, and where there is nothing."""
    if link.is_symlink() and own_name(link).fullmatch(str(link.readlink())):
        return None
    path = link.resolve()
    if not path.exists():
        return None
    if not path.is_file():
        return "it is a folder" if path.is_dir() else "it is no file"
    with path.open("rb") as file:
        head = file.read(len(_MAGIC))
    if not head:  # as a crash of the machine can leave it
        return None
    return _read_stranger(path) if head == _MAGIC else "it is no database"


def _read_stranger(path: Path) -> str | None:
    """Whose database it is, read without a change to its bytes."""
    log = path.with_name(f"{path.name}-wal")
    how = "mode=ro" if log.exists() and log.stat().st_size else "immutable=1"
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?{how}", uri=True)) as connection:
            layout = connection.execute("PRAGMA user_version").fetchone()[0]
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            tables = [
                row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            ]
            columns = {
                name: {row[1] for row in connection.execute(f'PRAGMA table_info("{name}")')}
                for name in _COLUMNS
            }
    except (sqlite3.Error, UnicodeDecodeError):
        return None  # a database whose pages cannot be read: the caller names the damage
    if application:
        return f"it is a database of another program, with the application id {application}"
    if layout in _LAYOUTS and all(columns[name] >= wanted for name, wanted in _COLUMNS.items()):
        return None
    if not tables and not layout:
        return None  # there is nothing in it that could be lost
    named = ", ".join(sorted(tables)[:_SHOWN])
    return f"it is a database with the tables {named}" if named else "it is a database without tables"
