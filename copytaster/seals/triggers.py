"""Sealing on write: temporary triggers of one connection keep the seals of every row that this connection writes.

They are not part of the file. A change made by any other program, or by a fault of the disk, leaves the seal as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.seals.digest import make_sql_digest
from copytaster.seals.together import RESTING, prepare_rest

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from copytaster.seals.table import SealedTable


def add_functions(connection: sqlite3.Connection, tables: Iterable[SealedTable]) -> None:
    """Add the SQL functions that digest the rows of these tables."""
    for table in tables:
        connection.create_function(table.function, -1, make_sql_digest(table.columns), deterministic=True)


def seal_writes(connection: sqlite3.Connection, tables: Iterable[SealedTable]) -> None:
    """Seal whatever this connection writes to these tables from now on. The file has the table `seals`."""
    prepare_rest(connection)
    for table in tables:
        add_functions(connection, [table])
        for statement in _list_triggers(table):
            connection.execute(statement)


def _list_triggers(table: SealedTable) -> list[str]:
    name = table.name
    put = (  # OR REPLACE would give way to the conflict clause of the statement that fires the trigger
        f"INSERT INTO seals VALUES ('{name}', {table.key_of('NEW')}, {table.digest_of('NEW')})"  # noqa: S608
        ' ON CONFLICT (kind, "key") DO UPDATE SET digest = excluded.digest;'
    )
    drop = f"DELETE FROM seals WHERE kind = '{name}' AND \"key\" = {table.key_of('OLD')};"  # noqa: S608 - our own names
    head, awake = "CREATE TEMP TRIGGER IF NOT EXISTS", f"NOT (SELECT yes FROM {RESTING})"  # noqa: S608 - our own name
    covered = ", ".join(f'"{column}"' for column in table.columns)
    made = [
        f'{head} seal_added_{name} AFTER INSERT ON main."{name}" WHEN {awake} BEGIN {put} END',
        f'{head} seal_removed_{name} AFTER DELETE ON main."{name}" BEGIN {drop} END',
    ]
    if not table.immutable:
        moved = f"{table.key_of('OLD')} <> {table.key_of('NEW')}"
        again = (  # of a row that was whole: a write must not seal damage, nor a row of which nothing is known
            f"UPDATE seals SET digest = {table.digest_of('NEW')} WHERE kind = '{name}'"  # noqa: S608 - our own names
            f' AND "key" = {table.key_of("OLD")} AND digest = {table.digest_of("OLD")};'
        )
        changed = f'AFTER UPDATE OF {covered} ON main."{name}"'
        made += [
            f"{head} seal_changed_{name} {changed} WHEN NOT ({moved}) BEGIN {again} END",
            f"{head} seal_moved_{name} {changed} WHEN {moved} BEGIN {drop} {put} END",
        ]
    return made
