"""Seals of many rows that one statement inserts: their digests are made column by column, while the triggers rest."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from copytaster.seals.digest import Value, digest_bytes, encode

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence

    from copytaster.seals.table import SealedTable

    Cell = Value | str

RESTING = "resting_seals"  # a table of each connection, with one row: true while no insert fires a trigger
_KINDS: dict[type, bytes] = {bool: b"i", int: b"i", float: b"r", str: b"t", bytes: b"b"}
_ENCODED: dict[type, Callable[[Any], bytes]] = {int: b"%d".__mod__, str: str.encode, bytes: bytes}
_PUT = 'INSERT INTO seals VALUES (?, ?, ?) ON CONFLICT (kind, "key") DO UPDATE SET digest = excluded.digest'


def prepare_rest(connection: sqlite3.Connection) -> None:
    """Make the table that the triggers look at."""
    connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS {RESTING} (yes INTEGER NOT NULL)")
    connection.execute(f"INSERT INTO {RESTING} SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM {RESTING})")  # noqa: S608


@contextmanager
def seal_together(
    connection: sqlite3.Connection,
    table: SealedTable,
    columns: Sequence[str],
    values: Sequence[Sequence[Cell]],
) -> Iterator[None]:
    """Inside, insert these rows, and nothing else; their seals are written at the end.

    Args:
        connection: one that seals what it writes, in a transaction.
        table: whose key is one column.
        columns: those that are written; the others are null.
        values: of each column, those of all rows, as SQLite keeps them.
    """
    connection.execute(f"UPDATE {RESTING} SET yes = 1")  # noqa: S608 - our own name
    try:
        yield
    finally:
        connection.execute(f"UPDATE {RESTING} SET yes = 0")  # noqa: S608 - our own name
    by_name = dict(zip(columns, values, strict=True))
    keys = map(str, by_name[table.keys[0]])
    pieces = [_spell_column(name, by_name[name]) for name in table.columns if name in by_name]
    digests = map(digest_bytes, map(b"".join, zip(*pieces, strict=True)))
    # in the order of the keys, whose neighbours in the tree are then at hand
    connection.executemany(_PUT, [(table.name, *pair) for pair in sorted(zip(keys, digests, strict=True))])


def _spell_column(name: str, values: Sequence[Cell]) -> list[bytes]:
    """What the digests of rows take of one column: name, type, length and bytes; nothing of a null."""
    kinds, first = set(map(type, values)), values[0]
    if len(kinds) == 1 and values.count(first) == len(values):
        return [_spell(name, first)] * len(values)
    if kinds not in ({int}, {str}, {bytes}):
        return [_spell(name, value) for value in values]
    spelled = list(map(_ENCODED[kinds.pop()], values))
    kind = b"%b %b " % (name.encode(), _KINDS[type(first)])
    sizes = set(map(len, spelled))
    if len(sizes) == 1:
        return list(map((b"%b%d " % (kind, sizes.pop())).__add__, spelled))
    return [b"%b%d %b" % (kind, len(data), data) for data in spelled]


def _spell(name: str, value: Cell) -> bytes:
    if value is None:
        return b""
    data = value.encode() if isinstance(value, str) else encode(value)
    return b"%b %b %d %b" % (name.encode(), _KINDS[type(value)], len(data), data)
