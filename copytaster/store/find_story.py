"""Finds the stored story that a parsed one belongs to, by wire id, address or the entry's own id.

An address is a claim: templates print one canonical link on every page, and `/latest` shows another story each day. So
a story found by its address must share text with the new one, unless one of the two is a mere notice. Text of one mould,
as in daily reports, is shared by many stories: where two pages claim one address, or the list names a new entry there,
half of the shorter text must be in the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from copytaster.canonical import owner_of
from copytaster.identity import former_identities, further_identity, story_identity
from copytaster.same_text import is_brief, is_other_story, is_same_story, shares_much
from copytaster.store.entries import read_entries
from copytaster.store.revisions import mark_stale
from copytaster.store.tables import raw_pages, stories, versions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from copytaster.store.entries import EntrySeen
    from copytaster.values import ParsedStory

_MOST_AT_ONE_ADDRESS = 50
_ADDRESSES_AT_ONCE = 500
# Locks the story until the transaction ends: two writers cannot both find version 1 the last.
_FIND = (
    select(
        stories.c.id,
        stories.c.url,
        stories.c.source,
        versions.c.digest,
        versions.c.headline,
        versions.c.body,
        raw_pages.c.url.label("page_url"),
    )
    .select_from(
        stories.outerjoin(
            versions,
            (versions.c.story_id == stories.c.id) & (versions.c.number == stories.c.version_count),
        ).outerjoin(raw_pages, raw_pages.c.id == versions.c.raw_page_id)
    )
    .where(stories.c.identity == bindparam("identity"))
    .with_for_update(of=stories)
)


@dataclass(frozen=True, slots=True)
class Found:
    """The story found, or None and the identity and address that a new one gets.

    Attributes:
        entry_url: the link under which its entry was known before, if that led to the story.
    """

    story_id: int | None
    identity: str
    url: str
    entry_url: str | None = None


@dataclass(frozen=True, slots=True)
class _Arrival:
    """From where a story came: its page, and the entry of a source that led there."""

    connection: Connection
    page_url: str
    source: str
    entry: EntrySeen | None

    def is_at_page_of(self, row: Any) -> bool:
        """True if the stored story was read from this very page; what is no page of the web has no say."""
        if not all((url or "").startswith("http") for url in (row.page_url, self.page_url)):
            return True
        return bool(_identities(row.page_url)[0] == _identities(self.page_url)[0])

    def is_new_entry(self, row: Any) -> bool:
        """True if the source that brought the stored story lists an entry there that it did not list before."""
        if self.entry is None or row.source != self.source:
            return False
        return self.entry.key not in read_entries(self.connection, self.source, [self.entry.key])


def find_story(
    connection: Connection,
    story: ParsedStory,
    digest: str,
    *,
    page_url: str,
    source: str,
    entry: EntrySeen | None,
) -> Found:
    """Find the story, or a free identity for it.

    Args:
        connection: a write transaction.
        story: as parsed.
        digest: of its content.
        page_url: the address that it was fetched from.
        source: whose `entry` it is.
        entry: with an id of its own that may be known from another address.
    """
    # a number in another's address identifies nothing; the id in a format of agencies does
    of_format = story.extractor == "wire-format"
    wire_id = story.wire_id if of_format or owner_of(story.publisher) else None
    if wire_id:
        identity = story_identity(url=story.url, wire_id=wire_id, publisher=story.publisher)
        row = connection.execute(_FIND, {"identity": identity}).one_or_none()
        return Found(row[0] if row else None, identity, story.url)
    first = _identities(story.url)
    rows = [row for identity in first if (row := _read(connection, identity)) is not None]
    arrival = _Arrival(connection, page_url, source, entry)
    for row in rows:
        if _is_its(row, story, digest, arrival):
            return Found(row.id, first[0], story.url)
    if not rows:
        known, link = _known_by_entry(connection, story, source, entry)
        return Found(known, first[0], story.url, link)
    for row in rows:
        _release_address(connection, row)
    return _find_beside(story, digest, arrival)


def list_identities(story: ParsedStory) -> list[str]:
    """Every identity that a story claims: by its wire id and by its address."""
    wire = (
        [story_identity(url=story.url, wire_id=story.wire_id, publisher=story.publisher)]
        if story.wire_id
        else []
    )
    return [*wire, *_identities(story.url)]


def _find_beside(story: ParsedStory, digest: str, arrival: _Arrival) -> Found:
    """The story, or a free identity, where another story has the address that this one claims."""
    page_url = arrival.page_url
    at_page = _identities(page_url)
    places = [(identity, story.url) for identity in _identities(story.url)]
    places += [(identity, page_url) for identity in at_page]
    places += [
        (further_identity(at_page[0], number), page_url) for number in range(2, _MOST_AT_ONE_ADDRESS + 1)
    ]
    for identity, url in dict(places).items():
        row = _read(arrival.connection, identity)
        if row is None:
            return Found(None, identity, url)
        if _is_its(row, story, digest, arrival):
            break
    return Found(row.id, identity, row.url)


def _identities(url: str) -> list[str]:
    """By the address, as a new story has it first."""
    return list(dict.fromkeys((story_identity(url=url, wire_id=None, publisher=""), *former_identities(url))))


def _read(connection: Connection, identity: str) -> Any:
    return connection.execute(_FIND, {"identity": identity}).one_or_none()


def _is_its(row: Any, story: ParsedStory, digest: str, arrival: _Arrival) -> bool:
    if row.digest is None or row.digest == digest:
        return True
    headlines, bodies = (row.headline, story.headline), (row.body, story.body)
    if shares_much(*bodies):
        return True
    if is_other_story(headlines, bodies) or not arrival.is_at_page_of(row):
        return False
    return any(map(is_brief, bodies)) or not arrival.is_new_entry(row)


def _known_by_entry(
    connection: Connection, story: ParsedStory, source: str, entry: EntrySeen | None
) -> tuple[int | None, str | None]:
    """The story that the same entry gave from another address, if the text agrees: ids are used again too; and the link.

    Its link changed, or leads elsewhere now.
    """
    record = read_entries(connection, source, [entry.key]).get(entry.key) if entry else None
    if record is None:
        return None, None
    rows = (_read(connection, identity) for identity in _identities(record.url))
    row = next((row for row in rows if row is not None and row.body is not None), None)
    if row is None or not is_same_story((row.headline, story.headline), (row.body, story.body)):
        return None, None
    return int(row.id), record.url


def _release_address(connection: Connection, row: Any) -> None:
    """Give a story that has an address which others claim too the address of its own page."""
    if row.page_url is None or row.page_url == row.url or not row.page_url.startswith("http"):
        return
    connection.execute(stories.update().where(stories.c.id == row.id).values(url=row.page_url))
    mark_stale(connection, row.id)


def find_known_addresses(connection: Connection, urls: Iterable[str]) -> set[str]:
    """Those of the addresses at which a story is stored."""
    by_identity = {
        identity: url
        for url in urls
        for identity in (story_identity(url=url, wire_id=None, publisher=""), *former_identities(url))
    }
    known: set[str] = set()
    identities = sorted(by_identity)
    for start in range(0, len(identities), _ADDRESSES_AT_ONCE):
        some = identities[start : start + _ADDRESSES_AT_ONCE]
        found = connection.scalars(select(stories.c.identity).where(stories.c.identity.in_(some)))
        known |= {by_identity[identity] for identity in found}
    return known
