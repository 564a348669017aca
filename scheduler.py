"""Starts crawls when sources are due: lease, APScheduler jobs, drain. Others decide and crawl.

Only the process that holds the lease starts crawls; every other one on the same store is on standby. `RunPlanner` decides
what happens to a due time. APScheduler's own rules for late jobs are switched off, so that it drops none.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from copytaster.backoff import Backoff
from copytaster.errors import BusyError
from copytaster.schedule.clock import SystemClock
from copytaster.schedule.crawls import CrawlsUnderWay
from copytaster.schedule.host_budget import Beat, share_hosts
from copytaster.schedule.lease_keeper import LeaseKeeper
from copytaster.schedule.load import CrawlLoad
from copytaster.schedule.shares import FIRST
from copytaster.schedule.timetable import Cron, Every, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    from copytaster.schedule.clock import Clock
    from copytaster.schedule.crawls import CrawlDue
    from copytaster.schedule.due_runs import RunPlanner
    from copytaster.store.engine import Store
    from copytaster.store.leases import Lease
    from settings import ScheduleSettings
    from spiders.sources.config import Source

CLOCK_STEP_S = 5.0  # a clock that moves more than this against elapsed time was set
BACKOFF = Backoff(first_s=1.0, longest_s=30.0)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SchedulerTiming:
    """How long each step may take, in seconds, and how many sources are crawled at once."""

    drain_s: float = 20.0
    lease_s: float = 15.0  # another process takes over after so long without a renewal
    gather_s: float = 1.0  # sources due within this time share a transaction
    watch_s: float = 1.0
    places: int = 512  # a crawl that waits takes a quarter of a megabyte


def read_timetable(
    sources: Iterable[Source], schedule: ScheduleSettings, chosen: Mapping[str, timedelta] | None = None
) -> dict[str, Rule]:
    """The rule by which each enabled source falls due; copy that arrives by itself has none.

    Args:
        sources: those configured.
        schedule: the settings.
        chosen: intervals that follow the habits of sources; see `copytaster.habits.choose_interval`. Sources of one host
            share what it may get; see `copytaster.schedule.host_budget`.

    Raises:
        ConfigurationError: a cron expression or its time zone is invalid.
    """
    crawled = [source for source in sources if source.enabled and not source.is_received]
    chosen = chosen or {}
    rules = {source.name: _read_rule(source, schedule, chosen.get(source.name)) for source in crawled}
    if any(source.longest_interval is not None for source in crawled):
        beats = _list_beats(crawled, rules)
        shared = share_hosts(beats, per_hour=schedule.lists_per_host_an_hour)
        rules |= {source: Every(interval) for source, interval in shared.items()}
    return rules


def _list_beats(sources: Iterable[Source], rules: Mapping[str, Rule]) -> Iterator[Beat]:
    for source in sources:
        rule = rules[source.name]
        if isinstance(rule, Every):
            host = urlsplit(source.url).hostname or source.name
            yield Beat(source.name, host, rule.interval, source.longest_interval)


def _read_rule(source: Source, schedule: ScheduleSettings, chosen: timedelta | None) -> Rule:
    if source.cron is not None:
        return Cron(source.cron, source.timezone or schedule.timezone)
    shortest = timedelta(seconds=schedule.shortest_interval_s)
    interval = source.interval or timedelta(minutes=15)
    if (
        chosen is not None and source.longest_interval is not None
    ):  # the owner may have changed the range since
        interval = min(max(interval, chosen), source.longest_interval)
    return Every(max(interval, shortest))


class Scheduler:
    """Starts the crawls that a planner plans, as long as this process holds the lease.

    Args:
        crawl: see `CrawlDue`.
        note: called in a thread after every planning, with None or the error.
        load: kept up to date.
        holder: the id of this process, see `copytaster.process_id`.
        lease: the name of the lease that lets it start crawls.
        may_take: False while another process is to have the lease.
        on_change: called on the loop when the lease was taken, and when it was lost or given back.
    """

    def __init__(
        self,
        store: Store,
        planner: RunPlanner,
        crawl: CrawlDue,
        *,
        timing: SchedulerTiming | None = None,
        clock: Clock | None = None,
        holder: str | None = None,
        note: Callable[[Exception | None], None] = lambda _error: None,
        load: CrawlLoad | None = None,
        on_change: Callable[[], None] = lambda: None,
        lease: str = FIRST,
        may_take: Callable[[], bool] = lambda: True,
    ) -> None:
        self._planner = planner
        self._timing = timing or SchedulerTiming()
        self._clock = clock or SystemClock()
        self._note = note
        self._on_change = on_change
        self._may_take = may_take
        self._keeper = LeaseKeeper(
            store, lease, lease_s=self._timing.lease_s, clock=self._clock, note=note, holder=holder
        )
        self._stop = asyncio.Event()
        self._wake = asyncio.Event()
        self._passed_on = asyncio.Event()
        self._due: set[str] = set()
        self._crawls = CrawlsUnderWay(
            planner,
            crawl,
            self._clock,
            load=load or CrawlLoad(),
            places=self._timing.places,
            on_free=self._look_at_waiting,
        )
        self._jobs = _new_jobs()
        self._new_timetable: Mapping[str, Rule] | None = None
        self.lease: Lease | None = None
        self.has_looked = False  # True once it is known which process runs the schedule

    @property
    def is_active(self) -> bool:
        """True if this process holds the lease, as far as it knows; False on standby."""
        return self.lease is not None

    def change_timetable(self, timetable: Mapping[str, Rule]) -> None:
        """Follow another timetable from now on. Call it on the loop that runs the scheduler."""
        self._new_timetable = timetable
        self._wake.set()

    @property
    def is_passing_on(self) -> bool:
        """True from `pass_on` until the lease is given back."""
        return self._passed_on.is_set()

    def pass_on(self) -> None:
        """Start no more crawls, and give the lease back once those under way have ended by themselves."""
        self._passed_on.set()

    def stop(self) -> None:
        """Start no more crawls; `run` returns once the children have finished, or the drain time is over."""
        self._stop.set()

    async def run(self) -> None:
        """Wait for the lease, start crawls while this process holds it, and repeat, until stopped."""
        while not self._stop.is_set():
            self.lease = await self._wait_for_lease()
            if self.lease is not None:
                self.has_looked = True
                self._on_change()
                await self._hold_lease(self.lease)
                self.lease = None
                self._passed_on.clear()
                self._on_change()

    async def _wait_for_lease(self) -> Lease | None:
        while not self._stop.is_set():
            lease = await self._keeper.try_to_take(may_take=self._may_take())
            if lease is not None:
                return lease
            self.has_looked = self.has_looked or self._keeper.sees_other
            await self._pause(self._keeper.look_s)
        return None

    async def _hold_lease(self, lease: Lease) -> None:
        self._jobs = _new_jobs()
        self._jobs.start()
        self._due.clear()
        beat = asyncio.create_task(self._keeper.renew_until_lost(lease))
        work = [asyncio.create_task(self._watch_clock(lease)), asyncio.create_task(self._handle_due(lease))]
        closing = asyncio.create_task(self._crawls.close_ended(lease))
        stopped = asyncio.create_task(self._stop.wait())
        passed_on = asyncio.create_task(self._passed_on.wait())
        try:
            await asyncio.wait({beat, stopped, passed_on, *work}, return_when=asyncio.FIRST_COMPLETED)
            if passed_on.done():
                await _end([passed_on, *work])
                work = [asyncio.create_task(self._crawls.finish())]
                await asyncio.wait({beat, stopped, *work}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._jobs.shutdown(wait=False)
            await _end([stopped, passed_on, *work, closing])
            await self._crawls.drain(lease, self._timing.drain_s)
            await _end([beat])
            await self._keeper.release(lease)

    async def _handle_due(self, lease: Lease) -> None:
        """Plan whenever a source is due; ends when the lease is lost."""
        failures = 0
        opened = False
        while True:
            try:
                if not opened:
                    self._take_timetable()
                    self._add_jobs(await asyncio.to_thread(self._planner.start, lease, self._clock.now()))
                    opened = True
                await self._wake.wait()
                self._wake.clear()  # before anything is read: what comes meanwhile is seen the next time
                await self._follow_timetable(lease)
                await asyncio.sleep(self._timing.gather_s)
                await self._start_due(lease)
                await asyncio.to_thread(self._note, None)
                failures = 0
            except BusyError as error:
                log.warning("lease.lost", why=str(error))
                return
            except Exception as error:
                self._wake.set()  # what was new or due still is
                retry_s = BACKOFF.pause_s(failures)
                log.exception("schedule.failed", retry_s=retry_s)
                await asyncio.to_thread(self._note, error)
                await asyncio.sleep(retry_s)
                failures += 1

    def _take_timetable(self) -> None:
        if self._new_timetable is not None:
            self._planner.timetable, self._new_timetable = self._new_timetable, None

    async def _follow_timetable(self, lease: Lease) -> None:
        """Plan by the new timetable, if there is one; a source that is not in it falls due no more."""
        timetable = self._new_timetable
        if timetable is None:
            return
        former = self._planner.timetable
        jobs = await asyncio.to_thread(self._planner.change_timetable, lease, timetable, self._clock.now())
        if self._new_timetable is timetable:
            self._new_timetable = None
        for source in former.keys() - timetable.keys():
            self._due.discard(source)
            if self._jobs.get_job(source) is not None:
                self._jobs.remove_job(source)
        self._add_jobs(jobs)

    async def _start_due(self, lease: Lease) -> None:
        names = frozenset(self._due)
        if not names:
            self._crawls.note_waiting(0)
            return
        plan = await asyncio.to_thread(
            self._planner.plan_runs, lease, names, self._clock.now(), admit=self._crawls.admit
        )
        self._due -= names - plan.waiting
        self._add_jobs(plan.look_again)
        if plan.started:
            log.info("schedule.started", sources=len(plan.started))
            self._crawls.begin(plan.started)
        self._crawls.note_waiting(len(plan.waiting))

    def _look_at_waiting(self) -> None:
        if self._due:
            self._wake.set()

    def _add_jobs(self, look_again: Mapping[str, datetime]) -> None:
        now = self._clock.now()
        for source, moment in look_again.items():
            when = datetime.now(UTC) + (moment - now)  # by the real clock, which APScheduler reads
            self._jobs.add_job(
                self._note_due, "date", run_date=when, args=[source], id=source, replace_existing=True
            )

    async def _note_due(self, source: str) -> None:
        self._due.add(source)
        self._wake.set()

    async def _watch_clock(self, lease: Lease) -> None:
        """Notice a clock that was set, and wake APScheduler, whose timer notices neither that nor the machine's sleep."""
        offset = self._clock.now().timestamp() - self._clock.steady()
        while True:
            await asyncio.sleep(self._timing.watch_s)
            now = self._clock.now()
            step = now.timestamp() - self._clock.steady() - offset
            offset += step
            if abs(step) > CLOCK_STEP_S:
                log.warning("clock.set", seconds=round(step))
                try:
                    self._add_jobs(
                        await asyncio.to_thread(
                            self._planner.shift_clock, lease, timedelta(seconds=step), now
                        )
                    )
                except Exception:
                    log.exception("clock.follow_failed")
            self._jobs.wakeup()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)


def _new_jobs() -> AsyncIOScheduler:
    # Imported here, because commands that only read the timetable start no job.
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    # The planner decides about late and repeated due times, so APScheduler must drop none.
    return AsyncIOScheduler(
        timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1_000_000}
    )


async def _end(tasks: Sequence[asyncio.Task[None]] | Sequence[asyncio.Task[object]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
