"""Which tables of the store are sealed, and how its connections and migrations keep the seals. SQLite only."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Float, event

from copytaster.seals.check import RowFault, check_end, check_slice, is_all_sealed
from copytaster.seals.table import ALL_SEALED, SCHEMA, SealedTable
from copytaster.seals.together import seal_together
from copytaster.seals.triggers import add_functions, seal_writes
from copytaster.store.tables import metadata

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import Connection, Table

ROWS_AT_ONCE = 1000
FEWEST = 8  # rows that are worth sealing together
LARGE = 60_000  # rows of all tables together, about, that are compared without a scrub: half a second
NEWEST = 1000  # rows of each table beyond that
_NOT_SEALED = {"seals"}
_LEFT_OUT = {"versions": {"grouped"}}  # marks of progress; other checks compare them
_IMMUTABLE = {"versions", "raw_pages", "recipes"}
_WRITES = re.compile(r'\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)', re.IGNORECASE)


def _seal(table: Table) -> SealedTable:
    left_out = _LEFT_OUT.get(table.name, set())
    return SealedTable(
        str(table.name),  # SQLAlchemy's own kind of text, which the driver takes slowly
        keys=tuple(column.name for column in table.primary_key),
        columns=tuple(column.name for column in table.columns if column.name not in left_out),
        has_rowid=bool(table.dialect_options["sqlite"]["with_rowid"]),
        immutable=table.name in _IMMUTABLE,
    )


SEALED_TABLES = tuple(_seal(table) for table in metadata.sorted_tables if table.name not in _NOT_SEALED)
_BY_NAME = {table.name: table for table in SEALED_TABLES}


def raw_connection(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection below this one, in the same transaction."""
    found: Any = connection.connection.dbapi_connection
    return found  # type: ignore[no-any-return]


def seal_connection(connection: Connection) -> None:
    """Seal what this connection writes, from now on. Call it outside a transaction."""
    if not connection.info.get("sealed"):
        seal_writes(raw_connection(connection), SEALED_TABLES)
        connection.info["sealed"] = True


def sealed_insert(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    values: Sequence[Sequence[Any]],
    *,
    update: Sequence[str] = (),
) -> AbstractContextManager[None]:
    """Inside, insert these rows into a table; they are sealed together where their values decide all that is stored.

    Args:
        connection: to SQLite.
        table: to insert into.
        columns: those that are written.
        values: of each column, those of all rows, as the driver takes them.
        update: the columns that take the new values where the key exists.
    """
    sealed = _BY_NAME.get(table.name)
    if (
        sealed is None
        or not connection.info.get("sealed")
        or len(values[0]) < FEWEST
        or not sealed.is_numbered
        or sealed.keys[0] not in columns
        or (update and len(update) + 1 < len(sealed.columns))
        or not all(_is_kept_so(table, name, columns, values) for name in sealed.columns)
    ):
        return nullcontext()
    return seal_together(raw_connection(connection), sealed, columns, values)


def _is_kept_so(table: Table, name: str, columns: Sequence[str], values: Sequence[Sequence[Any]]) -> bool:
    """True if SQLite stores the values of this column as they are, or null where it is not written."""
    column = table.c[name]
    if name not in columns:
        return column.server_default is None
    if isinstance(column.type, JSON):  # a number as JSON is stored as a number
        return all(value is None or value[:1] in "[{" for value in values[columns.index(name)])
    return not isinstance(column.type, Float)


def open_for_check(connection: Connection) -> sqlite3.Connection:
    """The driver's connection, with the functions that digest rows."""
    raw = raw_connection(connection)
    if not connection.info.get("can_check"):
        add_functions(raw, (*SEALED_TABLES, SCHEMA))
        connection.info["can_check"] = True
    return raw


