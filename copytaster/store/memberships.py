"""Memberships: which dispatch each version belongs to. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, bindparam, cast, func, select, update

from copytaster.fast_values import fast_value
from copytaster.store.bulk import insert_rows
from copytaster.store.tables import (
    dispatches,
    memberships,
    signatures,
    stories,
    versions,
)
from copytaster.store.versions import CHUNK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection


@fast_value
class DispatchRef:
    """The dispatch a version belongs to, and the version that founded it."""

    dispatch_id: str
    founder_id: int


@dataclass(frozen=True, slots=True)
class DispatchMember:
    """A version in a dispatch, without its text."""

    version_id: int
    story_id: int
    publisher: str
    family: str | None
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
    altered_count: int | None = None
    share_kept: float | None = None
    credit: str | None = None
    agency_confidence: float = 0.0
    agency_evidence: str = "[]"  # as JSON: most copies of a dispatch show the same


@fast_value
class NewMember:
    """A membership to write."""

    version_id: int
    dispatch_id: str
    relation: str
    evidence: Mapping[str, Any]
    at: datetime
    credit: str | None = None


_PLACES = (
    select(
        memberships.c.version_id, memberships.c.dispatch_id, dispatches.c.merged_into, dispatches.c.founder_id
    )
    .join(dispatches, dispatches.c.id == memberships.c.dispatch_id)
    .where(memberships.c.version_id.in_(bindparam("ids", expanding=True)))
)


_MEMBERS = (
    select(
        memberships.c.dispatch_id,
        memberships.c.version_id,
        versions.c.story_id,
        stories.c.publisher,
        stories.c.family,
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
        memberships.c.altered_count,
        memberships.c.share_kept,
        memberships.c.credit,
        versions.c.agency_confidence,
        cast(versions.c.agency_evidence, Text),
    )
    .join(versions, versions.c.id == memberships.c.version_id)
    .join(stories, stories.c.id == versions.c.story_id)
    .join(signatures, signatures.c.version_id == memberships.c.version_id)
    .where(memberships.c.dispatch_id.in_(bindparam("ids", expanding=True)))
    .order_by(memberships.c.version_id)
)


def read_dispatch_refs(connection: Connection, ids: Sequence[int]) -> dict[int, DispatchRef]:
    """The dispatch of each version. If that dispatch was merged away, the one it was merged into."""
    found: dict[int, DispatchRef] = {}
    moved: dict[int, str] = {}
    for start in range(0, len(ids), CHUNK):
        for version, dispatch, merged_into, founder in connection.execute(
            _PLACES, {"ids": ids[start : start + CHUNK]}
        ):
            found[version] = DispatchRef(dispatch, founder)
            if merged_into is not None:
                moved[version] = merged_into
    for version, dispatch in moved.items():
        found[version] = follow_dispatch(connection, dispatch)
    return found


def follow_dispatch(connection: Connection, dispatch_id: str) -> DispatchRef:
    """A dispatch and its founder, or the dispatch it was finally merged into and its founder."""
    wanted: str | None = dispatch_id
    while wanted is not None:
        row = connection.execute(
            select(dispatches.c.id, dispatches.c.merged_into, dispatches.c.founder_id).where(
                dispatches.c.id == wanted
            )
        ).one()
        wanted = row.merged_into
    return DispatchRef(row.id, row.founder_id)


def read_members(connection: Connection, dispatch_ids: Sequence[str]) -> dict[str, list[DispatchMember]]:
    """Every version of these dispatches, in order of arrival."""
    found: dict[str, list[DispatchMember]] = {dispatch_id: [] for dispatch_id in dispatch_ids}
    for start in range(0, len(dispatch_ids), CHUNK):
        for dispatch_id, *member in connection.execute(
            _MEMBERS, {"ids": dispatch_ids[start : start + CHUNK]}
        ):
            found[dispatch_id].append(DispatchMember(*member))
    return found


def add_members(connection: Connection, rows: Sequence[NewMember]) -> None:
    """Write memberships with their evidence."""
    columns = ("version_id", "dispatch_id", "relation", "evidence", "at", "credit", "outdated")
    written = [
        (row.version_id, row.dispatch_id, row.relation, row.evidence, row.at, row.credit, False)
        for row in rows
    ]
    insert_rows(connection, memberships, columns, written)


def change_members(connection: Connection, changes: Mapping[int, Mapping[str, Any]]) -> None:
    """Change columns of memberships: version id -> column -> value. One statement for all with the same columns."""
    by_columns: dict[frozenset[str], list[dict[str, Any]]] = {}
    for version, values in changes.items():
        row = {f"new_{column}": value for column, value in values.items()}
        by_columns.setdefault(frozenset(values), []).append({"version": version, **row})
    for columns, rows in by_columns.items():
        connection.execute(
            update(memberships)
            .where(memberships.c.version_id == bindparam("version"))
            .values({column: bindparam(f"new_{column}") for column in sorted(columns)}),
            rows,
        )


@dataclass(frozen=True, slots=True)
class GroupedMember:
    """A grouped version with its story and dispatch."""

    version_id: int
    story_id: int
    number: int
    dispatch_id: str
    evidence: Mapping[str, Any]


def read_grouped_members(connection: Connection, ids: Sequence[int]) -> list[GroupedMember]:
    """The dispatches of these versions, in order of arrival. Versions that wait for grouping are left out."""
    found: list[GroupedMember] = []
    for start in range(0, len(ids), CHUNK):
        rows = connection.execute(_STANDING.where(versions.c.id.in_(ids[start : start + CHUNK])))
        found += [GroupedMember(*row) for row in rows]
    return sorted(found, key=lambda standing: standing.version_id)


def list_grouped_members(connection: Connection, dispatch_id: str) -> list[GroupedMember]:
    """Every version of a dispatch, in order of arrival."""
    rows = connection.execute(
        _STANDING.where(memberships.c.dispatch_id == dispatch_id).order_by(versions.c.id)
    )
    return [GroupedMember(*row) for row in rows]


_STANDING = select(
    versions.c.id, versions.c.story_id, versions.c.number, memberships.c.dispatch_id, memberships.c.evidence
).join(memberships, memberships.c.version_id == versions.c.id)


def is_taken(connection: Connection, dispatch_id: str) -> bool:
    """True if a dispatch of this id has members."""
    return (
        connection.execute(
            select(memberships.c.version_id).where(memberships.c.dispatch_id == dispatch_id).limit(1)
        ).first()
        is not None
    )


def find_firsts(connection: Connection, dispatch_ids: Iterable[str]) -> list[int]:
    """The first arrived version of each of these dispatches, in no order. Dispatches without members are left out."""
    names = sorted(set(dispatch_ids))
    firsts = select(func.min(memberships.c.version_id)).group_by(memberships.c.dispatch_id)
    found: list[int] = []
    for start in range(0, len(names), CHUNK):
        found += connection.scalars(firsts.where(memberships.c.dispatch_id.in_(names[start : start + CHUNK])))
    return found


@dataclass(frozen=True, slots=True)
class GroupedVersion:
    """A grouped version for display: its content, its dispatch, and why it is there."""

    version: int
    story: int
    number: int
    publisher: str
    url: str
    headline: str
    seen_at: datetime
    published_at: datetime | None
    words: int
    dispatch: str
    relation: str
    evidence: Mapping[str, Any]
    carries: int | None
    altered_count: int | None
    altered_facts: Sequence[Mapping[str, Any]]
    agency: str | None
    agency_confidence: float
    agency_evidence: Sequence[Mapping[str, Any]]


_GROUPED = (
    select(
        versions.c.id.label("version"),
        versions.c.story_id.label("story"),
        versions.c.number,
        stories.c.publisher,
        stories.c.url,
        versions.c.headline,
        versions.c.seen_at,
        versions.c.published_at,
        signatures.c.words,
        memberships.c.dispatch_id.label("dispatch"),
        memberships.c.relation,
        memberships.c.evidence,
        memberships.c.carries,
        memberships.c.altered_count,
        memberships.c.altered_facts,
        versions.c.agency,
        versions.c.agency_confidence,
        versions.c.agency_evidence,
    )
    .join(stories, stories.c.id == versions.c.story_id)
    .join(signatures, signatures.c.version_id == versions.c.id)
    .join(memberships, memberships.c.version_id == versions.c.id)
)


def read_grouped_version(connection: Connection, version: int) -> GroupedVersion:
    """One version. The caller knows that it is grouped."""
    row = connection.execute(_GROUPED.where(versions.c.id == version)).mappings().one()
    return GroupedVersion(**{**row, "altered_facts": tuple(row["altered_facts"] or ())})


def count_members(connection: Connection, *, first: int, end: int | None = None) -> int:
    """How many grouped versions there are from an id on, and before another."""
    counted = select(func.count()).select_from(memberships).where(memberships.c.version_id >= first)
    if end is not None:
        counted = counted.where(memberships.c.version_id < end)
    return connection.scalar(counted) or 0


def read_founders(connection: Connection) -> dict[str, int]:
    """Dispatch -> the version that founded it, of all that were not merged into another."""
    chosen = select(dispatches.c.id, dispatches.c.founder_id).where(dispatches.c.state != "merged")
    return {row.id: row.founder_id for row in connection.execute(chosen)}
