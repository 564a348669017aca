"""Reading, restoring and sealing single rows of sealed tables, on the driver's connection of a write transaction."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from copytaster.seals.table import ALL_SEALED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from copytaster.seals.digest import Value
    from copytaster.seals.table import SealedTable


@dataclass(frozen=True, slots=True)
class SealedRow:
    """A row as SQLite holds it: text as its bytes, with its digest and its seal."""

    table: SealedTable
    key: str
    types: str
    values: tuple[Value, ...]
    digest: bytes
    seal: bytes | None

    @property
    def is_whole(self) -> bool:
        """True if the row is as it was written."""
        return self.digest == self.seal

    def value(self, column: str) -> Any:
        """A column's value; text that is no UTF-8 with a mark for each bad byte."""
        place = self.table.columns.index(column)
        value = self.values[place]
        text = self.types[place] == "t" and isinstance(value, bytes)
        return value.decode(errors="replace") if text and isinstance(value, bytes) else value


def read_row(raw: sqlite3.Connection, table: SealedTable, key: str) -> SealedRow | None:
    """A row by its key; None where there is none.

    Raises:
        sqlite3.DatabaseError: it cannot be read.
    """
    row = raw.execute(
        f"SELECT {table.types_of('t')}, {table.digest_of('t')}, "  # noqa: S608 - our own names
        f'(SELECT digest FROM seals WHERE kind = ? AND "key" = ?), {", ".join(table.values_of("t"))}'
        f' FROM "{table.name}" AS t WHERE {_where(table)}',
        (table.name, key, key),
    ).fetchone()
    return None if row is None else SealedRow(table, key, row[0], tuple(row[3:]), row[1], row[2])


def restore_values(raw: sqlite3.Connection, row: SealedRow, restored: Mapping[str, Value]) -> bool:
    """Put these values back; False, and nothing changed, unless the row then matches its seal."""
    raw.execute("SAVEPOINT restoring")
    cells = ", ".join(f'"{name}" = {_cast(row, name)}' for name in restored)
    try:
        raw.execute(
            f'UPDATE "{row.table.name}" AS t SET {cells} WHERE {_where(row.table)}',  # noqa: S608 - our own names
            (*restored.values(), row.key),
        )
        # a trigger sealed the row again, unless the table is immutable: compare with the seal of before
        again = read_row(raw, row.table, row.key)
        is_right = again is not None and again.digest == row.seal
    except sqlite3.DatabaseError:
        is_right = False
    if not is_right:
        raw.execute("ROLLBACK TO restoring")
    raw.execute("RELEASE restoring")
    return is_right


def seal_rows(raw: sqlite3.Connection, table: SealedTable, keys: Iterable[str]) -> None:
    """Seal rows as they are now."""
    raw.executemany(
        f"INSERT OR REPLACE INTO seals SELECT '{table.name}', {table.key_of('t')}, {table.digest_of('t')}"  # noqa: S608
        f' FROM "{table.name}" AS t WHERE {_where(table)}',
        [(key,) for key in keys],
    )


def mark_all_sealed(raw: sqlite3.Connection, table: SealedTable) -> None:
    """Note that every row of the table has a seal."""
    raw.execute("INSERT OR REPLACE INTO seals VALUES (?, ?, x'')", (table.name, ALL_SEALED))


def drop_seal(raw: sqlite3.Connection, table: SealedTable, key: str) -> None:
    """Forget the seal of a row."""
    raw.execute('DELETE FROM seals WHERE kind = ? AND "key" = ?', (table.name, key))


def find_strayed_seal(raw: sqlite3.Connection, row: SealedRow) -> str | None:
    """The key under which the seal of this row is kept, if it is kept under another one."""
    query = 'SELECT "key" FROM seals WHERE digest = ? AND kind = ? AND "key" <> ?'
    found = raw.execute(query, (row.digest, row.table.name, row.key)).fetchone()
    return None if found is None else str(found[0])


def _where(table: SealedTable) -> str:
    if table.is_numbered:
        return f't."{table.keys[0]}" = ?'
    return f"{table.key_of('t')} = ?"


def _cast(row: SealedRow, name: str) -> str:
    return "CAST(? AS TEXT)" if row.types[row.table.columns.index(name)] == "t" else "?"
