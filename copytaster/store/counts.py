"""How many rows there are of each kind: for metrics, status and checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from copytaster.store.tables import dispatches, memberships, outbox, raw_pages, stories, versions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Select


def count_all_stories(connection: Connection, *, after: int = 0) -> int:
    """Articles at their publishers, grouped or not, with ids after this one."""
    return _count(connection, _after(select(func.count(stories.c.id)), stories.c.id, after))


def count_versions(connection: Connection, *, after: int = 0) -> int:
    """Immutable contents of stories, with ids after this one."""
    return _count(connection, _after(select(func.count(versions.c.id)), versions.c.id, after))


def count_ungrouped(connection: Connection, *, after: int = 0) -> int:
    """Versions that wait for grouping, with ids after this one."""
    chosen = select(func.count(versions.c.id)).where(~versions.c.grouped)
    return _count(connection, _after(chosen, versions.c.id, after))


def find_oldest_ungrouped(connection: Connection) -> datetime | None:
    """When the version arrived that waits longest for grouping; None if none waits."""
    waiting = select(versions.c.seen_at).where(~versions.c.grouped).order_by(versions.c.id).limit(1)
    return connection.scalar(waiting)


def count_raw_pages(connection: Connection) -> int:
    """Pages whose bytes are stored."""
    return _count(connection, select(func.count(raw_pages.c.id)))


def count_live_dispatches(connection: Connection) -> int:
    """Dispatches that were not merged away."""
    return _count(connection, select(func.count(dispatches.c.id)).where(dispatches.c.state != "merged"))


def count_singletons(connection: Connection) -> int:
    """Dispatches with one version only."""
    sizes = (
        select(func.count().label("size"))
        .select_from(memberships)
        .group_by(memberships.c.dispatch_id)
        .subquery()
    )
    return _count(connection, select(func.count()).select_from(sizes).where(sizes.c.size == 1))


def count_queued_versions(connection: Connection, *, quarantined: bool, after: int = 0) -> int:
    """Versions, with ids after this one, of dispatches in the outbox: those that wait, or those of quarantined documents."""
    queued = select(func.count(memberships.c.version_id)).join(
        outbox, outbox.c.dispatch_id == memberships.c.dispatch_id
    )
    set_aside = outbox.c.quarantined_at.is_not(None)
    chosen = queued.where(set_aside if quarantined else ~set_aside)
    return _count(connection, _after(chosen, memberships.c.version_id, after))


def _after(query: Select[Any], column: Any, number: int) -> Select[Any]:
    """Narrowed to larger numbers; without one not at all, as SQLite then counts in the smallest index."""
    return query.where(column > number) if number else query


def _count(connection: Connection, query: Select[Any]) -> int:
    return int(connection.scalar(query) or 0)
