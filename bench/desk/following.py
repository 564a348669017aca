"""Open lists while copy comes: how long until each page has heard of each change, and what that costs the server."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.index.following import RATE, Writing
from bench.rows import Figure
from copytaster.store.changes import read_newest

if TYPE_CHECKING:
    from bench.index.copy import Copydesk
    from bench.served import Served
    from copytaster.store.engine import Store
    from indexer.port import SearchIndex

PAGES = 200
DELAY_S = 2.0
CORE = 0.5
PATIENCE_S = 30.0  # for what the pages have not heard of when the last change is written
LONGEST_LINE = 1 << 24  # bytes of an event


def measure_pages(
    row: str, served: Served, store: Store, desk: Copydesk, index: SearchIndex, seconds: float
) -> list[Figure]:
    """Seconds from the commit of a change to an open page, at 50 changes/s with 200 pages, and the server's share of a core."""
    with store.read() as connection:
        after = read_newest(connection, before=desk.now())
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    port = int(served.address.rpartition(":")[2])
    readers = spawn.Process(target=_read_in_process, args=(port, after, theirs), daemon=True)
    readers.start()
    assert ours.recv() == PAGES
    cpu, begun = served.read_cpu(), time.perf_counter()
    with Writing(store, desk, index, rate=RATE) as writing:
        time.sleep(seconds)
        share = (served.read_cpu() - cpu) / (time.perf_counter() - begun)
        wanted = dict(writing.committed)
        ours.send(list(wanted))
        heard: dict[str, list[float]] = ours.recv()  # while more are written, and written off
    readers.join()
    delays = [when - moment for name, moment in wanted.items() for when in heard[name]]
    return [
        Figure(row, "changes a second", len(wanted) / seconds),
        Figure(
            row, "until 200 open pages know, p95 in s", float(np.percentile(delays, 95)), DELAY_S, "at most"
        ),
        Figure(row, "the server's share of a core meanwhile", share, CORE, "at most"),
        Figure(row, "changes that a page never heard of", PAGES * len(wanted) - len(delays), 0, "at most"),
    ]


def _read_in_process(port: int, after: int, pipe: Any) -> None:
    asyncio.run(_read_all(port, after, pipe))


async def _read_all(port: int, after: int, pipe: Any) -> None:
    pages = [_Page() for _ in range(PAGES)]
    tasks = []
    for (
        page
    ) in pages:  # one after another: so many in one instant are more than may wait for their first answer
        tasks.append(asyncio.create_task(page.follow(port, after)))
        await page.begun.wait()
    pipe.send(PAGES)
    wanted = frozenset(await asyncio.to_thread(pipe.recv))
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*(page.hear_all(wanted) for page in pages)), PATIENCE_S)
    for task in tasks:
        task.cancel()
    pipe.send({name: [page.heard[name] for page in pages if name in page.heard] for name in wanted})


class _Page:
    """An open list: the moment at which it first heard of each dispatch."""

    def __init__(self) -> None:
        self.heard: dict[str, float] = {}
        self.begun = asyncio.Event()
        self._moved = asyncio.Event()

    async def follow(self, port: int, after: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=LONGEST_LINE)
        request = (
            f"GET /live?after={after} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\n\r\n"
        )
        writer.write(request.encode())
        async for line in reader:
            now = time.perf_counter()
            self.begun.set()
            if line.startswith(b"data: "):
                for change in json.loads(line[6:]).get("changes", ()):
                    self.heard.setdefault(change["id"], now)
                self._moved.set()

    async def hear_all(self, wanted: frozenset[str]) -> None:
        while wanted - self.heard.keys():
            self._moved.clear()
            await self._moved.wait()
