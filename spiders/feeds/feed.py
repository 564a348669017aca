"""A feed and its entries as values. Ids, dates and links are the feed's claims and may be wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of a feed.

    Attributes:
        key: stable hash of the entry's own id, or of its link, or of its text.
        id: the entry's own id as given, trusted or not.
        url: the page's absolute http(s) address; None if the entry names none.
        address: the canonical form of `url`; empty if there is none.
        title, summary: plain text.
        published, updated: aware, in UTC. An entry with one date has it as both.
        published_zone: the zone in which `published` was printed, `+03:00`; None if none was.
        source_publisher: the publisher that the entry claims (RSS or Atom `<source>`).
        text: what the feed carries of the story itself, markup or plain; empty for what can only be a summary.
        digest: hash of the entry without volatile parts; while it is unchanged, the page is not fetched.
    """

    key: str
    id: str | None
    url: str | None
    title: str
    digest: str
    address: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    author: str | None = None
    summary: str | None = None
    source_publisher: str | None = None
    language: str | None = None
    published_zone: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class FeedPart:
    """A sitemap that an index names; `changed` is aware, in UTC, None where the index gives no moment."""

    url: str
    changed: datetime | None = None


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed that was read, wholly or in part.

    Attributes:
        kind: `rss20`, `rss10`, `rss091u`, ..., `atom10`, `atom03`, `json10`, `json11`, `news-sitemap`, `sitemap`,
            `sitemap-index`, `robots`, `listing`.
        problems: one line for each fault, `reason: detail`, e.g. `truncated: entry 12`.
        lost: number of entries that could not be used; each has a line in `problems`.
        partial: the feed breaks off or some entries could not be read, so a missing entry may still exist.
            Entries beyond the configured limit do not count.
        site_url, self_url, hub_url: the front page, the feed's own address, the WebSub hub.
        parts: further sitemaps, where this is an index of them.
        next_url: the next page of a listing.
    """

    kind: str
    title: str
    entries: tuple[FeedEntry, ...]
    language: str | None = None
    problems: tuple[str, ...] = ()
    lost: int = 0
    partial: bool = False
    site_url: str | None = None
    self_url: str | None = None
    hub_url: str | None = None
    parts: tuple[FeedPart, ...] = ()
    next_url: str | None = None


def newest_first(entries: Iterable[FeedEntry]) -> list[FeedEntry]:
    """The entries by date, newest first; in their own order if one of them has no date."""
    listed = list(entries)
    if None in (entry.published or entry.updated for entry in listed):
        return listed
    return sorted(listed, key=lambda entry: entry.published or entry.updated, reverse=True)  # type: ignore[arg-type,return-value]
