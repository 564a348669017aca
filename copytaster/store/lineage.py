"""Lineage as rows: places in the chain, what is carried, links between dispatches, what is awaited. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from copytaster.store.installation import read_fact
from copytaster.store.tables import (
    awaited,
    dispatches,
    installation,
    links,
    memberships,
    stories,
    versions,
)
from copytaster.store.upsert import insert_or_ignore

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

CHUNK = 500  # ids a statement
MOST = 200  # versions of an agency that an alert or a notice is compared with, the newest


@dataclass(frozen=True, slots=True)
class VersionLink:
    """A link to a version of another dispatch; `measure` is words in common (`wrapup-of`), seconds (`superseded-by`), days (`repeat-of`)."""

    version_id: int
    other_id: int
    kind: str
    measure: int


@dataclass(frozen=True, slots=True)
class LinkCandidate:
    """A version of an agency, with all by which links are found: story number, slug, headline, markers and times."""

    id: int
    story_id: int
    publisher: str
    slug: str | None
    headline: str
    markers: Sequence[dict[str, object]]
    seen_at: datetime
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class LinkedDispatch:
    """A dispatch linked to another; `kind` is as seen from `dispatch_id`."""

    dispatch_id: str
    kind: str
    other_id: str
    headline: str
    state: str
    at: datetime


_UNTRACED = "lineage_below"  # versions under this id came before lineage was kept; no such fact once all are backfilled
_LINK_CANDIDATE = (
    versions.c.id,
    versions.c.story_id,
    stories.c.publisher,
    stories.c.slug,
    versions.c.headline,
    versions.c.markers,
    versions.c.seen_at,
    versions.c.published_at,
)
# kind -> what the other dispatch is to this one, read from either end
_FROM_HERE = {kind: kind for kind in ("wrapup-of", "superseded-by", "repeat-of")}
_FROM_THERE = {"wrapup-of": "in-wrapup", "superseded-by": "supersedes", "repeat-of": "repeated-by"}
_UNAPPLIED = (
    select(links.c.version_id, links.c.other_id)
    .where(~links.c.applied)
    .order_by(links.c.version_id, links.c.other_id)
)


def add_links(connection: Connection, found: Sequence[VersionLink]) -> None:
    """Versions that belong together; those known already stay as they are."""
    if found:
        rows = [
            {
                "version_id": one.version_id,
                "other_id": one.other_id,
                "kind": one.kind,
                "measure": one.measure,
                "applied": False,
            }
            for one in found
        ]
        connection.execute(insert_or_ignore(connection, links, rows))


def list_others(connection: Connection, version_id: int, kind: str) -> list[int]:
    """The versions to which a version is linked in this way."""
    chosen = select(links.c.other_id).where(links.c.version_id == version_id, links.c.kind == kind)
    return list(connection.scalars(chosen.order_by(links.c.other_id)))


def drop_links(connection: Connection, version_id: int, others: Sequence[int]) -> None:
    """A version is linked to these no longer."""
    if others:
        connection.execute(
            delete(links).where(links.c.version_id == version_id, links.c.other_id.in_(others))
        )


def find_partners(connection: Connection, ids: Sequence[int]) -> list[str]:
    """The dispatches to which these versions link, from either end."""
    found: set[int] = set()
    for mine, theirs in (
        (links.c.version_id, links.c.other_id),
        (links.c.other_id, links.c.version_id),
    ):
        for start in range(0, len(ids), CHUNK):
            chosen = select(theirs).where(mine.in_(ids[start : start + CHUNK]))
            found |= set(connection.scalars(chosen))
    return sorted(set(find_dispatches(connection, sorted(found)).values()))


def list_untraced(connection: Connection, limit: int) -> list[int]:
    """Versions from before lineage was kept that were not yet looked at, newest first."""
    below = read_fact(connection, _UNTRACED)
    if below is None:
        return []
    chosen = select(memberships.c.version_id).where(memberships.c.version_id < int(below))
    return list(connection.scalars(chosen.order_by(memberships.c.version_id.desc()).limit(limit)))


def close_untraced(connection: Connection, ids: Sequence[int]) -> None:
    """These were looked at; with none, all were."""
    fact = installation.c.name == _UNTRACED
    if ids:
        connection.execute(update(installation).where(fact).values(value=str(min(ids))))
    else:
        connection.execute(delete(installation).where(fact))


def apply_links(connection: Connection) -> list[str]:
    """The dispatches of links found since the last revision; mark those links as applied."""
    rows = connection.execute(_UNAPPLIED).all()
    if not rows:
        return []
    ids = sorted({version for row in rows for version in row})
    connection.execute(update(links).where(~links.c.applied).values(applied=True))
    return sorted(find_dispatches(connection, ids).values())


def find_dispatches(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Version -> the dispatch it lies in."""
    found: dict[int, str] = {}
    for start in range(0, len(ids), CHUNK):
        chosen = select(memberships.c.version_id, memberships.c.dispatch_id).where(
            memberships.c.version_id.in_(ids[start : start + CHUNK])
        )
        found |= {row.version_id: row.dispatch_id for row in connection.execute(chosen)}
    return found


