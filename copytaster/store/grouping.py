"""What grouping reads and writes of versions, dispatches and memberships. Decides nothing.

Every function works inside the caller's transaction.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, update

from copytaster.store.outbox import enqueue_many
from copytaster.store.tables import (
    dispatches,
    installation,
    memberships,
    recipes,
    signatures,
    stories,
    versions,
)
from copytaster.store.upsert import insert_or_ignore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

CHUNK = 500  # ids a statement


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version as it arrived; `at` (its place in the window) and `weights` once it has been grouped."""

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


@dataclass(frozen=True, slots=True)
class Place:
    """The dispatch a version belongs to, and the version that founded it."""

    dispatch_id: str
    founder_id: int


@dataclass(frozen=True, slots=True)
class Member:
    """A version in a dispatch, without its text."""

    version_id: int
    story_id: int
    publisher: str
    agency: str | None
    markers: Sequence[Mapping[str, Any]]
    seen_at: datetime
    at: datetime
    words: int
    relation: str
    identity: str
    number: int
    published_at: datetime | None
    updated_at: datetime | None
    place: int | None = None
    carries: int | None = None
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class SignatureRow:
    """What is kept of a version's text for comparing."""

    version_id: int
    recipe_id: int
    at: datetime
    words: int
    exact: int
    values: bytes
    weights: bytes


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A version's membership as it is written."""

    version_id: int
    dispatch_id: str
    relation: str
    evidence: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class DispatchState:
    """What a dispatch becomes by its newest revision."""

    dispatch_id: str
    change: int
    state: str
    canonical_id: int
    first_seen_at: datetime
    last_seen_at: datetime


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
_PLACES = (
    select(
        memberships.c.version_id, memberships.c.dispatch_id, dispatches.c.merged_into, dispatches.c.founder_id
    )
    .join(dispatches, dispatches.c.id == memberships.c.dispatch_id)
    .where(memberships.c.version_id.in_(bindparam("ids", expanding=True)))
)
_EXACT = (
    select(signatures.c.version_id)
    .where(signatures.c.exact == bindparam("exact"))
    .where(signatures.c.recipe_id == bindparam("recipe_id"))
    .where(signatures.c.at.between(bindparam("since"), bindparam("until")))
    .order_by(signatures.c.version_id)
    .limit(bindparam("most"))
)
_MEMBERS = (
    select(
        memberships.c.dispatch_id,
        memberships.c.version_id,
        versions.c.story_id,
        stories.c.publisher,
        versions.c.agency,
        versions.c.markers,
        versions.c.seen_at,
        signatures.c.at,
        signatures.c.words,
        memberships.c.relation,
        stories.c.identity,
        versions.c.number,
        versions.c.published_at,
        versions.c.updated_at,
        memberships.c.place,
        memberships.c.carries,
        memberships.c.outdated,
    )
    .join(versions, versions.c.id == memberships.c.version_id)
    .join(stories, stories.c.id == versions.c.story_id)
    .join(signatures, signatures.c.version_id == memberships.c.version_id)
    .where(memberships.c.dispatch_id.in_(bindparam("ids", expanding=True)))
    .order_by(memberships.c.version_id)
)
_PREVIOUS = (
    select(memberships.c.version_id)
    .join(versions, versions.c.id == memberships.c.version_id)
    .where(versions.c.story_id == bindparam("story_id"), versions.c.id < bindparam("before"))
    .order_by(versions.c.id.desc())
    .limit(1)
)


def hold_grouping(connection: Connection) -> int:
    """Wait until no other transaction groups; gives back how many change numbers there have been.

    On SQLite the write lock says so already; PostgreSQL locks one row.
    """
    connection.execute(insert_or_ignore(connection, installation, {"name": "change", "value": "0"}))
    held = select(installation.c.value).where(installation.c.name == "change").with_for_update()
    return int(connection.execute(held).scalar_one())


def list_grouped(connection: Connection, *, days: int) -> list[int]:
    """Versions that were grouped and came within so many days before the newest, in order of arrival."""
    newest = connection.scalar(
        select(versions.c.seen_at).where(versions.c.grouped).order_by(versions.c.id.desc()).limit(1)
    )
    if newest is None:
        return []
    first = first_since(connection, newest - timedelta(days=days))
    grouped = select(versions.c.id).where(versions.c.grouped, versions.c.id >= first).order_by(versions.c.id)
    return list(connection.scalars(grouped))


def count_waiting(connection: Connection) -> int:
    """Versions that have no dispatch yet."""
    return connection.scalar(select(func.count()).select_from(versions).where(~versions.c.grouped)) or 0


def read_waiting(connection: Connection, limit: int) -> list[StoredVersion]:
    """The versions that wait, in order of arrival."""
    return [StoredVersion(**row) for row in connection.execute(_WAITING, {"most": limit}).mappings()]


def read_waiting_ids(connection: Connection, limit: int) -> list[int]:
    """The ids that `read_waiting` would give now."""
    return list(connection.scalars(_WAITING_IDS, {"most": limit}))


def read_grouped(connection: Connection, ids: Sequence[int]) -> list[StoredVersion]:
    """Versions that have been grouped, in no order; unknown ids are left out."""
    found: list[StoredVersion] = []
    for start in range(0, len(ids), CHUNK):
        rows = connection.execute(_GROUPED, {"ids": ids[start : start + CHUNK]}).mappings()
        found += [StoredVersion(**{**row, "weights": zlib.decompress(row["weights"])}) for row in rows]
    return found


