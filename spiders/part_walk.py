"""The walk from an index to its sitemaps: newest first, only what changed, within the entries of one run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from copytaster.identity import canonical_url, hash_of
from copytaster.store.entries import EntrySeen, note_entry, read_entries
from copytaster.values import iso
from spiders.feeds.sitemap import names_news
from spiders.net.reasons import reason_of
from spiders.net.responses import describe_failure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from scrapy import Request
    from scrapy.http import Response
    from sqlalchemy import Connection

    from spiders.feeds import FeedPart, ParsedFeed
    from spiders.items import RefusalItem, StoryItem
    from spiders.page_spider import PageSpider

MOST_PARTS = 50  # sitemaps of one run
MOST_LEVELS = 3  # an index of indexes, of sitemaps
FRESH = timedelta(days=7)  # a sitemap that changed before then lists an archive
PRIORITY = 90
_EARLIEST = datetime.min.replace(tzinfo=UTC)


class PartWalk:
    """Reads the sitemaps of an index one after the other.

    A sitemap whose `lastmod` is known from an earlier run is not fetched. What a run leaves out, its report says.

    Args:
        spider: whose run it is.
        read: reads a response, at most so many entries; None where it cannot be read.
    """

    def __init__(
        self, spider: PageSpider, read: Callable[[Response, int], Awaitable[ParsedFeed | None]]
    ) -> None:
        self._spider = spider
        self._read_body = read
        self._queue: list[tuple[FeedPart, int]] = []
        self._met: set[str] = set()
        self._read: list[EntrySeen] = []
        self._fetched = self._old = self._same = 0

    async def start(self, index: ParsedFeed) -> AsyncIterator[Request | StoryItem | RefusalItem]:
        """Yield the request for the first sitemap of an index."""
        self._spider.is_index = True
        self._spider.tally.whole = not index.partial
        await self._add(index, 1)
        for request in self._next():
            yield request

    async def _add(self, index: ParsedFeed, level: int) -> None:
        """Queue the sitemaps of an index that are fresh and have changed."""
        name = self._spider.source.name
        seen = {_key(part): part for part in index.parts}
        known = await self._spider.resources.read(
            lambda connection: read_entries(connection, name, list(seen))
        )
        for key, part in seen.items():
            if part.url in self._met or level >= MOST_LEVELS:
                continue
            self._met.add(part.url)
            if part.changed is not None and part.changed < datetime.now(UTC) - FRESH:
                self._old += 1
            elif key in known and part.changed is not None and known[key].digest == _digest(part):
                self._same += 1
            else:
                self._queue.append((part, level))
        self._queue.sort(key=_rank)

    def _next(self) -> list[Request]:
        """The request for the next sitemap; an empty list at the end of the walk."""
        spider, tally = self._spider, self._spider.tally
        room = self._fetched < MOST_PARTS and tally.found < spider.max_entries
        if not self._queue or not room:
            self._describe_rest()
            return []
        part, level = self._queue.pop(0)
        self._fetched += 1
        tally.pending.add(_key(part))
        try:
            return [
                spider.request(
                    part.url,
                    headers={},
                    callback=self._read_part,
                    errback=self._fail_part,
                    priority=PRIORITY,
                    cb_kwargs={"part": part, "level": level},
                )
            ]
        except ValueError:
            tally.pending.discard(_key(part))
            spider.count_fault("bad-address", "the index names an address that is none", url=part.url)
            return self._next()

    async def _read_part(
        self, response: Response, part: FeedPart, level: int
    ) -> AsyncIterator[Request | StoryItem | RefusalItem]:
        spider, tally = self._spider, self._spider.tally
        most = max(1, spider.max_entries - tally.found)
        feed = await self._read_body(response, most)
        tally.pending.discard(_key(part))
        if feed is not None:
            spider.books.count_lost(feed.lost)
            tally.notes += [problem for problem in feed.problems if problem.startswith("unread-dates: ")]
            if feed.partial:
                spider.count_fault("broken-feed", "; ".join(feed.problems[:3]), url=response.url)
            elif not feed.parts:
                self._read.append(EntrySeen(_key(part), part.url, _digest(part)))
            await self._add(feed, level + 1)
            async for found in spider.take_entries(feed.entries):
                yield found
        for request in self._next():
            yield request

    def _fail_part(self, failure: Any) -> list[Request]:
        part: FeedPart = failure.request.cb_kwargs["part"]
        self._spider.tally.pending.discard(_key(part))
        self._spider.count_fault(reason_of(failure.value), describe_failure(failure.value), url=part.url)
        return self._next()

    def _describe_rest(self) -> None:
        """Note once what the walk left out."""
        said = (
            (len(self._queue), "are left to the next run"),
            (self._old, f"changed more than {FRESH.days} days ago"),
        )
        self._spider.tally.notes += [
            f"capped: {count} sitemaps of the index {why}" for count, why in said if count
        ]
        self._queue.clear()

    def keep(self, connection: Connection, now: datetime) -> None:
        """Remember the sitemaps that were read, with the `lastmod` that the index gave."""
        for seen in self._read:
            note_entry(connection, self._spider.source.name, seen, "unchanged", now=now, fetched=True)


def _rank(queued: tuple[FeedPart, int]) -> tuple[bool, float]:
    """Sitemaps of news first, then the newest; those without a moment keep the order of the index."""
    part, _level = queued
    moment = part.changed or _EARLIEST
    return not names_news(part.url), -(moment - _EARLIEST).total_seconds()


def _key(part: FeedPart) -> str:
    return hash_of(("sitemap", canonical_url(part.url)))


def _digest(part: FeedPart) -> str:
    return hash_of((iso(part.changed) or "",))
