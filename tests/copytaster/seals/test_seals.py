"""Seals: kept by the connection that writes, left as they were by any other."""

import sqlite3

import pytest

from copytaster.seals.check import check_end, check_integrity, check_slice, is_all_sealed
from copytaster.seals.digest import make_digest
from copytaster.seals.restore import find_changed_byte, is_seal_changed
from copytaster.seals.table import SEALS, SealedTable
from copytaster.seals.triggers import add_functions, seal_writes

COPY = SealedTable("copy", keys=("id",), columns=("id", "headline", "score", "page"))
PAIRS = SealedTable("pairs", keys=("a", "b"), columns=("a", "b"), has_rowid=False)
FIXED = SealedTable("fixed", keys=("id",), columns=("id", "body"), immutable=True)
TABLES = (COPY, PAIRS, FIXED)


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "copy.sqlite"
    with sqlite3.connect(file) as connection:
        connection.executescript(
            f"""{SEALS};
            CREATE TABLE copy (id INTEGER PRIMARY KEY, headline TEXT, score FLOAT, page BLOB);
            CREATE TABLE pairs (a INTEGER, b BLOB, PRIMARY KEY (a, b)) WITHOUT ROWID;
            CREATE TABLE fixed (id INTEGER PRIMARY KEY, body TEXT, done BOOLEAN)"""
        )
    return file


@pytest.fixture
def ours(path):
    connection = sqlite3.connect(path, isolation_level=None)
    seal_writes(connection, TABLES)
    for number in range(1, 31):
        connection.execute("INSERT INTO copy VALUES (?, ?, ?, ?)", (number, f"Grain {number}", 1, b"\0page"))
        connection.execute("INSERT INTO pairs VALUES (?, ?)", (number % 7, b"%d" % number))
        connection.execute("INSERT INTO fixed VALUES (?, 'Body.', 0)", (number,))
    yield connection
    connection.close()


@pytest.fixture
def other(path, ours):
    connection = sqlite3.connect(path, isolation_level=None)
    yield connection
    connection.close()


def check_all(connection, table, limit=7):
    add_functions(connection, [table])
    position, rows, faults, unsealed = None, 0, [], []
    while True:
        found = check_slice(connection, table, position, limit)
        rows, position = rows + found.rows, found.position
        faults += found.faults
        unsealed += found.unsealed
        if position is None:
            return (
                rows,
                [(fault.key, fault.fault) for fault in faults + check_end(connection, table)],
                unsealed,
            )


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_rows_written_by_this_program_have_their_seals(ours, table):
    assert check_all(ours, table) == (30, [], [])


def test_every_kind_of_write_keeps_the_seals(ours):
    ours.execute("UPDATE copy SET score = score + 0.5 WHERE id > 10")
    ours.execute("UPDATE copy SET id = 99 WHERE id = 3")
    ours.execute("DELETE FROM copy WHERE id = 4")
    ours.execute("INSERT INTO copy VALUES (5, 'x', NULL, NULL) ON CONFLICT (id) DO UPDATE SET headline = 'y'")
    ours.execute("INSERT OR REPLACE INTO copy VALUES (6, 'z', 2, NULL)")
    assert check_all(ours, COPY) == (29, [], [])


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE copy SET headline = 'Grain 8' WHERE id = 9", ("9", "changed")),
        ("UPDATE copy SET headline = CAST(headline AS BLOB) WHERE id = 9", ("9", "changed")),
        ("UPDATE copy SET score = NULL WHERE id = 9", ("9", "changed")),
        ("UPDATE copy SET page = x'0070616765' || x'00' WHERE id = 9", ("9", "changed")),
        ("UPDATE copy SET headline = CAST(x'47fe' AS TEXT) WHERE id = 9", ("9", "changed")),
        ("UPDATE seals SET digest = zeroblob(16) WHERE kind = 'copy' AND key = '9'", ("9", "changed")),
        ("DELETE FROM copy WHERE id = 9", ("9", "lost")),
    ],
)
def test_a_change_past_the_program_is_noticed(other, change, found):
    other.execute(change)
    assert check_all(other, COPY)[1] == [found]


