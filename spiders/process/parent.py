"""Starts the crawl process and lets sources enter it. It can be killed, and its memory is freed when it ends.

The parent writes orders to the child's stdin (spiders.process.orders) and keeps the pipe open; when the pipe closes, the
child stops. The child writes JSON lines to stdout: `stored` after the commit of a version, `ended` with the report of a
source, `lost` for a source without a report, `load` every second, and `no-parser` when no page can be parsed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from copytaster.errors import ParserStartError
from copytaster.process_id import this_process
from copytaster.store.engine import Store
from copytaster.store.ledger import DueTime, close_run, open_runs
from spiders.process.orders import END_ORDER, runs_order, sources_order, start_order
from spiders.run_report import RunReport
from spiders.sources.config import Sources, read_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from copytaster.store.leases import Lease
    from copytaster.store.ledger import Trigger
    from settings import Settings

log = structlog.get_logger(__name__)

COMMAND = (sys.executable, "-m", "spiders.process.child")
LINE_LIMIT = 2**20
DRAIN_S = 18.0
SILENCE_S = 120.0  # without a sign of life; it gives one every second
STOPPED = "the crawl was stopped before this source had ended"


class LostRunError(Exception):
    """A run ended without a report; the message says how."""


class CrawlProcess:
    """One child process that crawls; sources enter it until it is told to end. Used from one event loop.

    Args:
        sources: the list that the child works with, whatever the file says meanwhile.
        on_stored: called after the commit of each new version.
        on_load: called every second with the number of jobs that wait for a parser, by lane.

    Attributes:
        entered: runs that ever entered.
        start_error: set once no parser could start.
    """

    def __init__(
        self,
        settings: Settings,
        sources: Sources,
        *,
        on_stored: Callable[[], None] = lambda: None,
        on_load: Callable[[Mapping[str, int]], None] = lambda _waiting: None,
    ) -> None:
        self.entered = 0
        self.start_error: ParserStartError | None = None
        self._settings = settings
        self._sources = sources
        self._on_stored = on_stored
        self._on_load = on_load
        self._stored: Counter[str] = Counter()
        self._reports: dict[str, asyncio.Future[RunReport]] = {}
        self._child: asyncio.subprocess.Process | None = None
        self._following: asyncio.Task[None] | None = None
        self._is_closed = False
        self._is_stopped = False
        self._ended_why: str | None = None  # once the child has ended

    @property
    def is_open(self) -> bool:
        """True while sources may enter."""
        return self._following is not None and not self._following.done() and not self._is_closed

    @property
    def under_way(self) -> int:
        """Runs that have not ended."""
        return len(self._reports)

    async def start(self) -> None:
        """Start the child; sources may enter at once."""
        self._child = await asyncio.create_subprocess_exec(
            *COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_LIMIT,
            start_new_session=True,  # Ctrl-C reaches the parent only, which lets the child finish
        )
        self._following = asyncio.create_task(self._follow(self._child))
        self._write(await asyncio.to_thread(start_order, self._settings, self._sources))

    async def change_sources(self, sources: Sources) -> None:
        """Work with another list from now on."""
        if sources is not self._sources:
            self._sources = sources
            self._write(await asyncio.to_thread(sources_order, sources))

    def enter(
        self,
        runs: Mapping[str, int | None],
        slices_s: Mapping[str, float] | None = None,
        leases: Mapping[str, Lease] | None = None,
    ) -> None:
        """Let sources enter; `runs` holds the ids of their rows in the ledger, `leases` what each was planned under."""
        entered = {name: asyncio.get_running_loop().create_future() for name in runs}
        self._reports |= entered
        self.entered += len(runs)
        if self._ended_why is not None:  # it may die before anything enters
            for future in entered.values():
                _fail(future, self._ended_why)
        self._write(runs_order(runs, slices_s, leases))

    def report(self, source: str) -> asyncio.Future[RunReport]:
        """The report of a source that has entered, once its run has ended; a LostRunError if it ended without one."""
        return self._reports[source]

    def forget(self, source: str) -> int:
        """Forget a run; returns the number of versions that it stored."""
        future = self._reports.pop(source, None)
        if future is not None and future.done() and not future.cancelled():
            future.exception()  # seen
        return self._stored.pop(source, 0)

    def finish(self) -> None:
        """Let nothing more enter; the child ends after the runs under way."""
        self._is_closed = True
        self._write(END_ORDER)

    def stop(self) -> None:
        """Stop intake at once; the child ends after what it holds."""
        self._is_closed = True
        if self._child is not None and self._child.returncode is None and not self._is_stopped:
            self._is_stopped = True
            self._child.terminate()  # once: at a second signal Scrapy stops without finishing

    async def wait(self) -> None:
        """Wait until the child has ended."""
        if self._following is not None:
            await asyncio.shield(self._following)

    async def close(self) -> None:
        """Let the child finish what it holds for `DRAIN_S`, then kill it."""
        self.stop()
        try:
            await asyncio.wait_for(self.wait(), DRAIN_S)
        except TimeoutError:
            log.warning("child.killed", waited_s=DRAIN_S)
        finally:
            await self.kill()

    async def kill(self) -> None:
        """End the child at once."""
        if self._child is not None and self._child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._child.kill()
        await self.wait()

    def _write(self, order: Mapping[str, Any]) -> None:
        if self._child is not None and self._child.stdin is not None and not self._child.stdin.is_closing():
            self._child.stdin.write(json.dumps(order).encode() + b"\n")

    async def _follow(self, child: asyncio.subprocess.Process) -> None:
        """Read the child's events until it ends; every run without a report is lost then."""
        why = STOPPED
        try:
            while child.stdout is not None:
                async with asyncio.timeout(SILENCE_S):
                    line = await child.stdout.readline()
                if not line:
                    break
                self._take(json.loads(line))
            why = STOPPED if self._is_stopped else _words_for(await child.wait())
        except TimeoutError:
            why = f"the crawl process gave no sign of life for {SILENCE_S:g} s and was killed"
            child.kill()
        except Exception as error:
            log.exception("child.unreadable")
            why = f"the crawl process wrote something unreadable and was killed: {error}"
            child.kill()
        finally:
            await child.wait()
            if child.stdin is not None:
                child.stdin.close()
        self._ended_why = why
        for future in self._reports.values():
            _fail(future, why)

    def _take(self, event: Mapping[str, Any]) -> None:
        kind = event["event"]
        if kind == "ended":
            report = RunReport(**event["report"])
            future = self._reports.get(report.source)
            if future is not None and not future.done():
                future.set_result(report)
        elif kind == "lost":
            crash = event["crash"]
            _fail(self._reports.get(event["source"]), f"the crawl broke off: {crash}" if crash else STOPPED)
        elif kind == "stored":
            self._stored[event["source"]] += 1
            self._on_stored()
        elif kind == "load":
            self._on_load(event["parse_waiting"])
        elif kind == "no-parser":
            self.start_error = ParserStartError(**event["error"])


