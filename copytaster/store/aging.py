"""Stories by age, for retention: which dispatches have not grown for long, and what rules ask of their stories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select

from copytaster.store.tables import dispatches, memberships, raw_pages, signatures, stories, versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class AgedStory:
    """A story of a dispatch that has not grown for long.

    Attributes:
        agency, kinds: of its newest version; kinds of the headline's markers.
        last_grown: when a dispatch with one of its versions last grew.
        versions, bytes: how many, and about what they and their raw pages take on the disk.
    """

    story_id: int
    dispatch_id: str
    publisher: str
    source: str
    agency: str | None
    kinds: frozenset[str]
    last_grown: datetime
    versions: int
    bytes: int


Position = tuple["datetime", str]  # when a dispatch last grew, and its id


def list_aged(
    connection: Connection, *, before: datetime, after: Position | None, limit: int
) -> tuple[list[AgedStory], Position | None]:
    """The stories of the next dispatches that last grew before a moment, oldest first; and where the next call begins."""
    place = (dispatches.c.last_seen_at, dispatches.c.id)
    query = select(*place).where(place[0] < before, dispatches.c.state != "merged").order_by(*place)
    if after is not None:
        query = query.where(or_(place[0] > after[0], and_(place[0] == after[0], place[1] > after[1])))
    found = connection.execute(query.limit(limit)).all()
    names = [row.id for row in found]
    stories_of = _read_stories(connection, names)
    ids = [row.story_id for row in stories_of]
    grown, sizes = _read_growth(connection, ids), _read_sizes(connection, ids)
    aged = [
        AgedStory(
            row.story_id,
            row.dispatch_id,
            row.publisher,
            row.source,
            row.agency,
            frozenset(str(marker.get("kind")) for marker in row.markers or ()),
            grown[row.story_id],
            *sizes[row.story_id],
        )
        for row in stories_of
    ]
    return aged, (found[-1].last_seen_at, found[-1].id) if len(found) == limit else None


def has_story_of(connection: Connection, name: str, value: str) -> bool:
    """True if a story has this `agency`, `publisher` or `source`."""
    column = versions.c.agency if name == "agency" else stories.c[name]
    return connection.execute(select(column).where(column == value).limit(1)).first() is not None


def _read_stories(connection: Connection, names: Sequence[str]) -> list[Any]:
    """One row a story: of its newest version in these dispatches."""
    query = (
        select(
            versions.c.story_id,
            memberships.c.dispatch_id,
            stories.c.publisher,
            stories.c.source,
            versions.c.agency,
            versions.c.markers,
        )
        .join(memberships, memberships.c.version_id == versions.c.id)
        .join(stories, stories.c.id == versions.c.story_id)
        .where(memberships.c.dispatch_id.in_(names))
        .order_by(versions.c.id)
    )
    return list({row.story_id: row for row in connection.execute(query)}.values())


def _read_growth(connection: Connection, ids: Sequence[int]) -> dict[int, datetime]:
    found: dict[int, datetime] = {}
    for some in _chunks(ids):
        query = (
            select(versions.c.story_id, func.max(dispatches.c.last_seen_at).label("at"))
            .join(memberships, memberships.c.version_id == versions.c.id)
            .join(dispatches, dispatches.c.id == memberships.c.dispatch_id)
            .where(versions.c.story_id.in_(some))
            .group_by(versions.c.story_id)
        )
        found |= {row.story_id: row.at for row in connection.execute(query)}
    return found


def _read_sizes(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    found: dict[int, tuple[int, int]] = {}
    size: Any = func.sum(func.length(versions.c.body) + func.length(raw_pages.c.body))
    for part in (signatures.c["values"], signatures.c.weights):
        size = size + func.coalesce(func.sum(func.length(part)), 0)
    for some in _chunks(ids):
        query = (
            select(versions.c.story_id, func.count().label("number"), size.label("size"))
            .join(raw_pages, raw_pages.c.id == versions.c.raw_page_id)
            .outerjoin(signatures, signatures.c.version_id == versions.c.id)
            .where(versions.c.story_id.in_(some))
            .group_by(versions.c.story_id)
        )
        found |= {row.story_id: (row.number, int(row.size)) for row in connection.execute(query)}
    return found


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))
