"""Relations as rows: which version tells what another told before. Read for dispatches; decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select, update

from copytaster.store.tables import (
    dispatches,
    memberships,
    relations,
    signatures,
    stale_dispatches,
    stories,
    versions,
)
from copytaster.store.upsert import insert_or_ignore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

PROPOSED, CONFIRMED, REJECTED = "proposed", "confirmed", "rejected"
_CHUNK = 500  # ids a statement


@dataclass(frozen=True, slots=True)
class NewRelation:
    """A relation to write: `version_id` tells what `other_id` told."""

    version_id: int
    other_id: int
    kind: str
    confidence: float
    evidence: Mapping[str, Any]
    encoder: str
    encoder_version: str
    found_at: datetime


@dataclass(frozen=True, slots=True)
class RelationRow:
    """A relation of two dispatches, by the versions that it was found for.

    Attributes:
        version_id, dispatch_id, at, publisher, ...: of the later telling; `at` is when it was printed.
        other_id, other_dispatch, ...: of the earlier one.
    """

    kind: str
    confidence: float
    state: str
    evidence: Mapping[str, Any]
    encoder: str
    encoder_version: str
    found_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    version_id: int
    dispatch_id: str
    publisher: str
    headline: str
    language: str | None
    at: datetime
    dispatch_state: str
    other_id: int
    other_dispatch: str
    other_publisher: str
    other_headline: str
    other_language: str | None
    other_at: datetime
    other_state: str


_COLUMNS = (
    "kind",
    "confidence",
    "state",
    "evidence",
    "encoder",
    "encoder_version",
    "found_at",
    "decided_by",
    "decided_at",
)
_LATER, _EARLIER = memberships.alias("later"), memberships.alias("earlier")
_LATER_VERSION, _EARLIER_VERSION = versions.alias("later_version"), versions.alias("earlier_version")
_LATER_STORY, _EARLIER_STORY = stories.alias("later_story"), stories.alias("earlier_story")
_LATER_MOMENT, _EARLIER_MOMENT = signatures.alias("later_moment"), signatures.alias("earlier_moment")
_LATER_DISPATCH, _EARLIER_DISPATCH = dispatches.alias("later_dispatch"), dispatches.alias("earlier_dispatch")
_ROWS = (
    select(
        *(relations.c[name] for name in _COLUMNS),
        relations.c.version_id,
        _LATER.c.dispatch_id,
        _LATER_STORY.c.publisher,
        _LATER_VERSION.c.headline,
        _LATER_VERSION.c.language,
        _LATER_MOMENT.c.at,
        _LATER_DISPATCH.c.state.label("dispatch_state"),
        relations.c.other_id,
        _EARLIER.c.dispatch_id.label("other_dispatch"),
        _EARLIER_STORY.c.publisher.label("other_publisher"),
        _EARLIER_VERSION.c.headline.label("other_headline"),
        _EARLIER_VERSION.c.language.label("other_language"),
        _EARLIER_MOMENT.c.at.label("other_at"),
        _EARLIER_DISPATCH.c.state.label("other_state"),
    )
    .join(_LATER, _LATER.c.version_id == relations.c.version_id)
    .join(_EARLIER, _EARLIER.c.version_id == relations.c.other_id)
    .join(_LATER_VERSION, _LATER_VERSION.c.id == relations.c.version_id)
    .join(_EARLIER_VERSION, _EARLIER_VERSION.c.id == relations.c.other_id)
    .join(_LATER_MOMENT, _LATER_MOMENT.c.version_id == relations.c.version_id)
    .join(_EARLIER_MOMENT, _EARLIER_MOMENT.c.version_id == relations.c.other_id)
    .join(_LATER_STORY, _LATER_STORY.c.id == _LATER_VERSION.c.story_id)
    .join(_EARLIER_STORY, _EARLIER_STORY.c.id == _EARLIER_VERSION.c.story_id)
    .join(_LATER_DISPATCH, _LATER_DISPATCH.c.id == _LATER.c.dispatch_id)
    .join(_EARLIER_DISPATCH, _EARLIER_DISPATCH.c.id == _EARLIER.c.dispatch_id)
    .where(_LATER.c.dispatch_id != _EARLIER.c.dispatch_id)
    .order_by(relations.c.version_id, relations.c.other_id)
)


def read_relations(connection: Connection, dispatch_ids: Sequence[str]) -> dict[str, tuple[RelationRow, ...]]:
    """Dispatch -> its relations to other dispatches, from either end, rejected ones included, one for each pair.

    Of several relations of two dispatches, one that people decided on counts, else the surest.
    """
    found: dict[str, dict[tuple[str, str], RelationRow]] = {name: {} for name in dispatch_ids}
    for start in range(0, len(dispatch_ids), _CHUNK):
        part = dispatch_ids[start : start + _CHUNK]
        for end in (_LATER, _EARLIER):  # each by an index; both at once would read every relation
            for values in connection.execute(_ROWS.where(end.c.dispatch_id.in_(part))).mappings():
                row = RelationRow(**values)
                name = row.dispatch_id if end is _LATER else row.other_dispatch
                pair = (row.dispatch_id, row.other_dispatch)
                found[name][pair] = max(row, found[name].get(pair, row), key=_weigh)
    return {name: tuple(rows.values()) for name, rows in found.items()}


def read_all_relations(connection: Connection) -> list[RelationRow]:
    """Every relation of two dispatches."""
    return [RelationRow(**values) for values in connection.execute(_ROWS).mappings()]


def _weigh(row: RelationRow) -> tuple[bool, float, int]:
    return row.decided_at is not None, row.confidence, -row.version_id


def add_relations(connection: Connection, found: Sequence[NewRelation]) -> None:
    """Keep relations, and mark both dispatches for a new revision.

    A relation of two dispatches about which people decided takes the decision over.
    """
    for one in found:
        row = {name: getattr(one, name) for name in NewRelation.__slots__}
        row |= _find_decided(connection, one.version_id, one.other_id) or {"state": PROPOSED}
        connection.execute(insert_or_ignore(connection, relations, row))
    mark_dispatches(connection, [version for one in found for version in (one.version_id, one.other_id)])


def mark_dispatches(connection: Connection, version_ids: Iterable[int]) -> None:
    """Mark the dispatches of these versions for a new revision: their documents name their relations."""
    ids = sorted(set(version_ids))
    named = select(memberships.c.dispatch_id).where(memberships.c.version_id.in_(ids))
    rows = [{"dispatch_id": name} for name in sorted(set(connection.scalars(named)))]
    if rows:
        connection.execute(insert_or_ignore(connection, stale_dispatches, rows))


def _find_decided(connection: Connection, version_id: int, other_id: int) -> dict[str, Any] | None:
    """What people decided about a relation of the dispatches of two versions, in either direction."""
    places = select(memberships.c.version_id, memberships.c.dispatch_id).where(
        memberships.c.version_id.in_([version_id, other_id])
    )
    where = {row.version_id: row.dispatch_id for row in connection.execute(places)}
    ours, theirs = where.get(version_id), where.get(other_id)
    either = or_(
        and_(_LATER.c.dispatch_id == ours, _EARLIER.c.dispatch_id == theirs),
        and_(_LATER.c.dispatch_id == theirs, _EARLIER.c.dispatch_id == ours),
    )
    decided = (
        select(relations.c.state, relations.c.decided_by, relations.c.decided_at)
        .join(_LATER, _LATER.c.version_id == relations.c.version_id)
        .join(_EARLIER, _EARLIER.c.version_id == relations.c.other_id)
        .where(either, relations.c.decided_at.is_not(None))
        .order_by(relations.c.decided_at.desc())
        .limit(1)
    )
    row = connection.execute(decided).mappings().first()
    return None if row is None else dict(row)


def list_pairs(connection: Connection, one: str, other: str) -> list[tuple[int, int]]:
    """(version, other version) of every relation between two dispatches, in either direction."""
    either = or_(
        and_(_LATER.c.dispatch_id == one, _EARLIER.c.dispatch_id == other),
        and_(_LATER.c.dispatch_id == other, _EARLIER.c.dispatch_id == one),
    )
    rows = connection.execute(
        select(relations.c.version_id, relations.c.other_id)
        .join(_LATER, _LATER.c.version_id == relations.c.version_id)
        .join(_EARLIER, _EARLIER.c.version_id == relations.c.other_id)
        .where(either)
        .order_by(relations.c.version_id, relations.c.other_id)
    )
    return [(row.version_id, row.other_id) for row in rows]


def list_pairs_of(
    connection: Connection, ones: Sequence[int], others: Sequence[int]
) -> list[tuple[int, int]]:
    """(version, other version) of every relation between two sets of versions, in either direction."""
    either = or_(
        and_(relations.c.version_id.in_(ones), relations.c.other_id.in_(others)),
        and_(relations.c.version_id.in_(others), relations.c.other_id.in_(ones)),
    )
    chosen = select(relations.c.version_id, relations.c.other_id).where(either)
    rows = connection.execute(chosen.order_by(relations.c.version_id, relations.c.other_id))
    return [(row.version_id, row.other_id) for row in rows]


def set_state(
    connection: Connection,
    pairs: Sequence[tuple[int, int]],
    state: str,
    *,
    by: str | None,
    at: datetime | None,
) -> None:
    """Give relations, named by their (version, other), a state; marks their dispatches for a new revision."""
    for version_id, other_id in pairs:
        connection.execute(
            update(relations)
            .where(relations.c.version_id == version_id, relations.c.other_id == other_id)
            .values(state=state, decided_by=by, decided_at=at)
        )
    mark_dispatches(connection, [version for pair in pairs for version in pair])
