"""The schedules table: until when the due times of each source are handled, and under which rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from copytaster.store.chosen import of_sources
from copytaster.store.tables import schedules
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

ROWS_AT_ONCE = 5_000


class HandledSource(NamedTuple):
    """A source, the rule of its schedule as text, and the time up to which its due times are handled."""

    source: str
    rule: str
    handled_until: datetime


def list_handled(connection: Connection) -> list[HandledSource]:
    """Every source that has been scheduled."""
    columns = (schedules.c.source, schedules.c.rule, schedules.c.handled_until)
    return [HandledSource(*row) for row in connection.execute(select(*columns))]


def read_handled(connection: Connection, sources: Collection[str] | None = None) -> dict[str, datetime]:
    """The time up to which the due times of each of these sources, or of all, are handled."""
    query = of_sources(select(schedules.c.source, schedules.c.handled_until), schedules.c.source, sources)
    return {row.source: row.handled_until for row in connection.execute(query).all()}


def keep_handled(connection: Connection, rows: Sequence[HandledSource]) -> None:
    """Insert these sources; a source that has a row gets the new rule and time."""
    for start in range(0, len(rows), ROWS_AT_ONCE):
        some = [row._asdict() for row in rows[start : start + ROWS_AT_ONCE]]
        connection.execute(insert_or_update(connection, schedules, some, update=["rule", "handled_until"]))


def remove_source(connection: Connection, source: str) -> None:
    """Delete the row of a source that is no longer scheduled."""
    connection.execute(schedules.delete().where(schedules.c.source == source))
