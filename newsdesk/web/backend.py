"""What the pages and the API read from: one store, one index, one time zone."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from copytaster.errors import ForeignIndexError, UnreachableError
from copytaster.schedule.load import CrawlLoad

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from copytaster.store.engine import Store
    from indexer.port import SearchIndex
    from indexer.search import SearchPage, SearchQuery
    from newsdesk.operations.health import Health
    from settings import GroupingSettings, ScheduleSettings
    from spiders.sources.live import LiveSources

MAX_SEARCHES = (os.cpu_count() or 1) + 1  # running at once: more only slow each other down
SLOT_TIMEOUT_S = 15.0


def _make_slots() -> BoundedSemaphore:
    return BoundedSemaphore(MAX_SEARCHES)


@dataclass(frozen=True, slots=True)
class Backend:
    """The store, index and sources that pages and API read; they write manual decisions only, and only to the store."""

    store: Store
    index: SearchIndex
    sources: LiveSources
    zone: ZoneInfo
    health: Health
    schedule: ScheduleSettings
    grouping: GroupingSettings
    load: CrawlLoad = field(default_factory=CrawlLoad)
    slots: BoundedSemaphore = field(default_factory=_make_slots)

    def search(self, query: SearchQuery) -> SearchPage:
        """Search the index, at most `MAX_SEARCHES` at once.

        Raises:
            UnreachableError: the index does not answer, or no slot became free within `SLOT_TIMEOUT_S`.
            ConfigurationError: there is no index, or one that another installation writes.
            QueryError: the text or the cursor cannot be read.
        """
        error = self.health.find_error("index")
        if isinstance(error, ForeignIndexError):
            raise error  # its documents are none of ours
        if not self.slots.acquire(timeout=SLOT_TIMEOUT_S):
            raise UnreachableError(
                "too many searches are waiting", resource="search", hint="try again in a minute"
            )
        try:
            return self.index.search(query)
        finally:
            self.slots.release()
