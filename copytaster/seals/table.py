"""A table whose rows are sealed, and the SQL that names its keys, values and seals."""

from __future__ import annotations

from dataclasses import dataclass

SEALS = """CREATE TABLE IF NOT EXISTS seals (
    kind VARCHAR(32) NOT NULL, "key" TEXT NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (kind, "key")
) WITHOUT ROWID"""
ALL_SEALED = ""  # under this key, a table's row in `seals` says that every row of the table has a seal


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table whose rows have a seal.

    Attributes:
        keys: the columns of its primary key.
        columns: the columns that the seal covers, keys included.
        has_rowid: False for a table WITHOUT ROWID, which is walked by its keys.
        immutable: True if no update of a sealed column is legitimate: then an update leaves the seal as it was.
        where: SQL that chooses the rows that are sealed; empty for all.
    """

    name: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    has_rowid: bool = True
    immutable: bool = False
    where: str = ""

    @property
    def function(self) -> str:
        """The SQL function that digests a row."""
        return f"seal_of_{self.name}"

    @property
    def is_numbered(self) -> bool:
        """True if the key is one column."""
        return len(self.keys) == 1

    def key_of(self, row: str) -> str:
        """The SQL of a row's key as one text."""
        if self.is_numbered:
            return f'CAST({row}."{self.keys[0]}" AS TEXT)'
        return " || ',' || ".join(f'quote({row}."{name}")' for name in self.keys)

    def digest_of(self, row: str) -> str:
        """The SQL of a row's digest. A cast spells integers, and text that need not be UTF-8 any longer, as bytes."""
        cells = [f'{row}."{name}"' for name in self.columns]
        types = " || ".join(f"typeof({cell})" for cell in cells)
        values = ", ".join(
            f"CASE typeof({cell}) WHEN 'real' THEN {cell} ELSE CAST({cell} AS BLOB) END" for cell in cells
        )
        return f"{self.function}({types}, {values})"

    def types_of(self, row: str) -> str:
        """The SQL of the types of a row's values, one letter each."""
        return " || ".join(f'substr(typeof({row}."{name}"), 1, 1)' for name in self.columns)

    def values_of(self, row: str) -> list[str]:
        """The SQL of a row's values; text as its bytes, which need not be UTF-8 once they were changed."""
        return [
            f"CASE typeof({cell}) WHEN 'text' THEN CAST({cell} AS BLOB) ELSE {cell} END"
            for cell in (f'{row}."{name}"' for name in self.columns)
        ]


# The definitions of the tables. `rootpage` is left out, as VACUUM changes it; the integrity check covers it.
SCHEMA = SealedTable(
    "sqlite_schema",
    keys=("name",),
    columns=("type", "name", "tbl_name", "sql"),
    where="name NOT LIKE 'sqlite_stat%'",  # the planner's statistics, which change no result
)
