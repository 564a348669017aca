"""Parsing workers shared by threads: as many as there are cores."""

from __future__ import annotations

import os
import queue
from typing import TYPE_CHECKING

from spiders.parsing.worker import ParsingWorker

if TYPE_CHECKING:
    from copytaster.values import ParsedStory, RawPage
    from settings import Settings
    from spiders.parsing.context import ParseContext


class Parsers:
    """As many parsing workers as there are cores, each busy with one page at a time; safe to call from threads."""

    def __init__(self, settings: Settings, count: int | None = None) -> None:
        self.count = count or cores()
        self._workers = [
            ParsingWorker(cpu_s=settings.crawl.parse_cpu_s, memory_bytes=settings.crawl.parse_memory_bytes)
            for _ in range(self.count)
        ]
        self._free: queue.LifoQueue[ParsingWorker] = queue.LifoQueue()  # the last used is warm
        for worker in self._workers:
            self._free.put(worker)

    def parse(self, page: RawPage, context: ParseContext) -> ParsedStory:
        """Wait for a free worker and parse.

        Raises:
            UnparsableError: no story can be read from the page.
        """
        worker = self._free.get()
        try:
            return worker.parse(page, context)
        finally:
            self._free.put(worker)

    def close(self) -> None:
        """End every worker."""
        for worker in self._workers:
            worker.close()


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))
