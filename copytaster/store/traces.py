"""Traces of grouped versions, with which later ones are compared: one row per batch, written with its memberships.

Grouping keeps the newest traces in memory and reads these rows when it starts. Every function works inside the
caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from copytaster.store.tables import traces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

_READ = 300  # rows at a time
_VERSION_BYTES, _KEY_BYTES = 48, 6
_NEXT = select(traces.c.id).where(traces.c.id >= bindparam("id")).order_by(traces.c.id).limit(2)
_OLDEST = (
    select(traces.c.id, traces.c.day).where(traces.c.id >= bindparam("id")).order_by(traces.c.id).limit(1)
)


@dataclass(frozen=True, slots=True)
class TraceRow:
    """A batch's traces, of one day; numbers are little-endian.

    Attributes:
        id: grows with every row, in order of commits.
        day: of arrival, in days since 1970.
        seen_until: the newest arrival, microseconds since 1970.
        history_from, history_place: the row, and the version in it, from which phrases counted when this row was written.
        versions: int64[n, 6]: version, place in the window, arrival (microseconds), how many keys, phrases, paragraphs.
        keys, phrases: 48 bits each.
        paragraphs: uint64: 48 bits of the paragraph, 16 of the dispatch.
    """

    id: int
    recipe_id: int
    day: int
    seen_until: int
    history_from: int
    history_place: int
    versions: bytes
    keys: bytes
    phrases: bytes
    paragraphs: bytes


def add_traces(connection: Connection, **values: Any) -> int:
    """Write a row, all of `TraceRow` but its id; returns the id."""
    return int(connection.execute(traces.insert().values(values).returning(traces.c.id)).scalar_one())


def find_newer(connection: Connection, row_id: int) -> bool | None:
    """True if rows follow this one; None if this row itself is gone."""
    found = list(connection.scalars(_NEXT, {"id": row_id}))
    if row_id and (not found or found[0] != row_id):
        return None
    return len(found) > (1 if row_id else 0)


def find_oldest(connection: Connection, row_id: int) -> tuple[int, int] | None:
    """(id, day) of the first row from this one on."""
    row = connection.execute(_OLDEST, {"id": row_id}).first()
    return None if row is None else (row.id, row.day)


def read_row(connection: Connection, row_id: int) -> TraceRow:
    """One row. The caller knows that it exists."""
    return TraceRow(*connection.execute(select(traces).where(traces.c.id == row_id)).one())


def read_last(connection: Connection) -> TraceRow | None:
    """The row written last."""
    row = connection.execute(select(traces).order_by(traces.c.id.desc()).limit(1)).first()
    return None if row is None else TraceRow(*row)


def drop_other_traces(connection: Connection, recipe_id: int) -> None:
    """Delete every row where the newest is of another recipe: they are then made again from the versions."""
    newest = connection.scalar(select(traces.c.recipe_id).order_by(traces.c.id.desc()).limit(1))
    if newest is not None and newest != recipe_id:
        connection.execute(traces.delete())


def first_arrived(connection: Connection, since: int) -> int | None:
    """The first row with an arrival since a moment in microseconds."""
    found: int | None = connection.scalar(select(func.min(traces.c.id)).where(traces.c.seen_until >= since))
    return found


def count_traces(connection: Connection, since: int) -> tuple[int, int, int]:
    """How many versions, keys and phrases the rows from an id on hold."""
    columns = (traces.c.versions, traces.c["keys"], traces.c.phrases)
    sizes = select(*(func.coalesce(func.sum(func.length(column)), 0) for column in columns))
    versions, keys, phrases = connection.execute(sizes.where(traces.c.id >= since)).one()
    return int(versions) // _VERSION_BYTES, int(keys) // _KEY_BYTES, int(phrases) // _KEY_BYTES


def read_rows(connection: Connection, since: int) -> Iterator[Sequence[TraceRow]]:
    """Every row from an id on, in order, some at a time."""
    statement = select(traces).where(traces.c.id >= bindparam("since")).order_by(traces.c.id).limit(_READ)
    while found := [TraceRow(*row) for row in connection.execute(statement, {"since": since})]:
        yield found
        since = found[-1].id + 1


def remove_before(connection: Connection, row_id: int, *, day: int, seen_until: int) -> None:
    """Delete rows that no longer count: before a row, of an earlier day, and without an arrival since a moment."""
    old = (traces.c.id < row_id, traces.c.day < day, traces.c.seen_until < seen_until)
    connection.execute(traces.delete().where(*old))
