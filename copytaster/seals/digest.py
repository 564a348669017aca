"""The digest of one row: BLAKE2b over the names, types and bytes of its values."""

from __future__ import annotations

import re
import struct
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DIGEST_BYTES = 16
_TYPES = re.compile("integer|real|text|blob|null")
_SHORT = 1024
_SIZES = tuple(b"%d " % size for size in range(_SHORT))

Value = int | float | bytes | None


def digest_bytes(data: bytes) -> bytes:
    """The digest of one piece of content."""
    return blake2b(data, digest_size=DIGEST_BYTES).digest()


def make_digest(columns: Sequence[str]) -> Callable[..., bytes]:
    """A function that digests a row of these columns.

    It takes the first letter of each value's SQLite type as one text, then the values, text as UTF-8. A null adds
    nothing, so that a new column that is null in old rows leaves their digests as they were.
    """
    names = [name.encode() for name in columns]

    def digest(types: str, *values: Value) -> bytes:
        return digest_bytes(b"".join(spell_row(names, types.encode(), values)))

    return digest


def make_sql_digest(columns: Sequence[str]) -> Callable[..., bytes]:
    """What `make_digest` makes, for SQLite to call with what `SealedTable.digest_of` spells: half the time a row.

    It takes the names of the values' types as one text, then the values as bytes, and reals as they are.
    """
    heads = _Heads(columns)

    def digest(types: str, *values: float | bytes | None) -> bytes:
        spelled: list[bytes] = []
        for head, value in zip(heads[types], values, strict=True):
            if value is not None:
                data = value if isinstance(value, bytes) else struct.pack(">d", value)
                size = len(data)
                spelled += (head, _SIZES[size] if size < _SHORT else b"%d " % size, data)
        return digest_bytes(b"".join(spelled))

    return digest


class _Heads(dict[str, list[bytes]]):
    """The types of a row's values -> name and type of each as the digest takes them; there are few such rows."""

    def __init__(self, columns: Sequence[str]) -> None:
        super().__init__()
        self._names = [column.encode() for column in columns]

    def __missing__(self, types: str) -> list[bytes]:
        kinds = [found[:1].encode() for found in _TYPES.findall(types)]
        self[types] = heads = [b"%b %b " % pair for pair in zip(self._names, kinds, strict=True)]
        return heads


def spell_row(names: Sequence[bytes], types: bytes, values: Sequence[Value]) -> list[bytes]:
    """What is digested of a row: a head and the bytes of each value that is not null."""
    spelled: list[bytes] = []
    for name, kind, value in zip(names, types, values, strict=True):
        if value is not None:
            data = encode(value)
            spelled += (b"%b %c %d " % (name, kind, len(data)), data)
    return spelled


def encode(value: float | bytes) -> bytes:
    """A value's bytes as the digest takes them."""
    if isinstance(value, bytes):
        return value
    return b"%d" % value if isinstance(value, int) else struct.pack(">d", value)
