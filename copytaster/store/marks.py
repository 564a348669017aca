"""Marks as rows: who saw, saved, used or spiked which text of a dispatch. Decides nothing.

A mark names a version and nothing else: the dispatch is the one in which that version is now, so marks follow every
split, merge and regrouping without a row being touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from sqlalchemy import func, select, update

from copytaster.chain import read_markers
from copytaster.store.dispatches import BATCH
from copytaster.store.tables import dispatches, marks, memberships, versions
from copytaster.store.upsert import insert_or_ignore

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Select

MarkKind = Literal["seen", "saved", "used", "spiked"]
How = Literal["mark", "look", "copy", "send"]
KINDS: tuple[MarkKind, ...] = get_args(MarkKind)
_OWN = (
    "kind",
    "who",
    "how",
    "at",
    "known_to",
    "undone_at",
    "undone_by",
    "acknowledged_to",
    "acknowledged_at",
)
_carried = memberships.alias("carried")
_newer = memberships.alias("newer")
_WITH_DISPATCH = (
    marks.join(versions, versions.c.id == marks.c.version_id)
    .join(memberships, memberships.c.version_id == marks.c.version_id)
    .outerjoin(_carried, _carried.c.version_id == memberships.c.carries)
)


@dataclass(frozen=True, slots=True)
class MarkRow:
    """One mark, with the dispatch that it is on now.

    Attributes:
        place: of the marked version in the agency's chain, from 0, or of the version whose text it carries; None where
            neither is known.
        how: `mark`; `look`, which the list sets by itself; `copy` and `send` took the text as well.
        headline: of the marked version.
        acknowledged_to: the newest version whose correction or kill the person has acknowledged.
        known_to: the newest version that the dispatch had when it was marked; versions are numbered as they come.
    """

    id: int
    dispatch_id: str
    version_id: int
    place: int | None
    kind: MarkKind
    who: str
    how: How
    at: datetime
    known_to: int
    headline: str
    undone_at: datetime | None
    undone_by: str | None
    acknowledged_to: int | None
    acknowledged_at: datetime | None


class StepRow(NamedTuple):
    """A version of an agency's chain: its place from 0, what it is, and when it came."""

    version_id: int
    place: int
    kind: str
    number: int | None
    seen_at: datetime
    change_note: str | None


class ShownVersion(NamedTuple):
    """What a dispatch shows: the version whose text represents it, and the newest one that it has."""

    version_id: int
    newest_id: int


class Choice(NamedTuple):
    """Whose marks of which kind; `who` None: anyone's."""

    kind: MarkKind
    who: str | None


@dataclass(frozen=True, slots=True)
class MarkList:
    """Which marks to list; without a value, all."""

    limit: int
    kind: MarkKind | None = None
    who: str | None = None
    dispatch_id: str | None = None
    with_undone: bool = False
    newest_first: bool = False
    after: int = 0
    before: int = 0


def add_marks(
    connection: Connection,
    shown: Iterable[ShownVersion],
    kind: MarkKind,
    *,
    who: str,
    how: How,
    at: datetime,
) -> list[int]:
    """Mark versions; those that have the mark keep it. Returns the versions that got one."""
    rows = [
        {
            "version_id": one.version_id,
            "known_to": one.newest_id,
            "kind": kind,
            "who": who,
            "how": how,
            "at": at,
        }
        for one in sorted(set(shown))
    ]
    if not rows:
        return []
    added = insert_or_ignore(connection, marks, rows).returning(marks.c.version_id)
    return sorted(connection.scalars(added))


def undo_marks(
    connection: Connection, dispatch_ids: Sequence[str], kind: MarkKind, *, who: str, at: datetime
) -> int:
    """Take back this person's marks of one kind on dispatches, whatever version they name; returns how many."""
    inside = select(memberships.c.version_id).where(memberships.c.dispatch_id.in_(dispatch_ids))
    undone = connection.execute(
        update(marks)
        .where(
            marks.c.kind == kind,
            marks.c.who == who,
            marks.c.undone_at.is_(None),
            marks.c.version_id.in_(inside),
        )
        .values(undone_at=at, undone_by=who)
    )
    return undone.rowcount


def read_marks(connection: Connection, dispatch_ids: Sequence[str]) -> list[MarkRow]:
    """The marks in force on these dispatches, oldest first."""
    found: list[MarkRow] = []
    for start in range(0, len(dispatch_ids), BATCH):
        inside = memberships.c.dispatch_id.in_(dispatch_ids[start : start + BATCH])
        chosen = _select().where(inside, marks.c.undone_at.is_(None))
        found += [MarkRow(**row) for row in connection.execute(chosen).mappings()]
    return sorted(found, key=lambda row: row.id)


