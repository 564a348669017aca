"""The files of an index: a link that names the live one, so that another takes its place in one step.

Each file keeps its own write-ahead log beside it: renaming a database over another would leave it the other's log.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from copytaster.errors import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_TIMEOUT_S = 30.0
_COMPANIONS = ("", "-wal", "-shm", "-journal")

Identity = tuple[int, int]


def read_identity(path: Path) -> Identity | None:
    """Which file stands there now, through the link; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def connect(path: Path, *, synchronous: str = "FULL") -> sqlite3.Connection:
    """Open a file that is there; it is never created here.

    Raises:
        UnreachableError: it is not there or no database.
    """
    address = f"file:{quote(str(path))}?mode=rw"
    try:
        connection = sqlite3.connect(
            address, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "temp_store=MEMORY",
            "cache_size=-16000",
        ):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error as error:
        raise unreachable(path, error) from error
    return connection


def unreachable(path: Path, error: Exception | str) -> UnreachableError:
    """What is said when the index does not answer."""
    return UnreachableError(
        f"the search index cannot be used: {error}",
        resource=str(path),
        hint="`copytaster rebuild` makes it anew",
    )


def is_damage(error: BaseException | None) -> bool:
    """Whether a file's content is at fault, and not who may open it or who holds it."""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)


def create_file(link: Path) -> Path:
    """A new empty file beside the link; nobody reads it yet."""
    path = link.with_name(f"{link.stem}-{secrets.token_hex(4)}{link.suffix}")
    path.touch(exist_ok=False)
    return path


def point_to(link: Path, target: Path) -> None:
    """Make the link name another file, in one step for every process."""
    fresh = target.with_name(f"{target.name}.link")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target.name)
    fresh.replace(link)
    folder = os.open(link.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def hold_folder(link: Path) -> Iterator[None]:
    """Keep every other process that makes an index here waiting."""
    link.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(link.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def remove_file(path: Path) -> None:
    """A file and its log."""
    for companion in _COMPANIONS:
        path.with_name(path.name + companion).unlink(missing_ok=True)


def remove_others(link: Path) -> None:
    """Every file of this index but the live one: what crashed rebuilds and earlier ones left."""
    live = link.resolve()
    for path in link.parent.glob(f"{link.stem}-*{link.suffix}"):
        if path != live and path.resolve() != live:
            remove_file(path)
    for path in link.parent.glob(f"{link.stem}-*{link.suffix}.link"):
        path.unlink(missing_ok=True)
