"""Folding the ledger: rows that say nothing more become counts of their hour. The totals stay as they are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from copytaster.store.installation import read_fact, set_fact
from copytaster.store.run_totals import newest_rows
from copytaster.store.tables import refusals, run_hours, runs
from copytaster.store.upsert import insert_or_add

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

ROWS = 2000  # of the ledger that one transaction reads
QUIET = frozenset({"ran", "skipped"})
_ENDS = ("ran", "partial", "failed", "skipped", "missed")
_SUMS = ("runs", "found", "fetched", "stored", "unchanged", "dropped", "errors", "seconds")
_QUIET_UNTIL = "runs_folded_until"  # up to this id, quiet rows were folded


@dataclass(frozen=True, slots=True)
class FoldedSlice:
    """Rows read and rows folded; `position` is where the next slice begins, None once none is old enough."""

    read: int
    folded: int
    position: int | None


def fold_quiet(connection: Connection, *, before: datetime) -> FoldedSlice:
    """Fold the next rows due before a moment in which nothing happened. Later calls go on from there.

    Nothing happened in a run that ended well or was skipped, stored nothing, and met no error.
    """
    after = int(read_fact(connection, _QUIET_UNTIL) or 0)
    rows = _read(connection, after, before)
    folded = _fold(connection, [row for row in rows if _is_quiet(row)])
    if rows:
        set_fact(connection, _QUIET_UNTIL, str(rows[-1].id))
    return FoldedSlice(len(rows), folded, rows[-1].id if len(rows) == ROWS else None)


def fold_all(connection: Connection, *, before: datetime, after: int) -> FoldedSlice:
    """Fold the next ended rows after an id that were due before a moment, whatever happened in them."""
    rows = _read(connection, after, before)
    folded = _fold(connection, [row for row in rows if row.outcome in _ENDS])
    return FoldedSlice(len(rows), folded, rows[-1].id if len(rows) == ROWS else None)


def count_foldable(connection: Connection, *, quiet_before: datetime, before: datetime) -> int:
    """How many rows would be folded now, reading every row due before the later moment."""
    count, after = 0, 0
    while rows := _read(connection, after, max(quiet_before, before)):
        count += sum(
            row.outcome in _ENDS and (row.due_at < before or (row.due_at < quiet_before and _is_quiet(row)))
            for row in rows
        )
        after = rows[-1].id
    return count


def forget_hours(connection: Connection, *, before: datetime) -> int:
    """Delete the counts of hours before a moment; returns how many rows."""
    return connection.execute(run_hours.delete().where(run_hours.c.hour < before)).rowcount


def _read(connection: Connection, after: int, before: datetime) -> Sequence[Any]:
    """The next rows, up to the first that is not old enough: ids follow the order of due times closely."""
    rows = connection.execute(select(runs).where(runs.c.id > after).order_by(runs.c.id).limit(ROWS)).all()
    end = next((place for place, row in enumerate(rows) if row.due_at >= before), len(rows))
    return rows[:end]


def _is_quiet(row: Any) -> bool:
    return row.outcome in QUIET and not row.stored and not row.errors


def _fold(connection: Connection, rows: Sequence[Any]) -> int:
    """Add rows to the counts of their hours and delete them, but for the newest of each source and outcome."""
    kept = set(connection.scalars(newest_of(rows)))
    rows = [row for row in rows if row.id not in kept]
    hours: dict[tuple[Any, ...], Counter[str]] = {}
    for row in rows:
        hour = row.due_at.replace(minute=0, second=0, microsecond=0)
        sums = hours.setdefault((hour, row.source, row.outcome), Counter(dict.fromkeys(_SUMS, 0)))
        sums.update(
            runs=1,
            found=row.found,
            fetched=row.fetched,
            stored=row.stored,
            unchanged=row.unchanged,
            dropped=sum((row.dropped or {}).values()),
            errors=sum((row.errors or {}).values()),
            seconds=row.seconds or 0,
        )
    _add_hours(connection, hours)
    ids = [row.id for row in rows]
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        connection.execute(update(refusals).where(refusals.c.run_id.in_(some)).values(run_id=None))
        connection.execute(runs.delete().where(runs.c.id.in_(some)))
    return len(ids)


def newest_of(rows: Iterable[Any]) -> Any:
    """The ids that must stay: of each source and outcome among the rows, the newest, by which its state is known."""
    named = sorted({row.source for row in rows})
    return newest_rows(_ENDS, named, per_outcome=True)


def _add_hours(connection: Connection, hours: dict[tuple[Any, ...], Counter[str]]) -> None:
    values = [
        {"hour": hour, "source": source, "outcome": outcome, **sums}
        for (hour, source, outcome), sums in sorted(hours.items())
    ]
    if values:
        connection.execute(insert_or_add(connection, run_hours, add=_SUMS), values)
