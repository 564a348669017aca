"""The run ledger: one row for every due time, with how it ended. The schedule's lease decides who may write."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Text, cast, func, select

from copytaster.masking.text import mask_secrets
from copytaster.process_id import is_gone
from copytaster.store.books import hour_of, settle_interrupted
from copytaster.store.run_totals import add_totals, newest_rows
from copytaster.store.source_health import note_result
from copytaster.store.tables import run_totals, runs
from copytaster.store.upsert import insert_or_ignore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

Trigger = Literal["schedule", "catch-up", "command"]
Outcome = Literal["running", "ran", "partial", "failed", "skipped", "missed"]
ROWS_AT_ONCE = 500  # SQLite takes 32,766 values a statement
BURNT = frozenset({"took-too-long", "too-much-memory"})  # reasons of a job that used up its time or memory
WHY_LENGTH = 500


@dataclass(frozen=True, slots=True)
class DueTime:
    """One due time of one source."""

    source: str
    due_at: datetime
    trigger: Trigger = "schedule"
    why: str | None = None


@dataclass(frozen=True, slots=True)
class SkippedDue:
    """A due time that starts no run, and why."""

    source: str
    due_at: datetime
    outcome: Literal["skipped", "missed"]
    why: str
    trigger: Trigger = "schedule"


@dataclass(frozen=True, slots=True)
class Result:
    """How one run ended: counts of entries and pages, reasons with counts, seconds, peak memory in bytes.

    `new` counts stories stored for the first time, `usable` pages read that gave a story, `fruitless` entries met for the
    first time that gave none. `not_modified`: the server said so instead of sending the source.
    """

    outcome: Outcome
    why: str | None = None
    found: int = 0
    fetched: int = 0
    stored: int = 0
    unchanged: int = 0
    new: int = 0
    usable: int = 0
    fruitless: int = 0
    not_modified: bool = False
    dropped: Mapping[str, int] = field(default_factory=dict)
    errors: Mapping[str, int] = field(default_factory=dict)
    seconds: float | None = None
    peak_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A row of the ledger."""

    id: int
    source: str
    trigger: Trigger
    due_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome
    why: str | None
    found: int
    fetched: int
    stored: int
    unchanged: int
    new: int | None
    usable: int | None
    fruitless: int | None
    not_modified: bool | None
    dropped: Mapping[str, int]
    errors: Mapping[str, int]
    seconds: float | None
    peak_bytes: int | None
    holder: str | None


@dataclass(frozen=True, slots=True)
class RunEnd:
    """What says how the last row of a source ended: a tenth of reading all of it, for thousands of sources."""

    due_at: datetime
    outcome: Outcome
    why: str | None


def open_runs(
    connection: Connection, dues: Sequence[DueTime], *, holder: str, now: datetime
) -> dict[str, int]:
    """Enter due times as running; returns source -> run id for those that had no row yet."""
    return {
        row.source: row.id
        for row in _enter(
            connection,
            [
                {
                    "source": due.source,
                    "trigger": due.trigger,
                    "due_at": due.due_at,
                    "started_at": now,
                    "outcome": "running",
                    "why": due.why,
                    "holder": holder,
                }
                for due in dues
            ],
        )
    }


def enter_skipped(connection: Connection, rows: Sequence[SkippedDue], *, now: datetime) -> int:
    """Enter due times that start no run; existing rows do not change. Returns how many were new."""
    return len(
        _enter(
            connection,
            [
                {
                    "source": row.source,
                    "trigger": row.trigger,
                    "due_at": row.due_at,
                    "ended_at": now,
                    "outcome": row.outcome,
                    "why": row.why[:WHY_LENGTH],
                }
                for row in rows
            ],
        )
    )


