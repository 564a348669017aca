"""A store as a backup has it, after the store and its index went on."""

import sqlite3
from contextlib import closing, contextmanager

from sqlalchemy import select

from copytaster.store import outbox
from copytaster.store.engine import Store
from copytaster.store.tables import dispatches
from copytaster.store.timeline import read_timeline
from indexer.drain import drain, prepare_index


def copy_store(store, path):
    """What `sqlite3 store.sqlite ".backup COPY"` does."""
    with (
        closing(sqlite3.connect(store.engine.url.database)) as source,
        closing(sqlite3.connect(path)) as target,
    ):
        source.backup(target)
    return f"sqlite:///{path}"


@contextmanager
def take_backup(store, desk, index, folder):
    """The backup of a store with `kept` and `revised`; then `revised` takes five changes more, and `lost` comes."""
    prepare_index(store, index)
    desk.found("kept", "Ferry resumes")
    desk.found("revised", "Dam gates open")
    drain(store, index)
    url = copy_store(store, folder / "backup.sqlite")
    for number in range(5):
        desk.joined("revised", f"Dam gates shut {number}", publisher=f"Outlet {number}")
    desk.found("lost", "Bridge closed")
    drain(store, index)
    with closing(Store(url)) as opened:
        yield opened


def read(store):
    with store.read() as connection:
        return read_timeline(connection)


def anew(index):
    """The same index as a process sees it that has just started."""
    index.claimed = None
    return index


def shows_only(store, index, names):
    with store.read() as connection:
        known = set(connection.scalars(select(dispatches.c.id)))
        backlog = outbox.read_backlog(connection)
    assert backlog.waiting == backlog.quarantined == 0
    assert known == names
    index.refresh()
    assert index.count() == len(names)
    assert not index.find_missing(sorted(names))
