"""Values that no database has are the fault of who gave them, and the store stays open."""

import pytest

from copytaster.errors import NotFoundError, UsageError
from copytaster.store.audit import list_audit, note_write
from copytaster.store.views import read_view

HUGE = 10**30  # SQLite has no such number; PostgreSQL compares it, and finds nothing


def note(store, who):
    with store.write() as connection:
        note_write(connection, "view.add", 1, who=who)


def test_a_number_beyond_all_ids(store):
    with pytest.raises((UsageError, NotFoundError)), store.read() as connection:
        read_view(connection, HUGE)
    note(store, "Bo")


def test_a_character_that_postgresql_cannot_keep(store):
    if store.engine.dialect.name == "sqlite":
        note(store, "Ada\0")
    else:
        with pytest.raises(UsageError, match="a character that it cannot keep"):
            note(store, "Ada\0")
    note(store, "Bo")
    with store.read() as connection:
        assert list_audit(connection, limit=9)[0].who == "Bo"
