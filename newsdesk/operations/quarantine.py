"""What could not be used: pages that gave no story, documents that no index takes; and trying them again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import delete, select

from copytaster.errors import NotFoundError, RefusedError
from copytaster.store import outbox as outbox_rows
from copytaster.store.intake import DETAIL_LENGTH, keep_story, read_raw_page
from copytaster.store.tables import outbox, raw_pages, refusals
from spiders.page_context import page_context
from spiders.parsing.context import ParseContext
from spiders.parsing.sandbox.pool import ParsingWorker
from spiders.publishers import Publishers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from sqlalchemy import Connection, Row, Select

    from copytaster.store.engine import Store
    from settings import Settings
    from spiders.sources.config import Source

Kind = Literal["page", "document"]


@dataclass(frozen=True, slots=True)
class Held:
    """One thing set aside.

    Attributes:
        id: a number for a page, a dispatch id for a document.
        about: the page's address, or the dispatch.
        replayable: whether its bytes are kept; without them only another crawl helps.
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
class Replayed:
    """What became of one thing tried again: stored, unchanged, queued, or the reason why it is still held."""

    id: str
    kind: Kind
    outcome: str
    detail: str = ""

    @property
    def ok(self) -> bool:
        """Whether it left the quarantine."""
        return self.outcome in {"stored", "unchanged", "queued"}


def list_held(connection: Connection, *, source: str | None = None, limit: int = 100) -> list[Held]:
    """What was set aside: documents first, then pages, the newest first."""
    documents = [] if source else outbox_rows.list_quarantined(connection, limit=limit)
    held = [
        _document(row.dispatch_id, row.error, row.quarantined_at) for row in documents if row.quarantined_at
    ]
    query = _pages().order_by(refusals.c.id.desc()).limit(limit - len(held))
    if source is not None:
        query = query.where(refusals.c.source == source)
    return held + [_page(row) for row in connection.execute(query)]


def show_held(connection: Connection, held_id: str) -> Held:
    """One thing set aside.

    Raises:
        NotFoundError: nothing set aside has this id.
    """
    if held_id.isdecimal():
        row = connection.execute(_pages().where(refusals.c.id == int(held_id))).one_or_none()
        if row is not None:
            return _page(row)
    queued = connection.execute(
        select(outbox).where(outbox.c.dispatch_id == held_id, outbox.c.quarantined_at.is_not(None))
    ).one_or_none()
    if queued is None:
        raise NotFoundError(
            "not in quarantine", resource=held_id, hint="`copytaster quarantine list` shows what is"
        )
    return _document(queued.dispatch_id, queued.error, queued.quarantined_at)


def _pages() -> Select[Any]:
    return select(refusals, raw_pages.c.bytes).outerjoin(raw_pages, raw_pages.c.id == refusals.c.raw_page_id)


def _page(row: Row[Any]) -> Held:
    return Held(
        id=str(row.id),
        kind="page",
        source=row.source,
        about=row.url,
        reason=row.reason,
        detail=row.detail,
        at=row.at,
        replayable=row.raw_page_id is not None,
        run=row.run_id,
        bytes=row.bytes,
    )


def _document(dispatch_id: str, error: str | None, at: datetime) -> Held:
    return Held(
        dispatch_id,
        "document",
        None,
        f"dispatch {dispatch_id}",
        "index-refused",
        error or "",
        at,
        replayable=True,
    )


def replay(
    store: Store,
    settings: Settings,
    sources: Iterable[Source],
    held: Iterable[Held],
    *,
    on_progress: Callable[[int], None] = lambda _done: None,
) -> list[Replayed]:
    """Try again: pages are parsed anew from their kept bytes, documents are queued for the index again."""
    known = {source.name: source for source in sources}
    publishers = Publishers(known.values())
    crawl = settings.crawl
    parser = ParsingWorker(cpu_s=crawl.parse_cpu_s, memory_bytes=crawl.parse_memory_bytes)
    replayed = []
    try:
        for one in held:
            replayed.append(_replay_one(store, parser, publishers, known.get(one.source or ""), one))
            on_progress(len(replayed))
    finally:
        parser.close()
    return replayed


def _replay_one(
    store: Store, parser: ParsingWorker, publishers: Publishers, source: Source | None, held: Held
) -> Replayed:
    if held.kind == "document":
        with store.write() as connection:
            outbox_rows.replay(connection, held.id)
        return Replayed(held.id, "document", "queued")
    if not held.replayable:
        return Replayed(held.id, "page", held.reason, "its bytes are not kept; another crawl may fetch it")
    return _replay_page(store, parser, publishers, source, held)


def _replay_page(
    store: Store, parser: ParsingWorker, publishers: Publishers, source: Source | None, held: Held
) -> Replayed:
    number = int(held.id)
    try:
        with store.read() as connection:
            page_id = connection.scalar(select(refusals.c.raw_page_id).where(refusals.c.id == number))
            page = read_raw_page(connection, int(page_id or 0))
        publisher = publishers.of_page(page.url, source) if source else None
        context = page_context(source, publisher) if source and publisher else ParseContext()
        story = parser.parse(page, context)
    except (RefusedError, NotFoundError) as error:
        reason = error.reason if isinstance(error, RefusedError) else "raw-page-lost"
        with store.write() as connection:
            connection.execute(
                refusals.update()
                .where(refusals.c.id == number)
                .values(reason=reason, detail=error.message[:DETAIL_LENGTH])
            )
        return Replayed(held.id, "page", reason, error.message)
    with store.write() as connection:
        kept = keep_story(
            connection,
            page=page,
            story=story,
            source=held.source or "",
            channel=source.kind if source else "archive",
            family=publisher.family if publisher else None,
            publisher_by_host=publisher is not None and publisher.by_host,
        )
        connection.execute(delete(refusals).where(refusals.c.id == number))
    return Replayed(held.id, "page", kept.outcome)
