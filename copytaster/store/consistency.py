"""Rows that contradict each other, for `copytaster doctor`: every function lists up to 100 ids and changes nothing.

Of a large store the newest rows are read; `Reach` says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from copytaster.store.tables import dispatches, memberships, outbox, raw_pages, stories, versions

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection, Select

_LIMIT = 100
NEWEST = 50_000  # rows of each table: together half a second


@dataclass(frozen=True, slots=True)
class Reach:
    """Which rows are read: stories and versions with larger ids, dispatches with larger change numbers; by default all."""

    stories: int = 0
    versions: int = 0
    dispatches: int = 0

    @property
    def is_whole(self) -> bool:
        """True if every row is read."""
        return self == Reach()


def find_reach(connection: Connection) -> Reach:
    """The newest rows of each table, about `NEWEST` of them; all of a store that has no more."""

    def begin(column: Any) -> int:
        """The number before the newest ones; 0 if there are no earlier ones."""
        lowest, highest = (connection.scalar(select(bound(column))) or 0 for bound in (func.min, func.max))
        return int(highest - NEWEST) if lowest <= highest - NEWEST else 0

    change = dispatches.c.change  # numbers of epochs lie far apart: counted, not computed
    last = connection.scalar(select(change).order_by(change.desc()).offset(NEWEST).limit(1))
    return Reach(begin(stories.c.id), begin(versions.c.id), last or 0)


def find_damage(connection: Connection, *, limit: int, leave_out: Collection[str] = ()) -> list[str]:
    """Damage to a SQLite file and rows that refer to missing rows; always empty for a server, which checks its files.

    With tables to leave out, each other table is checked by itself.
    """
    if connection.dialect.name != "sqlite":
        return []
    found: list[str] = []
    for arguments in _list_arguments(connection, leave_out):
        check = f"PRAGMA integrity_check({arguments or limit})"
        found += [row[0] for row in connection.exec_driver_sql(check) if row[0] != "ok"]
        orphans = connection.exec_driver_sql(
            f"PRAGMA foreign_key_check({arguments})" if arguments else "PRAGMA foreign_key_check"
        ).fetchmany(limit)
        found += [f"{row[0]} row {row[1]} refers to a missing {row[2]}" for row in orphans]
    return found[: 2 * limit]


def _list_arguments(connection: Connection, leave_out: Collection[str]) -> list[str]:
    if not leave_out:
        return [""]
    names = connection.exec_driver_sql(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    return [f'"{name}"' for (name,) in names if name not in leave_out]


def find_lost_versions(connection: Connection, reach: Reach) -> list[int]:
    """Versions marked as grouped that are in no dispatch."""
    joined = select(versions.c.id).outerjoin(memberships).where(versions.c.id > reach.versions)
    return _ids(connection, joined.where(versions.c.grouped, memberships.c.version_id.is_(None)))


def find_early_versions(connection: Connection) -> list[int]:
    """Versions in a dispatch that are not marked as grouped."""
    return _ids(connection, select(versions.c.id).join(memberships).where(~versions.c.grouped))


def find_incomplete_stories(connection: Connection, reach: Reach) -> list[int]:
    """Stories that have not exactly the versions 1, 2, 3 ... up to their version count."""
    counted = (
        select(stories.c.id)
        .outerjoin(versions)
        .where(stories.c.id > reach.stories)
        .group_by(stories.c.id, stories.c.version_count)
        .having(
            or_(
                func.count(versions.c.id) != stories.c.version_count,
                func.coalesce(func.max(versions.c.number), 0) != stories.c.version_count,
            )
        )
    )
    return _ids(connection, counted)


def find_pageless_versions(connection: Connection, reach: Reach) -> list[int]:
    """Versions whose raw page is missing."""
    joined = select(versions.c.id).outerjoin(raw_pages, raw_pages.c.id == versions.c.raw_page_id)
    return _ids(connection, joined.where(versions.c.id > reach.versions, raw_pages.c.id.is_(None)))


def find_empty_dispatches(connection: Connection, reach: Reach) -> list[str]:
    """Dispatches without members that were not merged away."""
    joined = select(dispatches.c.id).outerjoin(memberships).where(dispatches.c.change > reach.dispatches)
    return _ids(connection, joined.where(dispatches.c.state != "merged", memberships.c.version_id.is_(None)))


def find_astray_dispatches(connection: Connection, reach: Reach) -> list[str]:
    """Dispatches merged into one that does not exist."""
    other = dispatches.alias()
    joined = select(dispatches.c.id).outerjoin(other, other.c.id == dispatches.c.merged_into)
    joined = joined.where(dispatches.c.change > reach.dispatches)
    return _ids(connection, joined.where(dispatches.c.state == "merged", other.c.id.is_(None)))


def list_indexed_ids(connection: Connection, reach: Reach | None = None) -> list[str]:
    """Every dispatch that is not in the outbox, so its document must be in the index."""
    since = reach.dispatches if reach else 0
    joined = select(dispatches.c.id).outerjoin(outbox, outbox.c.dispatch_id == dispatches.c.id)
    chosen = joined.where(outbox.c.dispatch_id.is_(None), dispatches.c.change > since)
    return list(connection.scalars(chosen))


def _ids(connection: Connection, query: Select[Any]) -> list[Any]:
    return list(connection.scalars(query.limit(_LIMIT)))
