"""Reading dispatches: one, a list, or many at once, each with its stories, versions and memberships."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, func, or_, select

from copytaster.errors import CopytasterError, NotFoundError
from copytaster.store.channels import list_channels
from copytaster.store.lineage import read_links
from copytaster.store.relations import read_relations
from copytaster.store.scrubs import list_damaged
from copytaster.store.tables import dispatches, gone, memberships, stories, versions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from copytaster.store.channels import StoryChannel
    from copytaster.store.lineage import LinkedDispatch
    from copytaster.store.relations import RelationRow

MAX_MERGES = 100  # steps along merged_into before the chain counts as a circle
BATCH = 500  # ids a statement


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a member story: its content, and why it is in the dispatch. Captions and raw page are left out."""

    version_id: int
    number: int
    digest: str
    seen_at: datetime
    published_at: datetime | None
    updated_at: datetime | None
    headline: str
    markers: tuple[Mapping[str, Any], ...]
    change_note: str | None
    body: str
    dateline: Mapping[str, Any] | None
    agency: str | None
    agency_confidence: float
    agency_evidence: tuple[Mapping[str, Any], ...]
    byline: tuple[str, ...]
    signoff: str | None
    language: str | None
    warnings: tuple[str, ...]
    kind: str | None
    embargoed_until: datetime | None
    usage_terms: str | None
    editors_note: str | None
    wire: Mapping[str, Any] | None
    relation: str
    evidence: Mapping[str, Any]
    place: int | None
    carries: int | None
    outdated: bool
    altered_count: int | None
    altered_facts: tuple[Mapping[str, Any], ...]
    share_kept: float | None


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A story of the dispatch with those of its versions that are in it, in order of arrival."""

    story_id: int
    publisher: str
    family: str | None
    claimed_publisher: str | None
    url: str
    wire_id: str | None
    slug: str | None
    source: str
    channel: str
    checked_at: datetime
    version_count: int  # of the story, in whatever dispatches
    versions: tuple[VersionRow, ...]
    channels: tuple[StoryChannel, ...] = ()  # where the story came through several


@dataclass(frozen=True, slots=True)
class DispatchRows:
    """A dispatch as the store keeps it. Members are in order of arrival; a dispatch that was merged away has none.

    `damaged` names the rows that it shows and that a scrub found damaged.
    """

    id: str
    rev: int
    change: int
    state: str
    merged_into: str | None
    founder_id: int
    canonical_id: int
    agency: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    changed_at: datetime
    members: tuple[MemberRow, ...] = ()
    links: tuple[LinkedDispatch, ...] = ()
    damaged: tuple[str, ...] = ()
    relations: tuple[RelationRow, ...] = ()


# In the order of `MemberRow` and `VersionRow`.
_STORY = (
    stories.c.id.label("story_id"),
    stories.c.publisher,
    stories.c.family,
    stories.c.claimed_publisher,
    stories.c.url,
    stories.c.wire_id,
    stories.c.slug,
    stories.c.source,
    stories.c.channel,
    stories.c.last_seen_at.label("checked_at"),
    stories.c.version_count,
)
_VERSION = (
    versions.c.id.label("version_id"),
    versions.c.number,
    versions.c.digest,
    versions.c.seen_at,
    versions.c.published_at,
    versions.c.updated_at,
    versions.c.headline,
    versions.c.markers,
    versions.c.change_note,
    versions.c.body,
    versions.c.dateline,
    versions.c.agency,
    versions.c.agency_confidence,
    versions.c.agency_evidence,
    versions.c.byline,
    versions.c.signoff,
    versions.c.language,
    versions.c.warnings,
    versions.c.kind,
    versions.c.embargoed_until,
    versions.c.usage_terms,
    versions.c.editors_note,
    versions.c.wire,
    memberships.c.relation,
    memberships.c.evidence,
    memberships.c.place,
    memberships.c.carries,
    memberships.c.outdated,
    memberships.c.altered_count,
    memberships.c.altered_facts,
    memberships.c.share_kept,
)
_LISTS = [
    place
    for place, column in enumerate(_VERSION)
    if column.name in {"markers", "agency_evidence", "byline", "warnings", "altered_facts"}
]


def resolve_id(connection: Connection, dispatch_id: str) -> str:
    """The current id of a dispatch: that of the dispatch it was merged into, at last.

    Raises:
        NotFoundError: no dispatch ever had this id.
    """
    wanted = dispatch_id
    for _ in range(MAX_MERGES):
        row = connection.execute(select(dispatches.c.merged_into).where(dispatches.c.id == wanted)).first()
        if row is None:
            raise _explain_missing(connection, wanted)
        if row.merged_into is None:
            return wanted
        wanted = row.merged_into
    raise CopytasterError("merged in a circle", resource=f"dispatch {dispatch_id}", hint="copytaster doctor")


def _explain_missing(connection: Connection, dispatch_id: str) -> NotFoundError:
    resource = f"dispatch {dispatch_id}"
    row = connection.execute(select(gone).where(gone.c.key == dispatch_id)).one_or_none()
    if row is None:
        return NotFoundError("no such dispatch", resource=resource)
    if row.removal_id is None:
        return NotFoundError(f"taken down on {row.at:%Y-%m-%d}", resource=resource)
    return NotFoundError(
        f"left the store on {row.at:%Y-%m-%d} by retention",
        resource=resource,
        hint=f"`copytaster retention restore {dispatch_id}`",
    )


def read_dispatch(connection: Connection, dispatch_id: str) -> DispatchRows:
    """One dispatch with its members. The id of a merged dispatch gives the one it was merged into.

    Raises:
        NotFoundError: no dispatch ever had this id.
    """
    current = resolve_id(connection, dispatch_id)
    return read_dispatches(connection, [current])[current]


def read_dispatches(connection: Connection, dispatch_ids: Sequence[str]) -> dict[str, DispatchRows]:
    """Many dispatches by their own ids, merged ones included. Unknown ids are left out.

    Eight statements for up to 500 ids, whatever the number of members.
    """
    found: dict[str, DispatchRows] = {}
    for start in range(0, len(dispatch_ids), BATCH):
        ids = dispatch_ids[start : start + BATCH]
        members = _read_members(connection, ids)
        links = read_links(connection, ids)
        damaged = list_damaged(connection, ids)
        relations = read_relations(connection, ids)
        rows = connection.execute(select(dispatches).where(dispatches.c.id.in_(ids)))
        for row in rows.mappings():
            found[row["id"]] = DispatchRows(
                **row,
                members=members.get(row["id"], ()),
                links=links.get(row["id"], ()),
                damaged=tuple(damaged.get(row["id"], ())),
                relations=relations.get(row["id"], ()),
            )
    return found


def list_dispatches(
    connection: Connection,
    *,
    state: str | None = None,
    limit: int = 50,
    before: tuple[datetime, str] | None = None,
) -> list[DispatchRows]:
    """Dispatches with their members, last seen first, then by id; merged ones only for `state="merged"`.

    `before` is (last_seen_at, id) of the last dispatch of the page before.
    """
    chosen = select(dispatches.c.id).order_by(dispatches.c.last_seen_at.desc(), dispatches.c.id).limit(limit)
    chosen = chosen.where(dispatches.c.state != "merged" if state is None else dispatches.c.state == state)
    if before is not None:
        moment, name = before
        chosen = chosen.where(
            or_(
                dispatches.c.last_seen_at < moment,
                and_(dispatches.c.last_seen_at == moment, dispatches.c.id > name),
            )
        )
    ids = list(connection.scalars(chosen))
    found = read_dispatches(connection, ids)
    return [found[name] for name in ids]


def count_dispatches(connection: Connection, *, after: int = 0) -> int:
    """Dispatches of every state, with change numbers after this one."""
    query = select(func.count()).select_from(dispatches)
    return connection.scalar(query.where(dispatches.c.change > after) if after else query) or 0


def count_stories(connection: Connection, *, settled: bool) -> int:
    """Number of stories with a version in a dispatch; with `settled`, of those whose newest version is in one."""
    joined = memberships.join(versions, versions.c.id == memberships.c.version_id).join(
        stories, stories.c.id == versions.c.story_id
    )
    query = select(func.count(stories.c.id.distinct())).select_from(joined)
    query = query.where(versions.c.number >= stories.c.version_count) if settled else query
    return connection.scalar(query) or 0


def find_changes(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    """The change number of each of these dispatches, of every state; unknown ids are left out."""
    found: dict[str, int] = {}
    for start in range(0, len(ids), BATCH):
        chosen = dispatches.c.id.in_(ids[start : start + BATCH])
        rows = connection.execute(select(dispatches.c.id, dispatches.c.change).where(chosen))
        found |= {row.id: row.change for row in rows}
    return found


def find_known_stories(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Those of these ids, as text, that stories have."""
    found: set[str] = set()
    numbers = [int(name) for name in ids if name.isdecimal()]
    for start in range(0, len(numbers), BATCH):
        chosen = stories.c.id.in_(numbers[start : start + BATCH])
        found |= {str(number) for number in connection.scalars(select(stories.c.id).where(chosen))}
    return found


