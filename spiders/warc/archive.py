"""An archive as a file: what it is known by, whatever its name, and where reading goes on."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, BinaryIO

from copytaster.errors import UnparsableError
from copytaster.store.archive_positions import KEY_LENGTH, ArchivePosition
from spiders.warc.stream import GZIP, Position

if TYPE_CHECKING:
    from pathlib import Path

_SIGN = b"WARC/"
_HEAD_BYTES = 512  # hold the id of the first record, compressed or not
_BEFORE_BYTES = 4_096


def is_archive(path: Path) -> bool:
    """True if a file begins like an archive, or like a gzip file of one. False for what cannot be read."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return False
    if head.startswith(GZIP):
        try:
            head = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(head, len(_SIGN))
        except zlib.error:
            return False
    return head.startswith(_SIGN)


def key_of(file: BinaryIO) -> str:
    """What an archive is known by: its first bytes. A copy has the same key, and so has an archive that grows."""
    file.seek(0)
    return hashlib.sha256(file.read(_HEAD_BYTES)).hexdigest()[:KEY_LENGTH]


def place_to_keep(file: BinaryIO, position: Position) -> ArchivePosition:
    """A place with the digest of what precedes it."""
    return ArchivePosition(*position, before=_digest_before(file, position.offset))


def place_to_go_on(file: BinaryIO, kept: ArchivePosition | None) -> Position:
    """Where reading goes on: the place kept, or the beginning if other bytes precede it in this file."""
    if kept is None or kept.before != _digest_before(file, kept.offset):
        return Position()
    return Position(kept.offset, kept.into)


def open_archive(path: Path) -> BinaryIO:
    """Open an archive for reading.

    Raises:
        UnparsableError: `unreadable`.
    """
    try:
        return path.open("rb")
    except OSError as error:
        raise UnparsableError(
            f"cannot be read: {error.strerror}", reason="unreadable", resource=str(path)
        ) from error


def _digest_before(file: BinaryIO, offset: int) -> str:
    first = max(0, offset - _BEFORE_BYTES)
    file.seek(first)
    return hashlib.sha256(file.read(offset - first)).hexdigest()[:KEY_LENGTH]
