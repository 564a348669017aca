"""What is learned from the hours in which sources were requested."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import select

from copytaster.habits import (
    HOURS,
    LEARNING_HOURS,
    Habits,
    choose_interval,
    expected_hours,
    fold_hour,
    new_habits,
)
from copytaster.store.installation import read_fact, set_fact
from copytaster.store.source_hours import HOUR, hour_of, read_intervals
from copytaster.store.tables import source_habits, source_hours
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

LONGEST_BREAK = timedelta(days=14)  # without the service; what lies before is not learned hour by hour
_LEARNED_UNTIL = "habits_learned_until"
_WEEKLY = {"seen", "quarters", "known"}


def learn_hours(connection: Connection, countries: Mapping[str, str], *, now: datetime) -> int:
    """Learn every hour that is over; returns how many.

    Args:
        connection: in a transaction that writes.
        countries: source -> country, of those whose country is known.
        now: the moment.
    """
    end = hour_of(now)
    rows = connection.execute(select(source_hours).where(source_hours.c.hour < end)).all()
    if not rows:
        return 0
    names, habits = read_habits(connection, sorted({row.source for row in rows}))
    groups = {country: number for number, country in enumerate(sorted(set(countries.values())))}
    numbers = [groups.get(countries.get(name, ""), -1) for name in names]
    places = {name: place for place, name in enumerate(names)}
    noted: dict[datetime, list[tuple[int, int]]] = {}
    for row in rows:
        noted.setdefault(row.hour, []).append((places[row.source], row.news.bit_count()))
    first = max(read_learned_until(connection) or min(noted), end - LONGEST_BREAK)
    hours = [first + step * HOUR for step in range((end - first) // HOUR)]
    for hour in hours:
        news, asked = np.zeros(len(names), int), np.zeros(len(names), bool)
        for place, quarters in noted.get(hour, ()):
            news[place], asked[place] = quarters, True
        fold_hour(habits, hour, news, asked, numbers)
    _keep(connection, names, habits)
    connection.execute(source_hours.delete().where(source_hours.c.hour < end))
    set_fact(connection, _LEARNED_UNTIL, end.isoformat())
    return len(hours)


def forget_hours(connection: Connection, *, now: datetime) -> int:
    """Delete hours that are too old to be learned, as only the service learns and crawls go without it; returns how many."""
    return connection.execute(source_hours.delete().where(source_hours.c.hour < now - LONGEST_BREAK)).rowcount


def choose_intervals(
    connection: Connection, ranges: Mapping[str, tuple[timedelta, timedelta]], *, now: datetime
) -> bool:
    """Choose the interval of each source with a range (shortest, longest) whose habits are known; True if one changed."""
    names, habits = read_habits(connection)
    known = (habits.hours >= LEARNING_HOURS) & (habits.seen.sum(axis=1) > 0)
    expected = expected_hours(habits, now) if names else ()
    chosen = {
        name: round(choose_interval(*ranges[name], timedelta(hours=float(expected[place]))).total_seconds())
        for place, name in enumerate(names)
        if name in ranges and known[place]
    }
    before = {name: int(interval.total_seconds()) for name, interval in read_intervals(connection).items()}
    for name in names:
        if before.get(name) != chosen.get(name):
            row = source_habits.update().where(source_habits.c.source == name)
            connection.execute(row.values(interval_s=chosen.get(name)))
    return chosen != before


def read_habits(connection: Connection, wanted: Sequence[str] = ()) -> tuple[list[str], Habits]:
    """The habits of every source, those of the wanted ones too of which nothing is learned."""
    columns = (source_habits.c.source, source_habits.c.habits)
    kept: dict[str, bytes] = {row.source: row.habits for row in connection.execute(select(*columns))}
    names = [*kept, *(name for name in wanted if name not in kept)]
    habits = new_habits(len(names))
    if kept:
        matrix = np.stack([np.frombuffer(blob, dtype="<f4") for blob in kept.values()]).astype(float)
        place = 0
        for field in fields(Habits):
            width = HOURS if field.name in _WEEKLY else 1
            values = matrix[:, place : place + width]
            getattr(habits, field.name)[: len(kept)] = values if width > 1 else values[:, 0]
            place += width
    return names, habits


def _keep(connection: Connection, names: Sequence[str], habits: Habits) -> None:
    arrays = [getattr(habits, field.name).reshape(len(names), -1) for field in fields(Habits)]
    matrix = np.concatenate(arrays, axis=1).astype("<f4")
    rows = [{"source": name, "habits": matrix[place].tobytes()} for place, name in enumerate(names)]
    if rows:
        connection.execute(insert_or_update(connection, source_habits, update=["habits"]), rows)


def read_learned_until(connection: Connection) -> datetime | None:
    """The end of the last hour that was learned; None before the first."""
    value = read_fact(connection, _LEARNED_UNTIL)
    return None if value is None else datetime.fromisoformat(value)
