"""What is learned from the hours in which sources were requested."""

from __future__ import annotations

from dataclasses import dataclass, fields
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
    find_limits,
    fold_hour,
    measure_silence,
    new_habits,
)
from copytaster.store.installation import read_fact, set_fact
from copytaster.store.source_hours import HOUR, hour_of, read_intervals
from copytaster.store.tables import source_habits, source_health, source_hours
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

LONGEST_BREAK = timedelta(days=14)  # without the service; what lies before is not learned hour by hour
_LEARNED_UNTIL = "habits_learned_until"
_WEEKLY = {"seen", "quarters", "known"}


@dataclass(frozen=True, slots=True)
class Silence:
    """How a source's silence compares with its habits.

    Attributes:
        is_known: it was asked for two weeks, and brought something: its habits decide.
        surprise: -ln of the probability of the silence.
        limit: the surprise at which it rings.
        expected: within this time, from now on, it brings something nineteen times in twenty; a week at most. Measured only
            where it rings, else None.
    """

    is_known: bool
    surprise: float
    limit: float
    expected: timedelta | None

    @property
    def rings(self) -> bool:
        """True if the silence is too long."""
        return self.is_known and self.surprise >= self.limit


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
    names, habits = _read(connection, sorted({row.source for row in rows}))
    groups = {country: number for number, country in enumerate(sorted(set(countries.values())))}
    numbers = [groups.get(countries.get(name, ""), -1) for name in names]
    places = {name: place for place, name in enumerate(names)}
    noted: dict[datetime, list[tuple[int, int]]] = {}
    for row in rows:
        noted.setdefault(row.hour, []).append((places[row.source], row.news.bit_count()))
    first = max(_learned_until(connection) or min(noted), end - LONGEST_BREAK)
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
    names, habits = _read(connection, ())
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


def read_silences(connection: Connection, now: datetime) -> dict[str, Silence]:
    """The silence of every source of which something is learned."""
    names, habits = _read(connection, ())
    if not names:
        return {}
    learned_until = _learned_until(connection) or hour_of(now)
    last = source_health.c.last_new_at
    heard = set(connection.scalars(select(source_health.c.source).where(last >= learned_until)))
    surprise = measure_silence(habits, now, heard=[name in heard for name in names])
    limits = find_limits(habits)
    known = (habits.hours >= LEARNING_HOURS) & (habits.seen.sum(axis=1) > 0)
    ringing = np.flatnonzero(known & (surprise >= limits))
    expected: dict[int, float] = {}
    if len(ringing):
        some = Habits(*(getattr(habits, field.name)[ringing] for field in fields(Habits)))
        expected = dict(zip(ringing.tolist(), expected_hours(some, now).tolist(), strict=True))
    return {
        name: Silence(
            bool(known[place]),
            float(surprise[place]),
            float(limits[place]),
            timedelta(hours=expected[place]) if place in expected else None,
        )
        for place, name in enumerate(names)
    }


def _read(connection: Connection, wanted: Sequence[str]) -> tuple[list[str], Habits]:
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


def _learned_until(connection: Connection) -> datetime | None:
    value = read_fact(connection, _LEARNED_UNTIL)
    return None if value is None else datetime.fromisoformat(value)
