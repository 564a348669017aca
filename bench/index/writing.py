"""Changes through the outbox into a server's index, compared with the client library's own ways of sending the same documents."""

from __future__ import annotations

import threading
import time
from collections import deque
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk

from copytaster.store import outbox, tables
from copytaster.store.dispatches import read_dispatches
from indexer.actions import make_actions
from indexer.drain import drain
from indexer.elastic.documents import BulkItem, make_bulk_item

if TYPE_CHECKING:
    from collections.abc import Callable

    from copytaster.store.engine import Store
    from indexer.elastic import ElasticIndex
    from indexer.port import SearchIndex

REQUEST = 500  # documents
WAYS = ("outbox", "streaming_bulk", "raw_bulk")
ROUNDS = 3
FLOORS = {"of_streaming_bulk": 0.85, "of_raw_bulk": 0.7}


class Memory:
    """Resident memory of this process while the context lasts, sampled."""

    def __enter__(self) -> Self:
        self.samples = [resident_mb()]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._ended.set()
        self._thread.join()

    def figures(self) -> dict[str, float]:
        """Megabytes at the start, after a quarter of the run, and at most after that."""
        later = self.samples[len(self.samples) // 4 :]
        return {"rss_start_mb": self.samples[0], "rss_quarter_mb": later[0], "rss_most_mb": max(later)}

    def _watch(self) -> None:
        while not self._ended.wait(0.2):
            self.samples.append(resident_mb())


def resident_mb() -> float:
    """Of this process now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20


def drain_all(store: Store, index: SearchIndex) -> dict[str, float]:
    """Documents a second through the outbox, CPU of this process a document, and memory meanwhile."""
    cpu, begun = time.process_time(), time.perf_counter()
    with Memory() as memory:
        written = drain(store, index).written
    seconds = time.perf_counter() - begun
    return {
        "documents": written,
        "documents_per_s": written / seconds,
        "cpu_us_a_document": 1e6 * (time.process_time() - cpu) / max(1, written),
        **memory.figures(),
    }


def compare_writers(
    store: Store, open_index: Callable[[], ElasticIndex], url: str, count: int
) -> dict[str, float]:
    """The same documents in three ways, each into a new index: documents a second, and our share of the others'.

    After a round in which the server warms up, in turns, so that a machine that is busy for a while favours none; the
    median round counts. CPU is this process's alone.
    """
    documents = make_documents(store, count)
    rounds: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    for number in range(ROUNDS + 1):
        for way in WAYS if number % 2 else reversed(WAYS):
            rounds[way].append(_send(way, store, open_index, url, documents))
    median = {way: np.median(found[1:], axis=0).tolist() for way, found in rounds.items()}
    return {
        "bytes_a_document": sum(len(document.body) for document in documents) / len(documents),
        **{f"{way}_documents_per_s": speed for way, (speed, _) in median.items()},
        **{f"{way}_cpu_us_a_document": cpu for way, (_, cpu) in median.items()},
        "of_streaming_bulk": median["outbox"][0] / median["streaming_bulk"][0],
        "of_raw_bulk": median["outbox"][0] / median["raw_bulk"][0],
    }


def _send(
    way: str, store: Store, open_index: Callable[[], ElasticIndex], url: str, documents: list[BulkItem]
) -> tuple[float, float]:
    """Documents a second, and microseconds of CPU a document."""
    index = open_index()
    client = Elasticsearch(url, request_timeout=120)
    refill_outbox(store, documents)
    run: Callable[[], object] = partial(drain, store, index)
    if way != "outbox":
        run = (send_streaming if way == "streaming_bulk" else prepare_raw)(client, index, documents)
    cpu, begun = time.process_time(), time.perf_counter()
    run()
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    index.connection.call("DELETE", f"/{index.names.index(1)}")
    client.close()
    index.close()
    return len(documents) / seconds, 1e6 * cpu / len(documents)


def make_documents(store: Store, count: int) -> list[BulkItem]:
    """The bulk items of the oldest dispatches in the outbox."""
    documents: list[BulkItem] = []
    after = (0, "")
    while len(documents) < count:
        with store.read() as connection:
            rows = outbox.take_due(
                connection, now=datetime.now(UTC), limit=min(REQUEST, count - len(documents)), after=after
            )
            found = read_dispatches(connection, [row.dispatch_id for row in rows])
        if not rows:
            break
        after = (rows[-1].change, rows[-1].dispatch_id)
        made = [make_bulk_item(action) for action in make_actions(list(found.values()))[0]]
        documents += [document for document in made if isinstance(document, BulkItem)]
    return documents


def refill_outbox(store: Store, documents: list[BulkItem]) -> None:
    """Leave exactly these in the outbox."""
    with store.write() as connection:
        connection.execute(tables.outbox.delete())
        for start in range(0, len(documents), REQUEST):
            part = documents[start : start + REQUEST]
            outbox.enqueue_many(
                connection, [(document.id, document.version) for document in part], at=datetime.now(UTC)
            )


def send_streaming(
    client: Elasticsearch, index: ElasticIndex, documents: list[BulkItem]
) -> Callable[[], object]:
    """By the client library's helper, from ready bytes."""

    def expand(document: Any) -> Any:
        header = {"_id": document.id, "version": document.version, "version_type": "external"}
        return {"index": header}, document.body

    sent = streaming_bulk(
        client,
        documents,  # type: ignore[arg-type]
        chunk_size=REQUEST,
        expand_action_callback=expand,
        index=index.names.write,
    )
    return partial(deque, sent, maxlen=0)


def prepare_raw(client: Elasticsearch, index: ElasticIndex, documents: list[BulkItem]) -> Callable[[], None]:
    """By bare requests with ready bodies."""
    bodies = []
    for start in range(0, len(documents), REQUEST):
        lines = [
            line
            for document in documents[start : start + REQUEST]
            for line in (document.action(index.names.write), document.body)
        ]
        bodies.append(b"\n".join([*lines, b""]))

    def send() -> None:
        for body in bodies:
            client.bulk(operations=body)  # type: ignore[arg-type]

    return send
