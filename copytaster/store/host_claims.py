"""Claims of hosts: one process at a time may request a host, for some seconds by the database's clock.

Processes that crawl at the same time do not know of each other's requests; a claim keeps the pace of a host over all of them,
whichever sources lead there.
"""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

from sqlalchemy import select

from copytaster.process_id import is_gone
from copytaster.store.tables import host_claims
from copytaster.store.upsert import insert_or_ignore
from copytaster.store.workers import read_clock

if TYPE_CHECKING:
    from sqlalchemy import Connection

CLAIM_S = 10.0
NOBODY = ""


class Claim(Enum):
    """What came of a claim: another process has the host, this one got it from another, or keeps it."""

    REFUSED = "refused"
    TAKEN = "taken"
    KEPT = "kept"


def claim_host(connection: Connection, host: str, holder: str, *, seconds: float = CLAIM_S) -> Claim:
    """Claim a host for some seconds from now. Call it inside a write transaction."""
    now = read_clock(connection)
    fresh = {"host": host, "holder": NOBODY, "until": now}
    connection.execute(insert_or_ignore(connection, host_claims, fresh))
    mine = host_claims.c.host == host
    row = connection.execute(
        select(host_claims.c.holder, host_claims.c.until).where(mine).with_for_update()
    ).one()
    now = read_clock(connection)  # it may have waited for the row
    if row.holder not in {NOBODY, holder} and row.until > now and not is_gone(row.holder):
        return Claim.REFUSED
    until = now + timedelta(seconds=seconds)
    connection.execute(host_claims.update().where(mine).values(holder=holder, until=until))
    return Claim.KEPT if row.holder in {NOBODY, holder} else Claim.TAKEN


def forget_ended(connection: Connection) -> int:
    """Remove the claims that ended a minute ago; returns how many."""
    late = read_clock(connection) - timedelta(minutes=1)
    return connection.execute(host_claims.delete().where(host_claims.c.until < late)).rowcount
