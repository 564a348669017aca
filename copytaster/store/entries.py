"""The entries each source showed, with what the source last said of them and how they ended: nothing is fetched twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from copytaster.store.tables import entries
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

KEYS_AT_ONCE = 500
TAKEN = frozenset({"stored", "unchanged"})


@dataclass(frozen=True, slots=True)
class EntrySeen:
    """An entry as its source shows it now.

    Attributes:
        key: hash of the entry's own id or link.
        digest: of what the source says about it.
        etag, last_modified: validators of the entry's page.
    """

    key: str
    url: str
    digest: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """What the store keeps of an entry. `outcome` is stored, unchanged, or the reason it gave no story."""

    url: str
    digest: str
    etag: str | None
    last_modified: str | None
    first_seen_at: datetime
    outcome: str


def read_entries(connection: Connection, source: str, keys: Sequence[str]) -> dict[str, EntryRecord]:
    """The records of these entries. Entries never seen are missing."""
    columns = (entries.c.entry, *(entries.c[name] for name in EntryRecord.__slots__))
    found: dict[str, EntryRecord] = {}
    for start in range(0, len(keys), KEYS_AT_ONCE):
        some = keys[start : start + KEYS_AT_ONCE]
        query = select(*columns).where(entries.c.source == source, entries.c.entry.in_(some))
        found |= {row[0]: EntryRecord(*row[1:]) for row in connection.execute(query)}
    return found


def note_entry(
    connection: Connection, source: str, entry: EntrySeen, outcome: str, *, now: datetime, fetched: bool
) -> None:
    """Record how an entry ended. The time of its first sight does not change."""
    values = {
        "source": source,
        "entry": entry.key,
        "url": entry.url,
        "digest": entry.digest,
        "etag": entry.etag,
        "last_modified": entry.last_modified,
        "first_seen_at": now,
        "last_seen_at": now,
        "outcome": outcome,
    }
    if fetched:
        values["fetched_at"] = now
    changed = [name for name in values if name not in {"source", "entry", "first_seen_at"}]
    connection.execute(insert_or_update(connection, entries, update=changed), values)


def keep_validators(
    connection: Connection,
    source: str,
    key: str,
    *,
    etag: str | None,
    last_modified: str | None,
    now: datetime,
) -> None:
    """Remember what a page's server said of it when it was fetched without being listed."""
    chosen = (entries.c.source == source) & (entries.c.entry == key)
    values = {"etag": etag, "last_modified": last_modified, "fetched_at": now}
    connection.execute(entries.update().where(chosen).values(values))


def touch_entries(connection: Connection, source: str, keys: Iterable[str], *, now: datetime) -> None:
    """Record that the source still shows these entries."""
    listed = list(keys)
    for start in range(0, len(listed), KEYS_AT_ONCE):
        some = listed[start : start + KEYS_AT_ONCE]
        chosen = (entries.c.source == source) & entries.c.entry.in_(some)
        connection.execute(entries.update().where(chosen).values(last_seen_at=now))


def last_body_at(connection: Connection, source: str) -> datetime | None:
    """When the source last gave a response with entries; None if it never did."""
    newest = select(entries.c.last_seen_at).where(entries.c.source == source)
    return connection.scalar(newest.order_by(entries.c.last_seen_at.desc()).limit(1))


def forget_entries(connection: Connection, source: str, *, before: datetime) -> int:
    """Delete entries not shown since a moment; returns how many."""
    gone = entries.delete().where(entries.c.source == source, entries.c.last_seen_at < before)
    return connection.execute(gone).rowcount


def list_outcomes(connection: Connection, source: str) -> dict[str, str]:
    """How the entries of a source ended, by address as the source gave it."""
    rows = connection.execute(select(entries.c.url, entries.c.outcome).where(entries.c.source == source))
    return {row.url: row.outcome for row in rows}
