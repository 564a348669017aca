"""The outbox: the dispatches that changed and are not yet in the index. A row is deleted last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, func, literal, or_, select, true

from copytaster.errors import NotFoundError
from copytaster.identity import ID_LETTERS
from copytaster.masking.text import mask_secrets
from copytaster.store.bulk import insert_rows
from copytaster.store.tables import dispatches, outbox
from copytaster.store.upsert import insert_selected

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A dispatch whose document is not yet written. `change` is its newest change number."""

    dispatch_id: str
    change: int
    queued_at: datetime
    attempts: int
    not_before: datetime | None
    error: str | None
    quarantined_at: datetime | None


@dataclass(frozen=True, slots=True)
class OutboxPart:
    """Some shares of the outbox, of `of` equal ones: a dispatch belongs to the share of the first letter of its id's hash.

    An id of another form belongs to the first share.
    """

    shares: frozenset[int]
    of: int

    def holds(self, dispatch_id: str) -> bool:
        """Whether a dispatch is in this part."""
        return _find_share(dispatch_id[1:2], self.of) in self.shares

    def make_condition(self) -> ColumnElement[bool]:
        """The same in SQL."""
        if len(self.shares) == self.of:
            return true()
        letter = func.substr(outbox.c.dispatch_id, 2, 1)
        inside = [one for one in ID_LETTERS if _find_share(one, self.of) in self.shares]
        if 0 in self.shares:
            return letter.not_in([one for one in ID_LETTERS if one not in inside])
        return letter.in_(inside)


