"""Time from the commit of a change in the store until a search finds it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from indexer.drain import drain
from indexer.search import SearchQuery

if TYPE_CHECKING:
    from bench.index.copy import Copydesk
    from copytaster.store.engine import Store
    from indexer.port import SearchIndex

RATE = 50  # changes a second, each a transaction
PATIENCE_S = 30
LOOK_EVERY_S = 0.1  # between searches for new dispatches, so that these are no load by themselves


class Writing:
    """Changes at a steady rate, and a writer as in the service, while the context lasts."""

    def __init__(self, store: Store, desk: Copydesk, index: SearchIndex, *, rate: float) -> None:
        self._store, self._desk, self._index, self._rate = store, desk, index, rate
        self._ended, self._stored = threading.Event(), threading.Event()
        self.committed: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._threads = [threading.Thread(target=self._change), threading.Thread(target=self._drain)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._ended.set()
        self._stored.set()
        for thread in self._threads:
            thread.join()

    def _change(self) -> None:
        begun = time.perf_counter()
        while not self._ended.is_set():
            with self._store.write() as connection:
                (name,) = self._desk.insert(connection, 1)
            self.committed[name] = time.perf_counter()
            self._stored.set()
            self._ended.wait(max(0.0, begun + len(self.committed) / self._rate - time.perf_counter()))

    def _drain(self) -> None:
        while not self._ended.is_set():
            self._stored.wait()
            self._stored.clear()
            while drain(self._store, self._index, should_end=self._ended.is_set).written:
                pass


def measure_delay(store: Store, desk: Copydesk, index: SearchIndex, seconds: float) -> dict[str, Any]:
    """Seconds from commit to found, at 50 changes/s; searches for the newest ten times a second."""
    found: dict[str, float] = {}
    with Writing(store, desk, index, rate=RATE) as writing:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            _look(index, writing.committed, found)
            time.sleep(LOOK_EVERY_S)
        wanted = dict(writing.committed)
        while len(found.keys() & wanted.keys()) < len(wanted) and time.perf_counter() < end + PATIENCE_S:
            _look(index, writing.committed, found)
            time.sleep(LOOK_EVERY_S)
    delays = np.array([found.get(name, end + PATIENCE_S) - moment for name, moment in wanted.items()])
    return {
        "changes_per_s": len(wanted) / seconds,
        "delay_p50_s": float(np.percentile(delays, 50)),
        "delay_p95_s": float(np.percentile(delays, 95)),
        "refresh": "every second" if index.lanes > 1 else "none needed",
        "never_found": len(wanted.keys() - found.keys()),
    }


def _look(index: SearchIndex, committed: dict[str, float], found: dict[str, float]) -> None:
    cursor = None
    while True:
        page = index.search(SearchQuery(sort="newest", limit=100, cursor=cursor, highlight=False))
        now = time.perf_counter()
        names = [hit.id for hit in page.hits]
        fresh = [name for name in names if name in committed and name not in found]
        found.update(dict.fromkeys(fresh, now))
        if not fresh or page.next is None:
            return
        cursor = page.next
