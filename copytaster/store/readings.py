"""Readings: what the parser makes of the raw page of a version. A better reading takes the place of the one before.

A reading is no version: number, story and times of arrival stay. What it changed is kept as it was. Every function works
inside the caller's transaction.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, update

from copytaster.store.moment import Moment
from copytaster.store.sealed_rows import read_row, seal_rows
from copytaster.store.sealing import SEALED_TABLES, open_for_check
from copytaster.store.tables import dispatches, memberships, readings, stories, versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Select

CHUNK = 500  # ids a statement
COLUMNS = (  # of a version, that follow from its page; as `intake.version_values` names them
    "digest",
    "published_at",
    "published_zone",
    "updated_at",
    "headline",
    "markers",
    "change_note",
    "body",
    "dateline",
    "agency",
    "agency_confidence",
    "agency_evidence",
    "byline",
    "signoff",
    "captions",
    "language",
    "extractor",
    "warnings",
    "kind",
    "embargoed_until",
    "usage_terms",
    "editors_note",
    "wire",
    "template_version",
)
_FACTS = ("raw_page_id", "grouped", "source", "channel", "publisher", "url", "dispatch_id")  # of a `Reading`
_VERSIONS = next(table for table in SEALED_TABLES if table.name == "versions")


@dataclass(frozen=True, slots=True)
class Reading:
    """A version as it is read now. `dispatch_id` is None until it is grouped."""

    version_id: int
    raw_page_id: int
    grouped: bool
    source: str
    channel: str
    publisher: str
    url: str
    dispatch_id: str | None
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NewReading:
    """What reading a version's page again changes: its columns as they are, and as they will be."""

    version_id: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def list_readings(
    connection: Connection,
    *,
    after: int,
    before: int | None,
    source: str | None,
    publisher: str | None,
    limit: int,
) -> list[Reading]:
    """The next versions after an id, and before another, of one source or publisher or of all; in order of arrival."""
    query = _choose(_READING, after=after, before=before, source=source, publisher=publisher)
    return _to_readings(connection, query.order_by(versions.c.id).limit(limit))


def read_readings(connection: Connection, ids: Sequence[int]) -> list[Reading]:
    """These versions as far as they are in the store, in order of arrival; at most 500."""
    chosen = _choose(
        _READING.where(versions.c.id.in_(ids)), after=0, before=None, source=None, publisher=None
    )
    return _to_readings(connection, chosen.order_by(versions.c.id))


_READING = select(
    versions.c.id,
    versions.c.raw_page_id,
    versions.c.grouped,
    stories.c.source,
    stories.c.channel,
    stories.c.publisher,
    stories.c.url,
    memberships.c.dispatch_id,
    *(versions.c[name] for name in COLUMNS),
).outerjoin(memberships, memberships.c.version_id == versions.c.id)


def _to_readings(connection: Connection, query: Select[Any]) -> list[Reading]:
    return [
        Reading(
            version_id=row["id"],
            values={name: row[name] for name in COLUMNS},
            **{name: row[name] for name in _FACTS},
        )
        for row in connection.execute(query).mappings()
    ]


def count_readings(
    connection: Connection, *, after: int, before: int | None, source: str | None, publisher: str | None
) -> int:
    """How many versions `list_readings` lists in all."""
    query = _choose(
        select(func.count(versions.c.id)), after=after, before=before, source=source, publisher=publisher
    )
    return connection.scalar(query) or 0


def _choose(
    query: Select[Any], *, after: int, before: int | None, source: str | None, publisher: str | None
) -> Select[Any]:
    query = query.join(stories, stories.c.id == versions.c.story_id).where(versions.c.id > after)
    if before is not None:
        query = query.where(versions.c.id < before)
    if source is not None:
        query = query.where(stories.c.source == source)
    return query if publisher is None else query.where(stories.c.publisher == publisher)


def keep_readings(
    connection: Connection, found: Sequence[NewReading], *, at: datetime, reader: str
) -> list[int]:
    """Put new readings in the place of those they were compared with; returns the versions that have them now.

    Left as they are: versions that have left or were read again meanwhile, and rows that a fault of the disk has changed,
    which a new digest would make whole.
    """
    kept = [one for one in found if _is_as_compared(connection, one)]
    for one in kept:
        chosen = versions.c.id == one.version_id
        connection.execute(update(versions).where(chosen).values(**one.after, read_at=at))
    if kept:
        rows = [
            {"version_id": one.version_id, "read_at": at, "reader": reader, "earlier": _to_plain(one.before)}
            for one in kept
        ]
        connection.execute(readings.insert(), rows)
        if connection.dialect.name == "sqlite":
            seal_rows(open_for_check(connection), _VERSIONS, [str(one.version_id) for one in kept])
    return [one.version_id for one in kept]


def _is_as_compared(connection: Connection, one: NewReading) -> bool:
    columns = [versions.c[name] for name in one.before]
    row = connection.execute(
        select(*columns).where(versions.c.id == one.version_id, versions.c.grouped)
    ).one_or_none()
    if row is None or tuple(row) != tuple(one.before.values()):
        return False
    if connection.dialect.name != "sqlite":
        return True
    sealed = read_row(open_for_check(connection), _VERSIONS, str(one.version_id))
    return sealed is not None and (sealed.seal is None or sealed.is_whole)


