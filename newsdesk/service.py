"""One process of the service: schedule, grouping, indexing and pages on one store and one index."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from copytaster.schedule.due_runs import RunPlanner
from copytaster.schedule.load import CrawlLoad
from copytaster.store.engine import Store
from copytaster.store.ledger import Result
from copytaster.store.source_hours import read_intervals
from indexer.factory import open_index
from newsdesk.operations.alerts.watch import AlertWatch
from newsdesk.operations.health import Health
from newsdesk.operations.retention.nightly import NightlyRetention
from newsdesk.operations.scrub.nightly import NightlyScrub
from newsdesk.operations.subscriptions.watch import SubscriptionWatch
from newsdesk.pipeline import GroupingStage, IndexingStage, RelationStage, end_after
from newsdesk.receiving import Receiving
from newsdesk.sources_watch import SourcesWatch
from newsdesk.worker import PASS_S, StageWorker
from scheduler import Scheduler, SchedulerTiming, read_timetable
from spiders.process.desk import CrawlDesk
from spiders.process.parent import crawl_in_child
from spiders.receive_once import receive_once
from spiders.sandbox.start import check_parser
from spiders.sources.live import LiveSources

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from copytaster.schedule.due_runs import StartedRun
    from newsdesk.page_server import PageServer
    from settings import Settings
    from spiders.run_report import RunReport
    from spiders.sources.config import Sources

SIGNALS = (signal.SIGTERM, signal.SIGINT)

REMOVED = Result("skipped", "the source was removed from the list meanwhile")
RETRY_S = 1.0  # after the scheduler failed as a whole

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PipelineReport:
    """What one pass over sources brought: a report a source, versions grouped, documents written."""

    reports: tuple[RunReport, ...]
    grouped: int
    indexed: int


class Service:
    """The service on one store and one index; close it after use.

    Args:
        settings: every setting.
        sources: what to collect from, as read from `config`. While the service runs, the list follows the file.

    Raises:
        ConfigurationError, StoreError: the store cannot be opened. A fault of the index stops nothing: documents wait, and
            every pass of indexing tries again.
    """

    def __init__(self, settings: Settings, sources: Sources, *, config: Path) -> None:
        self.settings = settings
        self.live = LiveSources(sources, config, check=lambda found: read_timetable(found, settings.schedule))
        self.config = config
        self.store = Store(settings.store_url)
        self.index = open_index(settings)
        self.indexing = IndexingStage(self.store, self.index)
        self.health = Health(self.store)
        self.grouping = GroupingStage(self.store, settings.grouping)
        self.relating = RelationStage(self.store, settings.grouping)
        self.workers: tuple[StageWorker, ...] = ()
        self.load = CrawlLoad()
        self.desk = CrawlDesk(settings, on_stored=self._wake_grouping, on_load=self._note_parse_load)
        self._intervals = self._read_intervals()
        self._stopping: asyncio.Event | None = None

    @property
    def sources(self) -> Sources:
        """The list of sources as it is now."""
        return self.live.current

    def close(self) -> None:
        """Close store and index."""
        self.index.close()
        self.store.close()

    async def run(self, *, on_ready: Callable[[str], None] | None = None) -> None:
        """Serve until `stop` is called or SIGTERM or SIGINT arrives, then finish what is under way.

        `on_ready` receives the address of the pages once they are served.

        Raises:
            BusyError: another program listens on the port.
            ParserStartError: no page could be parsed.
        """
        self._stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        check = loop.run_in_executor(None, check_parser, self.settings)  # runs while the rest is made
        scheduler = self._make_scheduler()
        self.workers = self._make_workers(scheduler)
        receiving = self._make_receiving(scheduler, loop)
        pages = self._make_page_server(receiving)
        await check
        for number in SIGNALS:
            loop.add_signal_handler(number, self.stop)
        receiving.follow(self.sources)

        def follow(found: Sources) -> None:
            self._change_timetable(scheduler, found)
            receiving.follow(found)

        watch = SourcesWatch(self.live, self.health, follow)
        loop.add_signal_handler(signal.SIGHUP, watch.look)
        watching = asyncio.create_task(watch.run())
        serving = asyncio.create_task(pages.run(on_ready))
        scheduling = asyncio.create_task(self._schedule(scheduler))
        working = [asyncio.create_task(worker.run()) for worker in self.workers]
        try:
            await self._stopping.wait()
        finally:
            log.info("service.stopping")
            holds = (
                scheduler.is_active
            )  # on standby, what waits is the work of another process and of its index
            watching.cancel()
            scheduler.stop()
            await asyncio.to_thread(receiving.close)
            await scheduling
            await self.desk.close()
            for worker, task in zip(
                self.workers, working, strict=True
            ):  # grouping first: what it finds is indexed
                worker.finish(is_ours=holds)
                await task
            pages.stop()
            await serving
            for number in (*SIGNALS, signal.SIGHUP):
                loop.remove_signal_handler(number)
            log.info("service.stopped")

    def stop(self) -> None:
        """Take in nothing more, and finish. Call it on the loop that runs the service."""
        if self._stopping is not None:
            self._stopping.set()

    async def run_once(self, names: Sequence[str] = ()) -> PipelineReport:
        """Collect from these sources (every enabled one by default), group and index what came, and return.

        Raises:
            NotFoundError: no source has one of the names.
        """
        selected = self.sources.select(names)
        wanted = [source.name for source in selected if not source.is_received]
        reports = await crawl_in_child(wanted, configured=self.sources, settings=self.settings)
        reports += await asyncio.to_thread(
            receive_once, selected, configured=self.sources, settings=self.settings
        )
        grouped = await _repeat(self.grouping.group_slice)
        await _repeat(self.grouping.backfill_slice)
        if await _repeat(self.relating.run_slice):
            await _repeat(self.grouping.run_slice)  # revises what was related
        indexed = await _repeat(lambda: self.indexing.run_slice(end_after(PASS_S)))
        if indexed:
            await asyncio.to_thread(self.index.refresh)
        return PipelineReport(tuple(reports), grouped, indexed)

    def _change_timetable(self, scheduler: Scheduler, sources: Sources) -> None:
        scheduler.change_timetable(read_timetable(sources, self.settings.schedule, self._intervals))

    def _read_intervals(self) -> Mapping[str, timedelta]:
        """How often habits say to request sources; kept here, so that an edit of the list needs no store."""
        with self.store.read() as connection:
            return read_intervals(connection)

    def _make_scheduler(self) -> Scheduler:
        schedule = self.settings.schedule
        planner = RunPlanner(
            self.store,
            read_timetable(self.sources, schedule, self._intervals),
            grace=timedelta(minutes=schedule.misfire_grace_minutes),
            jitter_share=schedule.jitter_share,
        )
        if not planner.timetable:
            log.warning("schedule.empty", config=str(self.config))
        return Scheduler(
            self.store,
            planner,
            self._crawl,
            timing=SchedulerTiming(drain_s=schedule.drain_s),
            note=lambda error: self.health.note("schedule", error),
            load=self.load,
        )

    def _make_workers(self, scheduler: Scheduler) -> tuple[StageWorker, ...]:
        def may_work() -> bool:
            return scheduler.is_active

        def wake_next() -> None:
            index.wake.set()
            relate.wake.set()

        index = StageWorker("index", self.indexing.run_slice, health=self.health, may_work=may_work)
        group = StageWorker(
            "group",
            self.grouping.run_slice,
            health=self.health,
            may_work=may_work,
            on_done=wake_next,
        )
        relate = StageWorker(
            "relate",
            self.relating.run_slice,
            health=self.health,
            may_work=may_work,
            on_done=group.wake.set,
        )
        nightly = NightlyScrub(self.store, self.index, self.settings, self.sources)
        scrub = StageWorker("scrub", nightly.run_slice, health=self.health, may_work=may_work)
        leaving = NightlyRetention(self.store, self.index, self.settings)
        retention = StageWorker(
            "retention", leaving.run_slice, health=self.health, may_work=may_work, on_done=wake_next
        )
        loop = asyncio.get_running_loop()

        def follow_habits() -> None:
            self._intervals = self._read_intervals()
            loop.call_soon_threadsafe(self._change_timetable, scheduler, self.sources)

        watch = AlertWatch(
            self.store, self.settings, self.live, lambda: self.health.parts, on_intervals=follow_habits
        )
        alert = StageWorker("alert", watch.run_slice, health=self.health, may_work=may_work)
        telling = SubscriptionWatch(self.store, self.index, self.settings)
        subscription = StageWorker("subscription", telling.run_slice, health=self.health, may_work=may_work)
        return group, index, relate, scrub, retention, alert, subscription

    def _make_receiving(self, scheduler: Scheduler, loop: asyncio.AbstractEventLoop) -> Receiving:
        group = self.workers[0]

        def wake() -> None:
            loop.call_soon_threadsafe(group.wake.set)

        return Receiving(
            self.store,
            self.settings,
            self.health,
            may_work=lambda: scheduler.is_active,
            on_stored=wake,
        )

    def _make_page_server(self, receiving: Receiving) -> PageServer:
        from newsdesk.page_server import PageServer
        from newsdesk.web.app import create_app

        app = create_app(
            self.store, self.index, self.settings, self.live, self.health, receiving.push, self.load
        )
        return PageServer(app, self.settings.web, self.health, on_stop=app.state.live.close)

    async def _schedule(self, scheduler: Scheduler) -> None:
        while self._stopping is None or not self._stopping.is_set():
            try:
                await scheduler.run()
            except Exception as error:
                log.exception("part.failed", part="schedule", retry_s=RETRY_S)
                await asyncio.to_thread(self.health.note, "schedule", error)
                await asyncio.sleep(RETRY_S)

    async def _crawl(self, run: StartedRun) -> Result:
        configured, source = self.sources, run.due.source
        if not configured.has(source):
            return REMOVED
        until_next_s = (run.next_at - datetime.now(UTC)).total_seconds()
        return await self.desk.crawl(source, run.run_id, configured=configured, until_next_s=until_next_s)

    def _wake_grouping(self) -> None:
        self.workers[0].wake.set()

    def _note_parse_load(self, waiting: Mapping[str, int]) -> None:
        self.load.parse_waiting = dict(waiting)


async def _repeat(work: Callable[[], int | None]) -> int:
    """Call `work` in a thread until nothing is left; the sum of what it did."""
    total = 0
    while done := await asyncio.to_thread(work):
        total += done
    return total
