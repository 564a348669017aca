"""The spider for sources of the kind `feed`: RSS, Atom and JSON Feed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import ParserStartError, UnparsableError
from copytaster.identity import hash_of
from copytaster.store.entries import last_body_at
from copytaster.store.intake import refuse
from spiders.net.conditional import NOT_MODIFIED, conditional_headers
from spiders.net.responses import header_of, is_challenged, raw_page, validators_of
from spiders.page_spider import PageSpider
from spiders.part_walk import PartWalk
from spiders.sandbox.jobs import feed_job

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy import Request
    from scrapy.http import Response
    from sqlalchemy import Connection

    from copytaster.store.source_cursor import Cursor
    from spiders.feeds import ParsedFeed
    from spiders.items import RefusalItem, StoryItem
    from spiders.sandbox.jobs import Job

log = structlog.get_logger(__name__)

FULL_REQUEST_EVERY = timedelta(
    hours=6
)  # limits how long a server can report a changed feed as "not modified"
_NOTED = ("capped: ", "unread-dates: ")  # what a run's report says of a feed besides faults
ASK_OLD_EVERY = timedelta(days=7)  # a source that has moved: its configured address, which may answer again
PRIORITY = 100
MOVED = frozenset({301, 308})


class FeedSpider(PageSpider):
    """Reads one feed and the pages of its entries."""

    name = "feed"

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type]
        self.validators: tuple[str | None, str | None] = (None, None)
        self.digest: str | None = None
        self.lies = False
        # Where permanent redirects lead, and when the configured address last led there.
        self.move: tuple[str, datetime] | None = None
        self.walk = PartWalk(
            self, lambda response, most: self.read_body(response, self.make_job(response, most=most))
        )

    async def request_source(self) -> Request:
        """Request the feed: conditionally if the last response was read whole and the server's validators are reliable."""
        last = await self.resources.read(lambda connection: last_body_at(connection, self.source.name))
        cursor = self.cursor
        believed = not (cursor.validators_lie or cursor.failures or cursor.last_error)
        recent = last is not None and last > datetime.now(UTC) - FULL_REQUEST_EVERY
        headers = conditional_headers(cursor.etag, cursor.last_modified) if believed and recent else {}
        return self.request(
            self._find_address(datetime.now(UTC)),
            headers=headers,
            callback=self.read_feed,
            errback=self.fail_source,
            priority=PRIORITY,
        )

    def _find_address(self, now: datetime) -> str:
        """The source's address, or where it has moved; the old one again after a failure, and from time to time."""
        cursor, source = self.cursor, self.source
        follows = source.follow_moves and cursor.moved_from == source.url and not cursor.failures
        if follows and cursor.moved_to and cursor.moved_at and cursor.moved_at > now - ASK_OLD_EVERY:
            self.move = (cursor.moved_to, cursor.moved_at)
            return cursor.moved_to
        return source.url

    def _note_move(self, response: Response) -> None:
        """Remember where permanent redirects led, or that the configured address answers itself."""
        to, now = _moved_to(response), datetime.now(UTC)
        if self.move is not None:  # asked at the new address
            self.move = (to or self.move[0], self.move[1])
        elif to is not None:
            self.move = (to, now)
            if to != self.cursor.moved_to:
                log.info("source.moved", source=self.source.name, url=self.source.url, to=to)

    async def read_feed(self, response: Response) -> AsyncIterator[Request | StoryItem | RefusalItem]:
        """Yield requests for the pages of a feed; the readable entries of a broken feed are used."""
        self._note_move(response)
        if response.status == NOT_MODIFIED:
            self.tally.answered = self.tally.not_modified = True
            self.validators = (self.cursor.etag, self.cursor.last_modified)
            self.digest = self.cursor.digest
            self.tally.whole = True
            return
        feed = await self.read_body(response, self.make_job(response))
        if feed is None:
            return
        self.tally.answered = True
        self._check_response(feed, response)
        async for found in self.follow(feed):
            yield found

    async def follow(self, feed: ParsedFeed) -> AsyncIterator[Request | StoryItem | RefusalItem]:
        """Yield requests for the pages of a feed's entries, or for the sitemaps of an index."""
        if feed.parts:
            async for request in self.walk.start(feed):
                yield request
            return
        async for found in self.take_entries(feed.entries):
            yield found
        self.tally.whole = bool(feed.entries) and not feed.partial

    def make_job(self, response: Response, *, most: int | None = None) -> Job[ParsedFeed]:
        """The job that reads the entries of a response, at most so many."""
        return feed_job(
            response.body,
            url=response.url,
            content_type=header_of(response, "Content-Type"),
            max_entries=most or self.max_entries,
        )

    async def read_body(self, response: Response, job: Job[ParsedFeed]) -> ParsedFeed | None:
        """Do the job; None if the response cannot be read, which is counted and kept then."""
        try:
            return await self.resources.do(job, self.source.name)
        except ParserStartError as error:
            self.give_up(error)
        except UnparsableError as error:
            reason, message = error.reason, error.message
            if reason == "not-a-feed" and is_challenged(response):
                reason, message = "challenge", "the server sends a challenge for browsers instead of a feed"
        self.count_fault(reason, message, url=response.url)
        page, name, run_id = raw_page(response), self.source.name, self.run_id
        await self.resources.write(
            lambda connection: refuse(
                connection,
                source=name,
                url=page.url,
                reason=reason,
                detail=message,
                page=page,
                run_id=run_id,
            ),
            name,
        )
        return None

    def _check_response(self, feed: ParsedFeed, response: Response) -> None:
        """Count what the feed lacks, and find out whether its validators lie: the same for a feed that has changed."""
        self.books.count_lost(feed.lost)
        self.tally.notes += [problem for problem in feed.problems if problem.startswith(_NOTED)]
        if feed.partial:
            self.count_fault("broken-feed", "; ".join(feed.problems[:3]), url=response.url)
            self.tally.errors["broken-feed"] += max(feed.lost - 1, 0)
        # Sitemaps may change while their index does not: an index is always read whole.
        self.validators = (None, None) if feed.parts else validators_of(response)
        self.digest = hash_of(part for entry in feed.entries for part in (entry.key, entry.digest))
        known = (self.cursor.etag, self.cursor.last_modified)
        self.lies = any(known) and known == self.validators and self.digest != self.cursor.digest

    def keep_progress(self, connection: Connection, now: datetime) -> None:
        """Remember the sitemaps that were read."""
        self.walk.keep(connection, now)

    def next_cursor(self, now: datetime) -> Cursor:
        """The cursor after this response."""
        etag, last_modified = self.validators
        return replace(
            self.cursor,
            etag=etag,
            last_modified=last_modified,
            digest=self.digest,
            validators_lie=self.cursor.validators_lie or self.lies,
            moved_to=self.move and self.move[0],
            moved_from=self.move and self.source.url,
            moved_at=self.move and self.move[1],
        )


def _moved_to(response: Response) -> str | None:
    """The feed's new address if every redirect is permanent, else None."""
    hops = response.meta.get("redirect_reasons", [])
    return str(response.url) if hops and MOVED.issuperset(hops) else None
