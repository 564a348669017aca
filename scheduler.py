"""Says when sources are due: timetable -> APScheduler jobs; start, hand over, drain, stop. The work is done elsewhere.

Only the holder of the lease acts; any other scheduler on the same store stands by. What becomes of a due time is decided
by the diary, not by APScheduler, whose own rules for late jobs are switched off: nothing is dropped unseen.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from copytaster.errors import BusyError
from copytaster.process_id import this_process
from copytaster.schedule.timetable import Cron, Every, Rule
from copytaster.store import leases
from copytaster.store.ledger import Result

if TYPE_CHECKING:
    from copytaster.schedule.due_runs import RunPlanner, Started
    from copytaster.store.engine import Store
    from copytaster.store.leases import Lease, Sight
    from settings import ScheduleSettings
    from spiders.sources.config import Source

LEASE = "schedule"
CLOCK_STEP_S = 5.0  # a clock that moves more than this against elapsed time was set
RETRY_S, LONGEST_RETRY_S = 1.0, 30.0
CLOSE_S = 5.0  # to enter how the last runs ended

log = structlog.get_logger(__name__)

CrawlDue = Callable[[Sequence["Started"]], Awaitable[Mapping[int, Result]]]
"""Collects from the sources of some due times in one child process; gives back how each run ended, by its id.