def list_unsettled(connection: Connection) -> list[int]:
    """Versions that were read again and whose group was not decided again since, in order of arrival."""
    chosen = select(readings.c.version_id).where(~readings.c.settled).distinct()
    return sorted(connection.scalars(chosen))


def settle(connection: Connection, ids: Sequence[int]) -> None:
    """The groups of these versions were decided again."""
    for start in range(0, len(ids), CHUNK):
        chosen = readings.c.version_id.in_(ids[start : start + CHUNK])
        connection.execute(update(readings).where(chosen, ~readings.c.settled).values(settled=True))


def find_newest(connection: Connection) -> int:
    """The number of the newest reading; 0 if no version was ever read again."""
    return connection.scalar(select(func.max(readings.c.id))) or 0


def find_first_by(connection: Connection, reader: str, *, after: int) -> int | None:
    """The number of the first reading by this reader above a number; None if there is none."""
    chosen = (readings.c.id > after) & (readings.c.reader == reader)
    found: int | None = connection.scalar(select(func.min(readings.c.id)).where(chosen))
    return found


_SINCE = (
    select(readings.c.id, readings.c.version_id)
    .where(readings.c.id > bindparam("reading"))
    .order_by(readings.c.id)
)


def list_since(connection: Connection, reading_id: int) -> tuple[int, set[int]]:
    """(number of the newest reading, the versions read again) since the reading of this number."""
    rows = connection.execute(_SINCE, {"reading": reading_id}).all()
    return (rows[-1].id if rows else reading_id), {row.version_id for row in rows}


@dataclass(frozen=True, slots=True)
class EarlierReading:
    """When and by which release a version was read again, and what it said before in the columns that changed."""

    version_id: int
    read_at: datetime
    reader: str
    earlier: Mapping[str, Any]


def list_earlier(connection: Connection, ids: Sequence[int]) -> list[EarlierReading]:
    """The earlier readings of these versions, oldest first."""
    query = select(*(readings.c[name] for name in EarlierReading.__slots__)).order_by(readings.c.id)
    found: list[EarlierReading] = []
    for start in range(0, len(ids), CHUNK):
        chosen = readings.c.version_id.in_(ids[start : start + CHUNK])
        found += [EarlierReading(*row) for row in connection.execute(query.where(chosen))]
    return found


@dataclass(frozen=True, slots=True)
class UndoneReading:
    """What a version said before a stretch of readings; `is_newest` is False if it was read again after them."""

    version_id: int
    values: Mapping[str, Any]
    is_newest: bool


def list_before(connection: Connection, *, after: int, until: int, but: str) -> list[UndoneReading]:
    """What the versions with readings of the numbers (after, until] said before the first of them, in order of arrival.

    Later readings by the reader `but` do not count.
    """
    said: dict[int, dict[str, Any]] = {}
    chosen = select(readings.c.version_id, readings.c.earlier).where(
        readings.c.id > after, readings.c.id <= until
    )
    for version_id, earlier in connection.execute(chosen.order_by(readings.c.id)):
        said[version_id] = _from_plain(earlier) | said.get(version_id, {})
    later = set(
        connection.scalars(
            select(readings.c.version_id).where(readings.c.id > until, readings.c.reader != but)
        )
    )
    return [UndoneReading(name, said[name], name not in later) for name in sorted(said)]


def forget_relations(connection: Connection, ids: Iterable[int]) -> None:
    """Let the next revision compare these versions again, and what carries their text, where a dispatch has several."""
    wanted = sorted(set(ids))
    sizes = select(memberships.c.dispatch_id).group_by(memberships.c.dispatch_id).having(func.count() > 1)
    for start in range(0, len(wanted), CHUNK):
        some = wanted[start : start + CHUNK]
        concerned = memberships.c.version_id.in_(some) | memberships.c.carries.in_(some)
        connection.execute(
            update(memberships)
            .where(concerned, memberships.c.dispatch_id.in_(sizes))
            .values(relation="", altered_count=None, altered_facts=None)
        )


def find_reach(connection: Connection, ids: Sequence[int]) -> tuple[datetime, datetime] | None:
    """When the first dispatch of these versions began, and when the last of the versions arrived; None if none is left."""
    began: list[datetime] = []
    arrived: list[datetime] = []
    for start in range(0, len(ids), CHUNK):
        row = connection.execute(
            select(func.min(dispatches.c.first_seen_at), func.max(versions.c.seen_at))
            .join(memberships, memberships.c.dispatch_id == dispatches.c.id)
            .join(versions, versions.c.id == memberships.c.version_id)
            .where(versions.c.id.in_(ids[start : start + CHUNK]))
        ).one()
        if row[0] is not None:
            began.append(row[0])
            arrived.append(row[1])
    return (min(began), max(arrived)) if began else None


def _to_plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.astimezone(UTC).isoformat()
        if isinstance(value, datetime)
        else json.loads(json.dumps(value))
        for name, value in values.items()
    }


def _from_plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value)
        if isinstance(versions.c[name].type, Moment) and value is not None
        else value
        for name, value in values.items()
    }
