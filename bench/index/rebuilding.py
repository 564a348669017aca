"""A rebuild while a loop searches and changes come in."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from bench.index.following import Writing
from indexer.elastic import ElasticIndex
from indexer.embedded import EmbeddedIndex
from indexer.rebuild.rebuild import rebuild_index
from indexer.search import SearchQuery

if TYPE_CHECKING:
    from bench.index.copy import Copydesk
    from copytaster.store.engine import Store
    from indexer.port import SearchIndex

PACE = 5.0  # changes a second meanwhile


def measure_rebuild(store: Store, desk: Copydesk, index: SearchIndex) -> dict[str, Any]:
    """Documents a second, most extra megabytes on disk, and failed searches meanwhile."""
    searches, failures, most = 0, list[str](), [0.0]
    before, ended = _disk_mb(index), threading.Event()

    def search() -> None:
        nonlocal searches
        while not ended.is_set():
            try:
                index.search(SearchQuery(desk.words[500 + searches % 4000], sort="relevance"))
            except Exception as error:  # noqa: BLE001 - any failure counts
                failures.append(repr(error))
            searches += 1

    def weigh() -> None:
        while not ended.wait(0.5):
            most[0] = max(most[0], _disk_mb(index))

    threads = [threading.Thread(target=search), threading.Thread(target=weigh)]
    begun = time.perf_counter()
    with Writing(store, desk, index, rate=PACE):
        for thread in threads:
            thread.start()
        try:
            report = rebuild_index(store, index)
            seconds = time.perf_counter() - begun
        finally:
            ended.set()
            for thread in threads:
                thread.join()
    return {
        "documents": report.written,
        "documents_per_s": report.written / seconds,
        "extra_disk_mb": most[0] - before,
        "live_disk_mb": before,
        "searches": searches,
        "failed_searches": len(failures),
    }


def _disk_mb(index: SearchIndex) -> float:
    if isinstance(index, ElasticIndex):
        stats = index.connection.call("GET", f"/{index.names.read}-*/_stats/store")
        return float(stats["_all"]["total"]["store"]["size_in_bytes"]) / 2**20
    if not isinstance(index, EmbeddedIndex):
        return 0.0
    folder = index.path.parent
    sizes = 0
    for path in folder.glob(f"{index.path.stem}-*"):
        try:
            sizes += path.stat().st_size
        except FileNotFoundError:
            continue
    return sizes / 2**20
