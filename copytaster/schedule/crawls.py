"""The crawls under way: each holds a place until it ends, and its run is closed in the ledger then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from copytaster.backoff import Backoff
from copytaster.errors import BusyError
from copytaster.light_structlog import structlog
from copytaster.schedule.load import ShareLoad
from copytaster.schedule.places import Places
from copytaster.store.ledger import Result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from copytaster.schedule.clock import Clock
    from copytaster.schedule.due_runs import RunPlanner, StartedRun
    from copytaster.schedule.load import CrawlLoad
    from copytaster.store.leases import Lease
    from copytaster.store.ledger import DueTime

BACKOFF = Backoff(first_s=1.0, longest_s=30.0)
CLOSE_S = 5.0  # for closing the last runs in the ledger

log = structlog.get_logger(__name__)

CrawlDue = Callable[["StartedRun"], Awaitable[Result]]
"""Crawls the source of one due time; gives back how the run ended.

The first cancellation stops intake and lets what is under way finish; the second one ends it at once.
"""


class CrawlsUnderWay:
    """Begins crawls of started runs, as many at once as there are places.

    Args:
        crawl: see `CrawlDue`.
        load: kept up to date.
        places: crawls at once.
        on_free: called on the loop whenever a crawl has ended.
    """

    def __init__(
        self,
        planner: RunPlanner,
        crawl: CrawlDue,
        clock: Clock,
        *,
        load: CrawlLoad,
        places: int,
        on_free: Callable[[], None],
    ) -> None:
        self._load = load
        self._noted = ShareLoad()
        self._waiting = 0
        self._planner = planner
        self._crawl = crawl
        self._clock = clock
        self._places = Places(places)
        self._on_free = on_free
        self._tasks: set[asyncio.Task[None]] = set()
        self._crawls: set[asyncio.Future[Result]] = set()
        self._ended: dict[int, Result] = {}
        self._has_ended = asyncio.Event()

    def admit(self, dues: Sequence[DueTime]) -> frozenset[str]:
        """The sources for which there is a place."""
        return self._places.admit(dues, self._clock.steady())

    def begin(self, started: Sequence[StartedRun]) -> None:
        """Begin the crawls of runs that are open in the ledger."""
        for run in started:
            self._places.take(run.due.source, self._clock.steady())
            task = asyncio.create_task(self._follow(run))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def note_waiting(self, waiting: int) -> None:
        """Note how many due sources have no place."""
        self._waiting = waiting
        self._note_load()

    def _note_load(self) -> None:
        total, slow = self._places.total, self._places.count_slow(self._clock.steady())
        noted = ShareLoad(total, total - self._places.free, slow, self._waiting)
        self._load.change(self._noted, noted)
        self._noted = noted

    async def _follow(self, run: StartedRun) -> None:
        crawl = asyncio.ensure_future(self._crawl(run))
        self._crawls.add(crawl)
        crawl.add_done_callback(self._crawls.discard)
        try:
            result = await crawl
        except asyncio.CancelledError:
            result = Result("failed", "stopped before its end: the service was shutting down")
        except Exception as error:
            log.exception("crawl.failed", source=run.due.source, run=run.run_id)
            result = Result("failed", str(error) or type(error).__name__)
        self._note_delay(run, result)
        self._places.give_back(run.due.source, self._clock.steady())
        self._note_load()
        self._ended[run.run_id] = result
        self._has_ended.set()
        self._on_free()

    def _note_delay(self, run: StartedRun, result: Result) -> None:
        if result.seconds is not None and run.due.trigger == "schedule":
            since_planned_s = (self._clock.now() - run.planned_at).total_seconds()
            self._load.delays_s.append(max(0.0, since_planned_s - result.seconds))

    async def close_ended(self, lease: Lease) -> None:
        """Close the runs of crawls that have ended, many in one transaction; never returns."""
        while True:
            await self._has_ended.wait()
            await self._close(lease)

    async def _close(self, lease: Lease) -> None:
        self._has_ended.clear()
        ended, self._ended = self._ended, {}
        if ended:
            await self._close_runs(lease, ended)

    async def _close_runs(self, lease: Lease, results: Mapping[int, Result]) -> None:
        failures = 0
        while True:
            try:
                await asyncio.to_thread(self._planner.close_runs, lease, results, self._clock.now())
            except BusyError as error:
                log.warning("run.refused", runs=len(results), why=str(error))
                return
            except asyncio.CancelledError:
                self._ended = {**results, **self._ended}  # closed with the last ones
                raise
            except Exception:
                retry_s = BACKOFF.pause_s(failures)
                log.exception("run.close_failed", runs=len(results), retry_s=retry_s)
                await asyncio.sleep(retry_s)
                failures += 1
            else:
                return

    async def finish(self) -> None:
        """Wait until what is under way has ended by itself."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))

    async def drain(self, lease: Lease, seconds: float) -> None:
        """Let what is under way finish for so long, then end it, and close every run."""
        tasks = list(self._tasks)
        if tasks:
            log.info("schedule.draining", crawls=len(tasks), seconds=seconds)
        for last_s in (seconds, CLOSE_S) if tasks else ():
            for crawl in list(self._crawls):  # the first cancellation lets them finish, the second ends them
                crawl.cancel()
            await asyncio.wait(tasks, timeout=last_s)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            await asyncio.wait_for(self._close(lease), CLOSE_S)
        except TimeoutError:
            log.warning("run.close_failed", runs=len(self._ended))
