"""Everything the store knows of one story: who named it, what came of its page, where its versions are. Reads only.

Addresses are compared as intake compares them: without session, variant and scheme. The tables of what was named and
refused have no index by address, so each is read once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import and_, case, or_, select

from copytaster.identity import canonical_url, fold_variants, former_identities, story_identity
from copytaster.masking.addresses import sessionless_address
from copytaster.store.embargoes import Embargo, list_embargoes, read_held
from copytaster.store.tables import (
    dispatches,
    embargoes,
    entries,
    gone,
    memberships,
    outbox,
    raw_pages,
    refusals,
    stories,
    takedowns,
    versions,
)
from copytaster.store.takedowns import Takedown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Column, ColumnElement, Connection

MOST_LOOKED_AT = 5_000  # rows of a table whose address looks like the one searched for
MOST_STORIES = 50
_MOST_SPELLINGS = 5  # addresses whose other spellings are looked for; of more, each as the store has it
_BATCH = 500  # values a statement
_RUN = re.compile(r"[A-Za-z0-9]+")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")


@dataclass(frozen=True, slots=True)
class NamedEntry:
    """An entry that a source showed; `outcome` is stored, unchanged, or the reason it gave no story."""

    source: str
    url: str
    first_seen_at: datetime
    last_seen_at: datetime
    fetched_at: datetime | None
    outcome: str


@dataclass(frozen=True, slots=True)
class RefusedPage:
    """A page or entry that gave no story; `fetched_at` is None where no page was kept."""

    id: int
    source: str
    url: str
    reason: str
    detail: str
    at: datetime
    fetched_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredStory:
    """A story, without its text."""

    id: int
    publisher: str
    url: str
    source: str
    channel: str
    wire_id: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    version_count: int


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version, its page and its membership; no text. `dispatch_id`, `evidence` and `grouped_at` are None until it is grouped."""

    id: int
    story_id: int
    number: int
    seen_at: datetime
    published_at: datetime | None
    extractor: str
    template_version: int | None
    warnings: Sequence[str]
    page_url: str
    fetched_at: datetime
    page_removed_at: datetime | None
    dispatch_id: str | None
    relation: str | None
    evidence: Mapping[str, Any] | None
    grouped_at: datetime | None


@dataclass(frozen=True, slots=True)
class DispatchPlace:
    """A dispatch, and the row of the outbox if its document waits."""

    id: str
    rev: int
    change: int
    state: str
    merged_into: str | None
    changed_at: datetime
    queued_at: datetime | None
    attempts: int | None
    not_before: datetime | None
    error: str | None
    quarantined_at: datetime | None


@dataclass(frozen=True, slots=True)
class Departure:
    """A dispatch or single story that left; `removal_id` is None where it was taken down."""

    key: str
    removal_id: int | None
    at: datetime


_VERSION = (
    versions.c.id,
    versions.c.story_id,
    versions.c.number,
    versions.c.seen_at,
    versions.c.published_at,
    versions.c.extractor,
    versions.c.template_version,
    versions.c.warnings,
    raw_pages.c.url,
    raw_pages.c.fetched_at,
    raw_pages.c.removed_at,
    memberships.c.dispatch_id,
    memberships.c.relation,
    memberships.c.evidence,
    memberships.c.at,
)
_DISPATCH = (
    *(dispatches.c[name] for name in ("id", "rev", "change", "state", "merged_into", "changed_at")),
    *(outbox.c[name] for name in ("queued_at", "attempts", "not_before", "error", "quarantined_at")),
)


def list_address_identities(url: str) -> frozenset[str]:
    """The identities under which a story at this address is, or was, stored."""
    return frozenset((story_identity(url=url, wire_id=None, publisher=""), *former_identities(url)))


def list_entries(connection: Connection, addresses: Iterable[str]) -> list[NamedEntry]:
    """The entries with one of these addresses, in whatever spelling, in the order in which they were first seen."""
    columns = [entries.c[name] for name in NamedEntry.__slots__]
    rows = _find_at(connection, select(*columns), entries.c.url, addresses)
    return sorted((NamedEntry(*row) for row in rows), key=lambda one: one.first_seen_at)


