"""Two lanes of parsing workers: the quick lane for everybody, and the slow lane for sources that burn their time.

A job starts in the quick lane, with a tenth of the time that a job may take. If that is not enough, its source goes to
the slow lane for the rest of the run, and the job starts again there, with its whole time. The slow lane has one worker
of its own, of low priority, so that slow sources never hold the workers of the others; it takes one job of each source
in turn. In both lanes feeds go first, then fresh pages, then back-fill.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from copytaster.errors import UnparsableError
from copytaster.light_structlog import structlog
from copytaster.store.ledger import BURNT
from spiders.net.reasons import LaterError
from spiders.sandbox.pool import ParsingPool
from spiders.turns import FEED, Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
        burnt: budgets that each source has burnt in its present or last run.
    """

    def __init__(self, size: int, *, cpu_s: float, memory_bytes: int, slow: Iterable[str] = ()) -> None:
        self._cpu_s = cpu_s
        self._quick = ParsingPool(size, cpu_s=cpu_s, memory_bytes=memory_bytes)
        self._slow = ParsingPool(1, cpu_s=cpu_s, memory_bytes=memory_bytes, niceness=10)
        self._quick_threads = ThreadPoolExecutor(size, thread_name_prefix="parse")
        self._slow_threads = ThreadPoolExecutor(1, thread_name_prefix="parse-slow")
        self._quick_turns, self._slow_turns = Turns(size), Turns(1)
        self._own_turns: defaultdict[str, Turns] = defaultdict(lambda: Turns(1))  # of each slow source
        self._slow_sources = set(slow)
        self.burnt: Counter[str] = Counter(dict.fromkeys(self._slow_sources, 1))

    def is_slow(self, source: str) -> bool:
        """True if the jobs of this source go to the slow lane."""
        return source in self._slow_sources

    def begin_run(self, source: str) -> None:
        """Note that a run of the source begins: in the slow lane if its last run burnt a budget, else in the quick lane."""
        if not self.burnt.pop(source, 0):
            self._slow_sources.discard(source)
            self._own_turns.pop(source, None)

    def count_waiting(self) -> dict[str, int]:
        """Jobs that wait for a worker, by lane."""
        slow = self._slow_turns.waiting + sum(turns.waiting for turns in self._own_turns.values())
        return {"quick": self._quick_turns.waiting, "slow": slow}

    async def do(
        self,
        job: Job[T],
        source: str,
        *,
        urgency: int = FEED,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> T:
        """Do a job of a source in its lane.

        Args:
            job: what to do.
            source: whose lane it takes.
            urgency: see `spiders.turns`; the most urgent job that waits is done next.
            is_wanted: asked when the job's turn has come.

        Raises:
            UnparsableError: as `ParsingWorker.do`.
            ParserStartError: no worker can be started.
            LaterError: the job was not wanted any more when its turn came.
        """
        if not self.is_slow(source):
            try:
                return await self._do_quickly(job, source, urgency, is_wanted)
            except _NeedsTimeError:
                self._move(source, job.about)
        return await self._do_slowly(job, source, urgency, is_wanted)

    async def _do_quickly(self, job: Job[T], source: str, urgency: int, is_wanted: Callable[[], bool]) -> T:
        try:
            async with self._quick_turns.turn(urgency):
                _require(job, is_wanted)
                if self.is_slow(source):  # moved while the job waited
                    raise _NeedsTimeError
                return await asyncio.get_running_loop().run_in_executor(self._quick_threads, self._try, job)
        except UnparsableError as error:
            if error.reason == "took-too-long":
                raise _NeedsTimeError from error
            self._count(error, source, job.about)
            raise

    def _try(self, job: Job[T]) -> T:
        return self._quick.do(job, cpu_s=self._cpu_s * QUICK_SHARE)

    async def _do_slowly(self, job: Job[T], source: str, urgency: int, is_wanted: Callable[[], bool]) -> T:
        try:
            async with self._own_turns[source].turn(urgency), self._slow_turns.turn(urgency):
                _require(job, is_wanted)
                return await asyncio.get_running_loop().run_in_executor(
                    self._slow_threads, self._slow.do, job
                )
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


def _require(job: Job[T], is_wanted: Callable[[], bool]) -> None:
    if not is_wanted():
        raise LaterError("left for the next run", resource=job.about)


class _NeedsTimeError(Exception):
    """The quick lane's time is not enough for a job."""
