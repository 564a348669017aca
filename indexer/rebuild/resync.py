"""A persistent flag in the store, "index may be stale": while it is set, the next writer queues every dispatch again.

The flag is set before one index replaces another, and cleared in the transaction that queues what the new one lacks.
A process that dies in between leaves it set.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import BusyError
from copytaster.process_id import this_process
from copytaster.store import leases, outbox
from copytaster.store.document_seals import forget_digests
from copytaster.store.installation import drop_fact, keep_fact, read_fact
from indexer.rebuild.lease import LEASE, hold_rebuild_lease

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from copytaster.store.engine import Store

log = structlog.get_logger(__name__)

FLAG = "index_owed"  # its name in every store


def mark_index_stale(store: Store) -> bool:
    """Set the flag; False if it was set. Call it while holding the rebuild lease."""
    with store.write() as connection:
        was_set = read_fact(connection, FLAG) is not None
        keep_fact(connection, FLAG, this_process())
        forget_digests(connection)
    return not was_set


def clear_index_stale(store: Store) -> None:
    """Clear the flag, because the index did not change after all."""
    with store.write() as connection:
        drop_fact(connection, FLAG)


def requeue(store: Store, change: int) -> int:
    """Queue every dispatch whose change number is above `change` and clear the flag; returns how many are queued."""
    with store.write() as connection:
        return _requeue(connection, change)


def requeue_if_stale(store: Store) -> None:
    """Queue every dispatch if the flag is set, unless the process that set it still holds the rebuild lease."""
    if not _is_stale(store):
        return
    with store.write() as connection:
        lease = leases.take(connection, LEASE, this_process(), now=datetime.now(UTC))
        if lease is None:  # its holder may be about to change the index
            return
        if read_fact(connection, FLAG) is not None:
            _log_queued(_requeue(connection, 0))
        leases.let_go(connection, lease)


def requeue_at_start(store: Store) -> None:
    """As `requeue_if_stale`, but wait for a lease held elsewhere, and take it over when its holder is silent."""
    if _is_stale(store):
        with suppress(BusyError), hold_rebuild_lease(store) as lease:
            lease.check()
            _log_queued(requeue(store, 0))


def _is_stale(store: Store) -> bool:
    with store.read() as connection:
        return read_fact(connection, FLAG) is not None


def _requeue(connection: Connection, change: int) -> int:
    drop_fact(connection, FLAG)
    return outbox.enqueue_since(connection, change, at=datetime.now(UTC))


def _log_queued(queued: int) -> None:
    log.warning("index.behind_queued", queued=queued)
