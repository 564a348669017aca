"""Which index a store feeds. What its outbox was emptied into, no other index holds: not that of another machine.

The store keeps the identity of the index that it feeds. A process that is about to write another one, as after a take-over
by a machine with an embedded index of its own, queues every dispatch first. A process that writes the former one
meanwhile removes nothing more from the outbox.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import CopytasterError
from copytaster.store import outbox
from copytaster.store.installation import read_fact, set_fact
from indexer.filling import begin_filling

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from indexer.port import SearchIndex

FACT = "index_fed"  # its name in every store
ELSEWHERE = "the store feeds another index, as of another machine: this one lacks what came since"
WAY_OUT = (
    "two machines on one store need one search server, set `elasticsearch.url` on both (docs/operator.md)"
)

log = structlog.get_logger(__name__)


def feed_index(store: Store, index: SearchIndex) -> None:
    """Make this index the one that the store feeds. Queues every dispatch if it was another, or if this one is empty.

    Call it before writing. Where the index cannot say which it is, nothing changes.
    """
    identity = read_identity(index)
    if identity is None or _read_fed(store) == identity:
        return
    state = index.read_state()
    with store.write() as connection:
        fed = read_fact(connection, FACT)
        if fed == identity:
            return
        is_known = fed is None and state is not None and state.newest > 0  # from before the store noted it
        queued = 0 if is_known else begin_filling(connection)
        set_fact(connection, FACT, identity)
    if queued:
        log.warning("index.other_queued", queued=queued, why="this store fed another index before, or none")


def note_rebuilt(store: Store, index: SearchIndex, change: int) -> None:
    """Make an index that was built from the store the one that it feeds; `change`: the newest when the build began."""
    identity = read_identity(index)
    if identity is None or _read_fed(store) == identity:
        return
    with store.write() as connection:
        if read_fact(connection, FACT) is not None:
            outbox.enqueue_since(connection, change, at=datetime.now(UTC))  # these went to the other
        set_fact(connection, FACT, identity)


def is_fed(connection: Connection, identity: str | None) -> bool:
    """False if the store feeds another index than this one; True while either of the two is unknown."""
    return identity is None or read_fact(connection, FACT) in {None, identity}


def read_identity(index: SearchIndex) -> str | None:
    """Which index it is; None where there is none, or it does not respond."""
    try:
        return index.read_identity()
    except CopytasterError:
        return None


def _read_fed(store: Store) -> str | None:
    with store.read() as connection:
        return read_fact(connection, FACT)
