"""What the desk reads from: one store, one index, one zone."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from copytaster.errors import UnreachableError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from copytaster.store.engine import Store
    from indexer.port import SearchIndex
    from indexer.search import SearchPage, SearchQuery
    from spiders.sources.config import Sources

AT_ONCE = (os.cpu_count() or 1) + 1  # searches: more would only make each other slow
PATIENCE_S = 15.0


def _make_turns() -> BoundedSemaphore:
    return BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts that pages and API read; none is written to."""

    store: Store
    index: SearchIndex
    sources: Sources
    zone: ZoneInfo
    turns: BoundedSemaphore = field(default_factory=_make_turns)

    def search(self, query: SearchQuery) -> SearchPage:
        """The index's answer, in its turn.

        Raises:
            UnreachableError: the index does not answer, or not those who asked before.
            QueryError: the text or the cursor cannot be read.
        """
        if not self.turns.acquire(timeout=PATIENCE_S):
            raise UnreachableError(
                "searches before this one are not answered", resource="search", hint="try again in a minute"
            )
        try:
            return self.index.search(query)
        finally:
            self.turns.release()