def newest_change(connection: Connection) -> int:
    """The largest change number any dispatch took; 0 where there is none."""
    return connection.scalar(select(func.max(dispatches.c.change))) or 0


def ids_after(connection: Connection, dispatch_id: str, *, limit: int) -> list[str]:
    """The next ids in order, for walking over every dispatch, of every state."""
    after: Select[tuple[str]] = select(dispatches.c.id).where(dispatches.c.id > dispatch_id)
    return list(connection.scalars(after.order_by(dispatches.c.id).limit(limit)))


def _read_members(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[MemberRow, ...]]:
    joined = memberships.join(versions, versions.c.id == memberships.c.version_id).join(
        stories, stories.c.id == versions.c.story_id
    )
    statement = (
        select(memberships.c.dispatch_id, *_STORY, *_VERSION)
        .select_from(joined)
        .where(memberships.c.dispatch_id.in_(ids))
        .order_by(versions.c.id)
    )
    grouped: dict[str, dict[int, tuple[Sequence[Any], list[VersionRow]]]] = {}
    for name, *row in connection.execute(statement):  # by position: reading by name takes twice as long
        members = grouped.setdefault(name, {})
        if row[0] not in members:
            members[row[0]] = row[: len(_STORY)], []
        members[row[0]][1].append(_read_version(row[len(_STORY) :]))
    channels = list_channels(connection, sorted({story for members in grouped.values() for story in members}))
    return {
        name: tuple(
            MemberRow(*(*story, tuple(found), tuple(channels.get(story_id, ()))))
            for story_id, (story, found) in members.items()
        )
        for name, members in grouped.items()
    }


def _read_version(values: list[Any]) -> VersionRow:
    for place in _LISTS:
        values[place] = tuple(values[place] or ())
    return VersionRow(*values)
