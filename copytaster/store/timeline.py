"""Which course of changes a store continues, and the epoch by which a restored store's changes become the newest.

A store writes an index under the name of its timeline. A backup keeps the name and the change numbers of its time: once it
is restored, the index holds changes that the store never handed to it. The store then raises its epoch and takes a new
timeline.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, cast, update

from copytaster.store.installation import (
    EPOCH_FACTOR,
    drop_fact,
    keep_fact,
    read_fact,
    secret_seed,
    set_fact,
)
from copytaster.store.outbox import enqueue_since
from copytaster.store.revisions import hold_grouping
from copytaster.store.tables import dispatches, installation

if TYPE_CHECKING:
    from sqlalchemy import Connection

TIMELINE, EARLIER, SENT = "timeline", "timelines_before", "change_sent"
RAISED_AT, UNKNOWN = "epoch_raised_at", "index_unknown"
PENDING = "pending"  # the value of UNKNOWN until a removal was tried; after a refusal, the reason
_ROUNDS = 10_000  # the seed is secret, and its hash goes to the index


@dataclass(frozen=True, slots=True)
class Timeline:
    """A store's place in the course of its changes.

    Attributes:
        installation: the same in every copy of a store; empty before its first use.
        name: of this timeline; empty before the first use of an index.
        earlier: the names of the timelines that this one continues.
        sent: no index holds a change of this timeline above this number.
        raised_at: when the epoch was last raised.
        unknown: not empty while the index may hold documents that the store does not know: `pending`, or why they could
            not be removed.
    """

    installation: str
    name: str
    epoch: int
    earlier: frozenset[str]
    sent: int
    raised_at: datetime | None
    unknown: str

    @property
    def base(self) -> int:
        """Every change number of this epoch is above it, and none of an earlier epoch is."""
        return self.epoch * EPOCH_FACTOR


def read_timeline(connection: Connection) -> Timeline:
    """The timeline as the store has it now."""
    seed, raised_at = read_fact(connection, "seed"), read_fact(connection, RAISED_AT)
    return Timeline(
        installation=_hash_seed(seed) if seed else "",
        name=read_fact(connection, TIMELINE) or "",
        epoch=int(read_fact(connection, "epoch") or 1),
        earlier=frozenset((read_fact(connection, EARLIER) or "").split()),
        sent=int(read_fact(connection, SENT) or 0),
        raised_at=datetime.fromisoformat(raised_at) if raised_at else None,
        unknown=read_fact(connection, UNKNOWN) or "",
    )


def keep_timeline(connection: Connection) -> Timeline:
    """As `read_timeline`, after making what a new store lacks. Call inside a write transaction."""
    secret_seed(connection)
    keep_fact(connection, TIMELINE, _new_name())
    return read_timeline(connection)


def read_sent(connection: Connection) -> int:
    """The change number up to which documents may have gone to an index."""
    return int(read_fact(connection, SENT) or 0)


def note_sent(connection: Connection, change: int) -> None:
    """Note that documents up to this change go to the index. Commit it before they do."""
    keep_fact(connection, SENT, "0")
    held = cast(installation.c.value, BigInteger) < change
    statement = update(installation).where(installation.c.name == SENT, held).values(value=str(change))
    connection.execute(statement)


def raise_epoch(connection: Connection, seen: Timeline, *, above: int, at: datetime) -> int | None:
    """Begin a new timeline in an epoch above that of the change `above`, and queue every dispatch under a new number.

    Call inside a write transaction. Returns how many are queued; None, with nothing done, if another process has begun a
    new timeline since `seen`.
    """
    hold_grouping(connection)
    if read_fact(connection, TIMELINE) != seen.name:
        return None
    epoch = max(int(read_fact(connection, "epoch") or 1), above // EPOCH_FACTOR) + 1
    set_fact(connection, "epoch", str(epoch))
    set_fact(connection, TIMELINE, _new_name())
    set_fact(connection, EARLIER, " ".join(sorted({*seen.earlier, seen.name})))
    set_fact(connection, SENT, str(epoch * EPOCH_FACTOR))
    set_fact(connection, RAISED_AT, at.isoformat())
    set_fact(connection, UNKNOWN, PENDING)
    number = dispatches.c.change % EPOCH_FACTOR + epoch * EPOCH_FACTOR  # keeps their order
    connection.execute(update(dispatches).values(change=number))
    return enqueue_since(connection, 0, at=at)


def expect_unknown(connection: Connection) -> None:
    """Note that the index may hold documents that the store does not know."""
    set_fact(connection, UNKNOWN, PENDING)


def end_unknown(connection: Connection, why_not: str = "") -> None:
    """Note that the index holds no such documents, or why they could not be removed."""
    if why_not:
        set_fact(connection, UNKNOWN, why_not)
    else:
        drop_fact(connection, UNKNOWN)


@lru_cache(maxsize=8)
def _hash_seed(seed: str) -> str:
    """Slow by intent, as an index shows the result; every probe of `/readyz` needs it."""
    return hashlib.pbkdf2_hmac("sha256", seed.encode(), b"copytaster installation", _ROUNDS, 12).hex()


def _new_name() -> str:
    return secrets.token_hex(8)
