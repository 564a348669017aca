"""Taking stories out of the store with every row that is about them, and putting them back. Decides nothing.

Every function works inside the caller's write transaction, which then revises the dispatches that are left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, or_, select, update

from copytaster.store.books import book_removed
from copytaster.store.channels import forget_channels
from copytaster.store.decisions import raise_counter
from copytaster.store.document_seals import forget_digests
from copytaster.store.installation import next_changes
from copytaster.store.left_counts import count_left
from copytaster.store.lineage import find_partners as find_linked
from copytaster.store.moves import reseat
from copytaster.store.numbering import keep_last_id
from copytaster.store.outbox import enqueue_many
from copytaster.store.tables import (
    awaited,
    damages,
    decided_versions,
    dispatches,
    gone,
    links,
    marks,
    memberships,
    raw_pages,
    readings,
    refusals,
    relations,
    revisits,
    signatures,
    stale_dispatches,
    stories,
    telling_traces,
    versions,
)
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Column, Connection, Table

Rows = dict[str, list[dict[str, Any]]]  # by table
_CHUNK = 500  # ids a statement
_OF_VERSIONS = (  # in an order in which they can be deleted
    (links, (links.c.version_id, links.c.other_id)),
    (relations, (relations.c.version_id, relations.c.other_id)),
    (decided_versions, (decided_versions.c.version_id,)),
    (marks, (marks.c.version_id,)),
    (signatures, (signatures.c.version_id,)),
    (memberships, (memberships.c.version_id,)),
    (readings, (readings.c.version_id,)),
)
_DERIVED = ((telling_traces, telling_traces.c.version_id), (awaited, awaited.c.version_id))


@dataclass(frozen=True, slots=True)
class TakenOut:
    """What left.

    Attributes:
        rows: everything, by table, as it was.
        gone: the dispatches that have no members any more, and the ids that led to them.
        left: the dispatches that changed: others keep members, or name what left.
        shared_pages: raw pages that hold what left and are also of other stories or refusals.
    """

    rows: Rows
    gone: tuple[str, ...]
    left: tuple[str, ...]
    shared_pages: tuple[int, ...]


def take_out(
    connection: Connection, story_ids: Sequence[int], *, at: datetime, removal_id: int | None = None
) -> TakenOut:
    """Delete stories, their versions and what is about them; queue the removal of their documents."""
    rows: Rows = {"stories": _read(connection, stories, stories.c.id, story_ids)}
    rows["versions"] = _read(connection, versions, versions.c.story_id, story_ids)
    ids = [row["id"] for row in rows["versions"]]
    pages = sorted({row["raw_page_id"] for row in rows["versions"]})
    partners = find_partners(connection, ids)
    for table, columns in _OF_VERSIONS:
        rows[table.name] = _unique(
            [row for column in columns for row in _read(connection, table, column, ids)], table
        )
        for column in columns:
            _delete(connection, table, column, ids)
    for table, column in _DERIVED:
        _delete(connection, table, column, ids)
    touched = sorted({row["dispatch_id"] for row in rows["memberships"]})
    emptied, left = _settle_dispatches(connection, touched, ids, at=at)
    rows["dispatches"] = _read(connection, dispatches, dispatches.c.id, emptied)
    for table, column in ((stale_dispatches, stale_dispatches.c.dispatch_id), (dispatches, dispatches.c.id)):
        _delete(connection, table, column, emptied)
    book_removed(connection, ids)
    _delete(connection, versions, versions.c.id, ids)
    _delete(connection, revisits, revisits.c.story_id, story_ids)
    forget_channels(connection, story_ids)
    _delete(connection, stories, stories.c.id, story_ids)
    shared = _find_shared(connection, pages)
    own = [page for page in pages if page not in shared]
    rows["raw_pages"] = _read(connection, raw_pages, raw_pages.c.id, own)
    _delete(connection, raw_pages, raw_pages.c.id, own)
    for table, left_ids in ((versions, ids), (stories, story_ids), (raw_pages, own)):
        keep_last_id(connection, table, left_ids)
    count_left(connection, "versions", {"": len(ids)})
    count_left(connection, "stories", {"": len(rows["stories"])})
    _forget_damage(connection, ids, own, emptied)
    _queue(connection, [*emptied, *(name_story(one) for one in story_ids)], at=at, removal_id=removal_id)
    if rows["decided_versions"]:
        raise_counter(connection)
    others = [name for name in dict.fromkeys([*left, *partners]) if name not in emptied]
    return TakenOut(rows, tuple(emptied), tuple(others), tuple(sorted(shared)))


def name_story(story_id: int) -> str:
    """The key under which the document of a single story is removed."""
    return f"story-{story_id}"


def put_back(connection: Connection, rows: Rows) -> list[str]:
    """Write rows that were taken out; returns the dispatches to revise. The caller knows that no story came again."""
    for table in (raw_pages, stories, versions, signatures):
        _insert(connection, table, rows[table.name])
    count_left(connection, "versions", {"": -len(rows["versions"])})
    count_left(connection, "stories", {"": -len(rows["stories"])})
    for table in (readings, marks):
        _insert(connection, table, rows.get(table.name, []))  # none in what left before there were any
    known = _known(connection, dispatches.c.id, [row["id"] for row in rows["dispatches"]])
    founders = set(_known(connection, versions.c.id, [row["founder_id"] for row in rows["dispatches"]]))
    first = min((row["id"] for row in rows["versions"]), default=0)
    for row in rows["dispatches"]:
        if row["founder_id"] not in founders:
            row |= {"founder_id": first, "canonical_id": first}
    _insert(connection, dispatches, [row for row in rows["dispatches"] if row["id"] not in known])
    _insert(connection, memberships, rows["memberships"])
    _insert(connection, decided_versions, rows["decided_versions"])
    for table in (links, relations):
        others = [row[name] for row in rows[table.name] for name in ("version_id", "other_id")]
        there = set(_known(connection, versions.c.id, others))
        _insert(
            connection,
            table,
            [row for row in rows[table.name] if {row["version_id"], row["other_id"]} <= there],
        )
    ids = [row["id"] for row in rows["versions"]]
    back = sorted({row["dispatch_id"] for row in rows["memberships"]})
    reseat(connection, back, [], at=rows["versions"][0]["seen_at"])
    _delete(connection, gone, gone.c.key, [row["id"] for row in rows["dispatches"]])
    _delete(connection, gone, gone.c.key, [name_story(row["id"]) for row in rows["stories"]])
    raise_counter(connection)
    return list(dict.fromkeys([*back, *find_partners(connection, ids)]))


def find_returned(connection: Connection, identities: Sequence[str]) -> list[str]:
    """Those of these identities that are in the store."""
    return _known(connection, stories.c.identity, identities)


def queue_gone(connection: Connection, above: int, *, at: datetime) -> int:
    """Queue once more the removals with a change number above `above`; returns how many."""
    rows = connection.execute(select(gone.c.key, gone.c.change).where(gone.c.change > above)).all()
    enqueue_many(connection, [(row.key, row.change) for row in rows], at=at)
    return len(rows)


def count_gone(connection: Connection, above: int) -> int:
    """How many dispatches left under a change number above `above`."""
    query = select(func.count()).where(gone.c.change > above, gone.c.key.not_like("story-%"))
    return connection.scalar(query) or 0


def find_partners(connection: Connection, ids: Sequence[int]) -> list[str]:
    """The dispatches whose documents name these versions: by a link or by a relation."""
    found = set(find_linked(connection, ids))
    for mine, theirs in (
        (relations.c.version_id, relations.c.other_id),
        (relations.c.other_id, relations.c.version_id),
    ):
        for some in _chunks(ids):
            named = select(memberships.c.dispatch_id).join(relations, theirs == memberships.c.version_id)
            found |= set(connection.scalars(named.where(mine.in_(some))))
    return sorted(found)


def _settle_dispatches(
    connection: Connection, touched: Sequence[str], ids: Sequence[int], *, at: datetime
) -> tuple[list[str], list[str]]:
    """(dispatches without members, with the ids merged into them; dispatches that keep some). None names a version any more."""
    with_members = set(_known(connection, memberships.c.dispatch_id, touched))
    left = [name for name in touched if name in with_members]
    emptied = [name for name in touched if name not in with_members]
    reseat(connection, left, [], at=at)
    for some in _chunks(ids):
        for name in left:
            mine = memberships.c.dispatch_id == name
            connection.execute(
                update(memberships).where(mine, memberships.c.carries.in_(some)).values(carries=None)
            )
    after: Sequence[str] = emptied
    while after:
        found = [row["id"] for row in _read(connection, dispatches, dispatches.c.merged_into, after)]
        after = [name for name in found if name not in emptied]
        emptied = [*emptied, *after]
    _replace_founders(connection, ids, emptied)
    return emptied, left


def _replace_founders(connection: Connection, ids: Sequence[int], emptied: Sequence[str]) -> None:
    """Let dispatches that stay name versions that stay: their first member, or that of the one they were merged into."""
    for some in _chunks(ids):
        named = or_(dispatches.c.founder_id.in_(some), dispatches.c.canonical_id.in_(some))
        for row in connection.execute(select(dispatches).where(named)).all():
            if row.id in emptied:
                continue
            name, first = row.id, None
            while name is not None and first is None:
                first = connection.scalar(
                    select(func.min(memberships.c.version_id)).where(memberships.c.dispatch_id == name)
                )
                name = connection.scalar(select(dispatches.c.merged_into).where(dispatches.c.id == name))
            chosen = dispatches.c.id == row.id
            connection.execute(update(dispatches).where(chosen).values(founder_id=first, canonical_id=first))


def _find_shared(connection: Connection, pages: Sequence[int]) -> set[int]:
    return set(_known(connection, versions.c.raw_page_id, pages)) | set(
        _known(connection, refusals.c.raw_page_id, pages)
    )


def _forget_damage(
    connection: Connection, ids: Iterable[int], pages: Iterable[int], names: Sequence[str]
) -> None:
    for kind, keys in (("version", ids), ("raw page", pages)):
        for some in _chunks([str(key) for key in keys]):
            connection.execute(delete(damages).where(damages.c.kind == kind, damages.c.key.in_(some)))
    for some in _chunks(names):
        connection.execute(delete(damages).where(damages.c.dispatch_id.in_(some)))
        forget_digests(connection, some)


def _queue(connection: Connection, keys: Sequence[str], *, at: datetime, removal_id: int | None) -> None:
    changes = dict(zip(keys, next_changes(connection, len(keys)), strict=True))
    rows = [
        {"key": key, "change": change, "removal_id": removal_id, "at": at} for key, change in changes.items()
    ]
    for some in _chunks(rows):
        connection.execute(insert_or_update(connection, gone, some, update=["change", "removal_id", "at"]))
    enqueue_many(connection, list(changes.items()), at=at)


def _read(
    connection: Connection, table: Table, column: Column[Any], ids: Sequence[Any]
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for some in _chunks(ids):
        query = select(table).where(column.in_(some)).order_by(*table.primary_key.columns)
        found += [dict(row) for row in connection.execute(query).mappings()]
    return found


def _known(connection: Connection, column: Column[Any], values: Sequence[Any]) -> list[Any]:
    found: list[Any] = []
    for some in _chunks(sorted(set(values))):
        found += connection.scalars(select(column).where(column.in_(some)).distinct())
    return found


def _delete(connection: Connection, table: Table, column: Column[Any], ids: Sequence[Any]) -> None:
    for some in _chunks(ids):
        connection.execute(delete(table).where(column.in_(some)))


def _insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(table.insert(), list(rows))


def _unique(rows: Iterable[dict[str, Any]], table: Table) -> list[dict[str, Any]]:
    names = [column.name for column in table.primary_key]
    return list({tuple(row[name] for name in names): row for row in rows}.values())


def _chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))
