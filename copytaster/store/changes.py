"""What changed since a change number, in order: for whoever follows the dispatches and may come back later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from copytaster.store.tables import dispatches, outbox

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Change:
    """The newest revision of a dispatch: `change` orders the revisions of all dispatches."""

    dispatch_id: str
    change: int
    rev: int
    state: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Some changes in order, each dispatch once.

    Attributes:
        items: the changes.
        complete_to: no change up to this number is left out; the number to go on from.
    """

    items: tuple[Change, ...]
    complete_to: int


def list_changes(connection: Connection, after: int, limit: int, *, upto: int | None = None) -> Changes:
    """At most `limit` changes after a number, and up to one. A number is given in the transaction that commits it: none comes late."""
    columns = (dispatches.c.id, dispatches.c.change, dispatches.c.rev, dispatches.c.state)
    wanted = dispatches.c.change > after
    if upto is not None:
        wanted &= dispatches.c.change <= upto
    rows = connection.execute(select(*columns).where(wanted).order_by(dispatches.c.change).limit(limit)).all()
    items = tuple(Change(row.id, row.change, row.rev, row.state) for row in rows)
    if len(items) < limit and upto is not None:
        return Changes(items, max(after, upto))
    return Changes(items, items[-1].change if items else after)


def read_findable_to(connection: Connection, after: int) -> int:
    """Up to which number the index holds every change after `after`; `after` itself where it does not hold the first.

    A document that the index refused before does not hold up the others.
    """
    waits = (outbox.c.change > after) & outbox.c.quarantined_at.is_(None) & (outbox.c.attempts == 0)
    first = connection.scalar(select(func.min(outbox.c.change)).where(waits))
    newest = connection.scalar(select(func.max(dispatches.c.change))) or 0
    return max(after, newest if first is None else min(newest, first - 1))


def read_newest(connection: Connection, *, before: datetime) -> int:
    """The newest change that was made before a moment; 0 without any."""
    old = select(dispatches.c.change).where(dispatches.c.changed_at < before)
    return connection.scalar(old.order_by(dispatches.c.change.desc()).limit(1)) or 0
