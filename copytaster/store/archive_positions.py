"""How far each archive was taken in. Call it in the transaction that stores what precedes the place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from copytaster.store.installation import read_fact, set_fact

if TYPE_CHECKING:
    from sqlalchemy import Connection

_FACT = "archive "  # before the key of an archive
KEY_LENGTH = 40


class ArchivePosition(NamedTuple):
    """A place in an archive.

    Attributes:
        offset: bytes, where a record or a gzip member begins.
        into: decompressed bytes of the member that precede the place.
        before: digest of the bytes that precede the offset; tells another archive with the same beginning.
    """

    offset: int
    into: int
    before: str


def read_archive_position(connection: Connection, key: str) -> ArchivePosition | None:
    """The place up to which the archive of a key was taken in; None if it is new."""
    kept = read_fact(connection, _FACT + key[:KEY_LENGTH])
    return None if kept is None else ArchivePosition(*json.loads(kept))


def keep_archive_position(connection: Connection, key: str, position: ArchivePosition) -> None:
    """Note the place up to which an archive is taken in."""
    set_fact(connection, _FACT + key[:KEY_LENGTH], json.dumps(position))
