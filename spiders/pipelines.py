"""The item pipeline: each entry is one transaction, counted and announced after its commit."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import structlog
from scrapy.exceptions import DropItem
from sqlalchemy.exc import SQLAlchemyError

from copytaster.errors import BusyError, RefusedError, StoreError
from copytaster.store.entries import TAKEN, note_entry
from copytaster.store.intake import keep_story, refuse
from copytaster.store.source_health import read_wall
from spiders.items import RefusalItem, StoryItem, UnchangedItem
from spiders.net.reasons import is_fault, is_for_good
from spiders.own_text import FEED_TEXT
from spiders.parsing.promise import says_nothing_of
from spiders.revisits import VisitItem
from spiders.walls import MAX_CHARS, find_walls

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from sqlalchemy import Connection

    from copytaster.store.intake import IntakeResult
    from spiders.page_spider import PageSpider

WALL = "its page shows the same text as others, and nothing of what its title says"

log = structlog.get_logger(__name__)


class StorePipeline:
    """Writes items to the store and counts them in the spider's tally."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._held: list[StoryItem] = []  # may be walls: the end of the run shows it

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StorePipeline:
        """Called by Scrapy."""
        return cls(crawler)

    @property
    def spider(self) -> PageSpider:
        """The spider whose items these are."""
        return cast("PageSpider", self.crawler.spider)

    async def process_item(self, item: Any) -> Any:
        """Store one item.

        Raises:
            DropItem: the store could not write the item; the next run tries its entry again.
        """
        if isinstance(item, VisitItem):
            await self.spider.revisits.settle(item)
            return item
        if (
            isinstance(item, StoryItem)
            and not item.instead_of
            and says_nothing_of(item.title, item.story.body)
        ):
            self._held.append(item)
            return item
        return await self._handle(item)

    async def _handle(self, item: Any) -> Any:
        try:
            if isinstance(item, StoryItem):
                await self._keep(item)
            elif isinstance(item, RefusalItem):
                await self._refuse(item)
            elif isinstance(item, UnchangedItem):
                await self._note(item)
        except (StoreError, BusyError, SQLAlchemyError, UnicodeError) as error:
            tally = self.spider.tally
            tally.errors["not-stored"] += 1
            tally.trouble = str(error)
            log.exception(
                "story.not-stored",
                source=self.spider.source.name,
                run=self.spider.run_id,
                url=item.entry.url,
            )
            raise DropItem("not stored") from error
        self.spider.tally.pending.discard(item.entry.key)
        return item

    async def _keep(self, item: StoryItem) -> None:
        source, resources, tally = self.spider.source, self.spider.resources, self.spider.tally

        hour = self.spider.books.hour

        def work(connection: Connection) -> IntakeResult:
            kept = keep_story(
                connection,
                page=item.page,
                story=item.story,
                source=source.name,
                channel=source.kind,
                family=item.publisher.family,
                publisher_by_host=item.publisher.by_host,
                folds=item.publisher.folds,
                entry=item.entry,
                hour=hour,
                since="fetched",
                answered_at=item.page.fetched_at,
            )
            if item.instead_of and not is_for_good(item.instead_of) and kept.outcome in TAKEN:
                note_entry(
                    connection, source.name, item.entry, FEED_TEXT, now=datetime.now(UTC), fetched=False
                )
            self.spider.revisits.begin(connection, item, kept, datetime.now(UTC))
            return kept

        try:
            kept = await resources.write(work, source.name)
        except RefusedError as error:
            await self._refuse(RefusalItem(item.entry, error.reason, error.message, item.page, "stored"))
            return
        tally.usable += 1
        if item.instead_of:
            tally.from_feed[item.instead_of] += 1
        tally.new += kept.outcome == "stored" and kept.number == 1
        if kept.outcome == "unchanged":
            tally.unchanged += 1
            return
        if kept.outcome in {"taken-down", "embargoed"}:
            tally.dropped[kept.outcome] += 1
            return
        tally.stored += 1
        log.debug("story.stored", source=source.name, run=self.spider.run_id, version=kept.version_id)
        resources.announce(source.name, kept.version_id)

    async def _refuse(self, item: RefusalItem) -> None:
        source, run_id, tally = self.spider.source, self.spider.run_id, self.spider.tally
        for_good = is_for_good(item.reason)

        def work(connection: Connection) -> None:
            self.spider.books.book_end(connection, item.gate, item.reason)
            if not for_good:
                note_entry(
                    connection, source.name, item.entry, item.reason, now=datetime.now(UTC), fetched=False
                )
                return
            refuse(
                connection,
                source=source.name,
                url=item.page.url if item.page else item.entry.url,
                reason=item.reason,
                detail=item.detail,
                page=item.page,
                entry=item.entry,
                run_id=run_id,
            )

        await self.spider.resources.write(work, source.name)
        tally.unsettled += not for_good
        tally.fruitless += self.spider.is_first_sight(item.entry.key)
        if is_fault(item.reason):
            tally.errors[item.reason] += 1
            tally.trouble = tally.trouble or item.detail
        else:
            tally.dropped[item.reason] += 1

    async def _note(self, item: UnchangedItem) -> None:
        source, now = self.spider.source, datetime.now(UTC)

        def work(connection: Connection) -> None:
            self.spider.books.book_end(connection, "parsed", "not-modified")
            note_entry(connection, source.name, item.entry, "unchanged", now=now, fetched=True)

        await self.spider.resources.write(work, source.name)
        self.spider.tally.unchanged += 1
        self.spider.tally.usable += 1

    async def close_spider(self) -> None:
        """Store what waited or refuse it as a wall, then end the run; Scrapy calls this after the last item."""
        if self._held:
            await self._sort_held()
        await self.spider.finish()

    async def _sort_held(self) -> None:
        spider = self.spider
        known = await spider.resources.read(lambda connection: read_wall(connection, spider.source.name))
        walls = find_walls(self._held, known=known)
        if walls:
            spider.wall = walls[0].story.body[:MAX_CHARS]
        for item in self._held:
            kept: StoryItem | RefusalItem = item
            if any(item is wall for wall in walls):
                kept = RefusalItem(item.entry, "wall", WALL, gate="parsed")
                kept = await spider.stand_in(item.listed, kept) if item.listed else kept
            with contextlib.suppress(DropItem):  # logged and counted; the next run tries it again
                await self._handle(kept)
