"""Whether the agency of a dispatch is right, from page through story and grouping to the merged record."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlalchemy import select

from copytaster.store.dispatches import read_dispatches
from copytaster.store.engine import Store
from copytaster.store.intake import keep_story
from copytaster.store.tables import memberships, stories, versions
from copytaster.values import RawPage
from dedup.grouping.grouper import group_waiting
from indexer.merge import merge_rows
from settings import GroupingSettings
from spiders.parsing import ParseContext, parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.copy.credited import CreditedPage

_AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
DOUBTED = 0.5  # below this confidence the pages say `probably`
_PICTURE_CEILING = 0.4


def judge_agencies(pages: Sequence[CreditedPage]) -> dict[str, tuple[str | None, float, str | None, bool]]:
    """URL -> (agency of its dispatch, confidence, true agency, is right).

    Right is: the true agency with confidence of at least `DOUBTED`; no agency above it if no copy names one; at most
    `_PICTURE_CEILING` if only picture credits name one.
    """
    found = _publish(pages)
    verdicts = {}
    for page in pages:
        agency, confidence = found[page.url]
        right = agency == page.agency and confidence >= DOUBTED
        if page.agency is None:
            right = agency is None or confidence < DOUBTED
        if page.only_picture:
            right = confidence <= _PICTURE_CEILING
        verdicts[page.url] = (agency, confidence, page.agency, right)
    return verdicts


def _publish(pages: Sequence[CreditedPage]) -> dict[str, tuple[str | None, float]]:
    """URL -> agency and confidence of its dispatch."""
    with TemporaryDirectory(prefix="copytaster-bench-") as folder:
        store = Store(f"sqlite:///{Path(folder) / 'store.sqlite'}")
        try:
            with store.write() as connection:
                for page in pages:
                    raw = RawPage(page.url, page.html.encode(), _AT)
                    context = ParseContext(publisher=page.publisher, published_at=_AT)
                    story = parse(raw, context)
                    keep_story(connection, page=raw, story=story, source="bench", channel="page")
            for _ in group_waiting(store, GroupingSettings()):
                pass
            return _read_agencies(store)
        finally:
            store.close()


def _read_agencies(store: Store) -> dict[str, tuple[str | None, float]]:
    query = (
        select(stories.c.url, memberships.c.dispatch_id)
        .join(versions, versions.c.story_id == stories.c.id)
        .join(memberships, memberships.c.version_id == versions.c.id)
    )
    with store.read() as connection:
        dispatch_of = {row.url: row.dispatch_id for row in connection.execute(query)}
        records = {
            dispatch: merge_rows(rows)
            for dispatch, rows in read_dispatches(connection, sorted(set(dispatch_of.values()))).items()
        }
    return {
        url: (records[dispatch].agency, records[dispatch].agency_confidence)
        for url, dispatch in dispatch_of.items()
    }
