"""Rows that contradict each other, for `copytaster doctor`: every function lists up to 100 ids and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from copytaster.store.tables import dispatches, memberships, outbox, raw_pages, stories, versions

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection, Select

_LIMIT = 100


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


def find_lost_versions(connection: Connection) -> list[int]:
    """Versions marked as grouped that are in no dispatch."""
    joined = select(versions.c.id).outerjoin(memberships)
    return _ids(connection, joined.where(versions.c.grouped, memberships.c.version_id.is_(None)))


def find_early_versions(connection: Connection) -> list[int]:
    """Versions in a dispatch that are not marked as grouped."""
    return _ids(connection, select(versions.c.id).join(memberships).where(~versions.c.grouped))


def find_incomplete_stories(connection: Connection) -> list[int]:
    """Stories that have not exactly the versions 1, 2, 3 ... up to their version count."""
    counted = (
        select(stories.c.id)
        .outerjoin(versions)
        .group_by(stories.c.id, stories.c.version_count)
        .having(
            or_(
                func.count(versions.c.id) != stories.c.version_count,
                func.coalesce(func.max(versions.c.number), 0) != stories.c.version_count,
            )
        )
    )
    return _ids(connection, counted)


def find_pageless_versions(connection: Connection) -> list[int]:
    """Versions whose raw page is missing."""
    joined = select(versions.c.id).outerjoin(raw_pages, raw_pages.c.id == versions.c.raw_page_id)
    return _ids(connection, joined.where(raw_pages.c.id.is_(None)))


def find_empty_dispatches(connection: Connection) -> list[str]:
    """Dispatches without members that were not merged away."""
    joined = select(dispatches.c.id).outerjoin(memberships)
    return _ids(connection, joined.where(dispatches.c.state != "merged", memberships.c.version_id.is_(None)))


def find_astray_dispatches(connection: Connection) -> list[str]:
    """Dispatches merged into one that does not exist."""
    other = dispatches.alias()
    joined = select(dispatches.c.id).outerjoin(other, other.c.id == dispatches.c.merged_into)
    return _ids(connection, joined.where(dispatches.c.state == "merged", other.c.id.is_(None)))


def list_indexed_ids(connection: Connection) -> list[str]:
    """Every dispatch that is not in the outbox, so its document must be in the index."""
    queued = select(outbox.c.dispatch_id)
    return list(connection.scalars(select(dispatches.c.id).where(dispatches.c.id.not_in(queued))))


def _ids(connection: Connection, query: Select[Any]) -> list[Any]:
    return list(connection.scalars(query.limit(_LIMIT)))
