"""Every process of the service as people read it: where it runs, what it holds, and how far its work is behind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from copytaster.process_id import find_host
from copytaster.schedule.shares import CRAWL_LEASES, FIRST, INDEX_LEASES, SHARES
from copytaster.store import counts, leases, ledger, outbox
from copytaster.store.workers import Worker, list_workers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """One process.

    Attributes:
        holder: its name in leases and runs.
        holds: the leases it has; none while it is on standby.
        under_way: sources it collects from now.
        silent_s: seconds since its last sign of life; `is_silent` once several are missing.
        clock_s: seconds by which its clock is ahead of the database's.
        lag_s: by role that it works in: the delay of starts, the age of the oldest version or dispatch that waits.
    """

    holder: str
    host: str
    pid: int
    roles: tuple[str, ...]
    version: str
    since: datetime
    holds: tuple[str, ...]
    under_way: int
    silent_s: float
    is_silent: bool
    clock_s: float
    lag_s: Mapping[str, float]


def read_workers(connection: Connection) -> tuple[WorkerReport, ...]:
    """Every process that gave a sign of life within the last minute, the oldest first."""
    found = list_workers(connection)
    if not found:
        return ()
    held = leases.list_holders(connection)
    runs = Counter(holder for _, holder in ledger.list_running(connection))
    now = datetime.now(UTC)
    grouping_s = _age_s(counts.find_oldest_ungrouped(connection), now)
    reports = []
    for worker in found:
        part = _find_part(worker.holder, held)
        ages = {"group": grouping_s, "index": _age_s(outbox.read_backlog(connection, part).oldest, now)}
        reports.append(_describe(worker, held, runs[worker.holder], ages))
    return tuple(reports)


def _find_part(holder: str, held: Mapping[str, str]) -> outbox.OutboxPart | None:
    """The part of the outbox that a process writes; None, all of it, where no other process writes any."""
    shares = [share for share, name in enumerate(INDEX_LEASES) if held.get(name) == holder]
    others = {held[name] for name in INDEX_LEASES if name in held} - {holder}
    return outbox.OutboxPart(frozenset(shares), SHARES) if shares and others else None


def _describe(
    worker: Worker, held: Mapping[str, str], under_way: int, ages: Mapping[str, float]
) -> WorkerReport:
    pid = worker.holder.split(":")[1] if ":" in worker.holder else ""
    holds = tuple(sorted(name for name, holder in held.items() if holder == worker.holder))
    return WorkerReport(
        holder=worker.holder,
        host=find_host(worker.holder),
        pid=int(pid) if pid.isdecimal() else 0,
        roles=worker.roles,
        version=worker.version,
        since=worker.since,
        holds=holds,
        under_way=under_way,
        silent_s=round(worker.silent_s, 1),
        is_silent=worker.is_silent,
        clock_s=worker.clock_s,
        lag_s=_find_lags(worker, holds, held, ages),
    )


def _find_lags(
    worker: Worker, holds: tuple[str, ...], held: Mapping[str, str], ages: Mapping[str, float]
) -> dict[str, float]:
    """On a file the lease of the schedule stands for every role."""
    lags = {}
    for role, names in {"group": ("group",), "index": INDEX_LEASES}.items():
        if any(name in holds for name in names) or (FIRST in holds and not held.keys() & set(names)):
            lags[role] = ages[role]
    if any(name in CRAWL_LEASES for name in holds):
        lags["crawl"] = float(worker.load.get("delay_s", 0.0))
    return {role: round(lags[role], 1) for role in sorted(lags) if role in worker.roles}


def _age_s(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
