"""One process of the service: all of schedule, grouping, indexing and pages on one store and one index, or some roles."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import CopytasterError
from copytaster.schedule.due_runs import RunPlanner
from copytaster.schedule.load import CrawlLoad
from copytaster.store.engine import Store
from copytaster.store.ledger import Result
from copytaster.store.source_hours import read_intervals
from indexer.factory import open_index
from newsdesk.crawl_shares import CrawlShares
from newsdesk.membership import Membership
from newsdesk.operations.health import Health
from newsdesk.pipeline import end_after
from newsdesk.receiving import Receiving
from newsdesk.roles import EVERY_ROLE, Role, require_shared_store
from newsdesk.sources_watch import SourcesWatch
from newsdesk.stages import LOOKING, Stages
from newsdesk.worker import PASS_S
from scheduler import Scheduler, SchedulerTiming, read_timetable
from settings import load_settings
from spiders.kinds import RECEIVERS
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
    from spiders.sources.config import Source, Sources

SIGNALS = (signal.SIGTERM, signal.SIGINT)

REMOVED = Result("skipped", "the source was removed from the list meanwhile")
RETRY_S = 1.0  # after the scheduler failed as a whole
HABITS_S = 60.0  # between two looks at the habits that another process learns
PUSH = "push"  # the kind of source whose copy comes over the pages' port

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PipelineReport:
    """What one pass over sources brought: a report a source, versions grouped, documents written."""

    reports: tuple[RunReport, ...]
    grouped: int
    indexed: int


class Service:
    """The service, or a part of its roles, on one store and one index; close it after use.

    Args:
        settings: every setting.
        sources: what to collect from, as read from `config`. While the service runs, the list follows the file.
        roles: what this process does; other processes on the same store do the rest.

    Raises:
        ConfigurationError, StoreError: the store cannot be opened, or takes no part of the roles. A fault of the index stops
            nothing: documents wait, and every pass of indexing tries again.
    """

    def __init__(
        self, settings: Settings, sources: Sources, *, config: Path, roles: frozenset[Role] = EVERY_ROLE
    ) -> None:
        require_shared_store(roles, settings.store_url)
        self.settings = settings
        self.roles = roles
        self.live = LiveSources(sources, config, check=self._check_file)
        self.config = config
        self.store = Store(settings.store_url)
        self.index = open_index(settings)
        self.health = Health(self.store)
        self.stages = Stages(
            self.store,
            self.index,
            settings,
            roles,
            health=self.health,
            sources=self.live,
            is_scheduling=self._is_scheduling,
            on_intervals=self._follow_habits,
        )
        self.grouping, self.relating = self.stages.grouping, self.stages.relating
        self.indexing = self.stages.indexing
        self.load = CrawlLoad()
        self.membership = Membership(
            self.store, roles, self.load, is_checked=roles != EVERY_ROLE, on_refused=self._refuse
        )
        self.desk = CrawlDesk(settings, on_stored=self.stages.wake_grouping, on_load=self._note_parse_load)
        self.scheduler: CrawlShares | None = None
        self._intervals = self._read_intervals()
        self._stopping: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._refusal: CopytasterError | None = None

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
            BusyError: another program listens on the port, or the clock of this machine differs from the database's.
            ConfigurationError: the schema of the store is another than this program's.
            ParserStartError: no page could be parsed.
        """
        self._stopping = asyncio.Event()
        self._loop = loop = asyncio.get_running_loop()
        await asyncio.to_thread(self.membership.beat)
        check = loop.run_in_executor(None, self._check_parser)  # runs while the rest is made
        self.scheduler = self._make_schedulers() if Role.CRAWL in self.roles else None
        receiving = self._make_receiving()
        pages = self._make_page_server(receiving) if Role.WEB in self.roles else None
        await check
        for number in SIGNALS:
            loop.add_signal_handler(number, self.stop)
        receiving.follow(self.sources)

        def follow(found: Sources) -> None:
            self._change_timetable(found)
            receiving.follow(found)

        watch = SourcesWatch(self.live, self.health, follow)
        loop.add_signal_handler(signal.SIGHUP, watch.look)
        watching = self._start_watching(watch)
        serving = asyncio.create_task(pages.run(on_ready)) if pages is not None else None
        scheduling = asyncio.create_task(self._schedule())
        self.stages.start()
        if pages is None:
            log.info("service.ready", roles=sorted(self.roles))
        try:
            await self._stopping.wait()
        finally:
            log.info("service.stopping")
            is_ours = self._is_scheduling()
            for task in watching:
                task.cancel()
            if self.scheduler is not None:
                self.scheduler.stop()
            await asyncio.to_thread(receiving.close)
            await scheduling
            await self.desk.close()
            await self.stages.finish(is_ours=is_ours)
            if pages is not None and serving is not None:
                pages.stop()
                await serving
            for number in (*SIGNALS, signal.SIGHUP):
                loop.remove_signal_handler(number)
            await asyncio.to_thread(self.membership.leave)
            log.info("service.stopped")
        if self._refusal is not None:
            raise self._refusal

    def _start_watching(self, watch: SourcesWatch) -> list[asyncio.Task[None]]:
        tasks = [asyncio.create_task(watch.run()), asyncio.create_task(self.membership.run())]
        if Role.INDEX not in self.roles:  # whoever has it learns habits
            tasks.append(asyncio.create_task(self._look_at_habits()))
        return tasks

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

    def describe_starting(self) -> dict[str, str]:
        """What this process still has to do or to know before it works in full, by name."""
        is_known = Role.CRAWL not in self.roles or (self.scheduler is not None and self.scheduler.has_looked)
        return ({} if is_known else {"schedule": LOOKING}) | self.stages.describe_starting()

    def _check_file(self, found: Sources) -> None:
        """What the next start would refuse is refused at once: that start may come at night."""
        load_settings(self.config)
        read_timetable(found, self.settings.schedule)

    def _refuse(self, reason: CopytasterError) -> None:
        self._refusal = reason
        self.stop()

    def _is_scheduling(self) -> bool:
        return self.scheduler is not None and self.scheduler.is_active

    def _check_parser(self) -> None:
        if self.roles & {Role.CRAWL, Role.WEB}:
            check_parser(self.settings)

    def _change_timetable(self, sources: Sources) -> None:
        if self.scheduler is not None:
            self.scheduler.change_timetable(read_timetable(sources, self.settings.schedule, self._intervals))

    def _follow_habits(self) -> None:
        """Take over how often habits say to request sources. Call it in a thread."""
        found = self._read_intervals()
        if found != self._intervals and self._loop is not None:
            self._intervals = found
            self._loop.call_soon_threadsafe(self._change_timetable, self.sources)

    async def _look_at_habits(self) -> None:
        """Follow what another process learns of the habits of sources, until cancelled."""
        while True:
            await asyncio.sleep(HABITS_S)
            try:
                await asyncio.to_thread(self._follow_habits)
            except CopytasterError as error:
                log.warning("habits.not_followed", why=str(error))

    def _read_intervals(self) -> Mapping[str, timedelta]:
        """How often habits say to request sources; kept here, so that an edit of the list needs no store."""
        with self.store.read() as connection:
            return read_intervals(connection)

    def _make_schedulers(self) -> CrawlShares:
        timetable = read_timetable(self.sources, self.settings.schedule, self._intervals)
        if not timetable:
            log.warning("schedule.empty", config=str(self.config))
        shares = CrawlShares(self.store, self.roles, self._make_scheduler, self._find_source)
        shares.change_timetable(timetable)
        return shares

    def _find_source(self, name: str) -> Source | None:
        return self.sources.get(name) if self.sources.has(name) else None

    def _make_scheduler(
        self, lease: str, may_take: Callable[[], bool], is_mine: Callable[[str], bool]
    ) -> Scheduler:
        schedule = self.settings.schedule
        planner = RunPlanner(
            self.store,
            {},
            grace=timedelta(minutes=schedule.misfire_grace_minutes),
            jitter_share=schedule.jitter_share,
            is_mine=is_mine,
        )
        return Scheduler(
            self.store,
            planner,
            self._crawl,
            timing=SchedulerTiming(drain_s=schedule.drain_s),
            note=lambda error: self.health.note("schedule", error),
            load=self.load,
            on_change=self.stages.note_schedule,
            lease=lease,
            may_take=may_take,
        )

    def _make_receiving(self) -> Receiving:
        shared = self.roles != EVERY_ROLE
        kinds = {kind for kind in RECEIVERS if (Role.WEB if kind == PUSH else Role.CRAWL) in self.roles}

        def may_work(source: Source) -> bool:  # whoever serves pages takes in what is pushed to it
            return self._is_scheduling() or (shared and source.kind == PUSH)

        def wake() -> None:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self.stages.wake_grouping)

        return Receiving(
            self.store, self.settings, self.health, kinds=kinds, may_work=may_work, on_stored=wake
        )

    def _make_page_server(self, receiving: Receiving) -> PageServer:
        from newsdesk.page_server import PageServer
        from newsdesk.web.app import create_app

        app = create_app(
            self.store,
            self.index,
            self.settings,
            self.live,
            self.health,
            receiving.push,
            self.load,
            self.describe_starting,
        )
        return PageServer(app, self.settings.web, self.health, on_stop=app.state.live.close)

    async def _schedule(self) -> None:
        while self.scheduler is not None and not (self._stopping is not None and self._stopping.is_set()):
            try:
                await self.scheduler.run()
            except Exception as error:
                log.exception("part.failed", part="schedule", retry_s=RETRY_S)
                await asyncio.to_thread(self.health.note, "schedule", error)
                await asyncio.sleep(RETRY_S)

    async def _crawl(self, run: StartedRun) -> Result:
        configured, source = self.sources, run.due.source
        if not configured.has(source):
            return REMOVED
        until_next_s = (run.next_at - datetime.now(UTC)).total_seconds()
        return await self.desk.crawl(
            source, run.run_id, configured=configured, until_next_s=until_next_s, lease=run.lease
        )

    def _note_parse_load(self, waiting: Mapping[str, int]) -> None:
        self.load.parse_waiting = dict(waiting)


async def _repeat(work: Callable[[], int | None]) -> int:
    """Call `work` in a thread until nothing is left; the sum of what it did."""
    total = 0
    while done := await asyncio.to_thread(work):
        total += done
    return total