def _enter(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    entered: list[Any] = []
    for start in range(0, len(rows), ROWS_AT_ONCE):
        statement = insert_or_ignore(connection, runs, rows[start : start + ROWS_AT_ONCE])
        entered += connection.execute(statement.returning(runs.c.id, runs.c.source, runs.c.outcome)).all()
    add_totals(connection, Counter((row.source, row.outcome) for row in entered))
    return entered


def close_run(connection: Connection, run_id: int, result: Result, *, now: datetime) -> bool:
    """End a run after its last commit, and note what it says about its source.

    From then on `started_at` is when its crawl began; while a run is open, when it was handed to the crawl process.
    Returns False if it had already ended: an end is never overwritten.
    """
    closed = connection.execute(
        runs.update()
        .where(runs.c.id == run_id, runs.c.outcome == "running")
        .values(
            started_at=runs.c.started_at
            if result.seconds is None
            else now - timedelta(seconds=result.seconds),
            ended_at=now,
            outcome=result.outcome,
            why=func.coalesce(
                None if result.why is None else mask_secrets(result.why)[:WHY_LENGTH], runs.c.why
            ),
            found=result.found,
            fetched=result.fetched,
            stored=result.stored,
            unchanged=result.unchanged,
            new=result.new,
            usable=result.usable,
            fruitless=result.fruitless,
            not_modified=result.not_modified,
            dropped=dict(result.dropped),
            errors=dict(result.errors),
            seconds=result.seconds,
            peak_bytes=result.peak_bytes,
        )
        .returning(runs.c.source, runs.c.due_at)
    ).one_or_none()
    if closed is None:
        return False
    source = closed.source
    add_totals(connection, {(source, "running"): -1, (source, result.outcome): 1})
    note_result(connection, source, result, new=result.new, now=now)
    if result.seconds is None:  # it gave no report: what it found and did not come to is booked now
        settle_interrupted(connection, source, hour_of(closed.due_at))
    return True


def read_due_at(connection: Connection, run_id: int | None) -> datetime | None:
    """The due time of a run; None if the ledger has no such row."""
    return connection.scalar(select(runs.c.due_at).where(runs.c.id == run_id))


def fail_orphans(
    connection: Connection, *, now: datetime, is_ours: Callable[[str], bool] = lambda _source: False
) -> list[str]:
    """Mark the runs whose process has ended as failed; returns their sources.

    `is_ours` includes every scheduled run of these sources, for the process that has just taken over their schedule.
    """
    waiting = connection.execute(
        select(runs.c.id, runs.c.source, runs.c.trigger, runs.c.holder).where(runs.c.outcome == "running")
    ).all()
    orphans = [
        row for row in waiting if (row.trigger != "command" and is_ours(row.source)) or is_gone(row.holder)
    ]
    for row in orphans:
        why = f"the process that ran it is gone ({row.holder or 'unknown'})"
        close_run(connection, row.id, Result("failed", why), now=now)
    return [row.source for row in orphans]


def list_runs(
    connection: Connection, *, source: str | None = None, limit: int = 50, outcome: Outcome | None = None
) -> list[Run]:
    """Rows of the ledger, newest first."""
    query = select(runs).order_by(runs.c.id.desc()).limit(limit)
    if source is not None:
        query = query.where(runs.c.source == source)
    if outcome is not None:
        query = query.where(runs.c.outcome == outcome)
    return [Run(**row) for row in connection.execute(query).mappings()]


def list_due_running(connection: Connection) -> dict[str, datetime]:
    """Source -> the earliest due time whose run has not ended; of commands none."""
    query = select(runs.c.source, runs.c.due_at).where(
        runs.c.outcome == "running", runs.c.trigger != "command"
    )
    earliest: dict[str, datetime] = {}
    for source, due_at in connection.execute(query):  # to group them in SQL, SQLite reads the whole ledger
        earliest[source] = min(due_at, earliest.get(source, due_at))
    return earliest


def last_ends(connection: Connection) -> dict[str, RunEnd]:
    """The newest ended row of each source, whether a run started or not."""
    ids = newest_rows(("ran", "partial", "failed", "skipped", "missed"))
    columns = [runs.c[name] for name in RunEnd.__slots__]
    found = connection.execute(select(runs.c.source, *columns).where(runs.c.id.in_(ids))).all()
    return {row[0]: RunEnd(*row[1:]) for row in found}


def list_running(connection: Connection) -> list[tuple[str, str | None]]:
    """Open runs: the source, and the id of the process that collects from it."""
    query = select(runs.c.source, runs.c.holder).where(runs.c.outcome == "running")
    return [(row.source, row.holder) for row in connection.execute(query)]


def list_unbalanced(connection: Connection, *, newest: int) -> list[int]:
    """Ids of runs, among the newest rows, that ended well although found differs from stored + unchanged + dropped."""
    last = connection.scalar(select(func.max(runs.c.id))) or 0
    ended = select(runs.c.id, runs.c.found, runs.c.stored, runs.c.unchanged, runs.c.dropped)
    is_left_over = runs.c.found != runs.c.stored + runs.c.unchanged
    has_dropped = cast(runs.c.dropped, Text) != "{}"  # the many other rows balance at a glance
    suspected = ended.where(runs.c.id > last - newest, runs.c.outcome == "ran", is_left_over | has_dropped)
    return [
        row.id
        for row in connection.execute(suspected)
        if row.found != row.stored + row.unchanged + sum(row.dropped.values())
    ]


def count_by_outcome(connection: Connection) -> dict[str, int]:
    """How many due times ever ended in each way, folded rows included."""
    summed = select(run_totals.c.outcome, func.sum(run_totals.c.runs).label("number"))
    rows = connection.execute(summed.group_by(run_totals.c.outcome))
    return {row.outcome: int(row.number) for row in rows if row.number}


def last_runs(connection: Connection) -> dict[str, Run]:
    """The most informative last row of each source: a run before a due time that started none."""
    return _read_runs(connection, newest_rows(("running", "ran", "partial", "failed")))


def _read_runs(connection: Connection, ids: Any) -> dict[str, Run]:
    """The rows of these ids, by source; by position, as names take twice as long and sources are thousands."""
    columns = [runs.c[name] for name in Run.__slots__]
    found = (Run(*row) for row in connection.execute(select(*columns).where(runs.c.id.in_(ids))).all())
    return {run.source: run for run in found}


def list_slow_sources(connection: Connection, sources: Iterable[str] | None = None) -> set[str]:
    """Those of the sources, or of all, whose next run starts in the slow lane: their last ended run burnt a budget."""
    newest = newest_rows(("ran", "partial", "failed"), sources)
    found = connection.execute(select(runs.c.source, runs.c.errors).where(runs.c.id.in_(newest))).all()
    return {source for source, errors in found if BURNT.intersection(errors or {})}


def count_outcomes(connection: Connection) -> dict[str, dict[str, int]]:
    """How many due times of each source ever ended in each way, folded rows included."""
    counts: dict[str, dict[str, int]] = {}
    for row in connection.execute(select(run_totals).where(run_totals.c.runs > 0)):
        counts.setdefault(row.source, {})[row.outcome] = row.runs
    return counts
