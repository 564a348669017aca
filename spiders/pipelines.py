"""The item pipeline: each entry is one transaction, counted and announced after its commit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import structlog
from scrapy.exceptions import DropItem
from sqlalchemy.exc import SQLAlchemyError

from copytaster.errors import RefusedError, StoreError
from copytaster.store.entries import note_entry
from copytaster.store.intake import keep_story, refuse
from spiders.items import RefusalItem, StoryItem, UnchangedItem
from spiders.net.reasons import is_fault, is_for_good

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from sqlalchemy import Connection

    from copytaster.store.intake import IntakeResult
    from spiders.page_spider import PageSpider

log = structlog.get_logger(__name__)


class StorePipeline:
    """Writes items to the store and counts them in the spider's tally."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

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
        try:
            if isinstance(item, StoryItem):
                await self._keep(item)
            elif isinstance(item, RefusalItem):
                await self._refuse(item)
            elif isinstance(item, UnchangedItem):
                await self._note(item)
        except (StoreError, SQLAlchemyError, UnicodeError) as error:
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

        def work(connection: Connection) -> IntakeResult:
            return keep_story(
                connection,
                page=item.page,
                story=item.story,
                source=source.name,
                channel=source.kind,
                family=item.publisher.family,
                publisher_by_host=item.publisher.by_host,
                entry=item.entry,
            )

        try:
            kept = await resources.write(work)
        except RefusedError as error:
            await self._refuse(RefusalItem(item.entry, error.reason, error.message, item.page))
            return
        if kept.outcome == "unchanged":
            tally.unchanged += 1
            return
        if kept.outcome == "taken-down":
            tally.dropped[kept.outcome] += 1
            return
        tally.stored += 1
        log.debug("story.stored", source=source.name, run=self.spider.run_id, version=kept.version_id)
        resources.announce(source.name, kept.version_id)

    async def _refuse(self, item: RefusalItem) -> None:
        source, run_id, tally = self.spider.source, self.spider.run_id, self.spider.tally
        for_good = is_for_good(item.reason)

        def work(connection: Connection) -> None:
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

        await self.spider.resources.write(work)
        tally.unsettled += not for_good
        if is_fault(item.reason):
            tally.errors[item.reason] += 1
            tally.trouble = tally.trouble or item.detail
        else:
            tally.dropped[item.reason] += 1

    async def _note(self, item: UnchangedItem) -> None:
        source, now = self.spider.source, datetime.now(UTC)
        await self.spider.resources.write(
            lambda connection: note_entry(
                connection, source.name, item.entry, "unchanged", now=now, fetched=True
            )
        )
        self.spider.tally.unchanged += 1

    async def close_spider(self) -> None:
        """End the run; Scrapy calls this after the last item."""
        await self.spider.finish()
