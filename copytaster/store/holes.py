"""Holes: times in which a source listed what nobody read, because its list had rolled over before the next request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from copytaster.masking.text import mask_secrets
from copytaster.store.tables import holes

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

ROLLED_OVER = "the list had rolled over: none of the entries known before was in it any more"


@dataclass(frozen=True, slots=True)
class RecordedHole:
    """A hole; `closing` says what a refill could still have and what is gone, None while nobody tried."""

    id: int
    source: str
    start: datetime
    end: datetime
    why: str
    closed_at: datetime | None
    closing: str | None


def add_hole(connection: Connection, source: str, *, start: datetime, end: datetime, why: str) -> None:
    """Record a hole between two requests of a source's list."""
    connection.execute(holes.insert().values(source=source, start=start, end=end, why=why))


def list_holes(
    connection: Connection, *, source: str | None = None, closed: bool = False
) -> list[RecordedHole]:
    """The holes that are open, or those with closed ones, oldest first."""
    query = select(holes).order_by(holes.c.start, holes.c.id)
    if source is not None:
        query = query.where(holes.c.source == source)
    if not closed:
        query = query.where(holes.c.closed_at.is_(None))
    return [RecordedHole(**row) for row in connection.execute(query).mappings()]


def note_refill(
    connection: Connection,
    hole_id: int,
    closing: str,
    *,
    closed_at: datetime | None,
    end: datetime | None = None,
) -> None:
    """Note what a refill found; without `closed_at` the hole stays open, and ends at `end` from then on if that is given."""
    values: dict[str, object] = {"closing": mask_secrets(closing), "closed_at": closed_at}
    if end is not None:
        values["end"] = end
    connection.execute(holes.update().where(holes.c.id == hole_id).values(values))


def forget_holes(connection: Connection, *, before: datetime) -> int:
    """Delete holes that ended before a moment, closed or not; returns how many."""
    return connection.execute(holes.delete().where(holes.c.end < before)).rowcount