@pytest.mark.parametrize("write", ["UPDATE copy SET score = 3", "UPDATE copy SET score = 3 WHERE id = 9"])
def test_a_write_to_a_damaged_row_does_not_seal_the_damage(ours, other, write):
    other.execute("UPDATE copy SET headline = 'Grain 8' WHERE id = 9")
    ours.execute(write)
    ours.execute("UPDATE copy SET page = x'00' WHERE id = 9")
    assert check_all(ours, COPY) == (30, [("9", "changed")], [])


def test_a_write_seals_no_row_of_which_nothing_is_known(ours, other):
    other.execute("DELETE FROM seals WHERE kind = 'copy' AND key = '9'")
    ours.execute("UPDATE copy SET score = 3 WHERE id = 9")
    assert check_all(ours, COPY) == (30, [], ["9"])


@pytest.mark.parametrize(
    "value", [None, 0, -7, 2**63 - 1, 0.5, -1e300, "", "Grain \u20ac\0 barley", b"", b"\xff\0", "x" * 5000]
)
def test_sqlite_digests_a_row_as_a_repair_does(other, value):
    other.execute("UPDATE copy SET page = ?, headline = ? WHERE id = 9", (value, value))
    add_functions(other, [COPY])
    digest, types, *values = other.execute(
        f"SELECT {COPY.digest_of('t')}, {COPY.types_of('t')}, {', '.join(COPY.values_of('t'))}"
        " FROM copy AS t WHERE id = 9"
    ).fetchone()
    assert digest == make_digest(COPY.columns)(types, *values)


def test_a_row_without_a_seal_is_named(other):
    other.execute("INSERT INTO copy VALUES (40, 'Slipped in', 1, NULL)")
    assert check_all(other, COPY)[2] == ["40"]
    assert not is_all_sealed(other, COPY)


def test_an_update_of_an_immutable_row_does_not_seal_it_again(ours):
    ours.execute("UPDATE fixed SET done = 1")
    assert check_all(ours, FIXED)[1] == []
    ours.execute("UPDATE fixed SET body = 'Bodx.' WHERE id = 2")
    assert check_all(ours, FIXED)[1] == [("2", "changed")]


def test_damaged_pages_are_noticed_and_their_rows_named(path, ours):
    for number in range(100, 400):
        ours.execute("INSERT INTO copy VALUES (?, ?, 1, ?)", (number, "Grain " * 20, b"p" * 300))
    ours.execute("VACUUM")
    ours.close()
    data = bytearray(path.read_bytes())
    leaf = b"\x0d"  # the type of a page that holds rows
    pages = [
        at for at in range(0, len(data), 4096) if data[at : at + 1] == leaf and b"ppp" in data[at : at + 4096]
    ]
    data[pages[3]] ^= 0xFF
    path.write_bytes(data)
    with sqlite3.connect(path) as connection:
        assert check_integrity(connection)
        faults = check_all(connection, COPY)[1]
    assert {fault for _, fault in faults} == {"unreadable"}
    assert len({key for key, _ in faults}) > 2


def test_the_changed_byte_is_found_again(other):
    add_functions(other, [COPY])
    columns = ", ".join(COPY.values_of("t"))
    for column, value in (("headline", "Grbin 9"), ("score", 3.0), ("page", b"\1page"), ("id", 57)):
        other.execute("BEGIN")
        seal = other.execute("SELECT digest FROM seals WHERE kind = 'copy' AND key = '9'").fetchone()[0]
        other.execute(f"UPDATE copy SET {column} = ? WHERE id = 9", (value,))
        types, *values = other.execute(
            f"SELECT {COPY.types_of('t')}, {columns} FROM copy AS t WHERE id = ?",
            (57 if column == "id" else 9,),
        ).fetchone()
        other.execute("ROLLBACK")
        was = {"headline": b"Grain 9", "score": 1.0, "page": b"\0page", "id": 9}[column]
        found = find_changed_byte(COPY.columns, types, values, seal)
        assert found == (column, was) or column == "score"  # 3.0 and 1.0 differ in two bytes
    assert find_changed_byte(("a",), "t", (b"two bytes",), b"\0" * 16) is None


def test_a_seal_that_changed_itself_is_told_from_a_row_that_changed():
    assert is_seal_changed(b"\0" * 16, b"\0" * 15 + b"\7")
    assert not is_seal_changed(b"\0" * 16, b"\0" * 14 + b"\7\7")
    assert not is_seal_changed(b"\0" * 16, b"\0" * 16)
