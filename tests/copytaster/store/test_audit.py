"""The audit: a row in the transaction of the write, with its origin, and without secrets."""

from contextlib import suppress

import pytest

from copytaster.store.audit import comes_from, list_audit, note_write
from copytaster.store.engine import Store


@pytest.fixture
def store(tmp_path):
    opened = Store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield opened
    opened.close()


def read(store, **chosen):
    with store.read() as connection:
        return list_audit(connection, **chosen)


def test_a_write_that_fails_leaves_no_row(store):
    with suppress(ZeroDivisionError), store.write() as connection:
        note_write(connection, "hold.add", "d1", who="Ada")
        1 / 0  # noqa: B018
    assert read(store) == []


def test_rows_say_who_what_and_from_where(store):
    with comes_from("10.0.0.7 by proxy 10.0.0.5"), store.write() as connection:
        note_write(connection, "hold.add", "d1", who="Ada", detail="complaint 12")
    with store.write() as connection:
        note_write(connection, "holdall.add", "d2", who="Bo", detail="https://a.example/?token=abcdef123456")
    newest, oldest = read(store)
    assert (oldest.who, oldest.what, oldest.subject, oldest.detail, oldest.origin) == (
        "Ada",
        "hold.add",
        "d1",
        "complaint 12",
        "10.0.0.7 by proxy 10.0.0.5",
    )
    assert "abcdef123456" not in newest.detail
    assert newest.origin.startswith("command line of ")
    assert [row.who for row in read(store, what="hold")] == ["Ada"]
    assert [row.who for row in read(store, who="Bo")] == ["Bo"]
    assert [row.who for row in read(store, before=newest.id)] == ["Ada"]
    assert [row.who for row in read(store, until=newest.at)] == ["Ada"] or oldest.at == newest.at
