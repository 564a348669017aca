"""Many rows of one table, written by one prepared statement of the driver: SQLAlchemy's own road costs more than SQLite."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import LargeBinary

from copytaster.store.sealing import sealed_insert
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Table


def insert_rows(
    connection: Connection,
    table: Table,
    columns: tuple[str, ...],
    rows: Sequence[Sequence[Any]],
    *,
    update: tuple[str, ...] = (),
) -> None:
    """Insert rows.

    Args:
        connection: of a write transaction.
        table: whose types spell the values.
        columns: those that are written; each of the others is null or has a default of the server.
        rows: the values of these columns, in their order.
        update: the columns that take the new values where the primary key exists; empty where it never does.
    """
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        statement: Any = insert_or_update(connection, table, update=update) if update else table.insert()
        connection.execute(statement, [dict(zip(columns, row, strict=True)) for row in rows])
        return
    spelled: Any = list(zip(*rows, strict=True))
    for place, name in enumerate(columns):
        kind = table.c[name].type
        spell = kind.dialect_impl(connection.dialect).bind_processor(connection.dialect)
        if spell is not None and not isinstance(kind, LargeBinary):  # bytes are bytes
            spelled[place] = list(map(spell, spelled[place]))
    with sealed_insert(connection, table, columns, spelled, update=update):
        connection.exec_driver_sql(_spell(table, columns, update), list(zip(*spelled, strict=True)))


@lru_cache(maxsize=64)
def _spell(table: Table, columns: tuple[str, ...], update: tuple[str, ...]) -> str:
    places = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {_quote([table.name])} ({_quote(columns)}) VALUES ({places})"  # noqa: S608 - our own names
    if update:
        changed = ", ".join(f"{_quote([name])} = excluded.{_quote([name])}" for name in update)
        keys = _quote([column.name for column in table.primary_key])
        statement += f" ON CONFLICT ({keys}) DO UPDATE SET {changed}"
    return statement


def _quote(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