def list_refused(connection: Connection, addresses: Iterable[str]) -> list[RefusedPage]:
    """The refusals of these addresses, oldest first."""
    columns = [refusals.c[name] for name in RefusedPage.__slots__ if name != "fetched_at"]
    query = select(*columns, raw_pages.c.fetched_at).outerjoin(
        raw_pages, raw_pages.c.id == refusals.c.raw_page_id
    )
    rows = _find_at(connection, query, refusals.c.url, addresses)
    return sorted((RefusedPage(*row) for row in rows), key=lambda one: (one.at, one.id))


def find_stories_at(connection: Connection, address: str, also: Iterable[str]) -> list[StoredStory]:
    """The stories at an address, or of a page fetched from it or from one of `also`, the links that sources gave."""
    identities = list_address_identities(address)
    links = sorted({address, *also})
    found = _list_stories(connection, stories.c.identity.in_(sorted(identities)) | stories.c.url.in_(links))
    if found:
        return found
    printed = (
        select(versions.c.story_id)
        .join(raw_pages, raw_pages.c.id == versions.c.raw_page_id)
        .where(raw_pages.c.url.in_(links))
    )
    return _list_stories(connection, stories.c.id.in_(printed))


def find_stories_by_wire_id(connection: Connection, wire_id: str) -> list[StoredStory]:
    """The stories with this id of an agency, whichever publisher gives it."""
    return _list_stories(connection, stories.c.wire_id == wire_id)


def find_stories_by_number(connection: Connection, ids: Iterable[int]) -> list[StoredStory]:
    """The stories with these numbers."""
    return _list_stories(connection, stories.c.id.in_(sorted(set(ids))))


def find_story_of_version(connection: Connection, version_id: int) -> int | None:
    """The number of a version's story; None where there is no such version."""
    return connection.scalar(select(versions.c.story_id).where(versions.c.id == version_id))


def find_stories_in(connection: Connection, dispatch_id: str) -> list[StoredStory]:
    """The stories with a version in a dispatch."""
    members = (
        select(versions.c.story_id)
        .join(memberships, memberships.c.version_id == versions.c.id)
        .where(memberships.c.dispatch_id == dispatch_id)
    )
    return _list_stories(connection, stories.c.id.in_(members))


def _list_stories(connection: Connection, chosen: ColumnElement[bool]) -> list[StoredStory]:
    columns = [stories.c[name] for name in StoredStory.__slots__]
    query = select(*columns).where(chosen).order_by(stories.c.id).limit(MOST_STORIES)
    return [StoredStory(*row) for row in connection.execute(query)]


def list_versions(connection: Connection, story_ids: Sequence[int]) -> list[StoredVersion]:
    """Every version of these stories, in order of arrival."""
    query = (
        select(*_VERSION)
        .select_from(
            versions.join(raw_pages, raw_pages.c.id == versions.c.raw_page_id).outerjoin(
                memberships, memberships.c.version_id == versions.c.id
            )
        )
        .where(versions.c.story_id.in_(story_ids))
        .order_by(versions.c.id)
    )
    return [StoredVersion(*tuple(row)) for row in connection.execute(query)]


def read_places(connection: Connection, dispatch_ids: Iterable[str]) -> dict[str, DispatchPlace]:
    """These dispatches, and those that they were merged into, by id; unknown ids are left out."""
    found: dict[str, DispatchPlace] = {}
    wanted = set(dispatch_ids)
    while wanted:
        query = select(*_DISPATCH).outerjoin(outbox, outbox.c.dispatch_id == dispatches.c.id)
        rows = [
            DispatchPlace(*row)
            for row in connection.execute(query.where(dispatches.c.id.in_(sorted(wanted))))
        ]
        found |= {row.id: row for row in rows}
        wanted = {row.merged_into for row in rows if row.merged_into} - found.keys()
    return found


