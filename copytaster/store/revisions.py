"""Dispatches as grouping writes them: new ones, and each new revision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, select, update

from copytaster.fast_values import fast_value
from copytaster.store.bulk import insert_rows
from copytaster.store.installation import next_changes
from copytaster.store.outbox import enqueue_many
from copytaster.store.tables import dispatches, installation, memberships, stale_dispatches, versions
from copytaster.store.upsert import insert_or_ignore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection


@fast_value
class DispatchState:
    """The values that a new revision gives a dispatch."""

    dispatch_id: str
    change: int
    state: str
    canonical_id: int
    first_seen_at: datetime
    last_seen_at: datetime
    agency: str | None


def hold_grouping(connection: Connection) -> int:
    """Wait until no other transaction groups; returns how many change numbers were given.

    On SQLite the write lock is enough; on PostgreSQL this locks one row.
    """
    connection.execute(insert_or_ignore(connection, installation, {"name": "change", "value": "0"}))
    held = select(installation.c.value).where(installation.c.name == "change").with_for_update()
    return int(connection.execute(held).scalar_one())


def found_dispatches(connection: Connection, founded: Sequence[tuple[str, int, datetime]]) -> None:
    """Create dispatches from (id, founder, when it was seen). `revise` completes them in the same transaction."""
    _create(
        connection,
        [
            (name, 0, 0, "live", founder, founder, None, seen_at, seen_at, seen_at)
            for name, founder, seen_at in founded
        ],
    )


def begin_dispatches(connection: Connection, states: Sequence[DispatchState], *, at: datetime) -> None:
    """Create dispatches with their first revision, each founded by its canonical version, and their rows in the outbox."""
    _create(
        connection,
        [
            (
                state.dispatch_id,
                1,
                state.change,
                state.state,
                state.canonical_id,
                state.canonical_id,
                state.agency,
                state.first_seen_at,
                state.last_seen_at,
                at,
            )
            for state in states
        ],
    )
    enqueue_many(connection, [(state.dispatch_id, state.change) for state in states], at=at)


def _create(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    columns = ("id", "rev", "change", "state", "founder_id", "canonical_id", "agency")
    moments = ("first_seen_at", "last_seen_at", "changed_at")
    insert_rows(connection, dispatches, (*columns, *moments), rows)


def mark_stale(connection: Connection, story_id: int) -> None:
    """Mark the dispatches of a story for a new revision, although none of their versions is new."""
    named = select(memberships.c.dispatch_id).join(versions, versions.c.id == memberships.c.version_id)
    found = sorted(set(connection.scalars(named.where(versions.c.story_id == story_id))))
    rows = [{"dispatch_id": dispatch} for dispatch in found]
    if rows:
        connection.execute(insert_or_ignore(connection, stale_dispatches, rows))


def list_stale(connection: Connection, limit: int) -> list[str]:
    """Ids of dispatches that need a new revision."""
    chosen = select(stale_dispatches.c.dispatch_id).order_by(stale_dispatches.c.dispatch_id)
    return list(connection.scalars(chosen.limit(limit)))


def clear_stale(connection: Connection, dispatch_ids: Sequence[str]) -> None:
    """These dispatches have their new revision."""
    chosen = stale_dispatches.c.dispatch_id.in_(dispatch_ids)
    connection.execute(delete(stale_dispatches).where(chosen))


def revise(connection: Connection, states: Sequence[DispatchState], *, at: datetime) -> None:
    """Write a new revision of each dispatch, and its row in the outbox."""
    rows = [
        {
            "dispatch": state.dispatch_id,
            "to_change": state.change,
            "to_state": state.state,
            "to_canonical_id": state.canonical_id,
            "to_agency": state.agency,
            "to_first_seen_at": state.first_seen_at,
            "to_last_seen_at": state.last_seen_at,
            "to_changed_at": at,
        }
        for state in states
    ]
    if not rows:
        return
    columns: dict[str, Any] = {
        name.removeprefix("to_"): bindparam(name) for name in rows[0] if name != "dispatch"
    }
    connection.execute(
        update(dispatches)
        .where(dispatches.c.id == bindparam("dispatch"))
        .values(rev=dispatches.c.rev + 1, **columns),
        rows,
    )
    enqueue_many(connection, [(state.dispatch_id, state.change) for state in states], at=at)


def announce_again(connection: Connection, dispatch_ids: Sequence[str], *, at: datetime) -> None:
    """Queue dispatches under new change numbers, so that the index replaces the documents it has. No revision changes."""
    names = sorted(set(dispatch_ids))
    if not names:
        return
    changes = dict(zip(names, next_changes(connection, len(names)), strict=True))
    connection.execute(
        update(dispatches)
        .where(dispatches.c.id == bindparam("dispatch"))
        .values(change=bindparam("to_change")),
        [{"dispatch": name, "to_change": change} for name, change in changes.items()],
    )
    enqueue_many(connection, list(changes.items()), at=at)