def _find_share(letter: str, of: int) -> int:
    return max(0, ID_LETTERS.find(letter or " ")) * of // len(ID_LETTERS)


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many rows wait for the index, how many are quarantined, and since when the oldest waits."""

    waiting: int
    quarantined: int
    oldest: datetime | None


_WAITS = outbox.c.quarantined_at.is_(None)
_REMOVE = outbox.delete().where(
    outbox.c.dispatch_id == bindparam("written_id"),
    outbox.c.change <= bindparam("written_change"),
    outbox.c.queued_at == bindparam("written_queued_at"),
)
_FRESH = {"attempts": 0, "not_before": None, "error": None, "quarantined_at": None}


def enqueue_many(connection: Connection, changes: Sequence[tuple[str, int]], *, at: datetime) -> None:
    """Queue these dispatches (id, change). Call inside the transaction that changes them.

    A dispatch has one row: a newer change replaces an older one and releases it from quarantine.
    """
    if not changes:
        return
    newest = dict(sorted(changes, key=lambda pair: pair[1]))
    rows = [(name, change, at, *_FRESH.values()) for name, change in newest.items()]
    fresh = ("change", "queued_at", *_FRESH)
    insert_rows(connection, outbox, ("dispatch_id", *fresh), rows, update=fresh)


def enqueue_since(connection: Connection, change: int, *, at: datetime) -> int:
    """Queue every dispatch with a change number above `change`, in one statement; returns how many."""
    values = {"queued_at": at, **_FRESH}
    set_values = [literal(value, outbox.c[name].type).label(name) for name, value in values.items()]
    newer = dispatches.c.change > change
    changed = select(dispatches.c.id.label("dispatch_id"), dispatches.c.change, *set_values).where(newer)
    connection.execute(insert_selected(connection, outbox, changed, update=["change", *values]))
    # counted by itself: not every driver gives the number of rows of such a statement
    return connection.scalar(select(func.count()).select_from(dispatches).where(newer)) or 0


def list_changed(connection: Connection, change: int) -> list[str]:
    """The dispatches with a change number above `change`, oldest change first."""
    changed = select(dispatches.c.id).where(dispatches.c.change > change).order_by(dispatches.c.change)
    return list(connection.scalars(changed))


def take_due(
    connection: Connection,
    *,
    now: datetime,
    limit: int,
    after: tuple[int, str] = (0, ""),
    part: OutboxPart | None = None,
) -> list[OutboxRow]:
    """The rows due now after (change, dispatch id), oldest change first, of one part or all. They are not claimed."""
    due = or_(outbox.c.not_before.is_(None), outbox.c.not_before <= now)
    change, name = after
    beyond = or_(outbox.c.change > change, and_(outbox.c.change == change, outbox.c.dispatch_id > name))
    order = (outbox.c.change, outbox.c.dispatch_id)
    query = select(outbox).where(_WAITS, due, beyond, _lies_in(part)).order_by(*order).limit(limit)
    return [OutboxRow(**row) for row in connection.execute(query).mappings()]


def _lies_in(part: OutboxPart | None) -> ColumnElement[bool]:
    return true() if part is None else part.make_condition()


def remove_all_written(connection: Connection, written: Sequence[tuple[OutboxRow, int]]) -> None:
    """Delete the rows whose changes the index holds (row as taken, change), in one statement.

    A row that was queued again meanwhile stays, even with the same change: another index may have replaced this one.
    """
    if written:
        rows = [
            {"written_id": row.dispatch_id, "written_change": change, "written_queued_at": row.queued_at}
            for row, change in written
        ]
        connection.execute(_REMOVE, rows)


def postpone(connection: Connection, row: OutboxRow, *, reason: str, until: datetime) -> None:
    """Try again later, unless a newer change was queued meanwhile."""
    connection.execute(
        outbox.update()
        .where(outbox.c.dispatch_id == row.dispatch_id, outbox.c.change == row.change)
        .values(attempts=row.attempts + 1, not_before=until, error=mask_secrets(reason))
    )


def set_aside(connection: Connection, row: OutboxRow, *, reason: str, at: datetime) -> None:
    """Quarantine a document that the index refuses, unless a newer change was queued meanwhile."""
    connection.execute(
        outbox.update()
        .where(outbox.c.dispatch_id == row.dispatch_id, outbox.c.change == row.change)
        .values(attempts=row.attempts + 1, error=mask_secrets(reason), quarantined_at=at)
    )


def list_quarantined(connection: Connection, *, limit: int = 100) -> list[OutboxRow]:
    """The quarantined dispatches, oldest first."""
    order = (outbox.c.quarantined_at, outbox.c.dispatch_id)
    rows = connection.execute(select(outbox).where(~_WAITS).order_by(*order).limit(limit))
    return [OutboxRow(**row) for row in rows.mappings()]


def read_quarantined(connection: Connection, dispatch_id: str) -> OutboxRow | None:
    """A dispatch whose document is in quarantine; None where it is not."""
    query = select(outbox).where(outbox.c.dispatch_id == dispatch_id, ~_WAITS)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else OutboxRow(**row)


def list_pending(connection: Connection, *, upto: int) -> list[str]:
    """The dispatches with a change up to a number that the index does not hold, quarantined ones included."""
    return list(connection.scalars(select(outbox.c.dispatch_id).where(outbox.c.change <= upto)))


def requeue_dispatch(connection: Connection, dispatch_id: str | None = None) -> int:
    """Queue one quarantined dispatch, or all of them, again; returns how many.

    Raises:
        NotFoundError: this dispatch is not in quarantine.
    """
    chosen = ~_WAITS if dispatch_id is None else ~_WAITS & (outbox.c.dispatch_id == dispatch_id)
    count = connection.execute(outbox.update().where(chosen).values(**_FRESH)).rowcount
    if dispatch_id is not None and not count:
        raise NotFoundError("not in quarantine", resource=f"dispatch {dispatch_id}")
    return count


def read_backlog(connection: Connection, part: OutboxPart | None = None) -> Backlog:
    """Counts of waiting and quarantined rows, of one part or all."""
    mine = _lies_in(part)
    waiting, oldest = connection.execute(
        select(func.count(), func.min(outbox.c.queued_at)).where(_WAITS, mine)
    ).one()
    quarantined = connection.scalar(select(func.count()).select_from(outbox).where(~_WAITS, mine)) or 0
    return Backlog(waiting=waiting, quarantined=quarantined, oldest=oldest)
