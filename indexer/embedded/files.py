"""The files of an index: a link names the live file, so that pointing the link elsewhere replaces it in one step.

Each database has its own write-ahead log next to it: a database renamed over another would be left with the other's log.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from copytaster.errors import UnreachableError
from indexer.embedded.sealing import begin_sealing
from indexer.embedded.strangers import own_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_TIMEOUT_S = 30.0
_COMPANIONS = ("", "-wal", "-shm", "-journal")

_REBUILD = "`copytaster rebuild` makes a new one"
_WAYS_OUT = (  # what the system says, the mending
    (
        "disk is full|no space left|disk quota|disk i/o error",
        "make room on its disk; what waits is kept and comes by itself",
    ),
    (
        "readonly|read-only|unable to open|permission|not permitted|is a directory",
        "check that this user can write to its folder, and what has its name; what waits is kept",
    ),
    ("is locked", "another process has been writing for too long; what waits is kept"),
)

Identity = tuple[int, int]


def read_file_identity(path: Path) -> Identity | None:
    """Device and inode of the file behind the link; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


class IndexConnection(sqlite3.Connection):
    """A connection to an index file that can seal what it writes."""

    _seals = False

    def seal(self) -> None:
        """Seal what this connection writes from now on. Call it outside a transaction."""
        if not self._seals:
            begin_sealing(self)
            self._seals = True


def connect(path: Path, *, synchronous: str = "FULL") -> IndexConnection:
    """Open an existing file; never create one.

    Raises:
        UnreachableError: it does not exist or is no database.
    """
    address = f"file:{quote(str(path))}?mode=rw"
    try:
        connection = sqlite3.connect(
            address,
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
            factory=IndexConnection,
        )
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "temp_store=MEMORY",
            "cache_size=-16000",
        ):
            connection.execute(f"PRAGMA {pragma}")
    except (sqlite3.Error, UnicodeDecodeError) as error:  # a message may quote damaged bytes
        raise unreachable(path, error) from error
    return connection


def unreachable(path: Path, error: Exception | str) -> UnreachableError:
    """The error of an index that cannot be used."""
    said = str(error)
    hint = next((way_out for words, way_out in _WAYS_OUT if re.search(words, said, re.IGNORECASE)), _REBUILD)
    return UnreachableError(f"the search index cannot be used: {said}", resource=str(path), hint=hint)


def is_damage(error: BaseException | None) -> bool:
    """True if the file's content is at fault, not its permissions or a lock."""
    if isinstance(error, UnicodeDecodeError):
        return True
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)


def create_file(link: Path) -> Path:
    """A new empty file in the folder of the link; nobody reads it yet."""
    path = link.with_name(f"{link.stem}-{secrets.token_hex(4)}{link.suffix}")
    path.touch(exist_ok=False)
    with closing(sqlite3.connect(path)) as connection:
        for pragma in (
            "auto_vacuum=INCREMENTAL",
            "journal_mode=WAL",
        ):  # the first holds only before the file has a page
            connection.execute(f"PRAGMA {pragma}")
    return path


def point_to(link: Path, target: Path) -> None:
    """Point the link at another file, in one step for every process. Call `require_own` before."""
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
    """Make every other process that sets up an index in this folder wait."""
    link.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(link.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def remove_file(path: Path) -> None:
    """Delete a file and its log."""
    for companion in _COMPANIONS:
        path.with_name(path.name + companion).unlink(missing_ok=True)


def remove_others(link: Path) -> None:
    """Delete every file of this index but the live one: leftovers of earlier and crashed rebuilds."""
    live, names = link.resolve(), own_name(link)
    for path in link.parent.glob(f"{link.stem}-*{link.suffix}"):
        if path != live and path.resolve() != live and names.fullmatch(path.name):
            remove_file(path)
    for path in link.parent.glob(f"{link.stem}-*{link.suffix}.link"):
        path.unlink(missing_ok=True)
