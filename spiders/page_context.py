"""What configuration and a feed's entry know of a page before it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spiders.parsing.context import ParseContext, Selectors

if TYPE_CHECKING:
    from spiders.feeds import FeedEntry
    from spiders.sources.config import Selectors as Configured
    from spiders.sources.config import Source

LONGEST_NAME = 255  # of a publisher; the entry may say anything


def page_context(source: Source, entry: FeedEntry | None = None) -> ParseContext:
    """The context of a source's page; an entry may name the page's true publisher."""
    if entry is None:
        return ParseContext(source.publisher_name, source.language, _page_selectors(source.selectors))
    return ParseContext(
        publisher=(entry.source_publisher or source.publisher_name)[:LONGEST_NAME],
        language=source.language,
        selectors=_page_selectors(source.selectors),
        published_at=entry.published,
        feed_title=entry.title or None,
        feed_byline=(entry.author,) if entry.author else (),
    )


def _page_selectors(configured: Configured) -> Selectors | None:
    if not configured:
        return None
    return Selectors(
        headline=configured.headline or None,
        body=configured.body or None,
        byline=configured.byline or None,
        published=configured.published or None,
        remove=", ".join(configured.remove) or None,
    )
