"""What the pages and the API read from: one store, one index, and the time zone of whoever reads."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from copytaster.errors import ForeignIndexError, StoreError, UnreachableError
from copytaster.schedule.load import CrawlLoad
from copytaster.values import iso
from indexer.helped_search import search_helped
from newsdesk.operations.completeness import completeness_to_json, read_completeness
from newsdesk.web.people.preferences import find_zone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any
    from zoneinfo import ZoneInfo

    from copytaster.store.engine import Store
    from indexer.helped_search import HelpedPage
    from indexer.port import SearchIndex
    from indexer.search import SearchPage, SearchQuery
    from newsdesk.operations.completeness import Completeness
    from newsdesk.operations.health import Health
    from settings import GroupingSettings, ScheduleSettings
    from spiders.sources.live import LiveSources

MAX_SEARCHES = (os.cpu_count() or 1) + 1  # running at once: more only slow each other down
SLOT_TIMEOUT_S = 15.0
COMPLETE_FOR_S = 1.0  # how old a completeness may be that goes with a response: what was complete stays so


def _make_slots() -> BoundedSemaphore:
    return BoundedSemaphore(MAX_SEARCHES)


@dataclass(slots=True)
class _Recent:
    """The completeness that was read last, and when."""

    at: float = float("-inf")
    found: Completeness | None = None


@dataclass(frozen=True, slots=True)
class Backend:
    """The store, index and sources that pages and API read; they write manual decisions only, and only to the store."""

    store: Store
    index: SearchIndex
    sources: LiveSources
    house_zone: ZoneInfo
    health: Health
    schedule: ScheduleSettings
    grouping: GroupingSettings
    load: CrawlLoad = field(default_factory=CrawlLoad)
    slots: BoundedSemaphore = field(default_factory=_make_slots)
    recent: _Recent = field(default_factory=_Recent)

    @property
    def zone(self) -> ZoneInfo:
        """In which days begin and end: the zone of whoever sends the request, else `house_zone`."""
        return find_zone(self.house_zone)

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

    def search_helped(self, query: SearchQuery, *, follow: bool = True) -> HelpedPage:
        """Search as `indexer.helped_search` does. Raises what `search` raises."""
        return search_helped(_Slotted(self), query, follow=follow)

    def read_complete(self) -> Completeness:
        """Up to when everything is searchable, of the sources as they are configured now."""
        with self.store.read() as connection:
            return read_completeness(connection, self.schedule, self.sources)

    def recall_complete(self) -> Completeness | None:
        """As `read_complete` said at most `COMPLETE_FOR_S` ago; None while the store cannot be read: searches go on."""
        now, recent = time.monotonic(), self.recent
        if now - recent.at > COMPLETE_FOR_S:
            try:
                recent.found, recent.at = self.read_complete(), now
            except StoreError:
                return None
        return recent.found

    def describe_complete(self) -> dict[str, Any] | None:
        """That completeness as JSON, for a response that has room for it."""
        found = self.recall_complete()
        return None if found is None else completeness_to_json(found)

    def complete_headers(self) -> dict[str, str]:
        """That completeness as headers, for a response that has not: its moment and the number of holes."""
        found = self.recall_complete()
        if found is None:
            return {}
        return {
            "Copytaster-Complete-To": iso(found.complete_to) or "",
            "Copytaster-Holes": str(len(found.holes)),
        }


class _Slotted:
    """The index of a backend, each search of which takes a slot."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def search(self, query: SearchQuery) -> SearchPage:
        return self._backend.search(query)

    def find_near(self, words: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        return self._backend.index.find_near(words)
