"""The hours in which sources were requested, and the intervals learned from them. Imports no NumPy, as most commands read this."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from copytaster.store.tables import source_habits, source_hours
from copytaster.store.upsert import insert_or_ignore

if TYPE_CHECKING:
    from sqlalchemy import Connection

HOUR = timedelta(hours=1)
_QUARTER_S = 900


def note_hour(connection: Connection, source: str, *, brought: bool, now: datetime) -> None:
    """Note that a run of the source ended well, and whether it brought something new."""
    hour = hour_of(now)
    bit = 1 << int((now - hour).total_seconds()) // _QUARTER_S if brought else 0
    chosen = (source_hours.c.hour == hour) & (source_hours.c.source == source)
    news = connection.scalar(select(source_hours.c.news).where(chosen))
    if news is None:
        row = {"hour": hour, "source": source, "news": bit}
        connection.execute(insert_or_ignore(connection, source_hours, row))
    elif news | bit != news:
        connection.execute(source_hours.update().where(chosen).values(news=news | bit))


def is_hour_over(connection: Connection, now: datetime) -> bool:
    """True if an hour with noted runs is over and not learned."""
    oldest = connection.scalar(select(func.min(source_hours.c.hour)))
    return oldest is not None and oldest < hour_of(now)


def read_intervals(connection: Connection) -> dict[str, timedelta]:
    """The intervals that were chosen."""
    columns = (source_habits.c.source, source_habits.c.interval_s)
    found = connection.execute(select(*columns).where(source_habits.c.interval_s.is_not(None))).all()
    return {source: timedelta(seconds=seconds) for source, seconds in found}


def has_habits(connection: Connection) -> bool:
    """True if something is learned of a source."""
    return connection.scalar(select(source_habits.c.source).limit(1)) is not None


def hour_of(moment: datetime) -> datetime:
    """The start of the hour, in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