def list_departures(connection: Connection, keys: Iterable[str]) -> list[Departure]:
    """What left under these keys: a dispatch's id, or `story-` and a number."""
    columns = (gone.c.key, gone.c.removal_id, gone.c.at)
    query = select(*columns).where(gone.c.key.in_(sorted(set(keys)))).order_by(gone.c.at)
    return [Departure(*row) for row in connection.execute(query)]


def find_takedowns(
    connection: Connection, *, addresses: Iterable[str] = (), dispatch_id: str | None = None
) -> list[Takedown]:
    """The acts that took one of these addresses down, or a story of the dispatch; one for each address and moment."""
    identities = {one for url in addresses for one in list_address_identities(url)}
    chosen: ColumnElement[bool] = takedowns.c.identity.in_(sorted(identities))
    if dispatch_id is not None:
        chosen = chosen | (takedowns.c.dispatch_id == dispatch_id)
    columns = [takedowns.c[name] for name in Takedown.__slots__]
    rows = connection.execute(select(*columns).where(chosen).order_by(takedowns.c.at))
    return list({(one.url, one.at): one for one in (Takedown(*row) for row in rows)}.values())


def find_embargoes_at(connection: Connection, addresses: Iterable[str]) -> list[Embargo]:
    """What is held of these addresses. Copy that is known by its agency's id is found by the address inside it."""
    wanted = {one for url in addresses for one in list_address_identities(url)}
    held = set(connection.scalars(select(embargoes.c.id).where(embargoes.c.identity.in_(sorted(wanted)))))
    return [
        facts
        for facts in list_embargoes(connection)
        if facts.id in held or not wanted.isdisjoint(_list_held_identities(connection, facts.id))
    ]


def find_embargoes_by_wire_id(connection: Connection, wire_id: str) -> list[Embargo]:
    """What is held of the copy with this id of an agency."""
    publishers = connection.scalars(select(embargoes.c.publisher).distinct())
    identities = [story_identity(url="", wire_id=wire_id, publisher=one) for one in publishers]
    held = set(connection.scalars(select(embargoes.c.id).where(embargoes.c.identity.in_(identities))))
    return [facts for facts in list_embargoes(connection) if facts.id in held]


def _list_held_identities(connection: Connection, embargo_id: int) -> frozenset[str]:
    held = read_held(connection, embargo_id)
    return list_address_identities(held.story.url) | list_address_identities(held.page.url)


def _find_at(connection: Connection, query: Any, column: Column[str], addresses: Iterable[str]) -> list[Any]:
    """The rows whose address is one of these as intake sees it: those that look like it, compared by identity."""
    listed = sorted(set(addresses))
    wanted = {one for url in listed for one in list_address_identities(url)}
    rows: list[Any] = []
    for start in range(0, len(listed), _BATCH):
        some = listed[start : start + _BATCH]
        few = len(listed) <= _MOST_SPELLINGS
        alike = or_(*(_looks_like(column, url) for url in some)) if few else column.in_(some)
        exact_first = case((column.in_(listed), 0), else_=1)
        chosen = query.add_columns(column.label("address")).where(alike).order_by(exact_first)
        chosen = chosen.limit(MOST_LOOKED_AT)
        rows += connection.execute(chosen).all()
    return [tuple(row[:-1]) for row in rows if not wanted.isdisjoint(list_address_identities(row[-1]))]


def _looks_like(column: Column[str], url: str) -> ColumnElement[bool]:
    """The address itself, or one with the longest words of its canonical form, which no other spelling changes."""
    plain = fold_variants(canonical_url(sessionless_address(url)))
    try:
        parts = urlsplit(plain)
    except ValueError:
        return column == url
    runs = _RUN.findall(_ESCAPE.sub(" ", f"{parts.path} {parts.query}"))
    longest = sorted(set(runs), key=len, reverse=True)[:2]
    if parts.hostname and not parts.hostname.startswith("xn--") and ".xn--" not in parts.hostname:
        longest.append(parts.hostname)
    if not longest:
        return column == url
    return or_(column == url, and_(*(column.icontains(run, autoescape=True) for run in longest)))
