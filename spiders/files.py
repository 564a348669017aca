"""Lists files and folders, and reads a file as a page."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import NotFoundError, UnparsableError
from copytaster.values import RawPage
from spiders.net.compression import gunzip_file
from spiders.parsing.context import UNNAMED_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable

log = structlog.get_logger(__name__)

_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "text/html",
    ".shtml": "text/html",
    ".txt": "text/plain",
    ".text": "text/plain",
    "": "text/plain",
}


_NAMED = 5  # links that lead out of a folder


def list_files(paths: Iterable[Path], *, must_exist: bool = True, warns: bool = True) -> list[Path]:
    """List the named files, and the files below the named folders, sorted. Hidden files are listed only if named.

    A link that leads out of its folder is not followed: it may lead to any file of the machine. A warning says so, unless
    the caller lists them again.

    Raises:
        NotFoundError: a path does not exist and `must_exist` is set.
    """
    found: list[Path] = []
    for path in paths:
        if must_exist and not path.exists():
            raise NotFoundError("there is no such file or folder", resource=str(path))
        found += _files_below(path, warns=warns) if path.is_dir() else [path]
    return found


def _files_below(folder: Path, *, warns: bool) -> list[Path]:
    root = folder.resolve()
    below = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    shown = sorted(p for p in below if not any(part.startswith(".") for part in p.relative_to(folder).parts))
    outside = [path for path in shown if path.exists() and not path.resolve().is_relative_to(root)]
    if outside and warns:
        log.warning(
            "files.skipped",
            count=len(outside),
            first=[str(path) for path in outside[:_NAMED]],
            why="links that lead out of the folder",
        )
    left_out = set(outside)
    return [path for path in shown if path not in left_out and path.is_file()]


def read_file(path: Path, *, max_bytes: int) -> RawPage:
    """Read a file, decompress it, and return it as a page whose address is the file's own.

    What the file is, its bytes say. Its name only tells plain text from bytes that nobody can read.

    Raises:
        UnparsableError: `too-large`, `undecodable` (gzip that is broken or of too many parts),
            `unreadable`.
    """
    try:
        with path.open("rb") as file:
            body = file.read(max_bytes + 1)
        when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise UnparsableError(
            f"cannot be read: {error.strerror}", reason="unreadable", resource=str(path)
        ) from error
    return page_of_bytes(path, body, when=when, max_bytes=max_bytes)


def page_of_bytes(path: Path, body: bytes, *, when: datetime, max_bytes: int) -> RawPage:
    """A file's bytes, decompressed, as a page; see `read_file`.

    Raises:
        UnparsableError: `too-large`, `undecodable`.
    """
    name = path.name.lower()
    if name.endswith(".gz") and len(body) <= max_bytes:
        body = gunzip_file(body, max_bytes=max_bytes, url=str(path))
    if len(body) > max_bytes:
        raise UnparsableError(f"more than {max_bytes} bytes", reason="too-large", resource=str(path))
    kind = _TYPES.get(Path(name.removesuffix(".gz")).suffix, UNNAMED_TYPE)
    return RawPage(path.resolve().as_uri(), body, when, 200, (("Content-Type", kind),))
