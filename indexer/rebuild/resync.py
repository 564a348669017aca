"""A note in the store that the index may be behind it with nothing queued; whoever writes next queues everything.

It is made before an index is put in the place of another and dropped in the transaction that queues what that one lacks.
A process that dies in between leaves it.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import BusyError
from copytaster.process_id import this_process
from copytaster.store import leases, outbox
from copytaster.store.installation import drop_fact, keep_fact, read_fact
from indexer.rebuild.lease import LEASE, hold_rebuild_lease

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from copytaster.store.engine import Store

log = structlog.get_logger(__name__)

NOTE = "index_owed"


def owe(store: Store) -> bool:
    """Make the note; False where it was there. Call while holding the lease of rebuilds."""
    with store.write() as connection:
        was_there = read_fact(connection, NOTE) is not None
        keep_fact(connection, NOTE, this_process())
    return not was_there


def forget(store: Store) -> None:
    """Drop the note: nothing was changed."""
    with store.write() as connection:
        drop_fact(connection, NOTE)


def repay(store: Store, change: int) -> int:
    """Queue what took a change number above `change`, and drop the note; gives back how many are queued."""
    with store.write() as connection:
        return _repay(connection, change)


def settle(store: Store) -> None:
    """Queue everything where the note stands and whoever made it is no longer at it."""
    if not _owes(store):
        return
    with store.write() as connection:
        lease = leases.take(connection, LEASE, this_process(), now=datetime.now(UTC))
        if lease is None:  # it may still be about to change the index
            return
        if read_fact(connection, NOTE) is not None:
            _tell(_repay(connection, 0))
        leases.let_go(connection, lease)


def settle_at_start(store: Store) -> None:
    """As `settle`; one that holds the lease elsewhere is watched, and followed when it is silent."""
    if _owes(store):
        with suppress(BusyError), hold_rebuild_lease(store) as lease:
            lease.check()
            _tell(repay(store, 0))


def _owes(store: Store) -> bool:
    with store.read() as connection:
        return read_fact(connection, NOTE) is not None


def _repay(connection: Connection, change: int) -> int:
    drop_fact(connection, NOTE)
    return outbox.enqueue_since(connection, change, at=datetime.now(UTC))


def _tell(queued: int) -> None:
    log.warning("index.behind_queued", queued=queued)
