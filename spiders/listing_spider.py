"""The spider of sites that have neither feed nor sitemap: it reads a listing page, and its further pages to known ground."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spiders.feed_spider import PRIORITY, FeedSpider
from spiders.net.reasons import reason_of
from spiders.net.responses import describe_failure
from spiders.sandbox.jobs import listing_job

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy import Request
    from scrapy.http import Response

    from spiders.feeds import ParsedFeed
    from spiders.items import RefusalItem, StoryItem
    from spiders.sandbox.jobs import Job

MOST_PAGES = 10


class ListingSpider(FeedSpider):
    """Reads a page of links to stories, and the next pages until one links a story that an earlier run knows.

    The first run knows nothing and reads the first page alone.
    """

    name = "listing"

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)
        self.pages: set[str] = set()

    def make_job(self, response: Response, *, most: int | None = None) -> Job[ParsedFeed]:
        """The job that finds the links of a page."""
        return listing_job(
            response.body,
            url=response.url,
            max_entries=most or self.max_entries,
            selector=self.source.selectors.links,
            is_further=response.url in self.pages,
        )

    async def follow(self, feed: ParsedFeed) -> AsyncIterator[Request | StoryItem | RefusalItem]:
        """Yield requests for the new stories of a page, and for the next page if this one links a new story."""
        async for request in super().follow(feed):
            yield request
        async for found in self._follow_next(feed):
            yield found

    async def _follow_next(self, feed: ParsedFeed) -> AsyncIterator[Request | StoryItem | RefusalItem]:
        url = feed.next_url
        if url is None or url in self.pages or not self._is_beyond(feed):
            return
        self.pages.add(url)
        if len(self.pages) >= MOST_PAGES:
            self.count_fault(
                "paging-cut",
                f"page {MOST_PAGES} still links new stories only; the pages after it were not read",
                url=url,
            )
            return
        self.tally.pending.add(url)
        yield self.request(
            url,
            headers={},
            callback=self.read_next,
            errback=self.fail_next,
            priority=PRIORITY,
            cb_kwargs={"page": url},
        )

    async def read_next(
        self, response: Response, page: str
    ) -> AsyncIterator[Request | StoryItem | RefusalItem]:
        """Yield requests for the new stories of a further page, and for the page after it."""
        self.tally.pending.discard(page)
        self.pages.add(response.url)  # after redirects
        feed = await self.read_body(response, self.make_job(response))
        if feed is None:
            return
        async for found in self.take_entries(feed.entries):
            yield found
        async for found in self._follow_next(feed):
            yield found

    def fail_next(self, failure: Any) -> None:
        """Count a further page whose request failed: the run is partial, and the next one comes this way again."""
        self.tally.pending.discard(failure.request.cb_kwargs["page"])
        self.count_fault(reason_of(failure.value), describe_failure(failure.value), url=failure.request.url)

    def _is_beyond(self, feed: ParsedFeed) -> bool:
        """True if a link of this page was unknown at the end of the last whole run."""
        since = self.cursor.last_success_at
        if since is None:
            return False
        known = (self.memory_of(entry.key) for entry in feed.entries)
        return any(memory is None or memory.first_seen_at > since for memory in known)
