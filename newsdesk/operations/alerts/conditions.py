"""Everything that rings: sources, parts of the service, what waits, damage, the disk. They only read."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from copytaster.source_health import SourceHealth
from copytaster.store import outbox, scrubs
from newsdesk.operations.group_health import read_drift, read_precision
from newsdesk.operations.known_sources import read_known
from newsdesk.operations.source_report import report_states

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from copytaster.store.service_health import ServicePart
    from newsdesk.operations.source_report import SourceReport
    from settings import Settings
    from spiders.sources.config import Source

PART_AFTER = timedelta(minutes=5)
LATE_AFTER = timedelta(minutes=15)
LAG_AFTER = timedelta(minutes=15)
LOW_SPACE_BYTES = 1_000_000_000
_AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that rings once it has lasted for `after`; `since` is when it began, None where nobody noted it."""

    kind: str
    subject: str
    text: str
    after: timedelta = _AT_ONCE
    since: datetime | None = None


def list_conditions(
    connection: Connection,
    settings: Settings,
    sources: Iterable[Source],
    parts: Iterable[ServicePart],
    now: datetime,
) -> Iterator[Condition]:
    """Everything that is not as it should be, whether it has lasted or not."""
    reports = report_states(connection, settings.schedule, read_known(connection, settings.schedule, sources))
    yield from _list_sources(reports, timedelta(minutes=settings.alerts.source_after_minutes))
    for part in parts:
        if not part.ok:
            yield Condition(
                "part", part.name, f"failed {part.failures} times in a row: {part.last_error}", PART_AFTER
            )
    yield from _list_store(connection, now)


def find_low_space(folder: Path) -> Condition | None:
    """That the disk of the data folder is nearly full."""
    free = shutil.disk_usage(folder).free
    if free >= LOW_SPACE_BYTES:
        return None
    return Condition(
        "disk", str(folder), f"{free / 1e6:.0f} MB are free: make room, or the store stops writing"
    )


def _list_sources(reports: Iterable[SourceReport], after: timedelta) -> Iterator[Condition]:
    for report in reports:
        if not report.is_failing:
            continue
        wait = {SourceHealth.QUIET: _AT_ONCE, SourceHealth.LATE: LATE_AFTER}.get(report.health, after)
        yield Condition("source", report.source, f"{report.word}: {report.evidence}", wait, report.since)


def _list_store(connection: Connection, now: datetime) -> Iterator[Condition]:
    backlog = outbox.read_backlog(connection)
    if backlog.oldest is not None and now - backlog.oldest > LAG_AFTER:
        waiting = f"{backlog.waiting} dispatches wait for the index, the oldest since {backlog.oldest:%Y-%m-%d %H:%M} UTC"
        yield Condition("lag", "index", waiting)
    if backlog.quarantined:
        text = f"the index rejected {backlog.quarantined}: `copytaster quarantine list` names them"
        yield Condition("quarantine", "documents", text)
    yield from _list_grouping(connection, now)
    if damaged := scrubs.count_open(connection):
        text = f"{damaged} rows differ from what was written: `copytaster doctor` names them"
        yield Condition("damage", "store", text)


def _list_grouping(connection: Connection, now: datetime) -> Iterator[Condition]:
    drift = read_drift(connection, now)
    if drift is not None:
        yield Condition("grouping", "joins", f"{drift}: `copytaster review` judges joins drawn at random")
    found = read_precision(connection, now)
    if found.is_low:
        text = f"{found.reviewed - found.right} of {found.reviewed} reviewed joins are wrong: `copytaster review --report`"
        yield Condition("grouping", "precision", text)
