"""Which index a store feeds. What its outbox was emptied into, no other index holds: not that of another machine.

The store keeps the name of the index that it feeds, and the state in which the last batch left it. A process that is about
to write another one, as after a take-over by a machine with an embedded index of its own, or an older state of that one,
as of a copied or restored folder, queues every dispatch first. A process that writes the former one meanwhile removes
nothing more from the outbox.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import CopytasterError
from copytaster.store import outbox
from copytaster.store.installation import drop_fact, read_fact, set_fact
from indexer.filling import begin_filling

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from indexer.port import IndexIdentity, SearchIndex

FACT, STATE = "index_fed", "index_fed_state"  # their names in every store
ELSEWHERE = "the store feeds another index, as of another machine: this one lacks what came since"
WAY_OUT = (
    "two machines on one store need one search server, set `elasticsearch.url` on both (docs/operator.md)"
)

log = structlog.get_logger(__name__)


def feed_index(store: Store, index: SearchIndex) -> None:
    """Make this index the one that the store feeds. Queues every dispatch if it was another, or if this one is empty.

    Call it before writing. Where the index cannot say which it is, nothing changes.
    """
    with store.read() as connection:
        if is_fed(connection, index) and read_fact(connection, FACT) is not None:
            return
    identity = read_identity(index)
    if identity is None:
        return
    state = index.read_state()
    with store.write() as connection:
        fed = read_fact(connection, FACT)
        if fed is not None and is_fed(connection, index):
            return
        is_known = fed is None and state is not None and state.newest > 0  # from before the store noted it
        queued = 0 if is_known else begin_filling(connection)
        _note_fed(connection, identity)
    if queued and fed == identity.name:
        log.warning(
            "index.older_queued", queued=queued, why="this index lacks what it held, as a copy of it does"
        )
    elif queued:
        log.warning("index.other_queued", queued=queued, why="this store fed another index before, or none")


def note_rebuilt(store: Store, index: SearchIndex, change: int) -> None:
    """Make an index that was built from the store the one that it feeds; `change`: the newest when the build began."""
    identity = read_identity(index)
    if identity is None:
        return
    with store.read() as connection:
        if is_fed(connection, index) and read_fact(connection, FACT) is not None:
            return
    with store.write() as connection:
        if read_fact(connection, FACT) is not None:
            outbox.enqueue_since(connection, change, at=datetime.now(UTC))  # these went to the other
        _note_fed(connection, identity)


def is_fed(connection: Connection, index: SearchIndex) -> bool:
    """False if the store feeds another index than this one, or a newer state of it; True while either is unknown."""
    # The index is read last: whoever writes it notes the state in the store afterwards.
    fed, state = read_fact(connection, FACT), read_fact(connection, STATE)
    identity = read_identity(index)
    if identity is None or fed is None:
        return True
    has_state = state is None or identity.states is None or state in identity.states
    return fed == identity.name and has_state


def note_written(connection: Connection, index: SearchIndex) -> bool:
    """Note in which state a batch left the index; False, and nothing is noted, if the store feeds another one."""
    if not is_fed(connection, index):
        return False
    identity = read_identity(index)
    if identity is not None:
        _note_fed(connection, identity)
    return True


def _note_fed(connection: Connection, identity: IndexIdentity) -> None:
    set_fact(connection, FACT, identity.name)
    if identity.states:
        set_fact(connection, STATE, identity.states[-1])
    else:
        drop_fact(connection, STATE)


def read_identity(index: SearchIndex) -> IndexIdentity | None:
    """Which index it is; None where there is none, or it does not respond."""
    try:
        return index.read_identity()
    except CopytasterError:
        return None
