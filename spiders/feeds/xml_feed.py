"""RSS and Atom: safe markup, read by feedparser, as claims."""

from __future__ import annotations

import io
from calendar import timegm
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import feedparser

from copytaster.errors import UnparsableError
from copytaster.wire.moment import Moment
from spiders.feeds.entries import (
    MAX_ID,
    MAX_TITLE,
    EntryClaim,
    bounded_text,
    check_entries,
    read_dates,
    resolve_link,
)
from spiders.feeds.feed import ParsedFeed
from spiders.feeds.markup import make_safe

if TYPE_CHECKING:
    from collections.abc import Mapping

_FURTHER_DATES = ("created", "prism_publicationdate", "prism_coverdate")
HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})


def read_xml_feed(text: str, *, url: str, max_entries: int, problems: list[str]) -> ParsedFeed:
    """An RSS or Atom feed from its text.

    Raises:
        UnparsableError: the text is no feed, or no entry can be read.
    """
    markup = make_safe(text, url=url, max_entries=max_entries)
    try:
        # without a base: ids stay as they are, links are resolved by us; text is no HTML page, we clean it
        read = feedparser.parse(
            io.BytesIO(markup.text.encode("utf-8")), sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # a library bug on one feed ends that feed only
        raise UnparsableError(f"cannot be read: {error!r}", reason="broken", resource=url) from error
    if not read.version and not read.entries:
        raise UnparsableError("its root is a feed's, its content is not", reason="not-a-feed", resource=url)
    # a plain dict: a lookup of `updated` in feedparser's own falls back to `published`
    language = read.feed.get("language") or None
    claims = [_claim(number, dict(entry), language) for number, entry in enumerate(read.entries, 1)]
    verdict = check_entries(claims, url=url)
    return ParsedFeed(
        kind=read.version or "rss",
        title=bounded_text(read.feed.get("title", ""), MAX_TITLE),
        language=read.feed.get("language") or None,
        entries=verdict.entries,
        problems=(*problems, *markup.problems, *verdict.problems),
        lost=markup.lost + verdict.lost,
        partial=markup.partial or (verdict.lost > 0 and bool(markup.cut)),
        site_url=resolve_link(read.feed.get("link"), url),
        self_url=resolve_link(_link(read.feed, "self"), url),
        hub_url=resolve_link(_link(read.feed, "hub"), url),
    )


def _claim(number: int, entry: Mapping[str, Any], feed_language: str | None) -> EntryClaim:
    content, language = _content(entry)
    published, updated, unread = _dates(entry, language or feed_language)
    own_id = str(entry.get("id") or "").strip()[:MAX_ID] or None
    link = entry.get("link")
    if link == own_id and not str(link or "").startswith(("http://", "https://")):
        link = None  # a number that nobody marked as no permalink
    return EntryClaim(
        number=number,
        id=own_id,
        link=link,
        title=entry.get("title", ""),
        published=published.at if published else None,
        updated=updated.at if updated else None,
        published_zone=published.zone if published else None,
        unread_date=unread,
        author=bounded_text(entry.get("author", ""), MAX_TITLE) or None,
        summary=entry.get("summary", ""),
        content=content,
        source_publisher=bounded_text((entry.get("source") or {}).get("title") or "", MAX_TITLE) or None,
        language=language,
    )


def _content(entry: Mapping[str, Any]) -> tuple[str, str | None]:
    """The entry's longest full text, and its language."""
    parts = [part for part in entry.get("content", ()) if part.get("type", "text/html") in HTML_TYPES]
    longest = max(parts, key=lambda part: len(part.get("value") or ""), default=None)
    if longest is None:
        return "", None
    return longest.get("value") or "", longest.get("language") or None


def _link(feed: Mapping[str, Any], relation: str) -> str | None:
    for link in feed.get("links", ()):
        if link.get("rel") == relation and link.get("href"):
            return str(link["href"])
    return None


def _dates(entry: Mapping[str, Any], language: str | None) -> tuple[Moment | None, Moment | None, str | None]:
    """The entry's dates by our reading; where it reads none, by feedparser's, which knows more forms but no zones."""
    other = next((entry[name] for name in _FURTHER_DATES if entry.get(name)), "")
    said = [str(entry.get(name) or other) for name in ("published", "updated")]
    published, updated, unread = read_dates(said[0], said[1], language=language)
    published = published or _moment(entry.get("published_parsed"))
    updated = updated or _moment(entry.get("updated_parsed"))
    return published or updated, updated, None if published or updated else unread


def _moment(parsed: Any) -> Moment | None:
    """Convert feedparser's UTC time tuple; None if the calendar has no such date."""
    if parsed is None:
        return None
    try:
        return Moment(datetime.fromtimestamp(timegm(parsed), tz=UTC), None, is_day=False)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