When it is cancelled it stops intake and lets the child finish what it holds; cancelled again, it ends it at once.
"""


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """The clock of the wall; may be set at any moment."""

    def steady(self) -> float:
        """Elapsed seconds; nobody sets them, and a sleeping machine counts."""


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        """The clock of the wall."""
        return datetime.now(UTC)

    def steady(self) -> float:
        """Seconds since the machine's start, sleep included where the system can tell."""
        return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things may take, in seconds, and how many children run at once."""

    drain_s: float = 20.0
    lease_s: float = 15.0  # a holder silent for so long is followed
    gather_s: float = 1.0  # sources due within this share a child
    watch_s: float = 1.0
    children: int = 2


def read_timetable(sources: Iterable[Source], schedule: ScheduleSettings) -> dict[str, Rule]:
    """When each source that is switched on falls due.

    Raises:
        ConfigurationError: a cron expression or its zone cannot be read.
    """
    return {source.name: _read_rule(source, schedule.timezone) for source in sources if source.enabled}


def _read_rule(source: Source, zone: str) -> Rule:
    if source.cron is not None:
        return Cron(source.cron, source.timezone or zone)
    return Every(source.interval or timedelta(minutes=15))


class Scheduler:
    """Runs a diary's sources when they are due, as long as the lease is ours.

    Args:
        crawl: does the work; see CrawlDue.
        note: told after every look at the diary, in a thread: None, or what went wrong.
        holder: this process's name, see `holders.this_process`.
    """

    def __init__(
        self,
        store: Store,
        diary: RunPlanner,
        crawl: CrawlDue,
        *,
        pace: Pace | None = None,
        clock: Clock | None = None,
        holder: str | None = None,
        note: Callable[[Exception | None], None] = lambda _error: None,
    ) -> None:
        self._store = store
        self._diary = diary
        self._crawl = crawl
        self._pace = pace or Pace()
        self._clock = clock or SystemClock()
        self._holder = holder or this_process()
        self._note = note
        self._stop = asyncio.Event()
        self._wake = asyncio.Event()
        self._due: set[str] = set()
        self._children: set[asyncio.Task[None]] = set()
        self._crawls: set[asyncio.Future[Mapping[int, Result]]] = set()
        self._jobs = _new_jobs()
        self.lease: Lease | None = None

    @property
    def acts(self) -> bool:
        """Whether the lease is ours, as far as we know; False on standby."""
        return self.lease is not None

    def stop(self) -> None:
        """Take nothing more in; `run` returns once the children have finished, or the drain time is over."""
        self._stop.set()

    async def run(self) -> None:
        """Stand by for the lease, act while it is ours, and again, until stopped."""
        while not self._stop.is_set():
            self.lease = await self._win()
            if self.lease is not None:
                await self._act(self.lease)
                self.lease = None

    async def _win(self) -> Lease | None:
        seen: Sight | None = None
        since = self._clock.steady()
        while not self._stop.is_set():
            silent = seen if self._clock.steady() - since >= self._pace.lease_s else None
            try:
                lease, sight = await asyncio.to_thread(self._try_to_take, silent)
            except Exception as error:
                log.exception("lease.unreachable")
                await asyncio.to_thread(self._note, error)
                lease, sight = None, seen
            if lease is not None:
                log.info("lease.taken", token=lease.token)
                return lease
            if sight != seen:
                if sight and (seen is None or sight.holder != seen.holder):
                    log.info("lease.standby", holder=sight.holder)
                seen, since = sight, self._clock.steady()
            await self._pause(self._pace.lease_s / 5)
        return None

    def _try_to_take(self, silent: Sight | None) -> tuple[Lease | None, Sight | None]:
        with self._store.write() as connection:
            lease = leases.take(connection, LEASE, self._holder, now=self._clock.now(), stood_still=silent)
            return lease, leases.look_at(connection, LEASE)

    async def _act(self, lease: Lease) -> None:
        self._jobs = _new_jobs()
        self._jobs.start()
        self._due.clear()
        beat = asyncio.create_task(self._beat(lease))
        work = [asyncio.create_task(self._watch_clock(lease)), asyncio.create_task(self._handle_due(lease))]
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({beat, stopped, *work}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._jobs.shutdown(wait=False)
            await _end([stopped, *work])
            await self._drain()
            await _end([beat])
            await self._let_go(lease)

    async def _handle_due(self, lease: Lease) -> None:
        """Look at the diary whenever something is due; ends when the lease is lost."""
        retry_s = RETRY_S
        opened = False
        while True:
            try:
                if not opened:
                    self._plan(await asyncio.to_thread(self._diary.open, lease, self._clock.now()))
                    opened = True
                await self._wake.wait()
                await asyncio.sleep(self._pace.gather_s)
                await self._look(lease)
                await asyncio.to_thread(self._note, None)
                retry_s = RETRY_S
            except BusyError as error:
                log.warning("lease.lost", why=str(error))
                return
            except Exception as error:
                log.exception("schedule.failed", retry_s=retry_s)
                await asyncio.to_thread(self._note, error)
                await asyncio.sleep(retry_s)
                retry_s = min(LONGEST_RETRY_S, retry_s * 2)

    async def _look(self, lease: Lease) -> None:
        names = frozenset(self._due)
        self._wake.clear()
        may_run = len(self._children) < self._pace.children
        try:
            page = await asyncio.to_thread(
                self._diary.handle, lease, names, self._clock.now(), may_run=may_run
            )
        except Exception:
            self._wake.set()  # they are still due
            raise
        self._due -= names - page.waiting
        self._plan(page.look_again)
        if page.started:
            log.info("schedule.started", sources=len(page.started))
            child = asyncio.create_task(self._run_child(lease, page.started))
            self._children.add(child)
            child.add_done_callback(self._child_ended)

    def _child_ended(self, child: asyncio.Task[None]) -> None:
        self._children.discard(child)
        if self._due:
            self._wake.set()

    def _plan(self, look_again: Mapping[str, datetime]) -> None:
        now = self._clock.now()
        for source, moment in look_again.items():
            when = datetime.now(UTC) + (moment - now)  # by the clock that APScheduler reads
            self._jobs.add_job(
                self._note_due, "date", run_date=when, args=[source], id=source, replace_existing=True
            )

    async def _note_due(self, source: str) -> None:
        self._due.add(source)
        self._wake.set()

    async def _run_child(self, lease: Lease, started: Sequence[Started]) -> None:
        results: Mapping[int, Result] = {}
        missing = Result("failed", "the run gave no report")
        crawl = asyncio.ensure_future(self._crawl(started))
        self._crawls.add(crawl)
        crawl.add_done_callback(self._crawls.discard)
        try:
            results = await crawl
        except asyncio.CancelledError:
            missing = Result("failed", "stopped before its end: the service was shutting down")
        except Exception as error:
            log.exception("crawl.failed", sources=len(started))
            missing = Result("failed", str(error) or type(error).__name__)
        await self._close(lease, {run.run_id: results.get(run.run_id, missing) for run in started})

    async def _close(self, lease: Lease, results: Mapping[int, Result]) -> None:
        retry_s = RETRY_S
        while True:
            try:
                await asyncio.to_thread(self._diary.close, lease, results, self._clock.now())
            except BusyError as error:
                log.warning("run.refused", runs=len(results), why=str(error))
                return
            except Exception:
                log.exception("run.unclosed", runs=len(results), retry_s=retry_s)
                await asyncio.sleep(retry_s)
                retry_s = min(LONGEST_RETRY_S, retry_s * 2)
            else:
                return

    async def _beat(self, lease: Lease) -> None:
        """Show that we live; ends when the lease is lost, or must be taken for lost."""
        last = self._clock.steady()
        while self._clock.steady() - last < self._pace.lease_s:
            await asyncio.sleep(self._pace.lease_s / 5)
            try:
                await asyncio.to_thread(self._renew, lease)
                last = self._clock.steady()
            except BusyError as error:
                log.warning("lease.lost", why=str(error))
                return
            except Exception:
                log.exception("lease.unrenewed")
        log.warning("lease.lost", why="it could not be renewed in time")

    def _renew(self, lease: Lease) -> None:
        with self._store.write() as connection:
            leases.renew(connection, lease, now=self._clock.now())

    async def _watch_clock(self, lease: Lease) -> None:
        """Notice a clock that is set, and wake APScheduler, whose timer knows nothing of it or of a machine's sleep."""
        offset = self._clock.now().timestamp() - self._clock.steady()
        while True:
            await asyncio.sleep(self._pace.watch_s)
            now = self._clock.now()
            step = now.timestamp() - self._clock.steady() - offset
            offset += step
            if abs(step) > CLOCK_STEP_S:
                log.warning("clock.set", seconds=round(step))
                try:
                    self._plan(
                        await asyncio.to_thread(self._diary.shift, lease, timedelta(seconds=step), now)
                    )
                except Exception:
                    log.exception("clock.unfollowed")
            self._jobs.wakeup()

    async def _drain(self) -> None:
        children = list(self._children)
        if not children:
            return
        log.info("schedule.draining", children=len(children), seconds=self._pace.drain_s)
        for last_s in (self._pace.drain_s, CLOSE_S):  # asked once to finish, then once more to end at once
            for crawl in self._crawls:
                crawl.cancel()
            await asyncio.wait(children, timeout=last_s)
        await _end(children)

    async def _let_go(self, lease: Lease) -> None:
        try:
            await asyncio.to_thread(self._free, lease)
        except Exception:
            log.exception("lease.kept")

    def _free(self, lease: Lease) -> None:
        with self._store.write() as connection:
            leases.let_go(connection, lease)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)


def _new_jobs() -> AsyncIOScheduler:
    # Late or doubled is for the diary to judge: APScheduler drops nothing.
    return AsyncIOScheduler(
        timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1_000_000}
    )


async def _end(tasks: Sequence[asyncio.Task[None]] | Sequence[asyncio.Task[object]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
