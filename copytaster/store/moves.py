"""Moving versions between dispatches, and redirecting the ids of dispatches that become empty. Decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, update

from copytaster.store.installation import next_changes
from copytaster.store.memberships import find_firsts, is_taken
from copytaster.store.outbox import enqueue_many
from copytaster.store.revisions import found_dispatches
from copytaster.store.tables import (
    dispatches,
    memberships,
    versions,
)
from copytaster.store.versions import CHUNK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection


def open_dispatch(connection: Connection, dispatch_id: str, founder: int) -> None:
    """Open a dispatch for moved versions: create it if the id is new, revive it if it was merged away."""
    known = connection.execute(select(dispatches.c.state).where(dispatches.c.id == dispatch_id)).first()
    if known is None:
        seen_at = connection.execute(select(versions.c.seen_at).where(versions.c.id == founder)).scalar_one()
        found_dispatches(connection, [(dispatch_id, founder, seen_at)])
    elif known.state == "merged":
        connection.execute(
            update(dispatches).where(dispatches.c.id == dispatch_id).values(state="live", merged_into=None)
        )


def move_members(
    connection: Connection, targets: Mapping[int, str], evidence: Mapping[int, Mapping[str, Any]]
) -> None:
    """Move versions into other dispatches with their evidence. The revision that follows sets their relation."""
    if not targets:
        return
    connection.execute(
        update(memberships)
        .where(memberships.c.version_id == bindparam("version"))
        .values(dispatch_id=bindparam("target"), evidence=bindparam("because"), relation=""),
        [
            {"version": version, "target": target, "because": dict(evidence[version])}
            for version, target in sorted(targets.items())
        ],
    )


def reseat(
    connection: Connection, touched: Iterable[str], moved: Sequence[int], *, at: datetime
) -> list[str]:
    """Set each dispatch's founder to its first member after a move, and redirect dispatches without members.

    An empty dispatch is merged into the dispatch that now holds the version that founded it, with a change number and an
    outbox row. Returns the ids that have members, for their revision.
    """
    live = [name for name in dict.fromkeys(touched) if is_taken(connection, name)]
    for name in live:
        (founder,) = find_firsts(connection, [name])
        connection.execute(update(dispatches).where(dispatches.c.id == name).values(founder_id=founder))
        members = select(memberships.c.version_id).where(memberships.c.dispatch_id == name)
        if (connection.scalar(select(func.count()).select_from(members.subquery())) or 0) == 1:
            connection.execute(
                update(memberships).where(memberships.c.dispatch_id == name).values(relation="original")
            )
    _lead_on(connection, [name for name in dict.fromkeys(touched) if name not in live], moved, at=at)
    return live


def _lead_on(connection: Connection, emptied: Sequence[str], moved: Sequence[int], *, at: datetime) -> None:
    names = set(emptied)
    for start in range(0, len(moved), CHUNK):
        names |= set(
            connection.scalars(
                select(dispatches.c.id).where(
                    dispatches.c.founder_id.in_(moved[start : start + CHUNK]), dispatches.c.state == "merged"
                )
            )
        )
    if not names:
        return
    ordered = sorted(names)
    rows = connection.execute(
        select(dispatches.c.id, memberships.c.dispatch_id.label("target"))
        .join(memberships, memberships.c.version_id == dispatches.c.founder_id)
        .where(dispatches.c.id.in_(ordered))
        .order_by(dispatches.c.id)
    ).all()
    changes = next_changes(connection, len(rows))
    connection.execute(
        update(dispatches)
        .where(dispatches.c.id == bindparam("name"))
        .values(
            state="merged",
            rev=dispatches.c.rev + 1,
            merged_into=bindparam("target"),
            change=bindparam("number"),
            changed_at=bindparam("moment"),
        ),
        [
            {"name": row.id, "target": row.target, "number": change, "moment": at}
            for row, change in zip(rows, changes, strict=True)
        ],
    )
    enqueue_many(connection, [(row.id, change) for row, change in zip(rows, changes, strict=True)], at=at)
