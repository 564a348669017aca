"""What the store says the index should hold, what it holds, and what still waits."""

from __future__ import annotations

from sqlalchemy import func, select

from copytaster.store import outbox, tables
from copytaster.store.dispatches import ids_after, read_dispatches
from indexer.actions import make_action
from indexer.drain import drain
from indexer.merge import merge_rows
from indexer.serialise import serialise

NOTHING = outbox.Backlog(0, 0, None)
BATCH = 500


def in_store(store):
    """The document of every dispatch, as bytes, by id."""
    found, after = {}, ""
    while True:
        with store.read() as connection:
            ids = ids_after(connection, after, limit=BATCH)
            rows = read_dispatches(connection, ids)
        if not ids:
            return found
        found |= {name: make_action(merge_rows(row)).document for name, row in rows.items()}
        after = ids[-1]


def in_index(store, index):
    """What the index has under the ids of the store's dispatches."""
    return {name: serialise(index.get(name) or {}) for name in in_store(store)}


def compare(store, index):
    """(dispatches, lost or different in the index, documents that are too many, quarantined)."""
    wanted = in_store(store)
    index.refresh()
    lost = sum(serialise(index.get(name) or {}) != document for name, document in wanted.items())
    with store.read() as connection:
        held = outbox.read_backlog(connection)
    return len(wanted), lost, index.count() - len(wanted), held.quarantined


def waiting(store):
    with store.read() as connection:
        return outbox.read_backlog(connection)


def make_due(store):
    """What was put off may be tried at once: the test does not wait."""
    with store.write() as connection:
        connection.execute(tables.outbox.update().values(not_before=None))


def write_off(store, index, *, tries=50):
    """Write until nothing waits."""
    for _ in range(tries):
        make_due(store)
        drain(store, index)
        if not waiting(store).waiting:
            return


def count_rows(store, table):
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(table))