def list_marks(connection: Connection, wanted: MarkList) -> list[MarkRow]:
    """Marks by their numbers: from the first after `after` on, or from the newest (before `before`) back."""
    chosen = _select().limit(wanted.limit)
    if wanted.newest_first:
        chosen = chosen.order_by(marks.c.id.desc())
        chosen = chosen.where(marks.c.id < wanted.before) if wanted.before else chosen
    else:
        chosen = chosen.where(marks.c.id > wanted.after).order_by(marks.c.id)
    for column, value in (
        (marks.c.kind, wanted.kind),
        (marks.c.who, wanted.who),
        (memberships.c.dispatch_id, wanted.dispatch_id),
    ):
        chosen = chosen.where(column == value) if value is not None else chosen
    if not wanted.with_undone:
        chosen = chosen.where(marks.c.undone_at.is_(None))
    return [MarkRow(**row) for row in connection.execute(chosen).mappings()]


def list_overtaken(
    connection: Connection, *, who: str | None = None, dispatch_id: str | None = None, limit: int
) -> list[MarkRow]:
    """Marks of use in force whose dispatch has got a version of the agency since, the newest mark first."""
    other = memberships.alias("other")
    came = (
        select(other.c.version_id)
        .where(
            other.c.dispatch_id == memberships.c.dispatch_id,
            other.c.place.is_not(None),
            other.c.version_id > marks.c.known_to,
        )
        .correlate(memberships, marks)
    )
    chosen = _select().where(marks.c.kind == "used", marks.c.undone_at.is_(None), came.exists())
    if who is not None:
        chosen = chosen.where(marks.c.who == who)
    if dispatch_id is not None:
        chosen = chosen.where(memberships.c.dispatch_id == dispatch_id)
    found = connection.execute(chosen.order_by(marks.c.id.desc()).limit(limit)).mappings()
    return [MarkRow(**row) for row in found]


def acknowledge(connection: Connection, mark_ids: Sequence[int], *, who: str, at: datetime) -> list[str]:
    """Note that a person knows everything that has come for these marks of his; returns the dispatches of those."""
    newest = (
        select(func.max(_newer.c.version_id))
        .join(memberships, memberships.c.dispatch_id == _newer.c.dispatch_id)
        .where(memberships.c.version_id == marks.c.version_id)
        .correlate(marks)
        .scalar_subquery()
    )
    mine = marks.c.id.in_(mark_ids), marks.c.who == who
    connection.execute(update(marks).where(*mine).values(acknowledged_to=newest, acknowledged_at=at))
    of_mine = (
        select(memberships.c.dispatch_id)
        .join(marks, marks.c.version_id == memberships.c.version_id)
        .where(*mine)
        .distinct()
        .order_by(memberships.c.dispatch_id)
    )
    return list(connection.scalars(of_mine))


def choose_dispatches(connection: Connection, choice: Choice, limit: int) -> list[str]:
    """The dispatches with such a mark, the one marked last first; at most `limit`."""
    chosen = (
        select(memberships.c.dispatch_id)
        .join(marks, marks.c.version_id == memberships.c.version_id)
        .where(marks.c.kind == choice.kind, marks.c.undone_at.is_(None))
        .group_by(memberships.c.dispatch_id)
        .order_by(func.max(marks.c.id).desc())
        .limit(limit)
    )
    if choice.who is not None:
        chosen = chosen.where(marks.c.who == choice.who)
    return list(connection.scalars(chosen))


def read_shown_versions(connection: Connection, dispatch_ids: Sequence[str]) -> dict[str, ShownVersion]:
    """What each of these dispatches shows now. Unknown and merged ids are left out."""
    chosen = (
        select(dispatches.c.id, dispatches.c.canonical_id, func.max(memberships.c.version_id).label("newest"))
        .join(memberships, memberships.c.dispatch_id == dispatches.c.id)
        .where(dispatches.c.id.in_(dispatch_ids))
        .group_by(dispatches.c.id, dispatches.c.canonical_id)
    )
    return {row.id: ShownVersion(row.canonical_id, row.newest) for row in connection.execute(chosen)}


def read_steps(connection: Connection, dispatch_ids: Sequence[str]) -> dict[str, list[StepRow]]:
    """Dispatch -> the agency's chain, in its order; a dispatch without one is left out."""
    found: dict[str, list[StepRow]] = {}
    for start in range(0, len(dispatch_ids), BATCH):
        chosen = (
            select(
                memberships.c.dispatch_id,
                memberships.c.version_id,
                memberships.c.place,
                versions.c.markers,
                versions.c.seen_at,
                versions.c.change_note,
            )
            .join(versions, versions.c.id == memberships.c.version_id)
            .where(
                memberships.c.dispatch_id.in_(dispatch_ids[start : start + BATCH]),
                memberships.c.place.is_not(None),
            )
            .order_by(memberships.c.dispatch_id, memberships.c.place)
        )
        for row in connection.execute(chosen):
            step = StepRow(
                row.version_id, row.place, *read_markers(row.markers), row.seen_at, row.change_note
            )
            found.setdefault(row.dispatch_id, []).append(step)
    return found


def _select() -> Select[Any]:
    return select(
        marks.c.id,
        memberships.c.dispatch_id,
        marks.c.version_id,
        func.coalesce(memberships.c.place, _carried.c.place).label("place"),
        versions.c.headline,
        *(marks.c[name] for name in _OWN),
    ).select_from(_WITH_DISPATCH)
