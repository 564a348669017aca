"""Raw pages that leave before their stories do: the row stays with address and digest, the bytes go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update

from copytaster.store.left_counts import count_left
from copytaster.store.numbering import keep_last_id
from copytaster.store.sealed_rows import seal_rows
from copytaster.store.sealing import SEALED_TABLES, open_for_check
from copytaster.store.tables import raw_pages, refusals, stories, versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_PAGES = next(table for table in SEALED_TABLES if table.name == "raw_pages")
_CHUNK = 500


def empty_pages(connection: Connection, ids: Iterable[int], *, at: datetime) -> None:
    """Remove the bytes of raw pages. On SQLite their rows get new digests, which no update gives them otherwise."""
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        chosen = raw_pages.c.id.in_(some)
        connection.execute(update(raw_pages).where(chosen).values(body=b"", headers=[], removed_at=at))
        if connection.dialect.name == "sqlite":
            seal_rows(open_for_check(connection), _PAGES, [str(one) for one in some])


def list_kept_pages(connection: Connection, *, after: int, before: datetime, limit: int) -> Sequence[Any]:
    """The next raw pages with bytes that were fetched before a moment.

    Each row: id, size on the disk, and of one of its versions' stories: story_id, publisher, source, agency, markers.
    """
    pages = (
        select(raw_pages.c.id, raw_pages.c.fetched_at, func.length(raw_pages.c.body).label("size"))
        .where(raw_pages.c.id > after, raw_pages.c.removed_at.is_(None), raw_pages.c.fetched_at < before)
        .order_by(raw_pages.c.id)
        .limit(limit)
        .subquery()
    )
    query = (
        select(
            pages.c.id,
            pages.c.size,
            pages.c.fetched_at,
            versions.c.story_id,
            stories.c.publisher,
            stories.c.source,
            versions.c.agency,
            versions.c.markers,
        )
        .outerjoin(versions, versions.c.raw_page_id == pages.c.id)
        .outerjoin(stories, stories.c.id == versions.c.story_id)
        .order_by(pages.c.id)
    )
    return connection.execute(query).all()


def remove_refusals(connection: Connection, *, before: datetime, limit: int) -> int:
    """Delete the next refusals from before a moment, and raw pages that nothing else names; returns how many refusals."""
    old = select(refusals.c.id, refusals.c.raw_page_id).where(refusals.c.at < before).order_by(refusals.c.id)
    rows = connection.execute(old.limit(min(limit, _CHUNK))).all()
    _delete_refusals(connection, [row.id for row in rows], {row.raw_page_id for row in rows} - {None})
    return len(rows)


def count_refusals(connection: Connection, *, before: datetime) -> int:
    """How many refusals are from before a moment."""
    return connection.scalar(select(func.count()).where(refusals.c.at < before)) or 0


def remove_refusals_of(connection: Connection, url: str) -> None:
    """Delete every refusal of an address, with its raw pages."""
    rows = connection.execute(
        select(refusals.c.id, refusals.c.raw_page_id).where(refusals.c.url == url)
    ).all()
    _delete_refusals(connection, [row.id for row in rows], {row.raw_page_id for row in rows} - {None})


def _delete_refusals(connection: Connection, ids: Sequence[int], pages: set[int]) -> None:
    chosen = refusals.c.id.in_(ids)
    reasons = select(refusals.c.reason, func.count().label("number")).where(chosen)
    rows = connection.execute(reasons.group_by(refusals.c.reason)).all()
    count_left(connection, "refusals", {row.reason: row.number for row in rows})
    connection.execute(delete(refusals).where(chosen))
    for table in (versions, refusals):
        pages -= set(
            connection.scalars(select(table.c.raw_page_id).where(table.c.raw_page_id.in_(sorted(pages))))
        )
    connection.execute(delete(raw_pages).where(raw_pages.c.id.in_(sorted(pages))))
    keep_last_id(connection, raw_pages, pages)
