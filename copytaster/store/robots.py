"""The robots.txt of each site: kept until it expires, and shared by every process and command that fetches pages."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import zstandard
from sqlalchemy import delete, select

from copytaster.store.tables import robots
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

LARGEST = 512_000  # bytes that are read and kept (RFC 9309, 2.5)
USABLE_FOR = timedelta(days=30)  # in place of one that cannot be had (RFC 9309, 2.3.1.4)
OK = 200


@dataclass(frozen=True, slots=True)
class KeptRobots:
    """A robots.txt as last fetched.

    Attributes:
        origin: `scheme://host:port` of the site.
        status: of the response; with another one than 200 the site has no rules.
        body: decoded, at most `LARGEST` bytes; empty without rules.
        fetched_at: when it was fetched, or last confirmed.
        expires_at: until when nobody requests it again.
    """

    origin: str
    status: int
    body: bytes
    etag: str | None
    last_modified: str | None
    fetched_at: datetime
    expires_at: datetime

    def is_fresh(self, now: datetime) -> bool:
        """True while it need not be requested. A clock that was set back makes nothing fresh for longer."""
        return self.fetched_at <= now < self.expires_at

    def may_stand_in(self, now: datetime) -> bool:
        """True if it may be used while the server answers with errors."""
        return now - self.fetched_at < USABLE_FOR


def read_robots(connection: Connection, origin: str) -> KeptRobots | None:
    """The robots.txt of a site, also one that has expired; None if it was never fetched."""
    row = connection.execute(select(robots).where(robots.c.origin == origin)).mappings().one_or_none()
    if row is None:
        return None
    body = zstandard.decompress(row["body"], max_output_size=LARGEST)
    return KeptRobots(**{**row, "body": body})


def keep_robots(connection: Connection, kept: KeptRobots) -> None:
    """Keep a robots.txt, and forget those of sites that nobody has visited for `USABLE_FOR`."""
    values = {**asdict(kept), "body": zstandard.compress(kept.body)}
    changed = [name for name in values if name != "origin"]
    connection.execute(insert_or_update(connection, robots, values, update=changed))
    connection.execute(delete(robots).where(robots.c.fetched_at < kept.fetched_at - USABLE_FOR))
