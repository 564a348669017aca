"""The spider of sites without a feed that list their stories in sitemaps."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from spiders.feed_spider import PRIORITY, FeedSpider

if TYPE_CHECKING:
    from scrapy import Request


class SitemapSpider(FeedSpider):
    """Reads a sitemap, an index of sitemaps, or the sitemaps that a site's robots.txt names."""

    name = "sitemap"

    async def request_source(self) -> Request:
        """Request the sitemap; of a site's bare address, robots.txt, which names its sitemaps."""
        if urlsplit(self.source.url).path not in {"", "/"}:
            return await super().request_source()
        return self.request(
            urljoin(self.source.url, "/robots.txt"),
            headers={},
            callback=self.read_feed,
            errback=self.fail_source,
            priority=PRIORITY,
        )