def _fail(future: asyncio.Future[RunReport] | None, why: str) -> None:
    if future is not None and not future.done():
        future.set_exception(LostRunError(why))


def _words_for(status: int) -> str:
    if status == 0:
        return STOPPED
    how = f"was killed by signal {-status}" if status < 0 else f"ended with {status}"
    return f"the child process {how}"


def crawl_and_wait(
    sources: Sequence[str],
    *,
    settings: Settings,
    config: Path | None = None,
    configured: Sources | None = None,
    trigger: Trigger = "command",
    on_stored: Callable[[], None] = lambda: None,
) -> list[RunReport]:
    """Collect from sources in one child process and wait for it; see `crawl_in_child`."""
    return asyncio.run(
        crawl_in_child(
            sources,
            settings=settings,
            config=config,
            configured=configured,
            trigger=trigger,
            on_stored=on_stored,
        )
    )


async def crawl_in_child(
    sources: Sequence[str],
    *,
    settings: Settings,
    config: Path | None = None,
    configured: Sources | None = None,
    trigger: Trigger = "command",
    on_stored: Callable[[], None] = lambda: None,
) -> list[RunReport]:
    """Collect from sources in one child process of their own.

    Args:
        sources: names in the list of sources.
        settings: of this process; the child works with the same.
        config: the file to read the list from, where it is not given as `configured`.
        configured: the list of this process; the child works with the same, whatever the file says meanwhile.
        trigger: for the ledger's rows.
        on_stored: called after the commit of each new version.

    Returns one report a source, in the order of `sources`. Every run is ended in the ledger then, also when the child
    died or took longer than `crawl.child_timeout_s`. The first cancellation stops intake, lets the child finish its
    work and returns the reports so far; the second kills the child.

    Raises:
        ParserStartError: no parser could start; every run is ended in the ledger then too.
    """
    if not sources:
        return []
    if configured is None:
        configured = read_sources(config or Path("sources.toml"))
    store = Store(settings.store_url)
    process = CrawlProcess(settings, configured, on_stored=on_stored)
    try:
        ids = _open_runs(store, sources, trigger)
        why = await _crawl_all(process, {name: ids.get(name) for name in sources}, settings)
        reports = [await _report_or_fail(process, store, name, ids.get(name), why) for name in sources]
    finally:
        store.close()
    if process.start_error is not None:
        raise process.start_error
    return reports


async def _crawl_all(process: CrawlProcess, runs: Mapping[str, int | None], settings: Settings) -> str | None:
    """Crawl, and end the process; returns why it was stopped, None if it ended by itself."""
    limit_s = settings.crawl.child_timeout_s
    try:
        async with asyncio.timeout(limit_s):
            await process.start()
            process.enter(runs)
            process.finish()
            await process.wait()
    except TimeoutError:
        return f"the crawl took longer than {limit_s:g} s and was stopped"
    except asyncio.CancelledError:
        return STOPPED
    finally:
        await process.close()
    return None


def _open_runs(store: Store, sources: Sequence[str], trigger: Trigger) -> dict[str, int]:
    now = datetime.now(UTC)
    dues = [DueTime(name, now, trigger) for name in sources]
    with store.write() as connection:
        return open_runs(connection, dues, holder=this_process(), now=now)


async def _report_or_fail(
    process: CrawlProcess, store: Store, source: str, run_id: int | None, why: str | None
) -> RunReport:
    try:
        return await process.report(source)
    except LostRunError as error:
        report = lost_run(source, run_id, why or str(error), stored=process.forget(source))
    if run_id is not None:
        with store.write() as connection:
            close_run(connection, run_id, report, now=datetime.now(UTC))
    return report


def lost_run(source: str, run_id: int | None, why: str, *, stored: int) -> RunReport:
    """The report of a run that gave none itself."""
    log.warning("source.failed", source=source, run=run_id, reason="child-died", detail=why)
    return RunReport(
        source=source,
        outcome="failed",
        why=why,
        run_id=run_id,
        stored=stored,
        errors={} if why == STOPPED else {"child-died": 1},  # a stop is not the source's fault
    )
