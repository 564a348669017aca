"""The number that each table gave its last row, so that none is given twice, on SQLite and on PostgreSQL.

PostgreSQL has a sequence for each table. SQLite takes the number after the largest, so that the last number of a table
whose last rows have left is kept as a fact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, literal, select, text

from copytaster.store.installation import read_fact, set_fact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Table

_LAST_ID = "last_id_"  # before the name of a table


def is_numbering(fact: str) -> bool:
    """True if a fact of this name is the last number of a table."""
    return fact.startswith(_LAST_ID)


def keep_last_id(connection: Connection, table: Table, ids: Iterable[int]) -> None:
    """Note the last number that a table gave, after rows with these ids have left. SQLite would give it again."""
    noted = _read_noted_id(connection, table)
    last = max(ids, default=0)
    if connection.dialect.name == "sqlite" and last > max(noted, _read_last_id(connection, table)):
        set_fact(connection, f"{_LAST_ID}{table.name}", str(last))


def next_id(connection: Connection, table: Table) -> dict[str, int]:
    """The id of the table's next row, where the database would give one again whose row has left; else nothing."""
    noted = _read_noted_id(connection, table)
    return {"id": noted + 1} if noted and noted > _read_last_id(connection, table) else {}


def read_last_number(connection: Connection, table: Table) -> int:
    """The number that the table gave last; 0 if it gave none."""
    if connection.dialect.name == "sqlite":
        return max(
            _read_noted_id(connection, table), _read_last_id(connection, table), _read_own(connection, table)
        )
    given = func.pg_sequence_last_value(literal(_sequence(connection, table)).op("::")(text("regclass")))
    return max(connection.scalar(select(given)) or 0, _read_last_id(connection, table))


def set_last_number(connection: Connection, table: Table, number: int) -> None:
    """Let the table go on after this number."""
    if not number:
        return
    if connection.dialect.name != "sqlite":
        connection.execute(select(func.setval(_sequence(connection, table), number)))
    elif _counts_itself(table):
        own = {"name": table.name, "seq": number}
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), own)
        connection.execute(text("INSERT INTO sqlite_sequence VALUES (:name, :seq)"), own)
    else:
        keep_last_id(connection, table, [number])


def _sequence(connection: Connection, table: Table) -> str:
    found: str = connection.execute(select(func.pg_get_serial_sequence(table.name, "id"))).scalar_one()
    return found


def _counts_itself(table: Table) -> bool:
    return bool(table.dialect_options["sqlite"]["autoincrement"])


def _read_own(connection: Connection, table: Table) -> int:
    if not _counts_itself(table):
        return 0
    query = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
    return connection.scalar(query, {"name": table.name}) or 0


def _read_noted_id(connection: Connection, table: Table) -> int:
    return int(read_fact(connection, f"{_LAST_ID}{table.name}") or 0)


def _read_last_id(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.max(table.c.id))) or 0
