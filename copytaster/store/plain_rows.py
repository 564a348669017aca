"""Stories and versions as plain JSON data: to leave the store whole, and to come into another one.

No id is among them: a story is known by its identity, a version by its number in the story.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, select

from copytaster.store.moment import Moment
from copytaster.store.shadow import keep_empty_page
from copytaster.store.tables import links, stories, versions
from copytaster.store.upsert import insert_or_ignore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Column, Connection

_STORY = [column for column in stories.c if column.name not in {"id", "version_count"}]
_VERSION = [
    column for column in versions.c if column.name not in {"id", "story_id", "raw_page_id", "grouped"}
]
_CHUNK = 500
_ADD_VERSIONS = versions.insert().returning(versions.c.id, sort_by_parameter_order=True)


def list_id_ranges(connection: Connection, size: int) -> list[tuple[int, int]]:
    """(first id, id after the last) of parts of the versions, each of about so many."""
    first, last = connection.execute(select(func.min(versions.c.id), func.max(versions.c.id))).one()
    if first is None:
        return []
    return [(start, min(start + size, last + 1)) for start in range(first, last + 1, size)]


def read_plain(connection: Connection, first: int, end: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """(id, {"story": ..., "version": ...}) of the versions from an id on and before another, in order of arrival."""
    columns = [column.label(f"{column.table.name}.{column.name}") for column in (*_STORY, *_VERSION)]
    chosen = (
        select(versions.c.id, *columns)
        .join(stories, stories.c.id == versions.c.story_id)
        .order_by(versions.c.id)
        .limit(_CHUNK)
    )
    while rows := connection.execute(chosen.where(versions.c.id >= first, versions.c.id < end)).all():
        for number, *values in rows:
            story = dict(zip((one.name for one in _STORY), values, strict=False))
            version = dict(zip((one.name for one in _VERSION), values[len(_STORY) :], strict=True))
            yield number, {"story": spell_plain(story), "version": spell_plain(version)}
        first = rows[-1][0] + 1


def add_plain(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[int | None]:
    """Write stories and versions, which then wait to be grouped; the new ids, None for each version that the store has.

    The order of the rows is their order of arrival.
    """
    if not rows:
        return []
    page = keep_empty_page(connection, at=datetime.fromisoformat(rows[0]["version"]["seen_at"]))
    named = [(row["story"]["identity"], row["version"]["number"]) for row in rows]
    there = find_plain(connection, named)
    first_told: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        first_told.setdefault(row["story"]["identity"], row["story"])
    of_stories = [_read(_STORY, story) | {"version_count": 0} for story in first_told.values()]
    connection.execute(insert_or_ignore(connection, stories, of_stories))
    known = _find_stories(connection, list(first_told))
    fresh = [(name, row) for name, row in zip(named, rows, strict=True) if name not in there]
    ids: dict[tuple[str, int], int] = {}
    if fresh:
        placed = {"raw_page_id": page, "grouped": False}
        written = connection.execute(
            _ADD_VERSIONS,
            [_read(_VERSION, row["version"]) | placed | {"story_id": known[name[0]]} for name, row in fresh],
        )
        ids = dict(zip((name for name, _ in fresh), written.scalars(), strict=True))
        _count_versions(connection, sorted(set(known.values())))
    return [ids.get(name) for name in named]


def find_plain(connection: Connection, named: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """(identity, number) -> the version's id; unknown ones are left out."""
    found: dict[tuple[str, int], int] = {}
    for start in range(0, len(named), _CHUNK):
        part = named[start : start + _CHUNK]
        rows = connection.execute(
            select(stories.c.identity, versions.c.number, versions.c.id)
            .join(versions, versions.c.story_id == stories.c.id)
            .where(stories.c.identity.in_({identity for identity, _ in part}))
        )
        found |= {(row.identity, row.number): row.id for row in rows}
    return {name: found[name] for name in named if name in found}


def find_newest_arrival(connection: Connection) -> datetime | None:
    """When the version that arrived last came; None of a store without versions."""
    return connection.scalar(select(versions.c.seen_at).order_by(versions.c.id.desc()).limit(1))


def read_link_rows(connection: Connection, ids: Sequence[int]) -> list[tuple[int, int, str, int]]:
    """(version, other version, kind, measure) of the links that begin at these versions."""
    rows: list[tuple[int, int, str, int]] = []
    for start in range(0, len(ids), _CHUNK):
        chosen = select(links.c.version_id, links.c.other_id, links.c.kind, links.c.measure)
        part = connection.execute(chosen.where(links.c.version_id.in_(ids[start : start + _CHUNK])))
        rows += [(row.version_id, row.other_id, row.kind, row.measure) for row in part]
    return rows


def _find_stories(connection: Connection, identities: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(identities), _CHUNK):
        chosen = stories.c.identity.in_(identities[start : start + _CHUNK])
        rows = connection.execute(select(stories.c.identity, stories.c.id).where(chosen))
        found |= {row.identity: row.id for row in rows}
    return found


def _count_versions(connection: Connection, ids: Sequence[int]) -> None:
    """Note how many versions these stories have, and when the last one came if the page was not looked at since."""
    own = versions.c.story_id == stories.c.id
    count = select(func.max(versions.c.number)).where(own).scalar_subquery()
    last = select(func.max(versions.c.seen_at)).where(own).scalar_subquery()
    seen_at = case((last > stories.c.last_seen_at, last), else_=stories.c.last_seen_at)
    changed = stories.update().values(version_count=func.coalesce(count, 0), last_seen_at=seen_at)
    for start in range(0, len(ids), _CHUNK):
        connection.execute(changed.where(stories.c.id.in_(ids[start : start + _CHUNK])))


def spell_plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty; moments as text to the microsecond."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
        if value is not None
    }


def _read(columns: Sequence[Column[Any]], values: Mapping[str, Any]) -> dict[str, Any]:
    return {column.name: _read_value(column, values.get(column.name)) for column in columns}


def _read_value(column: Column[Any], value: Any) -> Any:
    is_moment = value is not None and isinstance(column.type, Moment)
    return datetime.fromisoformat(value) if is_moment else value
