"""Searches by several readers at once: the whole call of the API, compared with the bare query to the server."""

from __future__ import annotations

import json
import threading
import time
import urllib.parse
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import numpy as np
from elasticsearch import Elasticsearch
from urllib3 import PoolManager

from bench.index.following import Writing
from bench.served import serve
from indexer.elastic import ElasticIndex
from indexer.search import FACETS, SearchQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.index.copy import Copydesk
    from copytaster.store.engine import Store
    from indexer.port import SearchIndex
    from settings import Settings

READERS = 8
QUERIES = 400
TURNS = 5
PACE = 10.0  # changes a second meanwhile
FLOORS = {"bare_by_api_p95": 1 / 1.5}


def measure_searches(
    store: Store, desk: Copydesk, index: SearchIndex, settings: Settings, seconds: float
) -> dict[str, Any]:
    """Milliseconds a search at the median and the 95th percentile, searches a second, failures."""
    texts = [desk.query() for _ in range(QUERIES)]
    with Writing(store, desk, index, rate=PACE), serve(settings) as served:
        pool = PoolManager(maxsize=READERS)  # keeps connections, as the bare query's client does
        api = [partial(_ask, pool, served.address, text) for text in texts]
        if not isinstance(index, ElasticIndex):
            return _take_turns(
                seconds, {"api": api, "port": [partial(index.search, _query(text)) for text in texts]}
            )
        client = Elasticsearch(
            settings.elasticsearch.url or "", request_timeout=60, connections_per_node=READERS
        )
        headers = {"accept": "application/json", "content-type": "application/json"}
        bare = [
            partial(client.perform_request, "POST", path, body=body, headers=headers)
            for path, body in record_requests(index, [_query(text) for text in texts])
        ]
        figures = _take_turns(seconds, {"api": api, "bare": bare})
        client.close()
    return figures | {"bare_by_api_p95": figures["bare_p95_ms"] / figures["api_p95_ms"]}


def _take_turns(seconds: float, ways: Mapping[str, Sequence[Callable[[], Any]]]) -> dict[str, float]:
    """`_read` each way in turns, so that a busy spell of the server favours neither; the median turn counts.

    The first turn is the warm-up of a server that has only been written to, and does not count.
    """
    turns = [
        {
            name: value
            for way, asks in ways.items()
            for name, value in _read(way, seconds / TURNS, asks).items()
        }
        for _ in range(1 + TURNS)
    ]
    return {name: float(np.median([turn[name] for turn in turns[1:]])) for name in turns[0]}


def _query(text: str) -> SearchQuery:
    return SearchQuery(text, sort="relevance", facets=FACETS)


def record_requests(index: ElasticIndex, queries: Sequence[SearchQuery]) -> list[tuple[str, Any]]:
    """The requests that searches send."""
    sent: list[tuple[str, Any]] = []
    call = index.connection.call

    def record(method: str, path: str, body: Any = None, **params: Any) -> Any:
        if path.endswith("/_search"):
            sent.append((path, body))
        return call(method, path, body, **params)

    index.connection.call = record  # type: ignore[method-assign]
    for query in queries:
        index.search(query)
    index.connection.call = call  # type: ignore[method-assign]
    return sent


def _ask(pool: PoolManager, address: str, text: str) -> None:
    query = urllib.parse.urlencode({"q": text, "sort": "relevance"})
    answer = pool.request("GET", f"{address}/api/v1/dispatches?{query}", timeout=60)
    assert answer.status == HTTPStatus.OK
    json.loads(answer.data)


def _read(name: str, seconds: float, asks: Sequence[Callable[[], Any]]) -> dict[str, float]:
    for ask in asks[:20]:
        ask()
    times: list[float] = []
    failures: list[str] = []
    end = time.perf_counter() + seconds

    def read(first: int) -> None:
        number = first
        while (begun := time.perf_counter()) < end:
            try:
                asks[number % len(asks)]()
            except Exception as error:  # noqa: BLE001 - any failure counts
                failures.append(repr(error))
            times.append(time.perf_counter() - begun)
            number += READERS

    threads = [threading.Thread(target=read, args=(number,)) for number in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        f"{name}_p50_ms": 1e3 * float(np.percentile(times, 50)),
        f"{name}_p95_ms": 1e3 * float(np.percentile(times, 95)),
        f"{name}_searches_per_s": len(times) / seconds,
        f"{name}_failed": len(failures),
    }
