"""The quarantine: pages that gave no story and documents that the index refused, listed and replayed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from copytaster.errors import NotFoundError, RefusedError
from copytaster.store import outbox, refusals, scrubs
from copytaster.store.intake import keep_story, read_raw_page
from spiders.page_context import page_context
from spiders.parsing.context import ParseContext
from spiders.publishers import Publishers
from spiders.sandbox.pool import ParsingWorker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from copytaster.store.refusals import Refusal
    from copytaster.store.scrubs import Damage
    from copytaster.values import RawPage
    from settings import Settings
    from spiders.sources.config import Source

RAW_PAGE = "raw page"  # as scrubs name it
Kind = Literal["page", "document"]


@dataclass(frozen=True, slots=True)
class QuarantinedItem:
    """One page or document in quarantine.

    Attributes:
        id: a number for a page, the dispatch id for a document.
        about: the address of the page, or the dispatch.
        replayable: True if the store keeps its bytes; without them only another crawl helps.
    """

    id: str
    kind: Kind
    source: str | None
    about: str
    reason: str
    detail: str
    at: datetime
    replayable: bool
    run: int | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """How one replay ended: `outcome` is stored, unchanged, queued, or the reason why the item stays."""

    id: str
    kind: Kind
    outcome: str
    detail: str = ""

    @property
    def ok(self) -> bool:
        """True if the item left the quarantine."""
        return self.outcome in {"stored", "unchanged", "queued"}


def list_items(
    connection: Connection, *, source: str | None = None, limit: int = 100
) -> list[QuarantinedItem]:
    """List the quarantine: documents and damaged raw pages first, then pages, newest first. Those first have no source."""
    documents = [] if source else outbox.list_quarantined(connection, limit=limit)
    items = [
        _document(row.dispatch_id, row.error, row.quarantined_at) for row in documents if row.quarantined_at
    ]
    if not source:
        items += [
            _damaged(one) for one in scrubs.list_damages(connection, state="open") if one.kind == RAW_PAGE
        ]
    pages = refusals.list_refusals(connection, source=source, limit=max(0, limit - len(items)))
    return items + [_page(refusal) for refusal in pages]


def read_item(connection: Connection, item_id: str) -> QuarantinedItem:
    """Read one item.

    Raises:
        NotFoundError: no item has this id.
    """
    if item_id.isdecimal():
        refusal = refusals.read_refusal(connection, int(item_id))
        if refusal is not None:
            return _page(refusal)
    kind, _, key = item_id.partition(":")
    damaged = scrubs.read_damage(connection, RAW_PAGE, key) if kind == "raw-page" else None
    if damaged is not None:
        return _damaged(damaged)
    queued = outbox.read_quarantined(connection, item_id)
    if queued is None or queued.quarantined_at is None:
        raise NotFoundError(
            "not in quarantine", resource=item_id, hint="list ids with `copytaster quarantine list`"
        )
    return _document(queued.dispatch_id, queued.error, queued.quarantined_at)


def _page(refusal: Refusal) -> QuarantinedItem:
    return QuarantinedItem(
        id=str(refusal.id),
        kind="page",
        source=refusal.source,
        about=refusal.url,
        reason=refusal.reason,
        detail=refusal.detail,
        at=refusal.at,
        replayable=refusal.raw_page_id is not None,
        run=refusal.run_id,
        bytes=refusal.bytes,
    )


def _damaged(one: Damage) -> QuarantinedItem:
    return QuarantinedItem(
        id=f"raw-page:{one.key}",
        kind="page",
        source=None,
        about=f"raw page {one.key}",
        reason="raw-page-damaged",
        detail=f"{one.what}; {one.done}",
        at=one.found_at,
        replayable=False,
    )


def _document(dispatch_id: str, error: str | None, at: datetime) -> QuarantinedItem:
    return QuarantinedItem(
        dispatch_id,
        "document",
        None,
        f"dispatch {dispatch_id}",
        "index-refused",
        error or "",
        at,
        replayable=True,
    )


def replay_items(
    store: Store,
    settings: Settings,
    sources: Iterable[Source],
    items: Iterable[QuarantinedItem],
    *,
    on_progress: Callable[[int], None] = lambda _done: None,
) -> list[ReplayResult]:
    """Parse pages again from their stored bytes, and queue documents for the index again.

    `on_progress` receives the number of items done.
    """
    crawl = settings.crawl
    parser = ParsingWorker(cpu_s=crawl.parse_cpu_s, memory_bytes=crawl.parse_memory_bytes)
    replayer = _Replayer(store, parser, sources)
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

    def __init__(self, store: Store, parser: ParsingWorker, sources: Iterable[Source]) -> None:
        self._store = store
        self._parser = parser
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
        return self._replay_page(item)

    def _replay_page(self, item: QuarantinedItem) -> ReplayResult:
        source = self._sources.get(item.source or "")
        try:
            page = self._read_page(int(item.id))
            publisher = self._publishers.of_page(page.url, source) if source else None
            context = page_context(source, publisher) if source and publisher else ParseContext()
            story = self._parser.parse(page, context)
        except (RefusedError, NotFoundError) as error:
            reason = error.reason if isinstance(error, RefusedError) else "raw-page-lost"
            self._keep_reason(int(item.id), reason, error.message)
            return ReplayResult(item.id, "page", reason, error.message)
        with self._store.write() as connection:
            kept = keep_story(
                connection,
                page=page,
                story=story,
                source=item.source or "",
                channel=source.kind if source else "archive",
                family=publisher.family if publisher else None,
                publisher_by_host=publisher is not None and publisher.by_host,
            )
            refusals.remove_refusal(connection, int(item.id))
        return ReplayResult(item.id, "page", kept.outcome)

    def _read_page(self, number: int) -> RawPage:
        with self._store.read() as connection:
            refusal = refusals.read_refusal(connection, number)
            return read_raw_page(connection, (refusal and refusal.raw_page_id) or 0)

    def _keep_reason(self, number: int, reason: str, detail: str) -> None:
        with self._store.write() as connection:
            refusals.change_reason(connection, number, reason=reason, detail=detail)
