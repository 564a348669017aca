"""Rows that are sealed together have the seals that the triggers give row by row."""

import sqlite3

import pytest

from copytaster.seals.table import SEALS, SealedTable
from copytaster.seals.together import seal_together
from copytaster.seals.triggers import seal_writes

COPY = SealedTable("copy", keys=("id",), columns=("id", "headline", "score", "page", "note"))
COLUMNS = ("headline", "id", "score", "page")  # in an order of their own, and not all
ROWS = [
    ("Grain", 10, 1.5, b"\0page"),
    ("Grün", 9, 1.5, b""),
    ("", -1, None, None),
    (None, 2**62, 0.0, b"\xff" * 2000),
]
INSERT = f"INSERT INTO copy ({', '.join(COLUMNS)}) VALUES (?, ?, ?, ?)"


@pytest.fixture
def connection():
    opened = sqlite3.connect(":memory:", isolation_level=None)
    opened.executescript(
        f"{SEALS}; CREATE TABLE copy (id INTEGER PRIMARY KEY, headline TEXT, score FLOAT, page BLOB, note TEXT)"
    )
    seal_writes(opened, [COPY])
    yield opened
    opened.close()


def list_seals(connection):
    return connection.execute("SELECT * FROM seals ORDER BY 1, 2").fetchall()


def insert_together(connection, rows):
    with seal_together(connection, COPY, COLUMNS, list(zip(*rows, strict=True))):
        connection.executemany(INSERT, rows)


@pytest.mark.parametrize("rows", [ROWS, ROWS[:1], ROWS[:2], ROWS[1:3]])
def test_the_seals_are_those_of_the_triggers(connection, rows):
    connection.executemany(INSERT, rows)
    wanted = list_seals(connection)
    connection.execute("DELETE FROM copy")
    assert list_seals(connection) == []
    insert_together(connection, rows)
    assert list_seals(connection) == wanted
    assert len(wanted) == len(rows)


def test_the_triggers_rest_inside_only(connection):
    with seal_together(connection, COPY, COLUMNS, list(zip(*ROWS[:1], strict=True))):
        connection.execute(INSERT, ROWS[0])
        assert list_seals(connection) == []
    connection.execute(INSERT, ROWS[1])
    assert len(list_seals(connection)) == 2


def test_rows_that_are_refused_wake_the_triggers(connection):
    connection.execute(INSERT, ROWS[0])
    with pytest.raises(sqlite3.IntegrityError):
        insert_together(connection, ROWS)
    connection.execute("DELETE FROM copy WHERE id <> 10")
    connection.execute(INSERT, ROWS[1])
    assert [key for _, key, _ in list_seals(connection)] == ["10", "9"]


def test_what_is_rolled_back_leaves_no_seal_and_no_rest(connection):
    connection.execute("BEGIN")
    insert_together(connection, ROWS)
    connection.execute("ROLLBACK")
    assert list_seals(connection) == []
    connection.execute(INSERT, ROWS[0])
    assert len(list_seals(connection)) == 1
