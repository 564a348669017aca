"""The books as people and machines read them: a source's gates over a window, with their periods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from copytaster.store.book_days import DAY, read_folded_until
from copytaster.store.books import add_up, read_books
from copytaster.values import iso

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from copytaster.store.books import Book


@dataclass(frozen=True, slots=True)
class BooksReport:
    """The books of a window.

    Attributes:
        by_day_until: before this moment a period is a day, from it on an hour; None: all are hours.
        sources: one book a source.
        periods: one book a source and period, oldest first.
    """

    since: datetime
    until: datetime
    by_day_until: datetime | None
    sources: tuple[Book, ...]
    periods: tuple[Book, ...]


def read_report(
    connection: Connection, *, since: datetime, until: datetime, source: str | None = None
) -> BooksReport:
    """The books of the periods that begin in the window, of one source or of all.

    A window that begins inside a folded day begins with that day.
    """
    folded = read_folded_until(connection)
    start = since.replace(minute=0, second=0, microsecond=0)
    if folded is not None and since < folded:
        start = min(start.replace(hour=0), folded - DAY)
    found = read_books(connection, since=start, until=until, source=source)
    return BooksReport(start, until, folded, tuple(add_up(found)), tuple(found))


def report_to_json(report: BooksReport, *, with_periods: bool = True) -> dict[str, Any]:
    """The books as JSON: each source with its gates, and its periods."""
    periods: dict[str, list[Book]] = {}
    for one in report.periods:
        periods.setdefault(one.source, []).append(one)
    return {
        "since": iso(report.since),
        "until": iso(report.until),
        "by_day_until": iso(report.by_day_until),
        "sources": [
            _book_to_json(one)
            | ({"periods": list(map(_period_to_json, periods[one.source]))} if with_periods else {})
            for one in report.sources
        ],
    }


def _period_to_json(one: Book) -> dict[str, Any]:
    return {"start": iso(one.start), **_book_to_json(one)}


def _book_to_json(one: Book) -> dict[str, Any]:
    return {
        "source": one.source,
        "under_way": one.under_way,
        "unaccounted": sum(abs(number) for number in one.unaccounted.values()),
        "gates": {
            gate.gate: {
                "came": gate.came,
                "passed": gate.passed,
                "stopped": dict(gate.stopped),
                "unaccounted": gate.unaccounted,
            }
            for gate in one.gates
        },
    }


def describe_stops(one: Book) -> str:
    """`fetched: known 10, robots 1; parsed: no-body 2`: why entries did not pass, by gate."""
    said = (
        (gate.gate, ", ".join(f"{reason} {number}" for reason, number in gate.stopped.items()))
        for gate in one.gates
    )
    return "; ".join(f"{gate}: {reasons}" for gate, reasons in said if reasons)


def describe_difference(one: Book) -> str:
    """`3 unaccounted for at fetched`, or that the run is still under way; empty where the book balances."""
    parts: Sequence[str] = [f"{number} unaccounted for at {gate}" for gate, number in one.unaccounted.items()]
    if not parts:
        return ""
    return ", ".join(parts) + (" (a run is under way)" if one.under_way else "")
