"""Two lanes of parsing workers: the quick lane for everybody, and the slow lane for sources that burn their time.

A job starts in the quick lane, with a tenth of the time that a job may take. If that is not enough, its source goes to
the slow lane for the rest of the run, and the job starts again there, with its whole time. The slow lane has one worker
of its own, of low priority, so that slow sources never hold the workers of the others.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import structlog

from copytaster.errors import UnparsableError
from copytaster.store.ledger import BURNT
from spiders.sandbox.pool import ParsingPool

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spiders.sandbox.jobs import Job

T = TypeVar("T")

log = structlog.get_logger(__name__)

QUICK_SHARE = 0.1  # of the processor time a job may take; a usual page needs a hundredth


class Lanes:
    """The lanes of one process; used from its event loop.

    Args:
        size: workers of the quick lane.
        cpu_s: processor seconds a job may take.
        memory_bytes: memory a job may take.
        slow: sources that start in the slow lane.

    Attributes:
        burnt: budgets that each source has burnt.
    """

    def __init__(self, size: int, *, cpu_s: float, memory_bytes: int, slow: Iterable[str] = ()) -> None:
        self._cpu_s = cpu_s
        self._quick = ParsingPool(size, cpu_s=cpu_s, memory_bytes=memory_bytes)
        self._slow = ParsingPool(1, cpu_s=cpu_s, memory_bytes=memory_bytes, niceness=10)
        self._quick_threads = ThreadPoolExecutor(size, thread_name_prefix="parse")
        self._slow_threads = ThreadPoolExecutor(1, thread_name_prefix="parse-slow")
        self._slow_sources = set(slow)
        self.burnt: Counter[str] = Counter()

    def is_slow(self, source: str) -> bool:
        """True if the jobs of this source go to the slow lane."""
        return source in self._slow_sources

    async def do(self, job: Job[T], source: str) -> T:
        """Do a job of a source in its lane.

        Raises:
            UnparsableError: as `ParsingWorker.do`.
            ParserStartError: no worker can be started.
        """
        if not self.is_slow(source):
            try:
                return await self._do_quickly(job, source)
            except _NeedsTimeError:
                self._move(source, job.about)
        return await self._do_slowly(job, source)

    async def _do_quickly(self, job: Job[T], source: str) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._quick_threads, self._try, job, source
            )
        except UnparsableError as error:
            if error.reason == "took-too-long":
                raise _NeedsTimeError from error
            self._count(error, source, job.about)
            raise

    def _try(self, job: Job[T], source: str) -> T:
        if self.is_slow(source):  # moved while the job waited
            raise _NeedsTimeError
        return self._quick.do(job, cpu_s=self._cpu_s * QUICK_SHARE)

    async def _do_slowly(self, job: Job[T], source: str) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._slow_threads, self._slow.do, job)
        except UnparsableError as error:
            self._count(error, source, job.about)
            raise

    def _count(self, error: UnparsableError, source: str, about: str) -> None:
        if error.reason in BURNT:
            self.burnt[source] += 1
            self._move(source, about)

    def _move(self, source: str, about: str) -> None:
        if source not in self._slow_sources:
            self._slow_sources.add(source)
            log.warning("source.slow_lane", source=source, url=about)

    def close(self) -> None:
        """End every worker; jobs that wait are cancelled."""
        for threads, pool in ((self._quick_threads, self._quick), (self._slow_threads, self._slow)):
            threads.shutdown(cancel_futures=True)
            pool.close()


class _NeedsTimeError(Exception):
    """The quick lane's time is not enough for a job."""
