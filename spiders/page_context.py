"""Builds the context of a page from configuration and the feed's entry, and keeps with a page what its entry said of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from spiders.parsing.context import ParseContext, Selectors
from spiders.warc.pages import is_archived

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copytaster.values import RawPage
    from spiders.feeds import FeedEntry
    from spiders.publishers import Publisher, Publishers
    from spiders.sources.config import Source, SourceSelectors

CLAIMS = "X-Copytaster-Claims"  # header of a kept page


def page_context(source: Source, publisher: Publisher, entry: FeedEntry | None = None) -> ParseContext:
    """The context of a page or file of a source, with the claims of its feed entry."""
    context = ParseContext(
        publisher=publisher.name,
        claimed_publisher=publisher.claimed,
        language=source.language,
        selectors=_page_selectors(source.selectors),
    )
    if entry is None:
        return context
    return replace(
        context,
        published_at=entry.published,
        published_zone=entry.published_zone,
        feed_title=entry.title or None,
        feed_byline=(entry.author,) if entry.author else (),
    )


def archived_context(
    url: str, publishers: Publishers, source: Source | None
) -> tuple[ParseContext, Publisher]:
    """The context of a page of a web archive, and its publisher: that of its host, whatever source names the book.

    The language and the selectors of the source count for the pages of its publisher.
    """
    publisher = publishers.of_host(url)
    if source is not None and source.publisher_name == publisher.name:
        return page_context(source, publisher), publisher
    return ParseContext(publisher=publisher.name), publisher


def note_claims(page: RawPage, context: ParseContext) -> RawPage:
    """The page with what its feed entry or a user said of it among its headers: whoever parses it again knows it too."""
    said: dict[str, Any] = {
        "published_at": context.published_at.isoformat() if context.published_at else "",
        "published_zone": context.published_zone if context.published_at else "",
        "title": context.feed_title or "",
        "byline": list(context.feed_byline),
        "url": context.url or "",
    }
    text = json.dumps({name: value for name, value in said.items() if value not in ("", [])})
    others = (pair for pair in page.headers if pair[0].lower() != CLAIMS.lower())  # a server's own is none
    return replace(page, headers=(*others, (CLAIMS, text)))


def carry_claims(page: RawPage, headers: Iterable[tuple[str, str]]) -> RawPage:
    """The page with what was said of it when it was kept with these headers."""
    said = tuple(pair for pair in headers if pair[0] == CLAIMS)
    others = tuple(pair for pair in page.headers if pair[0].lower() != CLAIMS.lower())
    return replace(page, headers=others + said)


def has_claims(page: RawPage) -> bool:
    """True if it is known what was said of a page, be it nothing; releases before this kept none."""
    return any(name == CLAIMS for name, _ in page.headers)


def stored_context(
    page: RawPage, publishers: Publishers, source: Source | None
) -> tuple[ParseContext, Publisher | None]:
    """The context of a page that the store has, as when it was taken in, and its publisher if that is known."""
    context, publisher = _configured_context(page, publishers, source)
    return _add_claims(context, page), publisher


def _configured_context(
    page: RawPage, publishers: Publishers, source: Source | None
) -> tuple[ParseContext, Publisher | None]:
    if is_archived(page):
        return archived_context(page.url, publishers, source)
    if source is None:
        return ParseContext(), None
    publisher = publishers.of_page(page.url, source)
    return page_context(source, publisher), publisher


def _add_claims(context: ParseContext, page: RawPage) -> ParseContext:
    text = next((value for name, value in page.headers if name == CLAIMS), "{}")
    try:
        said = json.loads(text)
        at = datetime.fromisoformat(said["published_at"]) if "published_at" in said else None
        return replace(
            context,
            published_at=at,
            published_zone=said.get("published_zone", ""),
            feed_title=said.get("title"),
            feed_byline=tuple(said.get("byline", ())),
            url=said.get("url"),
        )
    except (ValueError, TypeError, AttributeError):  # a server sent it, with what is no page of a story
        return context


def _page_selectors(configured: SourceSelectors) -> Selectors | None:
    if not replace(configured, links=""):
        return None
    return Selectors(
        headline=configured.headline or None,
        body=configured.body or None,
        byline=configured.byline or None,
        published=configured.published or None,
        remove=", ".join(configured.remove) or None,
    )
