"""What grouping reads and writes of versions, dispatches and memberships. Decides nothing.

Every function works inside the caller's transaction.
"""

from __future__ import annotations

import zlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, update

from copytaster.fast_values import fast_value
from copytaster.store.tables import (
    memberships,
    signatures,
    stories,
    versions,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

CHUNK = 500  # ids a statement
MOST_EXACT = 8  # versions of one text that are looked up


@fast_value
class StoredVersion:
    """A version as it arrived. `at` (its moment in the window) and `weights` are set once it has been grouped."""

    id: int
    story_id: int
    identity: str
    number: int
    publisher: str
    agency: str | None
    slug: str | None
    seen_at: datetime
    published_at: datetime | None
    headline: str
    markers: Sequence[Mapping[str, Any]]
    body: str
    at: datetime | None = None
    weights: bytes | None = None


_VERSION = (
    versions.c.id,
    versions.c.story_id,
    stories.c.identity,
    versions.c.number,
    stories.c.publisher,
    versions.c.agency,
    stories.c.slug,
    versions.c.seen_at,
    versions.c.published_at,
    versions.c.headline,
    versions.c.markers,
    versions.c.body,
)
_WAITING = (
    select(*_VERSION)
    .join(stories, stories.c.id == versions.c.story_id)
    .where(~versions.c.grouped)
    .order_by(versions.c.id)
    .limit(bindparam("most"))
)
_WAITING_IDS = (
    select(versions.c.id).where(~versions.c.grouped).order_by(versions.c.id).limit(bindparam("most"))
)
_GROUPED = (
    select(*_VERSION, signatures.c.at, signatures.c.weights)
    .join(stories, stories.c.id == versions.c.story_id)
    .join(signatures, signatures.c.version_id == versions.c.id)
    .where(versions.c.id.in_(bindparam("ids", expanding=True)))
)
_EXACT = (
    select(signatures.c.version_id)
    .where(signatures.c.exact == bindparam("exact"))
    .where(signatures.c.recipe_id == bindparam("recipe_id"))
    .where(signatures.c.at.between(bindparam("since"), bindparam("until")))
    .order_by(signatures.c.version_id)
    .limit(bindparam("most"))
)
_PREVIOUS = (
    select(memberships.c.version_id)
    .join(versions, versions.c.id == memberships.c.version_id)
    .where(versions.c.story_id == bindparam("story_id"), versions.c.id < bindparam("before"))
    .order_by(versions.c.id.desc())
    .limit(1)
)


def list_grouped(connection: Connection, *, days: int) -> list[int]:
    """Grouped versions that arrived within so many days before the newest, in order of arrival."""
    newest = connection.scalar(
        select(versions.c.seen_at).where(versions.c.grouped).order_by(versions.c.id.desc()).limit(1)
    )
    if newest is None:
        return []
    first = first_since(connection, newest - timedelta(days=days))
    grouped = select(versions.c.id).where(versions.c.grouped, versions.c.id >= first).order_by(versions.c.id)
    return list(connection.scalars(grouped))


def count_waiting(connection: Connection) -> int:
    """Number of versions without a dispatch."""
    return connection.scalar(select(func.count()).select_from(versions).where(~versions.c.grouped)) or 0


def read_waiting(connection: Connection, limit: int) -> list[StoredVersion]:
    """The versions without a dispatch, in order of arrival."""
    rows: Any = connection.execute(_WAITING, {"most": limit})
    return [StoredVersion(*row) for row in rows.all()]


def read_waiting_ids(connection: Connection, limit: int) -> list[int]:
    """The ids that `read_waiting` would return."""
    return list(connection.scalars(_WAITING_IDS, {"most": limit}).all())


def read_grouped(connection: Connection, ids: Sequence[int]) -> list[StoredVersion]:
    """Grouped versions, in no order. Unknown ids are left out."""
    found: list[StoredVersion] = []
    for start in range(0, len(ids), CHUNK):
        rows = connection.execute(_GROUPED, {"ids": ids[start : start + CHUNK]}).mappings()
        found += [StoredVersion(**{**row, "weights": zlib.decompress(row["weights"])}) for row in rows]
    return found


def find_exact(
    connection: Connection,
    exact: int,
    *,
    recipe_id: int,
    since: datetime,
    until: datetime,
    limit: int = MOST_EXACT,
) -> list[int]:
    """The first versions of the window whose whole text is the same after normalisation."""
    values = {"exact": exact, "recipe_id": recipe_id, "since": since, "until": until, "most": limit}
    return list(connection.scalars(_EXACT, values))


def find_previous(connection: Connection, story_id: int, before: int) -> int | None:
    """The version of the story that arrived last before this one."""
    return connection.scalar(_PREVIOUS, {"story_id": story_id, "before": before})


def find_namesakes(
    connection: Connection, publisher: str, *, before: int, since: datetime
) -> list[tuple[int, str, str | None]]:
    """(version id, headline, slug) of a publisher's versions since a moment, newest first. For notices, which are rare."""
    rows = connection.execute(
        select(versions.c.id, versions.c.headline, stories.c.slug)
        .join(stories, stories.c.id == versions.c.story_id)
        .join(
            memberships, memberships.c.version_id == versions.c.id
        )  # which those of this very batch have too
        .where(stories.c.publisher == publisher, versions.c.id < before, versions.c.seen_at >= since)
        .order_by(versions.c.id.desc())
        .limit(CHUNK)
    )
    return [(row.id, row.headline, row.slug) for row in rows]


def newest_from(connection: Connection, count: int) -> int:
    """The id from which on the newest versions begin, about so many: ids follow the order of arrival."""
    return max(0, (connection.scalar(select(func.max(versions.c.id))) or 0) - count + 1)


def first_since(connection: Connection, moment: datetime) -> int:
    """The first id that arrived since a moment, found by bisection: ids follow the order of arrival."""
    low, high = 0, (connection.scalar(select(func.max(versions.c.id))) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        row = connection.execute(
            select(versions.c.id, versions.c.seen_at)
            .where(versions.c.id >= middle)
            .order_by(versions.c.id)
            .limit(1)
        ).first()
        if row is None or row.seen_at >= moment:
            high = middle
        else:
            low = row.id + 1
    return low


def close_versions(connection: Connection, ids: Sequence[int]) -> None:
    """Mark versions as grouped."""
    chosen = update(versions).where(versions.c.id.in_(bindparam("ids", expanding=True))).values(grouped=True)
    for start in range(0, len(ids), CHUNK):
        connection.execute(chosen, {"ids": ids[start : start + CHUNK]})


def find_stories(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """Version -> its story; unknown ids are left out."""
    chosen = select(versions.c.id, versions.c.story_id).where(versions.c.id.in_(ids))
    return {row.id: row.story_id for row in connection.execute(chosen)}


def list_versions(connection: Connection, story_id: int) -> list[int]:
    """Every version of a story, in no order."""
    return list(connection.scalars(select(versions.c.id).where(versions.c.story_id == story_id)))


def read_identity(connection: Connection, version_id: int) -> tuple[str, int]:
    """(identity of the story, number of the version), from which the id of a dispatch is made."""
    row = connection.execute(
        select(stories.c.identity, versions.c.number)
        .join(stories, stories.c.id == versions.c.story_id)
        .where(versions.c.id == version_id)
    ).one()
    return row.identity, row.number
