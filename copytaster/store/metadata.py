"""The metadata that every table of the store belongs to, and the type of its numbered ids."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Index, Integer, MetaData, Table

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows only in an INTEGER column


def table(name: str, *parts: Any, **options: Any) -> Table:
    """A table of the store."""
    return Table(name, metadata, *parts, **options)


def partial_index(name: str, *columns: Any, where: Any, unique: bool = False) -> Index:
    """An index of some rows. Migrations make it on PostgreSQL too; to name it here would load its dialect at every start."""
    return Index(name, *columns, unique=unique, sqlite_where=where)
