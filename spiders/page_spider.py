"""The part of a run that every kind of source shares: entry -> page -> story, known entries, and the run's end.

A subclass for each kind requests and reads the source; see spiders.feed_spider.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import structlog
from scrapy import Request, Spider
from scrapy.exceptions import CloseSpider

from copytaster.errors import ParserStartError, RefusedError
from copytaster.process_id import this_process
from copytaster.store.books import hour_of
from copytaster.store.entries import TAKEN, EntrySeen, forget_entries, read_entries, touch_entries
from copytaster.store.holes import ROLLED_OVER, add_hole
from copytaster.store.ledger import DueTime, close_run, open_runs, read_due_at
from copytaster.store.source_cursor import Cursor, keep_cursor, read_source_cursor
from copytaster.store.source_health import keep_wall
from copytaster.values import iso
from settings import load_settings
from spiders.article_pages import read_article
from spiders.feeds.feed import newest_first
from spiders.items import RefusalItem, StoryItem, UnchangedItem
from spiders.net.challenges import is_challenge
from spiders.net.conditional import NOT_MODIFIED, conditional_headers
from spiders.net.reasons import LaterError, is_for_good, reason_of
from spiders.net.responses import describe_failure, raw_page, validators_of
from spiders.own_text import (
    CUT,
    FEED_TEXT,
    NOT_INSTEAD_OF,
    address_of,
    as_feed_story,
    has_text,
    is_cut,
    text_page,
)
from spiders.page_context import note_claims, page_context
from spiders.resources import Resources
from spiders.revisits import Revisits
from spiders.run_books import REFUSED_BEFORE, RunBooks
from spiders.run_report import RunReport, Tally, log_slowdown
from spiders.sandbox.jobs import page_job
from spiders.sources.config import Source, read_sources
from spiders.turns import BACKFILL, FEED, FRESH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from sqlalchemy import Connection

    from copytaster.store.books import Gate
    from copytaster.store.entries import EntryRecord
    from spiders.feeds import FeedEntry

log = structlog.get_logger(__name__)

TRY_FOR = timedelta(hours=48)  # an entry that keeps failing
REMEMBER_FOR = timedelta(days=90)  # an entry that the feed no longer lists
LONGEST_URL = 2083
FRESH_PAGES = 20  # of one run, the newest; what is beyond is back-fill and goes after everything fresh
LONG_PAGES = 10  # pages of one run that may use up their parsing time; after that its pages are refused
SLOW_LANE = "it was read in the slow lane"


class PageSpider(Spider):
    """One run of one source.

    Args:
        source: the source, or its name in sources.toml.
        resources: shared by the sources of this process; a run without them makes its own.
    """

    def __init__(self, source: Source, resources: Resources, *, alone: bool) -> None:
        super().__init__()
        self.source, self.resources, self.alone = source, resources, alone
        limits, crawl = source.limits, resources.settings.crawl
        self.delay_s = crawl.delay_s if limits.delay_s is None else limits.delay_s
        self.max_entries = limits.max_entries or crawl.max_entries
        self.tally = Tally()
        self.books = RunBooks(source.name, self.tally)
        self.revisits = Revisits(self)
        self.cursor = Cursor()
        self.run_id = resources.runs.get(source.name)
        self.report: RunReport | None = None
        self.is_index = False  # of several lists
        self.wall: str | None = None  # the text that pages showed instead of a story
        self._began_at = datetime.now(UTC)
        self._still_shown: list[str] = []
        slice_s = resources.slices_s.get(source.name)
        self._ends_at = None if slice_s is None else time.monotonic() + slice_s
        self._memories: dict[str, EntryRecord] = {}
        self._met: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *_: Any, **arguments: Any) -> PageSpider:
        """Called by Scrapy, also for `scrapy crawl feed -a source=NAME`."""
        source, resources = arguments["source"], arguments.get("resources")
        alone = resources is None
        if resources is None:
            config = Path(crawler.settings["SOURCES_FILE"])
            sources = read_sources(config)
            source = sources.get(source)
            resources = Resources(load_settings(config), sources=sources)
        made: PageSpider = super().from_crawler(crawler, source=source, resources=resources, alone=alone)
        return made

    # --- the source ----------------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Request]:
        """Request the source, unless its server demanded a pause."""
        if self.run_id is None:
            self.run_id = await self.resources.write(self._open_run)
        self.cursor, due_at = await self.resources.read(
            lambda connection: (
                read_source_cursor(connection, self.source.name),
                read_due_at(connection, self.run_id),
            )
        )
        self.books.hour = hour_of(due_at) if due_at else self.books.hour
        until = self.cursor.not_before
        if until is not None and until > datetime.now(UTC):
            self.tally.skipped = f"the server set Retry-After: wait until {iso(until)}"
            return
        request = await self.request_source()
        yield request.replace(callback=self.read_source, cb_kwargs={"read": request.callback})

    async def read_source(
        self, response: Response, read: Callable[[Response], AsyncIterator[Any]]
    ) -> AsyncIterator[Any]:
        """Read the source; once it has answered, visit again what is due."""
        async for found in read(response):
            yield found
        if self.tally.answered:
            async for request in self.revisits.start():
                yield request

    def _open_run(self, connection: Connection) -> int | None:
        now = datetime.now(UTC)
        opened = open_runs(
            connection, [DueTime(self.source.name, now, "command")], holder=this_process(), now=now
        )
        return opened.get(self.source.name)

    async def request_source(self) -> Request:
        """The first request of a run."""
        raise NotImplementedError

    def next_cursor(self, now: datetime) -> Cursor:
        """The cursor after a complete response whose entries have all been handled."""
        raise NotImplementedError

    def keep_progress(self, connection: Connection, now: datetime) -> None:
        """Write what a kind of source remembers beside its cursor; called for a run whose entries are all settled."""

    def fail_source(self, failure: Any) -> None:
        """Count a failed request of the source."""
        self.count_fault(reason_of(failure.value), describe_failure(failure.value), url=failure.request.url)

    def count_fault(self, reason: str, detail: str, *, url: str) -> None:
        """Count and log a fault of the source as a whole."""
        self.tally.errors[reason] += 1
        self.tally.trouble = detail
        self.tally.whole = False
        log.warning(
            "source.failed",
            source=self.source.name,
            run=self.run_id,
            url=url,
            reason=reason,
            detail=detail,
        )

    # --- its entries ---------------------------------------------------------------------------------------

    async def take_entries(
        self, entries: Iterable[FeedEntry]
    ) -> AsyncIterator[Request | StoryItem | RefusalItem]:
        """Yield requests for the pages of entries that are new, changed, or to be tried again.

        An entry without an address gives the text that its feed carries.
        """
        listed = list(entries)
        keys = [entry.key for entry in listed]
        self._memories |= await self.resources.read(
            lambda connection: read_entries(connection, self.source.name, keys)
        )
        wanted, texts = self._sort(listed)
        if wanted or texts:
            await self.books.flush(self.resources)
        for entry in texts:
            self.tally.pending.add(entry.key)
            yield await self.stand_in(entry, RefusalItem(self._seen(entry), "no-address", ""))
        for entry in newest_first(wanted):
            request = self._request_page(entry, place=len(self.tally.pending))
            if request is not None:
                self.tally.pending.add(entry.key)
                yield request

    def _sort(self, listed: Sequence[FeedEntry]) -> tuple[list[FeedEntry], list[FeedEntry]]:
        """Entries whose pages are wanted, and those that have their text in the feed alone; the others are counted."""
        wanted: list[FeedEntry] = []
        texts: list[FeedEntry] = []
        self.books.count_found(len(listed))
        for entry in listed:
            address = entry.address
            if not address and has_text(entry) and entry.key not in self._met:
                if not self._is_known(entry):
                    texts.append(entry)
            elif not address or len(address) > LONGEST_URL:
                self.books.drop("no-address" if not address else "bad-address")
            elif address in self._met or entry.key in self._met:
                self.books.drop("twice-in-feed")
            elif not self._is_known(entry):
                wanted.append(entry)
            self._met |= {address, entry.key} - {""}
        return wanted, texts

    def _is_known(self, entry: FeedEntry) -> bool:
        memory = self._memories.get(entry.key)
        if memory is None or memory.digest != entry.digest:
            return False
        is_old = memory.first_seen_at < datetime.now(UTC) - TRY_FOR
        if memory.outcome in TAKEN or (memory.outcome == FEED_TEXT and is_old):
            self.books.count_known()
        elif memory.outcome != FEED_TEXT and (is_for_good(memory.outcome) or is_old):
            self.books.drop(memory.outcome, booked=REFUSED_BEFORE)
        else:
            return False
        self._still_shown.append(entry.key)
        return True

    def memory_of(self, key: str) -> EntryRecord | None:
        """What the store kept of an entry before this run met it."""
        return self._memories.get(key)

    def is_first_sight(self, key: str) -> bool:
        """True if no earlier run met the entry."""
        return key not in self._memories

    def _request_page(self, entry: FeedEntry, *, place: int) -> Request | None:
        memory = self._memories.get(entry.key)
        validators = {}
        if memory is not None and memory.outcome in TAKEN and not self.cursor.validators_lie:
            validators = conditional_headers(memory.etag, memory.last_modified)
        try:
            return self.request(
                str(entry.url),
                headers=validators,
                callback=self.read_page,
                errback=self.fail_page,
                cb_kwargs={"entry": entry},
                priority=-(place // FRESH_PAGES),
                urgency=FRESH if place < FRESH_PAGES else BACKFILL,
            )
        except ValueError:
            self.books.drop("bad-address")
            return None

    def request(
        self, url: str, *, headers: Mapping[str, str], urgency: int = FEED, **arguments: Any
    ) -> Request:
        """Make a request with the source's own limits; `urgency` as in `spiders.turns`."""
        limits = {
            "download_timeout": self.source.limits.timeout_s,
            "download_maxsize": self.source.limits.max_bytes,
        }
        meta: dict[str, Any] = {name: value for name, value in limits.items() if value is not None}
        meta["urgency"] = urgency
        if headers:
            meta["handle_httpstatus_list"] = [NOT_MODIFIED]
        return Request(url, headers=dict(headers), meta=meta, dont_filter=True, **arguments)

    async def fetch(self, url: str, *, urgency: int) -> Response:
        """The answer to a request with the source's own limits, whatever its status; raises what the downloader raises."""
        assert self.crawler.engine is not None
        return await self.crawler.engine.download_async(self.request(url, headers={}, urgency=urgency))

    # --- their pages ---------------------------------------------------------------------------------------

    async def read_page(
        self, response: Response, entry: FeedEntry
    ) -> AsyncIterator[StoryItem | UnchangedItem | RefusalItem]:
        """Parse a page in a worker process, while the reactor runs on."""
        self.tally.fetched += 1
        etag, last_modified = validators_of(response)
        seen = EntrySeen(entry.key, str(entry.url), entry.digest, etag, last_modified)
        if response.status == NOT_MODIFIED:
            memory = self._memories[entry.key]
            yield UnchangedItem(replace(seen, etag=memory.etag, last_modified=memory.last_modified))
            return
        publisher = self.resources.publishers.of_page(response.url, self.source, entry.source_publisher)
        context = page_context(self.source, publisher, entry)
        page = note_claims(raw_page(response), context)
        try:
            page, story = await read_article(
                self,
                page,
                context,
                urgency=response.meta["urgency"],
                is_wanted=lambda: self.is_in_time() and not self._is_over_budget(),
            )
        except LaterError:
            if self._is_over_budget():
                yield RefusalItem(
                    seen, "over-budget", f"{LONG_PAGES} pages of this run took too long", gate="parsed"
                )
            else:
                self._leave(entry, "parsed")
        except RefusedError as error:
            if is_challenge(page.status, page.body):
                refusal = RefusalItem(
                    seen, "challenge", "the page is a challenge for browsers", gate="parsed"
                )
            else:
                refusal = RefusalItem(seen, error.reason, error.message, page, gate="parsed")
            yield await self.stand_in(entry, refusal)
        except ParserStartError as error:
            self.give_up(error)
        except Exception as error:
            log.exception("page.failed", source=self.source.name, run=self.run_id, url=page.url)
            yield RefusalItem(seen, "internal", repr(error), page, gate="parsed")
        else:
            item = StoryItem(seen, page, story, publisher, entry.title, entry)
            yield await self._complete(entry, item) if is_cut(story) else item

    async def _complete(self, entry: FeedEntry, item: StoryItem) -> StoryItem:
        """The text that the feed carries where it is longer than the part that the page printed."""
        other = await self.stand_in(entry, RefusalItem(item.entry, CUT, "", gate="parsed"))
        if isinstance(other, StoryItem) and len(other.story.body) > len(item.story.body):
            return other
        return item

    async def stand_in(self, entry: FeedEntry, refusal: RefusalItem) -> StoryItem | RefusalItem:
        """The text that the feed carries of an entry whose page gave no story; the refusal where it carries none."""
        if not has_text(entry) or refusal.reason in NOT_INSTEAD_OF:
            return refusal
        publisher = self.resources.publishers.of_page(
            entry.url or self.source.url, self.source, entry.source_publisher
        )
        context = page_context(self.source, publisher, entry)
        page = note_claims(text_page(entry, self.source.url), context)
        try:
            parsed = await self.resources.do(page_job(page, context), self.source.name)
        except (RefusedError, ParserStartError):
            return refusal
        story = as_feed_story(parsed)
        if story is None:
            return refusal
        return StoryItem(refusal.entry, page, story, publisher, entry.title, entry, refusal.reason)

    def _seen(self, entry: FeedEntry) -> EntrySeen:
        return EntrySeen(entry.key, address_of(entry, self.source.url), entry.digest)

    def give_up(self, error: ParserStartError) -> NoReturn:
        """End the run because no parser can be started."""
        self.tally.errors["no-parser"] = 1
        self.tally.trouble = str(error)
        raise CloseSpider("no-parser") from error

    async def fail_page(self, failure: Any) -> AsyncIterator[StoryItem | RefusalItem]:
        """Yield the refusal of a page whose request failed, or what its feed carries of it.

        A page left for the next run has neither.
        """
        entry: FeedEntry = failure.request.cb_kwargs["entry"]
        if isinstance(failure.value, LaterError):
            self._leave(entry, "fetched")
            return
        reason, detail = reason_of(failure.value), describe_failure(failure.value)
        log.info(
            "page.refused",
            source=self.source.name,
            run=self.run_id,
            url=failure.request.url,
            reason=reason,
            detail=detail,
        )
        yield await self.stand_in(entry, RefusalItem(self._seen(entry), reason, detail))

    # --- its time ------------------------------------------------------------------------------------------

    def is_in_time(self) -> bool:
        """False once the run has to end, so that its source can fall due again: back-fill is left for the next run then."""
        return self._ends_at is None or time.monotonic() < self._ends_at

    def _is_over_budget(self) -> bool:
        return self.tally.errors["took-too-long"] >= LONG_PAGES

    def _leave(self, entry: FeedEntry, gate: Gate) -> None:
        """Leave an entry as if it had not been met: the next run takes it, after whatever is newer."""
        self.tally.pending.discard(entry.key)
        self.books.drop(LaterError.reason, gate)
        self.tally.unsettled += 1

    @property
    def _left(self) -> int:
        """Entries that were listed and are unknown still: the list is not read whole, and proves no roll-over later."""
        return self.tally.dropped[LaterError.reason]

    # --- the end -------------------------------------------------------------------------------------------

    async def finish(self) -> None:
        """Write the source's cursor and end the run, after all its entries are committed."""
        self.report = await self.resources.write(self._finish, self.source.name)
        log_slowdown(self.report, self.cursor.failures)
        log.info("source.ended", source=self.source.name, run=self.run_id, outcome=self.report.outcome)
        if self.alone:
            self.resources.close()

    def _finish(self, connection: Connection) -> RunReport:
        now = datetime.now(UTC)
        name = self.source.name
        if self.resources.lanes.is_slow(name):
            self.tally.notes.append(SLOW_LANE)
        if self._left:
            self.tally.notes.append(f"{self._left} entries go on in the next run")
        if visited := self.revisits.describe():
            self.tally.notes.append(visited)
        report = self.tally.report(name, self.run_id)
        self.books.close(connection, left=len(self.tally.pending & self._met) + self.revisits.left)
        touch_entries(connection, name, self._still_shown, now=now)
        if self.tally.is_settled():
            self.keep_progress(connection, now)
            forget_entries(connection, name, before=now - REMEMBER_FOR)
        if self._has_rolled_over() and self.cursor.read_at is not None:
            add_hole(connection, name, start=self.cursor.read_at, end=self._began_at, why=ROLLED_OVER)
        self.resources.templates.file(connection)
        if report.outcome != "skipped":
            keep_cursor(connection, name, self._cursor_after(report, now), now=now)
        if self.run_id is not None:
            close_run(connection, self.run_id, report, now=now)
        if self.wall is not None:
            keep_wall(connection, name, self.wall)
        return report

    def _has_rolled_over(self) -> bool:
        """True if nothing that the list showed in an earlier run is in it now. An index has no such list."""
        return self.tally.answered and bool(self._met) and not self._memories and not self.is_index

    def _cursor_after(self, report: RunReport, now: datetime) -> Cursor:
        cursor = self.cursor
        if self.tally.is_settled():
            cursor = replace(self.next_cursor(now), last_success_at=now)
        gate = self.resources.gates.of(self.source.url)
        closed_until = gate.closed_until if gate.asked_to_wait else None
        return replace(
            cursor,
            read_at=self._began_at if self.tally.is_read() and not self._left else cursor.read_at,
            failures=cursor.failures if report.outcome == "failed" else 0,  # the end of the run counts it
            last_error=self.tally.why(),
            not_before=closed_until if closed_until and closed_until > now else None,
        )
