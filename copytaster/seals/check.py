"""Comparing rows with their seals: a slice of a table at a time, and what is left over at its end. Changes nothing."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from copytaster.seals.table import ALL_SEALED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copytaster.seals.table import SealedTable

Fault = Literal["changed", "unreadable", "lost", "unknown"]
SHOWN = 1000  # keys that one table's end names at most


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that is not as it was written.

    Attributes:
        fault: `changed`: its values or its seal are not those that were written; `unreadable`: SQLite cannot read it;
            `lost`: there is a seal, but no row; `unknown`: there is a row, but no seal, though the table is sealed.
    """

    table: str
    key: str
    fault: Fault
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CheckedSlice:
    """A slice of a table.

    Attributes:
        rows: how many rows were read.
        position: where the next slice begins, as JSON; None at the table's end.
        unsealed: keys of rows that have no seal yet.
    """

    rows: int
    position: str | None
    faults: list[RowFault] = field(default_factory=list)
    unsealed: list[str] = field(default_factory=list)


def is_all_sealed(connection: sqlite3.Connection, table: SealedTable) -> bool:
    """True if every row of the table got a seal; False while seals of older rows are not yet known."""
    query = 'SELECT 1 FROM seals WHERE kind = ? AND "key" = ?'
    return connection.execute(query, (table.name, ALL_SEALED)).fetchone() is not None


def check_slice(
    connection: sqlite3.Connection, table: SealedTable, position: str | None, limit: int
) -> CheckedSlice:
    """Compare the next rows of a table with their seals. The connection has the functions of `add_functions`."""
    try:
        return _compare(connection, table, position, limit)
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        if not table.has_rowid:
            return CheckedSlice(0, None, [RowFault(table.name, "", "unreadable", str(error))])
        return _compare_one_by_one(connection, table, int(json.loads(position or "0")), limit)


def check_end(connection: sqlite3.Connection, table: SealedTable) -> list[RowFault]:
    """Seals without a row: rows that were lost."""
    chosen = f"WHERE {table.where}" if table.where else ""
    count = f'SELECT count(*) FROM "{table.name}" NOT INDEXED {chosen}'  # noqa: S608 - our own names
    if table.name == "sqlite_schema":
        count = count.replace("NOT INDEXED", "")
    sealed = "SELECT count(*) FROM seals WHERE kind = ? AND \"key\" <> ''"
    try:
        rows = connection.execute(count).fetchone()[0]
        if rows == connection.execute(sealed, (table.name,)).fetchone()[0]:
            return []
        left = connection.execute(
            f'SELECT "key" FROM seals WHERE kind = ? AND "key" <> \'\' '  # noqa: S608 - our own names
            f'EXCEPT SELECT {table.key_of("t")} FROM "{table.name}" AS t LIMIT {SHOWN}',
            (table.name,),
        ).fetchall()
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        return [RowFault(table.name, "", "unreadable", str(error))]
    return [RowFault(table.name, str(row[0]), "lost") for row in left]


def check_integrity(connection: sqlite3.Connection, *, limit: int = 20) -> list[str]:
    """What SQLite finds wrong with its pages, and with its indexes against their tables."""
    try:
        rows = connection.execute(f"PRAGMA integrity_check({limit})").fetchall()
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        return [str(error)]
    return [line for row in rows for line in str(row[0]).splitlines() if row[0] != "ok"]


def _compare(
    connection: sqlite3.Connection, table: SealedTable, position: str | None, limit: int
) -> CheckedSlice:
    query, values = _spell_query(table, position)
    rows = connection.execute(f"{query} LIMIT {limit}", values).fetchall()
    places = 1 if table.has_rowid else len(table.keys)
    faults: list[RowFault] = []
    unsealed: list[str] = []
    for row in rows:
        _judge(table, row[places:], faults, unsealed)
    found = _pack(rows[-1][:places], table) if len(rows) == limit else None
    return CheckedSlice(len(rows), found, faults, unsealed)


def _judge(table: SealedTable, row: Sequence[Any], faults: list[RowFault], unsealed: list[str]) -> None:
    key, digest, seal = row
    if seal is None:
        unsealed.append(str(key))
    elif seal != digest:
        faults.append(RowFault(table.name, str(key), "changed"))


def _compare_one_by_one(
    connection: sqlite3.Connection, table: SealedTable, after: int, limit: int
) -> CheckedSlice:
    faults: list[RowFault] = []
    unsealed: list[str] = []
    for number in range(after + 1, after + limit + 1):
        query, values = _spell_query(table, None, only=number)
        try:
            for row in connection.execute(query, values).fetchall():
                _judge(table, row[1:], faults, unsealed)
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            key = str(number) if table.is_numbered else ""
            faults.append(RowFault(table.name, key, "unreadable", str(error)))
    end = after + limit
    following = str(end) if end < _find_last(connection, table) else None
    return CheckedSlice(limit, following, faults, unsealed)


def _find_last(connection: sqlite3.Connection, table: SealedTable) -> int:
    """The largest rowid, or that of the newest seal where the table's own end cannot be read."""
    sealed = 'SELECT max(CAST("key" AS INTEGER)), count(*) FROM seals WHERE kind = ?'
    try:
        largest, count = connection.execute(sealed, (table.name,)).fetchone()
        last = connection.execute(f'SELECT max(rowid) FROM "{table.name}"').fetchone()[0]  # noqa: S608
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return 0 if "largest" not in locals() else max(int(largest or 0), int(count))
    return int(last or 0)


def _spell_query(table: SealedTable, position: str | None, only: int | None = None) -> tuple[str, list[Any]]:
    place = ["rowid"] if table.has_rowid else [f'"{name}"' for name in table.keys]
    places = ", ".join(f"t.{one}" for one in place)
    conditions, values = ([table.where] if table.where else []), [table.name]
    if only is not None:
        conditions.append("t.rowid = ?")
        values.append(only)  # type: ignore[arg-type]
    elif position is not None:
        after = _unpack(position)
        conditions.append(f"({places}) > ({', '.join('?' * len(after))})")
        values += after
    chosen = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    key, digest = table.key_of("t"), table.digest_of("t")
    query = (
        f'SELECT {places}, {key}, {digest}, s.digest FROM "{table.name}" AS t'  # noqa: S608 - our own names
        f' LEFT JOIN seals AS s ON s.kind = ? AND s."key" = {key}{chosen} ORDER BY {places}'
    )
    return query, values


def _pack(place: Sequence[Any], table: SealedTable) -> str:
    if table.has_rowid:
        return str(place[0])
    return json.dumps([{"hex": one.hex()} if isinstance(one, bytes) else one for one in place])


def _unpack(position: str) -> list[Any]:
    place = json.loads(position)
    places = place if isinstance(place, list) else [place]
    return [bytes.fromhex(one["hex"]) if isinstance(one, dict) else one for one in places]
