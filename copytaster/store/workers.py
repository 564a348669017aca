"""The processes that run the service on this store, as they reported themselves. What each may do is in `leases`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from copytaster.process_id import is_gone
from copytaster.store.tables import workers
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

BEAT_S = 3.0
SILENT_S = 4 * BEAT_S
FORGET_AFTER = timedelta(seconds=60)  # without a beat


@dataclass(frozen=True, slots=True)
class Worker:
    """One process: its roles, the version of its program, and what it says of itself at each beat.

    Attributes:
        holder: its name in leases and runs, see `copytaster.process_id`.
        silent_s: seconds since its last beat, by the database's clock.
        clock_s: seconds by which its own clock is ahead of the database's.
        load: of its crawls: `busy` and `waiting` sources, `delay_s` of starts; empty without any.
    """

    holder: str
    roles: tuple[str, ...]
    version: str
    since: datetime
    silent_s: float = 0.0
    clock_s: float = 0.0
    load: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_silent(self) -> bool:
        """True once several of its beats are missing: it has ended, is frozen, or is cut off from the database."""
        return self.silent_s > SILENT_S


def read_clock(connection: Connection) -> datetime:
    """The time by the database's clock at this moment; a file has the clock of this machine."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    found: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return found


def keep_worker(connection: Connection, worker: Worker) -> None:
    """Enter a process, or note that it lives."""
    values = {
        "holder": worker.holder,
        "roles": ",".join(worker.roles),
        "version": worker.version,
        "since": worker.since,
        "beat_at": read_clock(connection),
        "clock_s": worker.clock_s,
        "load": dict(worker.load),
    }
    changing = ("beat_at", "clock_s", "load")
    connection.execute(insert_or_update(connection, workers, update=changing), values)


def remove_worker(connection: Connection, holder: str) -> None:
    """Forget a process that ended."""
    connection.execute(workers.delete().where(workers.c.holder == holder))


def forget_silent(connection: Connection) -> list[str]:
    """Forget the processes that have ended, or gave no beat for a minute; returns their names."""
    late = read_clock(connection) - FORGET_AFTER
    rows = connection.execute(select(workers.c.holder, workers.c.beat_at)).all()
    gone = sorted(row.holder for row in rows if row.beat_at < late or is_gone(row.holder))
    for holder in gone:
        remove_worker(connection, holder)
    return gone


def list_workers(connection: Connection) -> Sequence[Worker]:
    """Every process that gave a beat within the last minute, the oldest first."""
    now = read_clock(connection)
    rows = connection.execute(select(workers).order_by(workers.c.since, workers.c.holder)).all()
    return [
        Worker(
            row.holder,
            tuple(row.roles.split(",")),
            row.version,
            row.since,
            max(0.0, (now - row.beat_at).total_seconds()),
            row.clock_s,
            row.load,
        )
        for row in rows
        if now - row.beat_at <= FORGET_AFTER and not is_gone(row.holder)
    ]
