"""Builds the context of a page from configuration and the feed's entry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from spiders.parsing.context import ParseContext, Selectors
from spiders.warc.pages import is_archived

if TYPE_CHECKING:
    from copytaster.values import RawPage
    from spiders.feeds import FeedEntry
    from spiders.publishers import Publisher, Publishers
    from spiders.sources.config import Source, SourceSelectors


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


def stored_context(
    page: RawPage, publishers: Publishers, source: Source | None
) -> tuple[ParseContext, Publisher | None]:
    """The context of a page that the store has, as when it was taken in, and its publisher if that is known."""
    if is_archived(page):
        return archived_context(page.url, publishers, source)
    if source is None:
        return ParseContext(), None
    publisher = publishers.of_page(page.url, source)
    return page_context(source, publisher), publisher


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
