"""The quarantine: pages and feeds that gave nothing and documents that the index refused, listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from copytaster.errors import NotFoundError
from copytaster.store import outbox, refusals, scrubs

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from copytaster.store.refusals import Refusal
    from copytaster.store.scrubs import Damage

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
