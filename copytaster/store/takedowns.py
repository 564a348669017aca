"""Stories that were taken down: the record of the act, and the gate that keeps them from coming again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from copytaster.store.tables import memberships, stories, takedowns, versions
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

REASON = "taken-down"  # why an entry gave no story


@dataclass(frozen=True, slots=True)
class Takedown:
    """One story that was taken down; `dispatch_id` is None where the store did not have it."""

    identity: str
    url: str
    dispatch_id: str | None
    who: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FoundStory:
    """A story that may be taken down, and the dispatch of its newest grouped version, if it has one."""

    id: int
    identity: str
    url: str
    dispatch_id: str | None


def find_by_number(connection: Connection, story_id: int) -> list[FoundStory]:
    """The story of this number."""
    return _find(connection, stories.c.id == story_id)


def find_by_address(connection: Connection, identities: Iterable[str], url: str) -> list[FoundStory]:
    """The stories of an address."""
    return _find(connection, stories.c.identity.in_(sorted(identities)) | (stories.c.url == url))


def find_in_dispatch(connection: Connection, dispatch_id: str) -> list[FoundStory]:
    """The stories with a version in a dispatch."""
    members = (
        select(versions.c.story_id)
        .join(memberships, memberships.c.version_id == versions.c.id)
        .where(memberships.c.dispatch_id == dispatch_id)
    )
    return _find(connection, stories.c.id.in_(members))


def _find(connection: Connection, chosen: ColumnElement[bool]) -> list[FoundStory]:
    query = (
        select(stories.c.id, stories.c.identity, stories.c.url, memberships.c.dispatch_id)
        .outerjoin(versions, versions.c.story_id == stories.c.id)
        .outerjoin(memberships, memberships.c.version_id == versions.c.id)
        .where(chosen)
        .order_by(stories.c.id, versions.c.id)
    )
    return list({row.id: FoundStory(*row) for row in connection.execute(query)}.values())


def keep_takedowns(connection: Connection, made: Iterable[Takedown]) -> None:
    """Keep the record of an act."""
    rows = [{name: getattr(one, name) for name in Takedown.__slots__} for one in made]
    changed = [name for name in Takedown.__slots__ if name != "identity"]
    for row in rows:
        connection.execute(insert_or_update(connection, takedowns, row, update=changed))


def is_taken_down(connection: Connection, identities: Iterable[str]) -> bool:
    """True if a story with one of these identities was taken down."""
    chosen = select(takedowns.c.identity).where(takedowns.c.identity.in_(sorted(set(identities))))
    return connection.execute(chosen.limit(1)).first() is not None


def list_takedowns(connection: Connection, *, limit: int = 100) -> list[Takedown]:
    """The newest acts first."""
    rows = connection.execute(select(takedowns).order_by(takedowns.c.at.desc()).limit(limit)).mappings()
    return [Takedown(**row) for row in rows]


def count_takedowns(connection: Connection) -> int:
    """How many identities are kept out."""
    return connection.scalar(select(func.count()).select_from(takedowns)) or 0
