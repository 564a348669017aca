"""What the search for relations reads of grouped versions, how far it came, and by what later versions find them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select

from copytaster.store.installation import read_fact
from copytaster.store.tables import (
    installation,
    memberships,
    signatures,
    stories,
    telling_traces,
    versions,
)
from copytaster.store.upsert import insert_or_ignore, insert_or_update
from copytaster.store.versions import first_since

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

_READ_UNTIL = "relations_until"  # the last version that was looked at


@dataclass(frozen=True, slots=True)
class GroupedText:
    """A grouped version with its text. `at` is its moment in the window, `dispatch_id` where it is now, `places` of its dateline."""

    version_id: int
    dispatch_id: str
    rule: str | None
    at: datetime
    publisher: str
    agency: str | None
    language: str | None
    headline: str
    body: str
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TellingTrace:
    """By what later versions find a telling. `at` in seconds since 1970; `encoder` made the lead."""

    version_id: int
    at: float
    language: str | None
    encoder: str
    lead: bytes
    facts: bytes


_TEXT = (
    select(
        versions.c.id.label("version_id"),
        memberships.c.dispatch_id,
        memberships.c.evidence,
        signatures.c.at,
        stories.c.publisher,
        versions.c.agency,
        versions.c.language,
        versions.c.headline,
        versions.c.body,
        versions.c.dateline,
    )
    .join(memberships, memberships.c.version_id == versions.c.id)
    .join(signatures, signatures.c.version_id == versions.c.id)
    .join(stories, stories.c.id == versions.c.story_id)
)


def read_until(connection: Connection) -> int | None:
    """The last version that was looked at for relations; None if nobody ever looked."""
    value = read_fact(connection, _READ_UNTIL)
    return None if value is None else int(value)


def keep_until(connection: Connection, version_id: int) -> None:
    """Every version up to this one was looked at."""
    row = {"name": _READ_UNTIL, "value": str(version_id)}
    connection.execute(insert_or_update(connection, installation, row, update=["value"]))


def find_start(connection: Connection, window: timedelta) -> int:
    """The version before the first of the window, where a store that never looked for relations begins."""
    newest = connection.scalar(select(func.max(versions.c.seen_at)))
    return 0 if newest is None else first_since(connection, newest - window) - 1


def list_next(connection: Connection, after: int, limit: int) -> list[GroupedText]:
    """The next grouped versions with their texts, in order of arrival."""
    chosen = _TEXT.where(versions.c.id > after).order_by(versions.c.id).limit(limit)
    return [_read_text(row) for row in connection.execute(chosen).mappings()]


def read_texts(connection: Connection, ids: Sequence[int]) -> list[GroupedText]:
    """Grouped versions with their texts, in order of arrival."""
    rows = connection.execute(_TEXT.where(versions.c.id.in_(ids)).order_by(versions.c.id)).mappings()
    return [_read_text(row) for row in rows]


def has_traces(connection: Connection) -> bool:
    """True if there is a telling that a later version could retell."""
    return connection.execute(select(telling_traces.c.version_id).limit(1)).first() is not None


def _read_text(row: Any) -> GroupedText:
    values = dict(row)
    evidence = values.pop("evidence") or {}
    places = (values.pop("dateline") or {}).get("places") or ()
    return GroupedText(**values, rule=evidence.get("rule"), places=tuple(places))


def add_traces(connection: Connection, traces: Sequence[TellingTrace]) -> None:
    """Keep by what these tellings are found."""
    if traces:
        rows = [{name: getattr(trace, name) for name in TellingTrace.__slots__} for trace in traces]
        connection.execute(insert_or_ignore(connection, telling_traces, rows))


def read_traces(connection: Connection, encoder: str) -> list[TellingTrace]:
    """The tellings that an encoder read, oldest first."""
    chosen = select(telling_traces).where(telling_traces.c.encoder == encoder)
    rows = connection.execute(chosen.order_by(telling_traces.c.at, telling_traces.c.version_id)).mappings()
    return [TellingTrace(**row) for row in rows]


def drop_traces(connection: Connection, *, before: float) -> None:
    """Forget the tellings from before a moment, in seconds since 1970."""
    connection.execute(delete(telling_traces).where(telling_traces.c.at < before))
