"""The seals of an index file: of its documents, their labels and their definitions. `words_check` covers the words.

FTS5 writes its own tables from within a statement, where triggers have crashed SQLite 3.40; so they have no seals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.seals.table import ALL_SEALED, SCHEMA, SEALS, SealedTable
from copytaster.seals.triggers import add_functions, seal_writes

if TYPE_CHECKING:
    import sqlite3

# `carriers` and the counts in `labels` are left out: a document brings dozens, and they follow from `documents`.
INDEX_TABLES = (
    SealedTable("meta", ("name",), ("name", "value"), has_rowid=False),
    SealedTable(
        "documents",
        ("doc",),
        ("doc", "id", "version", "state", "published_at", "last_changed", "labels"),
    ),
    SealedTable("sources", ("doc",), ("doc", "source")),
    SealedTable("labels", ("label",), ("label", "field", "value")),
)
NEVER_WRITTEN = SealedTable("words_config", ("k",), ("k", "v"), has_rowid=False)
CHECKED_TABLES = (SCHEMA, NEVER_WRITTEN, *INDEX_TABLES)


def begin_sealing(connection: sqlite3.Connection) -> None:
    """Seal what this connection writes from now on. Call it outside a transaction.

    A file gets its seals with the first write; the rows of a file made before this program get theirs from a scrub.
    """
    add_functions(connection, CHECKED_TABLES)
    if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'seals'").fetchone() is None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(SEALS)
        if connection.execute("SELECT 1 FROM documents LIMIT 1").fetchone() is None:
            for table in CHECKED_TABLES:
                seal_table(connection, table)
        connection.execute("COMMIT")
    seal_writes(connection, INDEX_TABLES)


def seal_table(connection: sqlite3.Connection, table: SealedTable) -> None:
    """Give every row of a table that has no seal one, and note that all have. For a connection that seals."""
    chosen = f"{table.where} AND" if table.where else ""
    connection.execute(
        f"INSERT INTO seals SELECT '{table.name}', {table.key_of('t')}, {table.digest_of('t')}"  # noqa: S608
        f' FROM "{table.name}" AS t WHERE {chosen} NOT EXISTS'
        f" (SELECT 1 FROM seals WHERE kind = '{table.name}' AND \"key\" = {table.key_of('t')})"
    )
    connection.execute("INSERT OR REPLACE INTO seals VALUES (?, ?, x'')", (table.name, ALL_SEALED))
