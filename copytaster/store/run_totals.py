"""Counts of due times by source and outcome, kept as rows are written: nobody reads the whole ledger to count it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from copytaster.store.tables import run_totals, runs
from copytaster.store.upsert import insert_or_add

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Select


def add_totals(connection: Connection, counted: Mapping[tuple[str, str], int]) -> None:
    """Add counts of (source, outcome). Call it in the transaction that writes the rows."""
    rows = [
        {"source": source, "outcome": outcome, "runs": number}
        for (source, outcome), number in sorted(counted.items())
    ]
    if rows:
        connection.execute(insert_or_add(connection, run_totals, add=["runs"]), rows)


def newest_rows(
    outcomes: Sequence[str], sources: Iterable[str] | None = None, *, per_outcome: bool = False
) -> Select[Any]:
    """The id of each source's newest row with one of the outcomes: one look-up in an index for each of them.

    With `per_outcome` the newest of each outcome. `sources` are at most 30,000.
    """
    newest = (
        select(func.max(runs.c.id))
        .where(runs.c.source == run_totals.c.source, runs.c.outcome == run_totals.c.outcome)
        .correlate(run_totals)
        .scalar_subquery()
    )
    chosen = select(func.max(newest)).where(run_totals.c.outcome.in_(outcomes))
    if sources is not None:
        chosen = chosen.where(run_totals.c.source.in_(list(sources)))
    return chosen.group_by(run_totals.c.source, *([run_totals.c.outcome] if per_outcome else []))