def await_stories(connection: Connection, keys: Iterable[int], version_id: int, *, seen_at: datetime) -> None:
    """A story under one of these keys may come after this version."""
    rows = [{"key": key, "version_id": version_id, "seen_at": seen_at} for key in sorted(set(keys))]
    if rows:
        connection.execute(insert_or_ignore(connection, awaited, rows))


def forget_awaited(connection: Connection, before: datetime) -> None:
    """Await no longer what was awaited since before a moment."""
    connection.execute(delete(awaited).where(awaited.c.seen_at < before))


def is_any_awaited(connection: Connection) -> bool:
    """True if a version awaits a story at all; few ever do."""
    return connection.scalar(select(awaited.c.key).limit(1)) is not None


def find_awaiting(connection: Connection, keys: Sequence[int]) -> dict[int, list[int]]:
    """Key -> the versions that await a story under it."""
    found: dict[int, list[int]] = {}
    for start in range(0, len(keys), CHUNK):
        chosen = select(awaited.c.key, awaited.c.version_id).where(
            awaited.c.key.in_(keys[start : start + CHUNK])
        )
        for key, version in connection.execute(chosen.order_by(awaited.c.key, awaited.c.version_id)):
            found.setdefault(key, []).append(version)
    return found


def read_link_candidates(connection: Connection, ids: Sequence[int]) -> dict[int, LinkCandidate]:
    """Versions by their ids."""
    chosen = (
        select(*_LINK_CANDIDATE)
        .join(stories, stories.c.id == versions.c.story_id)
        .where(versions.c.id.in_(ids))
    )
    return {row["id"]: LinkCandidate(**row) for row in connection.execute(chosen).mappings()}


def find_link_candidates(
    connection: Connection, publisher: str, *, before: int, since: datetime
) -> list[LinkCandidate]:
    """What a publisher sent before a version, newest first; for alerts and notices, which are rare."""
    chosen = (
        select(*_LINK_CANDIDATE)
        .join(stories, stories.c.id == versions.c.story_id)
        .join(memberships, memberships.c.version_id == versions.c.id)
        .where(stories.c.publisher == publisher, versions.c.id < before, versions.c.seen_at >= since)
        .order_by(versions.c.id.desc())
        .limit(MOST)
    )
    return [LinkCandidate(**row) for row in connection.execute(chosen).mappings()]


def count_others(connection: Connection, dispatch_id: str, ids: Iterable[int]) -> int:
    """How many versions a dispatch has besides these."""
    chosen = select(func.count()).where(
        memberships.c.dispatch_id == dispatch_id, memberships.c.version_id.not_in(list(ids))
    )
    return connection.scalar(chosen) or 0


def keep_founder(connection: Connection, dispatch_id: str, founder: int) -> None:
    """Make this version the founder of a dispatch, whichever came first."""
    connection.execute(update(dispatches).where(dispatches.c.id == dispatch_id).values(founder_id=founder))


def read_links(connection: Connection, dispatch_ids: Sequence[str]) -> dict[str, tuple[LinkedDispatch, ...]]:
    """The dispatches that these belong to or that belong to these, oldest first."""
    near = memberships.alias("near")
    far = memberships.alias("far")
    other = versions.alias("other")
    found: dict[str, dict[tuple[str, str], LinkedDispatch]] = {}
    for here in (True, False):
        mine, theirs = (
            (links.c.version_id, links.c.other_id) if here else (links.c.other_id, links.c.version_id)
        )
        statement = (
            select(
                near.c.dispatch_id,
                links.c.kind,
                links.c.measure,
                far.c.dispatch_id.label("other_id"),
                dispatches.c.state,
                dispatches.c.first_seen_at,
                other.c.headline,
            )
            .select_from(near)
            .join(links, mine == near.c.version_id)
            .join(far, far.c.version_id == theirs)
            .join(dispatches, dispatches.c.id == far.c.dispatch_id)
            .join(other, other.c.id == dispatches.c.canonical_id)
            .where(near.c.dispatch_id.in_(dispatch_ids), far.c.dispatch_id != near.c.dispatch_id)
            .order_by(dispatches.c.first_seen_at, dispatches.c.id, links.c.measure)
        )
        names = _FROM_HERE if here else _FROM_THERE
        for row in connection.execute(statement):
            link = LinkedDispatch(
                row.dispatch_id, names[row.kind], row.other_id, row.headline, row.state, row.first_seen_at
            )
            found.setdefault(row.dispatch_id, {}).setdefault((link.kind, link.other_id), link)
    return {name: tuple(linked.values()) for name, linked in found.items()}