def read_places(connection: Connection, ids: Sequence[int]) -> dict[int, Place]:
    """Where each version belongs now; the place of one whose dispatch was merged away is the dispatch it went into."""
    found: dict[int, Place] = {}
    moved: dict[int, str] = {}
    for start in range(0, len(ids), CHUNK):
        for version, dispatch, merged_into, founder in connection.execute(
            _PLACES, {"ids": ids[start : start + CHUNK]}
        ):
            found[version] = Place(dispatch, founder)
            if merged_into is not None:
                moved[version] = merged_into
    for version, dispatch in moved.items():
        found[version] = follow_dispatch(connection, dispatch)
    return found


def follow_dispatch(connection: Connection, dispatch_id: str) -> Place:
    """A dispatch and its founder, or those of the one it was merged into at last."""
    wanted: str | None = dispatch_id
    while wanted is not None:
        row = connection.execute(
            select(dispatches.c.id, dispatches.c.merged_into, dispatches.c.founder_id).where(
                dispatches.c.id == wanted
            )
        ).one()
        wanted = row.merged_into
    return Place(row.id, row.founder_id)


def find_exact(
    connection: Connection, exact: int, *, recipe_id: int, since: datetime, until: datetime, limit: int = 8
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
    """(version id, headline, slug) of what a publisher printed since, newest first; for notices, which are rare."""
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


def read_members(connection: Connection, dispatch_ids: Sequence[str]) -> dict[str, list[Member]]:
    """Every version of these dispatches, in order of arrival."""
    found: dict[str, list[Member]] = {dispatch_id: [] for dispatch_id in dispatch_ids}
    for start in range(0, len(dispatch_ids), CHUNK):
        for dispatch_id, *member in connection.execute(
            _MEMBERS, {"ids": dispatch_ids[start : start + CHUNK]}
        ):
            found[dispatch_id].append(Member(*member))
    return found


def first_since(connection: Connection, moment: datetime) -> int:
    """The id from which on versions arrived since a moment, found by halving: ids are the order of arrival."""
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


def keep_recipe(connection: Connection, digest: str, recipe: Mapping[str, Any]) -> int:
    """The number of a recipe for signatures; the first to use it writes it down."""
    find = select(recipes.c.id).where(recipes.c.digest == digest)
    known = connection.scalar(find)
    if known is None:
        connection.execute(recipes.insert().values(digest=digest, recipe=recipe))
        known = connection.execute(find).scalar_one()
    return int(known)


def add_signatures(connection: Connection, rows: Sequence[SignatureRow]) -> None:
    """Keep what is compared of versions."""
    if rows:
        connection.execute(
            signatures.insert(),
            [
                {
                    "version_id": row.version_id,
                    "recipe_id": row.recipe_id,
                    "at": row.at,
                    "words": row.words,
                    "exact": row.exact,
                    "values": row.values,
                    "weights": _compress(row.weights),
                }
                for row in rows
            ],
        )


def _compress(weights: bytes) -> bytes:
    """As zlib writes it, with a window for short texts: to make ready the usual one takes ten times as long."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 10, 1)
    return packer.compress(weights) + packer.flush()


def found_dispatches(connection: Connection, founded: Sequence[tuple[str, int, datetime]]) -> None:
    """New dispatches: id, founder, when it was seen; `revise` completes them in the same transaction."""
    if founded:
        connection.execute(
            dispatches.insert(),
            [
                {
                    "id": dispatch_id,
                    "rev": 0,
                    "change": 0,
                    "state": "live",
                    "founder_id": founder,
                    "canonical_id": founder,
                    "first_seen_at": seen_at,
                    "last_seen_at": seen_at,
                    "changed_at": seen_at,
                }
                for dispatch_id, founder, seen_at in founded
            ],
        )


def add_members(connection: Connection, rows: Sequence[MemberRow]) -> None:
    """Versions belong to dispatches, and why."""
    if rows:
        connection.execute(
            memberships.insert(),
            [
                {
                    "version_id": row.version_id,
                    "dispatch_id": row.dispatch_id,
                    "relation": row.relation,
                    "evidence": row.evidence,
                    "at": row.at,
                }
                for row in rows
            ],
        )


def set_relations(connection: Connection, relations: Mapping[int, str]) -> None:
    """Members stand in another relation to the canonical version now."""
    if relations:
        connection.execute(
            update(memberships)
            .where(memberships.c.version_id == bindparam("version"))
            .values(relation=bindparam("as_what")),
            [{"version": version, "as_what": relation} for version, relation in relations.items()],
        )


def close_versions(connection: Connection, ids: Sequence[int]) -> None:
    """These versions wait no longer."""
    connection.execute(
        update(versions).where(versions.c.id == bindparam("version")).values(grouped=True),
        [{"version": version} for version in ids],
    )


def revise(connection: Connection, states: Sequence[DispatchState], *, at: datetime) -> None:
    """A new revision of each dispatch, and its row in the outbox."""
    rows = [
        {
            "dispatch": state.dispatch_id,
            "to_change": state.change,
            "to_state": state.state,
            "to_canonical_id": state.canonical_id,
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