def list_large(connection: Connection) -> set[str]:
    """The largest tables, by their last rows, which only a scrub reads whole; the others have `LARGE` rows in all. SQLite only."""
    raw = raw_connection(connection)
    lasts = {
        table.name: raw.execute(f'SELECT max(rowid) FROM "{table.name}"').fetchone()[0] or 0  # noqa: S608
        for table in SEALED_TABLES
        if table.has_rowid
    }
    by_size = sorted(lasts, key=lambda name: lasts[name])
    read = accumulate(lasts[name] for name in by_size)
    large = {name for name, rows in zip(by_size, read, strict=True) if rows > LARGE}
    return large | {"seals"} if large else large


def compare_rows(connection: Connection, *, large: Collection[str] = ()) -> tuple[list[RowFault], int, int]:
    """(faults, rows compared, rows without a digest yet) of every table. Changes nothing.

    Of the tables in `large` only the newest rows, and not whether rows were lost.
    """
    raw, faults, rows, unknown = open_for_check(connection), list[RowFault](), 0, 0
    for table in (SCHEMA, *SEALED_TABLES):
        all_sealed, position, ended = is_all_sealed(raw, table), None, False
        if table.name in large:
            last = raw.execute(f'SELECT max(rowid) FROM "{table.name}"').fetchone()[0]  # noqa: S608
            position = str(last - NEWEST)
        while not ended:
            found = check_slice(raw, table, position, ROWS_AT_ONCE)
            position, ended = found.position, found.position is None
            faults += found.faults
            rows += found.rows
            if all_sealed:
                faults += [RowFault(table.name, key, "unknown") for key in found.unsealed]
            else:
                unknown += len(found.unsealed)
        faults += check_end(raw, table) if all_sealed and table.name not in large else []
    return faults, rows, unknown


@contextmanager
def forget_rewritten(connection: Connection) -> Iterator[None]:
    """Around migrations: drop the seals of tables that they rewrite, which the next scrub makes again.

    A new column that may be null leaves the seals of its table valid. A table without rows counts as sealed.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    raw, written = raw_connection(connection), set[str]()

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found = _WRITES.match(statement)
        if found:
            written.add(found[1])

    before = _read_columns(raw)
    event.listen(connection, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(connection, "before_cursor_execute", note)
    after = _read_columns(raw)
    rewritten = written | {name for name in before if not _keeps_digests(before[name], after.get(name))}
    raw.executemany("DELETE FROM seals WHERE kind = ?", [(name,) for name in sorted(rewritten)])
    _mark_empty(raw)
    _seal_schema(raw)


Columns = dict[str, bool]  # name -> whether every row has a value


def _read_columns(raw: sqlite3.Connection) -> dict[str, Columns]:
    names = raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    return {
        name: {row[1]: bool(row[3]) for row in raw.execute(f'PRAGMA table_info("{name}")')}
        for (name,) in names
    }


def _keeps_digests(before: Columns, after: Columns | None) -> bool:
    if after is None:
        return False
    return set(before) <= set(after) and not any(after[name] for name in set(after) - set(before))


def _mark_empty(raw: sqlite3.Connection) -> None:
    for table in SEALED_TABLES:
        if raw.execute(f'SELECT 1 FROM "{table.name}" LIMIT 1').fetchone() is None:  # noqa: S608 - our own names
            raw.execute("INSERT OR REPLACE INTO seals VALUES (?, ?, x'')", (table.name, ALL_SEALED))


def _seal_schema(raw: sqlite3.Connection) -> None:
    add_functions(raw, [SCHEMA])
    raw.execute("DELETE FROM seals WHERE kind = ?", (SCHEMA.name,))
    raw.execute(
        f"INSERT INTO seals SELECT '{SCHEMA.name}', {SCHEMA.key_of('t')}, {SCHEMA.digest_of('t')}"  # noqa: S608
        f" FROM {SCHEMA.name} AS t WHERE {SCHEMA.where}"
    )
    raw.execute("INSERT INTO seals VALUES (?, ?, x'')", (SCHEMA.name, ALL_SEALED))
