"""Folding the books: hours become days, and days that are too old one row that keeps the sums of ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from copytaster.store.installation import read_fact, set_fact
from copytaster.store.tables import books, in_transit
from copytaster.store.upsert import insert_or_add

if TYPE_CHECKING:
    from sqlalchemy import Connection

EVER = datetime(1970, 1, 1, tzinfo=UTC)  # the period of everything before the oldest day
DAY = timedelta(days=1)
_FOLDED_UNTIL = "books_folded_until"


def read_folded_until(connection: Connection) -> datetime | None:
    """Before this moment the books have days, from it on hours; None while they have hours only."""
    kept = read_fact(connection, _FOLDED_UNTIL)
    return None if kept is None else datetime.fromisoformat(kept)


def fold_day(connection: Connection, *, before: datetime) -> bool:
    """Fold the oldest day that has hours and ended before a moment; False if there is none."""
    until = read_folded_until(connection)
    first = connection.scalar(select(func.min(books.c.hour)).where(books.c.hour >= (until or EVER + DAY)))
    if first is None:
        return False
    day = _day_of(first)
    if day + DAY > before:
        return False
    _move(connection, day, day + DAY, to=day)
    set_fact(connection, _FOLDED_UNTIL, (day + DAY).isoformat())
    return True


def forget_days(connection: Connection, *, before: datetime) -> None:
    """Add the days before a moment to the sums of ever."""
    until = read_folded_until(connection)
    if until is not None:
        _move(connection, EVER + DAY, min(_day_of(before), until), to=EVER)


def _move(connection: Connection, start: datetime, end: datetime, *, to: datetime) -> None:
    inside = (books.c.hour >= start) & (books.c.hour < end)
    keys = (books.c.source, books.c.gate, books.c.reason)
    summed = connection.execute(
        select(*keys, func.sum(books.c.number).label("number")).where(inside).group_by(*keys)
    )
    rows = [{"hour": to, **row, "number": int(row["number"])} for row in summed.mappings()]
    connection.execute(books.delete().where(inside))
    if rows:
        connection.execute(insert_or_add(connection, books, add=["number"]), rows)
    waits = (in_transit.c.hour >= start) & (in_transit.c.hour < end)
    connection.execute(in_transit.update().where(waits).values(hour=to))


def _day_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
