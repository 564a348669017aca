"""Builds the context of a page from configuration and the feed's entry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from spiders.parsing.context import ParseContext, Selectors

if TYPE_CHECKING:
    from spiders.feeds import FeedEntry
    from spiders.publishers import Publisher
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
