"""Time of whole pages, one reader at a time, beside the bare query to a search server."""

from __future__ import annotations

import time
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
from elasticsearch import Elasticsearch
from urllib3 import PoolManager

from bench.index.reading import record_requests
from bench.rows import Figure
from indexer.elastic import ElasticIndex
from newsdesk.web.parameters import PageParameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.served import Served
    from indexer.port import SearchIndex

HOME_MS = 150.0
BESIDE_BARE = 1.3
CARRIERS_KB = 100.0
TIMES = 300  # requests of one kind
WARM = 30


def measure_home(row: str, served: Served, index: SearchIndex) -> list[Figure]:
    """The home page at the 95th percentile; on a server as a ratio to its query alone, in turns."""
    pool = PoolManager()
    whole = partial(_get, pool, f"{served.address}/")
    if not isinstance(index, ElasticIndex):
        before = served.read_cpu()
        (page_ms,) = _read_p95(whole)
        spent = 1e3 * (served.read_cpu() - before) / (WARM + TIMES)
        return [
            Figure(row, "home page, p95 in ms", page_ms, HOME_MS, "at most"),
            Figure(row, "the same, CPU ms of the server", spent),
        ]
    ((path, body),) = record_requests(index, [PageParameters().to_query(ZoneInfo("UTC"))])
    client = Elasticsearch(index.settings.url or "", request_timeout=60)
    headers = {"accept": "application/json", "content-type": "application/json"}
    bare = partial(client.perform_request, "POST", path, body=body, headers=headers)
    page_ms, bare_ms = _read_p95(whole, bare)
    client.close()
    return [
        Figure(row, "home page, p95 in ms", page_ms),
        Figure(row, "its query alone, p95 in ms", bare_ms),
        Figure(row, "page by query", page_ms / bare_ms, BESIDE_BARE, "at most"),
    ]


def measure_carriers(row: str, served: Served, dispatch_id: str) -> list[Figure]:
    """Size and time of the page of a dispatch with very many carriers."""
    pool = PoolManager()
    address = f"{served.address}/dispatches/{dispatch_id}?tab=carriers"
    size = len(_get(pool, address))
    return [
        Figure(row, "page of 401 carriers in kB", size / 1e3, CARRIERS_KB, "at most"),
        Figure(row, "the same, p95 in ms", _read_p95(partial(_get, pool, address))[0], HOME_MS, "at most"),
    ]


def _read_p95(*ways: Callable[[], Any]) -> list[float]:
    """Milliseconds at the 95th percentile of each way; the ways take turns."""
    for _ in range(WARM):
        for read in ways:
            read()
    times: list[list[float]] = [[] for _ in ways]
    for _ in range(TIMES):
        for read, taken in zip(ways, times, strict=True):
            begun = time.perf_counter()
            read()
            taken.append(time.perf_counter() - begun)
    return [1e3 * float(np.percentile(taken, 95)) for taken in times]


def _get(pool: PoolManager, address: str) -> bytes:
    answer = pool.request("GET", address, timeout=60)
    assert answer.status == HTTPStatus.OK, answer.data[:500]
    return answer.data
