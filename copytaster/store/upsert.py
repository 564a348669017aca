"""INSERT ... ON CONFLICT in the dialect of the open database."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Select, Table
    from sqlalchemy.sql.dml import Insert


def _insert(dialect: str, table: Table) -> Any:
    """Only the dialect in use is imported: that of PostgreSQL takes a tenth of the start of a command."""
    return import_module(f"sqlalchemy.dialects.{dialect}").insert(table)


def insert_or_ignore(
    connection: Connection, table: Table, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]
) -> Insert:
    """Insert rows; leave existing primary keys unchanged."""
    statement: Insert = _insert(connection.dialect.name, table).values(rows).on_conflict_do_nothing()
    return statement


def insert_or_update(
    connection: Connection,
    table: Table,
    rows: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    *,
    update: Sequence[str],
) -> Insert:
    """Insert rows; where the primary key exists, set the columns in `update` to the new values.

    Without rows, execute the statement with any number of them: it is made once then.
    """
    if rows is None:
        return _update_rows(connection.dialect.name, table, tuple(update))
    return _set_on_conflict(_insert(connection.dialect.name, table).values(rows), table, update)


@lru_cache(maxsize=256)
def _update_rows(dialect: str, table: Table, update: tuple[str, ...]) -> Insert:
    return _set_on_conflict(_insert(dialect, table), table, update)


def insert_or_add(connection: Connection, table: Table, *, add: Sequence[str]) -> Insert:
    """Insert the rows with which it is executed; where the primary key exists, add the new values of the columns in `add`."""
    return _add_rows(connection.dialect.name, table, tuple(add))


@lru_cache(maxsize=256)
def _add_rows(dialect: str, table: Table, add: tuple[str, ...]) -> Insert:
    statement = _insert(dialect, table)
    added: Insert = statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: table.c[name] + statement.excluded[name] for name in add},
    )
    return added


def insert_selected(
    connection: Connection, table: Table, selected: Select[Any], *, update: Sequence[str]
) -> Insert:
    """As `insert_or_update`, with the rows of a query whose columns have the table's names.

    The query needs a condition: without one SQLite takes ON CONFLICT for the condition of a join.
    """
    statement = _insert(connection.dialect.name, table).from_select(
        list(selected.selected_columns.keys()), selected
    )
    return _set_on_conflict(statement, table, update)


def _set_on_conflict(statement: Any, table: Table, update: Sequence[str]) -> Insert:
    changed: Insert = statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: statement.excluded[name] for name in update},
    )
    return changed
