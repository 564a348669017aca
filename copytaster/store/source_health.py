"""What the runs of each source say about it, and how many new stories it brought on each day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from copytaster.masking.text import mask_secrets
from copytaster.source_health import Finding, SourceHealth, judge_run
from copytaster.store.chosen import of_sources
from copytaster.store.source_hours import note_hour
from copytaster.store.tables import source_days, source_health, source_states
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from copytaster.source_health import EndedRun

EVIDENCE_LENGTH = 500
KEEP = timedelta(days=28)  # days that say what is usual


@dataclass(frozen=True, slots=True)
class HealthRecord:
    """What the store keeps of a source's health.

    Attributes:
        since: when it came into this state.
        last_new_at: the end of the last run that stored a new story; None if none ever did.
    """

    finding: Finding
    since: datetime
    first_run_at: datetime
    last_new_at: datetime | None


@dataclass(frozen=True, slots=True)
class DailyYield:
    """New stories of a source: today (UTC), and on the days before as far as they are kept.

    Attributes:
        first_day: the first of the days before, as `2026-03-01`; None if there is none.
    """

    today: int = 0
    before: int = 0
    first_day: str | None = None


def note_result(connection: Connection, source: str, run: EndedRun, *, new: int, now: datetime) -> None:
    """Note what a run that has ended says about its source."""
    row = connection.execute(select(source_health).where(source_health.c.source == source)).one_or_none()
    before = Finding() if row is None else _finding(row)
    after = judge_run(run, before)
    if after.health is not SourceHealth.NOT_RUN:
        is_same = row is not None and before.health is after.health
        values = {
            "source": source,
            "health": after.health.value,
            "evidence": mask_secrets(after.evidence)[:EVIDENCE_LENGTH],
            "reason": after.reason,
            "fruitless": after.fruitless,
            "since": row.since if row is not None and is_same else now,
            "first_run_at": row.first_run_at if row is not None else now,
            "last_new_at": now if new else row.last_new_at if row is not None else None,
        }
        changed = [name for name in values if name not in {"source", "first_run_at"}]
        connection.execute(insert_or_update(connection, source_health, update=changed), values)
    if new:
        _add_to_day(connection, source, new, now)
    if run.outcome in {"ran", "partial"}:
        note_hour(connection, source, brought=new > 0, now=now)
    if run.outcome == "failed" and run.errors:
        _count_failure(connection, source, run, now)


def _add_to_day(connection: Connection, source: str, new: int, now: datetime) -> None:
    day = _day(now)
    chosen = (source_days.c.source == source) & (source_days.c.day == day)
    row = connection.execute(select(source_days).where(chosen)).one_or_none()
    values = {"source": source, "day": day, "new": new + (row.new if row else 0)}
    connection.execute(insert_or_update(connection, source_days, values, update=["new"]))
    if row is None:
        old = (source_days.c.source == source) & (source_days.c.day < _day(now - KEEP))
        connection.execute(source_days.delete().where(old))


def _count_failure(connection: Connection, source: str, run: EndedRun, now: datetime) -> None:
    failures = connection.scalar(select(source_states.c.failures).where(source_states.c.source == source))
    values = {
        "source": source,
        "failures": (failures or 0) + 1,
        "last_error": mask_secrets(run.why or "")[:EVIDENCE_LENGTH],
        "last_attempt_at": now,
        "validators_lie": False,
    }
    changed = ["failures", "last_error", "last_attempt_at"]
    connection.execute(insert_or_update(connection, source_states, values, update=changed))


def read_health(connection: Connection) -> dict[str, HealthRecord]:
    """The health of every source that ever ran."""
    return {
        row.source: HealthRecord(_finding(row), row.since, row.first_run_at, row.last_new_at)
        for row in connection.execute(select(source_health)).all()
    }


def read_reasons(connection: Connection, sources: Collection[str] | None = None) -> dict[str, str]:
    """The reason of the fault of those of these sources, or of all, that have one."""
    columns = source_health.c
    query = select(columns.source, columns.reason).where(columns.reason != "")
    query = of_sources(query, columns.source, sources)
    return {row.source: row.reason for row in connection.execute(query)}


def read_yields(connection: Connection, now: datetime) -> dict[str, DailyYield]:
    """The new stories of every source that ever brought any: today and on the days before."""
    today = _day(now)
    columns = source_days.c
    before = select(
        columns.source, func.sum(columns.new).label("new"), func.min(columns.day).label("day")
    ).where(columns.day < today, columns.day >= _day(now - KEEP)).group_by(columns.source)  # fmt: skip
    current = select(columns.source, columns.new).where(columns.day == today)
    found = {row.source: DailyYield(0, int(row.new), row.day) for row in connection.execute(before)}
    for row in connection.execute(current):
        found[row.source] = replace(found.get(row.source, DailyYield()), today=row.new)
    return found


def read_wall(connection: Connection, source: str) -> str | None:
    """The text that a source's pages showed instead of a story; None if they never did."""
    return connection.scalar(select(source_health.c.wall).where(source_health.c.source == source))


def keep_wall(connection: Connection, source: str, text: str) -> None:
    """Keep the text that a source's pages show instead of a story. The source needs to have a health by then."""
    connection.execute(source_health.update().where(source_health.c.source == source).values(wall=text))


def _finding(row: object) -> Finding:
    health, evidence = SourceHealth(row.health), row.evidence  # type: ignore[attr-defined]
    return Finding(health, evidence, row.reason, row.fruitless)  # type: ignore[attr-defined]


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d}"
