"""Searches that people keep under a name, and when each person last opened one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from copytaster.errors import NotFoundError, UsageError
from copytaster.store.audit import note_write
from copytaster.store.subscriptions import list_followers
from copytaster.store.tables import view_visits, views
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

MOST_VIEWS = 500  # of one person
NAME_LENGTH = 120


@dataclass(frozen=True, slots=True)
class View:
    """A search under a name; whoever reads here may open a shared one."""

    id: int
    name: str
    owner: str
    is_shared: bool
    search: Mapping[str, Any]
    made_at: datetime
    changed_at: datetime


def add_view(
    connection: Connection, name: str, search: Mapping[str, Any], *, is_shared: bool, who: str, at: datetime
) -> View:
    """Keep a view of a person.

    Raises:
        UsageError: the name is empty or too long, or the person has 500 views.
    """
    named = _check_name(name)
    owned = connection.scalars(select(views.c.id).where(views.c.owner == who).limit(MOST_VIEWS)).all()
    if len(owned) >= MOST_VIEWS:
        raise UsageError(f"{who} has {MOST_VIEWS} views", resource="views", hint="remove one first")
    row = {"name": named, "owner": who, "is_shared": is_shared, "search": dict(search)}
    made = connection.execute(
        views.insert().values(row | {"made_at": at, "changed_at": at}).returning(views.c.id)
    ).scalar_one()
    note_write(connection, "view.add", made, who=who, detail=_describe(named, search, is_shared=is_shared))
    return read_view(connection, made)


def change_view(
    connection: Connection,
    view_id: int,
    name: str,
    search: Mapping[str, Any],
    *,
    is_shared: bool,
    who: str,
    at: datetime,
) -> View:
    """Give a view another name or search.

    Raises:
        NotFoundError: there is none of this number.
        UsageError: the name is empty or too long.
    """
    before = read_view(connection, view_id)
    named = _check_name(name)
    row = {"name": named, "is_shared": is_shared, "search": dict(search)}
    if (before.name, before.is_shared, dict(before.search)) == tuple(row.values()):
        return before
    connection.execute(views.update().where(views.c.id == view_id).values(row | {"changed_at": at}))
    note_write(
        connection, "view.change", view_id, who=who, detail=_describe(named, search, is_shared=is_shared)
    )
    return read_view(connection, view_id)


def remove_view(connection: Connection, view_id: int, *, who: str) -> None:
    """Remove a view.

    Raises:
        NotFoundError: there is none of this number.
        UsageError: a subscription follows it.
    """
    found = read_view(connection, view_id)
    followers = list_followers(connection, view_id)
    if followers:
        raise UsageError(
            f"{', '.join(followers)} follows it",
            resource=f"view {view_id}",
            hint="remove the subscription first",
        )
    connection.execute(view_visits.delete().where(view_visits.c.view_id == view_id))
    connection.execute(views.delete().where(views.c.id == view_id))
    detail = _describe(found.name, found.search, is_shared=found.is_shared)
    note_write(connection, "view.remove", view_id, who=who, detail=detail)


def read_view(connection: Connection, view_id: int) -> View:
    """One view.

    Raises:
        NotFoundError: there is none of this number.
    """
    row = connection.execute(select(views).where(views.c.id == view_id)).mappings().one_or_none()
    if row is None:
        raise NotFoundError("no such view", resource=f"view {view_id}", hint="`copytaster view list`")
    return View(**row)


def list_views(connection: Connection, *, who: str | None = None) -> list[View]:
    """The shared views and those of a person, by name; every view without a person."""
    query = select(views).order_by(views.c.name, views.c.id)
    if who is not None:
        query = query.where(or_(views.c.is_shared, views.c.owner == who))
    return [View(**row) for row in connection.execute(query).mappings()]


def note_visit(connection: Connection, view_id: int, who: str, *, at: datetime) -> None:
    """Note that a person opened a view."""
    row = {"view_id": view_id, "who": who, "at": at}
    connection.execute(insert_or_update(connection, view_visits, row, update=["at"]))


def read_visits(connection: Connection, who: str) -> dict[int, datetime]:
    """When a person last opened each view that he opened."""
    rows = connection.execute(select(view_visits).where(view_visits.c.who == who))
    return {row.view_id: row.at for row in rows}


def _check_name(name: str) -> str:
    named = " ".join(name.split())
    if not named or len(named) > NAME_LENGTH:
        raise UsageError("a view needs a name", resource="name", hint=f"1 to {NAME_LENGTH} characters")
    return named


def _describe(name: str, search: Mapping[str, Any], *, is_shared: bool) -> str:
    parts = [
        f"{key.replace('_', ' ')}: {value if isinstance(value, str) else ', '.join(value)}"
        for key, value in search.items()
    ]
    return "; ".join([f"{name} ({'shared' if is_shared else 'own'})", *parts])
