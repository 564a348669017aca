"""Rows written through the driver are the rows that SQLAlchemy writes."""

from __future__ import annotations

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
from copytaster.store.moment import Moment

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
