"""Joins drawn at random, and what people answered: is the version at the right place?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from copytaster.store.audit import note_write
from copytaster.store.tables import dispatches, memberships, reviews, stories, versions
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class ReviewSide:
    """One of the two texts of a join."""

    version_id: int
    story_id: int
    headline: str
    publisher: str
    url: str
    seen_at: datetime
    published_at: datetime | None
    body: str


@dataclass(frozen=True, slots=True)
class Review:
    """An answer: the version belongs where it was put, or it does not."""

    version_id: int
    other_id: int
    dispatch_id: str
    is_right: bool
    who: str
    at: datetime


def list_joins(connection: Connection, *, since: datetime, until: datetime) -> Iterator[int]:
    """The versions of a time that joined a dispatch beside another story, and about which nobody was asked; by id."""
    last = -1
    while True:
        chosen = (
            select(memberships.c.version_id)
            .join(versions, versions.c.id == memberships.c.version_id)
            .join(dispatches, dispatches.c.id == memberships.c.dispatch_id)
            .join(reviews, reviews.c.version_id == memberships.c.version_id, isouter=True)
            .where(
                memberships.c.version_id > last,
                versions.c.seen_at >= since,
                versions.c.seen_at < until,
                dispatches.c.canonical_id != memberships.c.version_id,
                reviews.c.version_id.is_(None),
                ~_same_story(),
            )
            .order_by(memberships.c.version_id)
            .limit(AT_ONCE)
        )
        found = list(connection.scalars(chosen))
        yield from found
        if len(found) < AT_ONCE:
            return
        last = found[-1]


def _same_story() -> ColumnElement[bool]:
    """That the version is of the very story that represents its dispatch: it did not join anything."""
    shown = versions.alias()
    return (
        select(shown.c.id)
        .where(and_(shown.c.id == dispatches.c.canonical_id, shown.c.story_id == versions.c.story_id))
        .exists()
    )


def read_join(connection: Connection, version_id: int) -> tuple[str, ReviewSide, ReviewSide] | None:
    """A version's dispatch, the version, and what represents the dispatch; None if it is in no dispatch any more."""
    row = connection.execute(
        select(dispatches.c.id, dispatches.c.canonical_id)
        .join(memberships, memberships.c.dispatch_id == dispatches.c.id)
        .where(memberships.c.version_id == version_id)
    ).one_or_none()
    if row is None:
        return None
    sides = _read_sides(connection, (version_id, row.canonical_id))
    return row.id, sides[version_id], sides[row.canonical_id]


def _read_sides(connection: Connection, ids: Iterable[int]) -> dict[int, ReviewSide]:
    columns = (
        versions.c.id,
        versions.c.story_id,
        versions.c.headline,
        stories.c.publisher,
        stories.c.url,
        versions.c.seen_at,
        versions.c.published_at,
        versions.c.body,
    )
    chosen = (
        select(*columns)
        .join(stories, stories.c.id == versions.c.story_id)
        .where(versions.c.id.in_(list(ids)))
    )
    return {row.id: ReviewSide(*row) for row in connection.execute(chosen)}


def keep_review(connection: Connection, review: Review) -> None:
    """Keep an answer; a later one about the same version takes its place."""
    values = {name: getattr(review, name) for name in Review.__slots__}
    changed = [name for name in values if name != "version_id"]
    connection.execute(insert_or_update(connection, reviews, values, update=changed))
    note_write(
        connection,
        "join.review",
        f"v{review.version_id}",
        who=review.who,
        detail="right" if review.is_right else "wrong",
    )


def list_reviews(connection: Connection, *, since: datetime) -> list[Review]:
    """The answers from a moment on, oldest first."""
    columns = [reviews.c[name] for name in Review.__slots__]
    rows = connection.execute(
        select(*columns).where(reviews.c.at >= since).order_by(reviews.c.at, reviews.c.version_id)
    )
    return [Review(*row) for row in rows]
