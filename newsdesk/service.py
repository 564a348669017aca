"""One process of the service: store, index, schedule, grouping, indexing and the web pages, put together."""

from __future__ import annotations

import asyncio
import math
import random
import signal
import time
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn

from copytaster.errors import BusyError, UnreachableError
from copytaster.schedule.due_runs import RunPlanner
from copytaster.store.engine import Store
from dedup.grouping.grouper import BULK, Grouper
from dedup.lineage.backfill import trace_earlier
from indexer.drain import drain, prepare_index
from indexer.factory import open_index
from newsdesk.health import Health
from newsdesk.web.listener import listen
from scheduler import Pace, Scheduler, read_timetable
from spiders.process.parent import acrawl

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from copytaster.schedule.due_runs import Started
    from copytaster.store.ledger import Result
    from copytaster.store.service_health import PartName
    from settings import Settings
    from spiders.run_report import RunReport
    from spiders.sources.config import Sources

LOOK_EVERY_S = 1.0  # for what other processes have stored, and what was put off
RETRY_S, LONGEST_RETRY_S = 1.0, 60.0
REST_S = 3.0  # after a failure, whatever comes in
LAST_PASS_S, WEB_DRAIN_S = 2.0, 1
PASS_S = 10.0  # of indexing, after which the lease is looked at again

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass over sources brought: a report a source, versions grouped, documents written."""

    reports: tuple[RunReport, ...]
    grouped: int
    indexed: int


class Service:
    """The service on one store and one index; close it after use.

    Args:
        settings: everything that can be set.
        sources: what to collect from, as read from `config`, which the crawling child reads again.

    Raises:
        ConfigurationError, UnreachableError: the store or the index cannot be opened.
    """

    def __init__(self, settings: Settings, sources: Sources, *, config: Path) -> None:
        self.settings = settings
        self.sources = sources
        self.config = config
        self.store = Store(settings.store_url)
        self.index = open_index(settings)
        try:
            prepare_index(self.store, self.index)
        except UnreachableError as error:  # what comes in waits; every pass looks again
            log.warning("index.unreachable", error=str(error))
        self.health = Health(self.store)
        self._grouper = Grouper(self.store, settings.grouping)
        self._waiting: dict[PartName, asyncio.Event] = {}
        self._last: dict[PartName, asyncio.Event] = {}  # set: the part does its work for the last time
        self._stopping: asyncio.Event | None = None

    def close(self) -> None:
        """Let go of store and index."""
        self.index.close()
        self.store.close()

    async def run(self, *, on_ready: Callable[[str], None] | None = None) -> None:
        """Serve until `stop` is called or a SIGTERM or SIGINT comes, then finish what is under way.

        `on_ready` is given the address of the pages once they are served.

        Raises:
            BusyError: the port is taken.
        """
        self._stopping = stopping = asyncio.Event()
        self._waiting = {"group": asyncio.Event(), "index": asyncio.Event()}
        self._last = {name: asyncio.Event() for name in self._waiting}
        scheduler = self._make_scheduler()
        listener = self._listen()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        server = _Server(self._web_config())
        web = asyncio.create_task(self._serve(server, listener, on_ready))
        schedule = asyncio.create_task(self._schedule(scheduler))
        followers: dict[PartName, asyncio.Task[None]] = {
            "group": asyncio.create_task(self._follow("group", self._group, scheduler)),
            "index": asyncio.create_task(self._follow("index", self._index, scheduler)),
        }
        try:
            await stopping.wait()
        finally:
            log.info("service.stopping")
            scheduler.stop()
            await schedule
            for name, follower in followers.items():  # in the order of the road: what was drained is found
                self._last[name].set()
                self._waiting[name].set()
                await follower
            server.should_exit = True
            await web
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)
            log.info("service.stopped")

    def stop(self) -> None:
        """Take nothing more in and finish. Call it on the loop that runs the service."""
        if self._stopping is not None:
            self._stopping.set()

    async def run_once(self, names: Sequence[str] = ()) -> Pass:
        """Collect from these sources (all that are switched on), group and index what came, and return.

        Raises:
            NotFoundError: a name is unknown.
        """
        wanted = [source.name for source in self.sources.select(names)]
        reports = await acrawl(wanted, config=self.config, settings=self.settings)
        grouped = indexed = 0
        while count := await asyncio.to_thread(self._group_waiting):
            grouped += count
        while await asyncio.to_thread(self._trace_earlier):
            pass
        while written := await asyncio.to_thread(self._index):
            indexed += written
        if indexed:
            await asyncio.to_thread(self.index.refresh)
        return Pass(tuple(reports), grouped, indexed)

    def _make_scheduler(self) -> Scheduler:
        schedule = self.settings.schedule
        diary = RunPlanner(
            self.store,
            read_timetable(self.sources, schedule),
            grace=timedelta(minutes=schedule.misfire_grace_minutes),
            jitter_share=schedule.jitter_share,
        )
        if not diary.timetable:
            log.warning("schedule.empty", config=str(self.config))
        return Scheduler(
            self.store,
            diary,
            self._crawl,
            pace=Pace(drain_s=schedule.drain_s),
            note=lambda error: self.health.note("schedule", error),
        )

    async def _schedule(self, scheduler: Scheduler) -> None:
        while not self._is_stopping():
            try:
                await scheduler.run()
            except Exception as error:
                log.exception("part.failed", part="schedule", retry_s=RETRY_S)
                await asyncio.to_thread(self.health.note, "schedule", error)
                await asyncio.sleep(RETRY_S)

    async def _crawl(self, started: Sequence[Started]) -> Mapping[int, Result]:
        reports = await acrawl(
            [run.due.source for run in started],
            config=self.config,
            settings=self.settings,
            runs={run.due.source: run.run_id for run in started},
            on_stored=self._waiting["group"].set,
        )
        return {report.run_id: report for report in reports if report.run_id is not None}

    def _group(self) -> int:
        """What waits first; then what was grouped before lineage was kept."""
        return self._group_waiting() or self._trace_earlier()

    def _trace_earlier(self) -> int:
        return trace_earlier(self.store, self._grouper.shelf)

    def _group_waiting(self) -> int:
        return sum(1 for _ in self._grouper.group(limit=BULK * self.settings.grouping.batch))

    def _index(self) -> int | None:
        """Documents done; None where some wait, and each was put off until later.

        Raises:
            UnreachableError: the index takes nothing.
        """
        report = drain(self.store, self.index, should_end=self._limit_pass("index"))
        if report.trouble:
            raise UnreachableError(
                report.trouble, resource="index", hint="what waits is kept and tried again"
            )
        done = report.written + report.quarantined
        return None if report.waiting and not done else done

    def _limit_pass(self, name: PartName) -> Callable[[], bool]:
        """Says when a pass that begins now has to end: at a stop, and in time for the lease to be looked at again."""
        last = self._last.get(name)
        is_last = last is not None and last.is_set()
        end = time.monotonic() + (LAST_PASS_S if is_last else PASS_S)
        return lambda: time.monotonic() >= end or (last is not None and last.is_set() and not is_last)

    async def _follow(self, name: PartName, work: Callable[[], int | None], scheduler: Scheduler) -> None:
        """Do a part's work whenever something waits for it, and once more at the end.

        On standby whoever holds the lease does it. An error is remembered and tried again, ever more slowly; what comes
        in meanwhile is a reason to try sooner, but no oftener than every three seconds.
        """
        last, wake, retry_s = self._last[name], self._waiting[name], RETRY_S
        while True:
            is_last = last.is_set()
            rest_s, pause_s = 0.0, LOOK_EVERY_S
            try:
                if scheduler.acts or is_last:
                    is_done = await self._work_off(name, work)
                    if is_done or retry_s == RETRY_S:  # while all that waits was put off nothing new is known
                        await asyncio.to_thread(self.health.note, name)
                        retry_s = RETRY_S
            except Exception as error:
                log.exception("part.failed", part=name, retry_s=retry_s)
                await asyncio.to_thread(self.health.note, name, error)
                pause_s = retry_s * random.uniform(0.5, 1.0)  # noqa: S311 - spread, not secrecy
                rest_s = min(pause_s, REST_S)
                retry_s = min(LONGEST_RETRY_S, retry_s * 2)
            if is_last:
                return
            await _wait(last, rest_s)
            await _wait(wake, pause_s - rest_s)
            wake.clear()

    async def _work_off(self, name: PartName, work: Callable[[], int | None]) -> bool:
        """Work until nothing is left, a stop comes or the last pass is over; False where all that waits was put off."""
        last, loop = self._last[name], asyncio.get_running_loop()
        end = loop.time() + LAST_PASS_S if (is_last := last.is_set()) else math.inf
        while done := await asyncio.to_thread(work):
            self._waiting["index"].set()
            if loop.time() >= end or (last.is_set() and not is_last):  # the last pass is still to come
                return True
        return done is not None

    def _is_stopping(self) -> bool:
        return self._stopping is not None and self._stopping.is_set()

    def _listen(self) -> socket.socket:
        web = self.settings.web
        try:
            return listen(web.host, web.port)
        except OSError as error:
            raise BusyError(
                f"cannot listen: {error.strerror or error}",
                resource=f"{web.host}:{web.port}",
                hint="choose another with --port; 0 takes any that is free",
            ) from error

    def _web_config(self) -> uvicorn.Config:
        from newsdesk.web.app import create_app

        app = create_app(self.store, self.index, self.settings, self.sources)
        app.state.health = self.health
        return uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=WEB_DRAIN_S
        )

    async def _serve(
        self, server: _Server, listener: socket.socket, on_ready: Callable[[str], None] | None
    ) -> None:
        host, port = listener.getsockname()[:2]
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
        server.tell = lambda: self._tell_ready(address, on_ready)
        try:
            await server.serve(sockets=[listener])
        except Exception as error:
            log.exception("web.failed")
            await asyncio.to_thread(self.health.note, "web", error)

    def _tell_ready(self, address: str, on_ready: Callable[[str], None] | None) -> None:
        log.info("service.ready", address=address)
        asyncio.get_running_loop().run_in_executor(None, self.health.note, "web")
        if on_ready is not None:
            on_ready(address)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


class _Server(uvicorn.Server):
    """Uvicorn without hands on the signals of the process, that says when it serves."""

    tell: Callable[[], None] | None = None

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()

    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self.tell is not None:
            self.tell()
