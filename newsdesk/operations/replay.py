"""Replays the quarantine: pages are parsed again, feeds are read again, documents are queued for the index again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from copytaster.errors import NotFoundError, RefusedError
from copytaster.store import outbox, refusals
from copytaster.store.books import book, hour_of
from copytaster.store.entries import TAKEN, read_entries
from copytaster.store.intake import keep_story
from copytaster.store.raw_pages import read_raw_page
from copytaster.store.source_cursor import read_source_cursor
from spiders.page_context import stored_context
from spiders.parsing.file_items import item_of
from spiders.publishers import Publishers
from spiders.sandbox.jobs import feed_job, listing_job
from spiders.sandbox.pool import ParsingWorker
from spiders.warc.pages import is_archived

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from copytaster.store.engine import Store
    from copytaster.values import RawPage
    from newsdesk.operations.quarantine import Kind, QuarantinedItem
    from settings import Settings
    from spiders.feeds import ParsedFeed
    from spiders.sources.config import Source

# The root of a feed, for feeds that were fetched from another address than the source names today.
_FEED_ROOT = re.compile(
    rb"<(?:rss|feed|(?:[A-Za-z]\w{0,20}:)?(?:RDF|urlset|sitemapindex)|channel)[\s>]|jsonfeed\.org/version",
    re.IGNORECASE,
)
_ROOT_WITHIN = 2048  # bytes
LISTERS = frozenset({"feed", "sitemap", "listing"})  # kinds of source whose own bytes list stories


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """How one replay ended.

    Attributes:
        outcome: stored, unchanged, embargoed (held until its hour), read (a feed), queued (a document), or the reason why the item stays.
        missing: addresses of a feed's entries whose stories the store has not: a replay fetches nothing.
    """

    id: str
    kind: Kind
    outcome: str
    detail: str = ""
    missing: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True if the item left the quarantine."""
        return self.outcome in {"stored", "unchanged", "embargoed", "read", "queued"}


def replay_items(
    store: Store,
    settings: Settings,
    sources: Iterable[Source],
    items: Iterable[QuarantinedItem],
    *,
    on_progress: Callable[[int], None] = lambda _done: None,
) -> list[ReplayResult]:
    """Parse pages and read feeds again from their stored bytes, and queue documents for the index again.

    `on_progress` receives the number of items done.
    """
    crawl = settings.crawl
    parser = ParsingWorker(cpu_s=crawl.parse_cpu_s, memory_bytes=crawl.parse_memory_bytes)
    replayer = _Replayer(store, parser, sources, crawl.max_entries)
    results: list[ReplayResult] = []
    try:
        for item in items:
            results.append(replayer.replay(item))
            on_progress(len(results))
    finally:
        parser.close()
    return results


class _Replayer:
    """Replays one item after the other, each in a transaction of its own."""

    def __init__(
        self, store: Store, parser: ParsingWorker, sources: Iterable[Source], max_entries: int
    ) -> None:
        self._store = store
        self._parser = parser
        self._max_entries = max_entries
        self._sources = {source.name: source for source in sources}
        self._publishers = Publishers(self._sources.values())

    def replay(self, item: QuarantinedItem) -> ReplayResult:
        if item.kind == "document":
            with self._store.write() as connection:
                outbox.requeue_dispatch(connection, item.id)
            return ReplayResult(item.id, "document", "queued")
        if not item.replayable:
            return ReplayResult(
                item.id, "page", item.reason, "its bytes are not stored; another crawl may fetch it"
            )
        try:
            page = self._read_page(int(item.id))
            if is_feed(self._store, page, self._sources.get(item.source or "")):
                return self._replay_feed(item, page)
            return self._replay_page(item, page)
        except (RefusedError, NotFoundError) as error:
            reason = error.reason if isinstance(error, RefusedError) else "raw-page-lost"
            self._keep_reason(int(item.id), reason, error.message)
            return ReplayResult(item.id, "page", reason, error.message)

    def _replay_feed(self, item: QuarantinedItem, page: RawPage) -> ReplayResult:
        """Read a feed again; its entries' pages are the next crawl's work, so those the store lacks are reported."""
        source = self._sources.get(item.source or "")
        content_type = next((value for name, value in page.headers if name.lower() == "content-type"), None)
        most = (source.limits.max_entries if source else None) or self._max_entries
        if source is not None and source.kind == "listing":
            job = listing_job(page.body, url=page.url, max_entries=most, selector=source.selectors.links)
        else:
            job = feed_job(page.body, url=page.url, content_type=content_type, max_entries=most)
        feed = self._parser.do(job)
        with self._store.write() as connection:
            keys = [entry.key for entry in feed.entries]
            known = read_entries(connection, item.source or "", keys)
            refusals.remove_refusal(connection, int(item.id))
        taken = {key for key, record in known.items() if record.outcome in TAKEN}
        missing = tuple(entry.url for entry in feed.entries if entry.url and entry.key not in taken)
        return ReplayResult(item.id, "page", "read", _describe_feed(feed, missing, item.source), missing)

    def _replay_page(self, item: QuarantinedItem, page: RawPage) -> ReplayResult:
        source = self._sources.get(item.source or "")
        context, publisher = stored_context(page, self._publishers, source)
        story = self._parser.parse(page, context)
        name, hour = item.source or "", hour_of(datetime.now(UTC))
        with self._store.write() as connection:
            book(connection, name, hour, {("replayed", ""): 1})
            kept = keep_story(
                connection,
                page=page,
                story=story,
                source=name,
                hour=hour,
                since="parsed",
                channel=source.kind if source and not is_archived(page) else "archive",
                family=publisher.family if publisher else None,
                publisher_by_host=publisher is not None and publisher.by_host,
            )
            refusals.remove_refusal(connection, int(item.id))
        return ReplayResult(item.id, "page", kept.outcome)

    def _read_page(self, number: int) -> RawPage:
        with self._store.read() as connection:
            refusal = refusals.read_refusal(connection, number)
            kept = read_raw_page(connection, (refusal and refusal.raw_page_id) or 0)
        return item_of(kept, refusal.url) if refusal else kept

    def _keep_reason(self, number: int, reason: str, detail: str) -> None:
        with self._store.write() as connection:
            refusals.change_reason(connection, number, reason=reason, detail=detail)


def is_feed(store: Store, page: RawPage, source: Source | None) -> bool:
    """True if these bytes came from the address of a source that lists stories, or begin as a feed."""
    if source is not None and source.kind in LISTERS:
        with store.read() as connection:
            moved_to = read_source_cursor(connection, source.name).moved_to
        if page.url in {source.url, moved_to}:
            return True
    return _FEED_ROOT.search(page.body[:_ROOT_WITHIN]) is not None


def _describe_feed(feed: ParsedFeed, missing: tuple[str, ...], source: str | None) -> str:
    """What a feed holds and what happens next."""
    text = f"the feed can be read: {len(feed.entries)} entries"
    if not missing:
        return f"{text}, none of them missing"
    return (
        f"{text}, {len(missing)} without a story; a crawl of {source} fetches those that the feed still lists"
    )
