"""Leases: who may act alone, under a token that grows at every take-over. No clock of the wall decides anything.

A holder's life is seen by its beats. Whoever waits takes over when the beats stood still for the lease's time on the
waiting process's own steady clock, or at once when the holder let go or is known to be gone.
"""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to act; worthless once another holds a higher token."""

    name: str
    holder: str
    token: int


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of a lease: its holder, token and beats."""

    holder: str
    token: int
    beats: int


def look_at(connection: Connection, name: str, *, hold: bool = False) -> Sight | None:
    """The lease as it stands, or None where nobody ever held it; with `hold` it stays so until the transaction ends."""
    query = select(leases.c.holder, leases.c.token, leases.c.beats).where(leases.c.name == name)
    row = connection.execute(query.with_for_update() if hold else query).one_or_none()
    return None if row is None else Sight(*row)


def renewed_at(connection: Connection, name: str) -> datetime | None:
    """When the holder last showed that it lives, by its own clock of the wall: for people to read."""
    return connection.scalar(select(leases.c.renewed_at).where(leases.c.name == name))


def take(
    connection: Connection, name: str, holder: str, *, now: datetime, stood_still: Sight | None = None
) -> Lease | None:
    """Take a lease that is free, under a new token; None while another holds it. Call inside a write transaction.

    `holder` is the name of the process that takes it (`holders.this_process`); `now` is kept for people to read.
    `stood_still` is what was seen a full lease time ago: if the lease still looks so, its holder is silent.
    """
    connection.execute(
        insert_or_ignore(
            connection,
            leases,
            {"name": name, "holder": NOBODY, "token": 0, "beats": 0, "renewed_at": now},
        )
    )
    seen = look_at(connection, name, hold=True)
    if seen is None or not (seen.holder == NOBODY or seen == stood_still or is_gone(seen.holder)):
        return None
    token = seen.token + 1
    connection.execute(
        leases.update()
        .where(leases.c.name == name)
        .values(holder=holder, token=token, beats=seen.beats + 1, renewed_at=now)
    )
    return Lease(name, holder, token)


def check(connection: Connection, lease: Lease) -> None:
    """Hold the lease fast for the rest of this transaction.

    Raises:
        BusyError: another has taken over; nothing may be written.
    """
    seen = look_at(connection, lease.name, hold=True)
    if seen is None or (seen.holder, seen.token) != (lease.holder, lease.token):
        raise BusyError(
            f"the lease was taken over by {seen.holder or 'nobody' if seen else 'nobody'}",
            resource=f"lease {lease.name}",
            hint="this process waits until it is free again",
        )


def renew(connection: Connection, lease: Lease, *, now: datetime) -> None:
    """One more beat.

    Raises:
        BusyError: another has taken over.
    """
    check(connection, lease)
    connection.execute(
        leases.update().where(leases.c.name == lease.name).values(beats=leases.c.beats + 1, renewed_at=now)
    )


def let_go(connection: Connection, lease: Lease) -> None:
    """Free the lease at once, if it is still ours."""
    connection.execute(
        leases.update()
        .where(leases.c.name == lease.name, leases.c.holder == lease.holder, leases.c.token == lease.token)
        .values(holder=NOBODY)
    )
