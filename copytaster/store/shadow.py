"""The shadow store, in which a dry run groups the same versions: it holds versions and manual decisions, nothing else.

Ids equal those of the store, so that both can be compared row by row.
"""

from __future__ import annotations

from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, true

from copytaster.store.decisions import raise_counter
from copytaster.store.installation import keep_fact, secret_seed
from copytaster.store.tables import (
    decided_versions,
    decisions,
    installation,
    memberships,
    raw_pages,
    stories,
    versions,
)
from copytaster.store.upsert import insert_or_ignore
from copytaster.store.versions import CHUNK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection, Table

    from copytaster.store.engine import Store

_PAGE = 1  # raw pages are not copied; every version points to one empty page


def prepare_shadow(store: Store, shadow: Store) -> None:
    """Give the shadow store the seed of the record, so that both make signatures by the same recipe."""
    with store.read() as connection:
        seed = connection.scalar(select(installation.c.value).where(installation.c.name == "seed"))
    with shadow.write() as connection:
        if seed is not None:
            keep_fact(connection, "seed", seed)
        secret_seed(connection)
        keep_empty_page(connection, at=datetime.now(UTC))


def keep_empty_page(connection: Connection, *, at: datetime) -> int:
    """The id of one empty raw page, to which every version points that comes without its own."""
    page = {
        "id": _PAGE,
        "sha256": "",
        "url": "",
        "fetched_at": at,
        "status": 200,
        "headers": [],
        "bytes": 0,
        "body": b"",
    }
    connection.execute(insert_or_ignore(connection, raw_pages, page))
    return _PAGE


def add_rows(
    connection: Connection, story_rows: Sequence[Mapping[str, Any]], version_rows: Sequence[Mapping[str, Any]]
) -> None:
    """Add stories, where they are not there yet, and their versions, by the names of the columns."""
    connection.execute(insert_or_ignore(connection, stories, list(story_rows)))
    connection.execute(versions.insert(), list(version_rows))


def copy_versions(
    store: Store,
    shadow: Store,
    *,
    first: int = 0,
    end: int | None = None,
    read_as: Mapping[int, Mapping[str, Any]] = MappingProxyType({}),
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Copy grouped versions from an id on, and before another, that the shadow store lacks, in order of arrival.

    Returns how many.

    A later call continues where the last one ended. `read_as` has columns by version, in place of those of the store.
    `on_progress` receives the number copied so far.
    """
    copied = 0
    while True:
        with shadow.read() as connection:
            last = connection.scalar(select(func.max(versions.c.id))) or 0
        with store.read() as connection:
            rows = _read(
                connection,
                select(versions)
                .join(memberships, memberships.c.version_id == versions.c.id)
                .where(
                    versions.c.id > last,
                    versions.c.id >= first,
                    true() if end is None else versions.c.id < end,
                )
                .order_by(versions.c.id)
                .limit(CHUNK),
            )
            named = sorted({row["story_id"] for row in rows})
            of_stories = _read(connection, select(stories).where(stories.c.id.in_(named)))
        if not rows:
            return copied
        with shadow.write() as connection:
            anew = {"grouped": False, "raw_page_id": _PAGE}
            add_rows(connection, of_stories, [{**row, **read_as.get(row["id"], {}), **anew} for row in rows])
        copied += len(rows)
        if on_progress is not None:
            on_progress(copied)


def copy_decisions(store: Store, shadow: Store) -> None:
    """Replace the manual decisions of the shadow store by those in force now, as far as they name versions it has."""
    with store.read() as connection:
        in_force = decisions.c.undone_at.is_(None)
        made = _read(connection, select(decisions).where(in_force).order_by(decisions.c.id))
        named = _read(
            connection,
            select(decided_versions)
            .join(decisions, decisions.c.id == decided_versions.c.decision_id)
            .where(in_force),
        )
    with shadow.write() as connection:
        there = set(connection.scalars(select(versions.c.id)))
        _replace(connection, decided_versions, [])
        _replace(connection, decisions, made)
        _replace(connection, decided_versions, [row for row in named if row["version_id"] in there])
        raise_counter(connection)


def read_partition(connection: Connection, *, first: int = 0) -> dict[int, str]:
    """Version id -> dispatch id of everything grouped from an id on."""
    rows = connection.execute(
        select(memberships.c.version_id, memberships.c.dispatch_id)
        .where(memberships.c.version_id >= first)
        .order_by(memberships.c.version_id)
    )
    return {row.version_id: row.dispatch_id for row in rows}


def read_evidence(connection: Connection, ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    """Version id -> the evidence of its membership."""
    found: dict[int, Mapping[str, Any]] = {}
    for start in range(0, len(ids), CHUNK):
        rows = connection.execute(
            select(memberships.c.version_id, memberships.c.evidence).where(
                memberships.c.version_id.in_(ids[start : start + CHUNK])
            )
        )
        found |= {row.version_id: row.evidence for row in rows}
    return found


def read_headlines(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Version id -> headline."""
    rows = connection.execute(select(versions.c.id, versions.c.headline).where(versions.c.id.in_(ids)))
    return {row.id: row.headline for row in rows}


def _read(connection: Connection, query: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _replace(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    connection.execute(table.delete())
    if rows:
        connection.execute(table.insert(), list(rows))
