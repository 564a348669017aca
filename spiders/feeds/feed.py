"""What a feed says, as values. Everything in it is a claim: ids, dates and links may lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of a feed.

    Attributes:
        key: stable hash of the entry's own id, or of its link, or of what it says.
        id: its own id as given, even one that is not to be trusted.
        url: the page's absolute http(s) address, None where the entry names none.
        title, summary: plain text.
        published, updated: aware, in UTC.
        source_publisher: the true publisher where the feed names one (RSS `<source>`, Atom `<source>`).
        content_html: the story's own text where the feed carries it; HTML as it came, not sanitised.
        digest: of what the feed says about the entry, without its volatile parts: unchanged, nothing to fetch.
    """

    key: str
    id: str | None
    url: str | None
    title: str
    digest: str
    published: datetime | None = None
    updated: datetime | None = None
    author: str | None = None
    summary: str | None = None
    source_publisher: str | None = None
    content_html: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed that was read, wholly or in part.

    Attributes:
        kind: `rss20`, `rss10`, `rss091u`, ..., `atom10`, `atom03`, `json10`, `json11`.
        problems: one line for each thing that was wrong, `reason: detail`, e.g. `truncated: entry 12`.
        lost: entries that were there and could not be used; each has its line in `problems`.
        partial: the feed breaks off or entries of it could not be read, so what is not here may still exist.
            Entries beyond the limit that was set make none partial: they were left out on purpose.
        site_url, self_url, hub_url: the front page, the feed's own address, the WebSub hub.
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
