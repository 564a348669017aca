"""Leases: which process may act alone, with a token that grows at every take-over. The system clock decides nothing.

The holder raises a counter, `beats`. A waiting process takes over when the counter has not grown for the lease's time on
its own monotonic clock, or at once if the holder released the lease or is known to have ended.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from copytaster.errors import BusyError
from copytaster.process_id import is_gone
from copytaster.store.tables import leases
from copytaster.store.upsert import insert_or_ignore

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

NOBODY = ""

Fence = Callable[["Connection"], None]
"""Called in a transaction before it writes; raises BusyError where another process has taken over the work."""


def no_fence(_connection: Connection) -> None:
    """The fence of work that no lease guards."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to act. It is void once another process holds a higher token."""

    name: str
    holder: str
    token: int


@dataclass(frozen=True, slots=True)
class LeaseSighting:
    """One look at a lease: its holder, token and beats."""

    holder: str
    token: int
    beats: int


def look_at(connection: Connection, name: str, *, hold: bool = False) -> LeaseSighting | None:
    """The lease as stored, or None if nobody ever held it. `hold` locks it until the transaction ends."""
    query = select(leases.c.holder, leases.c.token, leases.c.beats).where(leases.c.name == name)
    row = connection.execute(query.with_for_update() if hold else query).one_or_none()
    return None if row is None else LeaseSighting(*row)


def list_holders(connection: Connection) -> dict[str, str]:
    """The holder of each lease that is held, by the lease's name."""
    query = select(leases.c.name, leases.c.holder).where(leases.c.holder != NOBODY)
    return {row.name: row.holder for row in connection.execute(query)}


def renewed_at(connection: Connection, name: str) -> datetime | None:
    """When the holder last renewed the lease, by its own system clock: for people to read."""
    return connection.scalar(select(leases.c.renewed_at).where(leases.c.name == name))


def is_free(seen: LeaseSighting | None, stood_still: LeaseSighting | None = None) -> bool:
    """Whether a lease seen like this may be taken; see `take`."""
    return seen is None or seen.holder == NOBODY or seen == stood_still or is_gone(seen.holder)


def take(
    connection: Connection, name: str, holder: str, *, now: datetime, stood_still: LeaseSighting | None = None
) -> Lease | None:
    """Take a free lease with a new token; None while another process holds it. Call inside a write transaction.

    `holder` is the process that takes it (`process_id.this_process`). `now` is kept for people to read. `stood_still` is
    the look of a full lease time ago: if nothing has changed since, the holder is silent.
    """
    connection.execute(
        insert_or_ignore(
            connection,
            leases,
            {"name": name, "holder": NOBODY, "token": 0, "beats": 0, "renewed_at": now},
        )
    )
    seen = look_at(connection, name, hold=True)
    if seen is None or not is_free(seen, stood_still):
        return None
    token = seen.token + 1
    connection.execute(
        leases.update()
        .where(leases.c.name == name)
        .values(holder=holder, token=token, beats=seen.beats + 1, renewed_at=now)
    )
    return Lease(name, holder, token)


def check(connection: Connection, lease: Lease) -> None:
    """Lock the lease for the rest of this transaction; others can confirm it meanwhile.

    Raises:
        BusyError: another process has taken over; write nothing.
    """
    _require(lease, _lock(connection, lease, read=False))


def confirm(connection: Connection, lease: Lease) -> None:
    """Keep others from taking the lease for the rest of this transaction, however long; it can be renewed meanwhile.

    Raises:
        BusyError: another process has taken over; write nothing.
    """
    _require(lease, _lock(connection, lease, read=True))


def _lock(connection: Connection, lease: Lease, *, read: bool) -> LeaseSighting | None:
    """Lock the row in a weak mode: `take` waits for it, and crawls that confirm the lease do not wait for each other."""
    kept = select(leases.c.holder, leases.c.token, leases.c.beats).where(leases.c.name == lease.name)
    row = connection.execute(kept.with_for_update(read=read, key_share=True)).one_or_none()
    return None if row is None else LeaseSighting(*row)


def _require(lease: Lease, seen: LeaseSighting | None) -> None:
    if seen is None or (seen.holder, seen.token) != (lease.holder, lease.token):
        raise BusyError(
            f"the lease was taken over by {seen.holder or 'nobody' if seen else 'nobody'}",
            resource=f"lease {lease.name}",
            hint="this process waits until it is free again",
        )


def renew(connection: Connection, lease: Lease, *, now: datetime) -> None:
    """Raise the counter.

    Raises:
        BusyError: another has taken over.
    """
    mine = (leases.c.name == lease.name, leases.c.holder == lease.holder, leases.c.token == lease.token)
    renewed = leases.update().where(*mine).values(beats=leases.c.beats + 1, renewed_at=now)
    if connection.execute(renewed.returning(leases.c.beats)).first() is None:
        _require(lease, look_at(connection, lease.name))


def let_go(connection: Connection, lease: Lease) -> None:
    """Release the lease at once, if this process still holds it."""
    connection.execute(
        leases.update()
        .where(leases.c.name == lease.name, leases.c.holder == lease.holder, leases.c.token == lease.token)
        .values(holder=NOBODY)
    )
