"""Rows written through the driver are the rows that SQLAlchemy writes."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    create_engine,
    select,
)

from copytaster.store.bulk import insert_rows
from copytaster.store.engine import Store
from copytaster.store.moment import Moment
from copytaster.store.sealing import compare_rows
from copytaster.store.tables import installation, leases, outbox, recipes

ODD = Table(
    "odd",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("values", LargeBinary),
    Column("at", Moment),
    Column("facts", JSON),
    Column("maybe", JSON(none_as_null=True)),
    Column("is_old", Boolean),
    Column("note", Text),
)
EARLY = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=timezone(timedelta(hours=5)))
ROWS = [
    (1, b"\x00\xff", EARLY, {"a": [1, "\u00fc"]}, None, True, "it's"),
    (2, None, None, None, [], False, None),
    (3, b"", datetime(2026, 1, 1, tzinfo=UTC), [], {"b": None}, None, ""),
]
NAMES = tuple(column.name for column in ODD.columns)


@pytest.fixture
def connection():
    engine = create_engine("sqlite://")
    ODD.metadata.create_all(engine)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def list_stored(connection):
    return connection.exec_driver_sql('SELECT *, typeof("facts"), typeof("maybe") FROM odd').fetchall()


def test_rows_are_those_that_sqlalchemy_writes(connection):
    connection.execute(ODD.insert(), [dict(zip(NAMES, row, strict=True)) for row in ROWS])
    wanted = list_stored(connection)
    connection.execute(ODD.delete())
    insert_rows(connection, ODD, NAMES, ROWS)
    assert list_stored(connection) == wanted


def test_a_known_key_takes_the_new_values_of_the_named_columns(connection):
    insert_rows(connection, ODD, ("id", "note", "is_old"), [(1, "one", True), (2, "two", True)])
    insert_rows(connection, ODD, ("id", "note", "is_old"), [(2, "new", False)], update=("note",))
    rows = connection.execute(select(ODD.c.id, ODD.c.note, ODD.c.is_old).order_by(ODD.c.id)).all()
    assert rows == [(1, "one", True), (2, "new", True)]


def test_no_rows_are_no_statement(connection):
    insert_rows(connection, ODD, ("no such column",), [])
    with pytest.raises(ValueError, match="moment without a zone"):
        insert_rows(connection, ODD, ("id", "at"), [(1, EARLY.replace(tzinfo=None))])


@pytest.fixture
def store(tmp_path):
    """On SQLite alone: a server keeps no seals."""
    with closing(Store(f"sqlite:///{tmp_path}/store.sqlite")) as opened:
        yield opened


def compare(store):
    with store.read() as connection:
        return compare_rows(connection)


QUEUED = ("dispatch_id", "change", "queued_at", "attempts", "not_before", "error", "quarantined_at")


def queue(number, error=None):
    return (f"d{number}", number, EARLY, 0, None, error, None)


@pytest.mark.parametrize("count", [1, 7, 8, 300])
def test_every_row_has_its_seal_however_many_there_are(store, count):
    with store.write() as connection:
        before = compare(store)[1]
        insert_rows(connection, outbox, QUEUED, [queue(number) for number in range(count)], update=QUEUED[1:])
    assert compare(store) == ([], before + count, 0)


def test_a_row_that_takes_new_values_is_sealed_anew(store):
    with store.write() as connection:
        insert_rows(connection, outbox, QUEUED, [queue(number) for number in range(20)], update=QUEUED[1:])
        insert_rows(
            connection,
            outbox,
            QUEUED,
            [queue(number, "no room") for number in range(10, 30)],
            update=QUEUED[1:],
        )
    faults, _, unknown = compare(store)
    assert (faults, unknown) == ([], 0)


def test_columns_that_the_server_fills_or_that_stay_are_sealed_as_they_are_stored(store):
    with store.write() as connection:
        facts = [(f"fact {number}", "1") for number in range(20)]
        insert_rows(connection, installation, ("name", "value"), facts)
        insert_rows(connection, installation, ("name", "value"), facts[:9], update=("value",))
        held = [(f"lease {number}", "me", 1, 0, EARLY) for number in range(20)]
        columns = ("name", "holder", "token", "beats", "renewed_at")
        insert_rows(connection, leases, columns, held)
        insert_rows(
            connection, leases, columns, [(*row[:1], "you", *row[2:]) for row in held], update=("holder",)
        )
    faults, _, unknown = compare(store)
    assert (faults, unknown) == ([], 0)


@pytest.mark.parametrize("recipe", [{"seed": 1}, [], 17, "17", None])
def test_json_is_sealed_as_it_is_stored(store, recipe):
    with store.write() as connection:
        before = compare(store)[1]
        rows = [(number, f"{number:064}", recipe) for number in range(20, 40)]
        insert_rows(connection, recipes, ("id", "digest", "recipe"), rows)
        insert_rows(connection, recipes, ("digest", "recipe"), [(f"{n:064}", recipe) for n in range(20)])
    assert compare(store) == ([], before + 40, 0)
