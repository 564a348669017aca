"""The kinds of sources and their spiders. A new kind needs one class and one entry here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spiders.feed_spider import FeedSpider
from spiders.listing_spider import ListingSpider
from spiders.receiving.folder import FolderReceiver
from spiders.receiving.mailbox import MailboxReceiver
from spiders.receiving.push import PushReceiver
from spiders.sitemap_spider import SitemapSpider

if TYPE_CHECKING:
    from collections.abc import Callable

    from settings import CrawlSettings
    from spiders.page_spider import PageSpider
    from spiders.receiving.delivery import Receiver
    from spiders.sources.config import Source

SPIDERS: dict[str, type[PageSpider]] = {
    "feed": FeedSpider,  # RSS, Atom, JSON Feed; a sitemap at its address is read too
    "sitemap": SitemapSpider,
    "listing": ListingSpider,
}
"""The spiders of sources that are fetched when they are due."""

RECEIVERS: dict[str, Callable[[Source, CrawlSettings], Receiver]] = {
    "folder": lambda source, crawl: FolderReceiver(
        source.url, max_bytes=source.limits.max_bytes or crawl.max_bytes
    ),
    "mailbox": lambda source, crawl: MailboxReceiver(
        source.url,
        password_file=source.mailbox.password_file,
        ca_file=source.mailbox.ca_file,
        max_bytes=source.limits.max_bytes or crawl.max_bytes,
    ),
    "push": lambda _source, _crawl: PushReceiver(),
}
"""What watches the places where copy arrives by itself."""
