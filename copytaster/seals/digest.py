"""The digest of one row: BLAKE2b over the names, types and bytes of its values."""

from __future__ import annotations

import struct
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DIGEST_BYTES = 16

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
