"""Holds: dispatches that never leave the store while somebody holds them, whatever retention says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from copytaster.errors import NotFoundError
from copytaster.store.audit import note_write
from copytaster.store.dispatches import resolve_id
from copytaster.store.tables import holds, memberships, versions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold of a dispatch, and its release where there was one."""

    id: int
    dispatch_id: str
    stories: tuple[int, ...]
    who: str
    why: str
    at: datetime
    released_by: str | None
    released_why: str | None
    released_at: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """What no rule takes out: dispatches by their present ids, and the stories that were in them when they were held."""

    dispatches: frozenset[str]
    stories: frozenset[int]


def hold_dispatch(connection: Connection, dispatch_id: str, *, who: str, why: str, at: datetime) -> Hold:
    """Hold a dispatch with the stories that it has.

    Raises:
        NotFoundError: no dispatch has this id.
    """
    name = resolve_id(connection, dispatch_id)
    members = select(versions.c.story_id).join(memberships, memberships.c.version_id == versions.c.id)
    listed = sorted(set(connection.scalars(members.where(memberships.c.dispatch_id == name))))
    row = {"dispatch_id": name, "stories": listed, "who": who, "why": why, "at": at}
    made = connection.execute(holds.insert().values(row).returning(holds.c.id)).scalar_one()
    note_write(connection, "hold.add", name, who=who, detail=why)
    return next(hold for hold in list_holds(connection) if hold.id == made)


def release_hold(connection: Connection, dispatch_id: str, *, who: str, why: str, at: datetime) -> int:
    """Release every hold of a dispatch; returns how many there were.

    Raises:
        NotFoundError: nobody holds it.
    """
    found = [hold.id for hold in list_holds(connection) if dispatch_id in _names(connection, hold)]
    if not found:
        raise NotFoundError(
            "nobody holds it",
            resource=f"dispatch {dispatch_id}",
            hint="`copytaster hold --list` names the holds",
        )
    values = {"released_by": who, "released_why": why, "released_at": at}
    connection.execute(update(holds).where(holds.c.id.in_(found)).values(values))
    note_write(connection, "hold.release", dispatch_id, who=who, detail=why)
    return len(found)


def list_holds(connection: Connection, *, all_of_them: bool = False) -> list[Hold]:
    """The holds in force, or all there ever were, oldest first."""
    query = select(holds).order_by(holds.c.id)
    rows = connection.execute(query if all_of_them else query.where(holds.c.released_at.is_(None)))
    return [Hold(**{**row, "stories": tuple(row["stories"])}) for row in rows.mappings()]


def read_held(connection: Connection) -> Held:
    """Everything that is held now."""
    found = list_holds(connection)
    return Held(
        frozenset(name for hold in found for name in _names(connection, hold)),
        frozenset(story for hold in found for story in hold.stories),
    )


def _names(connection: Connection, hold: Hold) -> set[str]:
    try:
        return {hold.dispatch_id, resolve_id(connection, hold.dispatch_id)}
    except NotFoundError:  # it was taken down
        return {hold.dispatch_id}
