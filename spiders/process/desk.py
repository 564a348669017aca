"""Keeps the crawl process of a service: started with the first due source, replaced when it dies or has crawled enough."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from spiders.process.parent import CrawlProcess, LostRunError, lost_run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from copytaster.store.leases import Lease
    from settings import Settings
    from spiders.run_report import RunReport
    from spiders.sources.config import Sources

RUNS_A_PROCESS = 20_000  # then a new one takes over: whatever memory libraries lose is freed
IDLE_S = 120.0  # without a crawl, after which the process ends
SLICE_SHARE = 0.5  # of the time until the source falls due again, in which its run reads back-fill
SHORTEST_SLICE_S = 5.0

log = structlog.get_logger(__name__)


class CrawlDesk:
    """Crawls due sources for a service, all in one process; close it after use.

    Args:
        on_stored, on_load: see `CrawlProcess`.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        on_stored: Callable[[], None],
        on_load: Callable[[Mapping[str, int]], None],
    ) -> None:
        self._settings = settings
        self._on_stored = on_stored
        self._on_load = on_load
        self._process: CrawlProcess | None = None
        self._entering = asyncio.Lock()
        self._endings: set[asyncio.Task[None]] = set()

    async def crawl(
        self,
        source: str,
        run_id: int,
        *,
        configured: Sources,
        until_next_s: float,
        lease: Lease | None = None,
    ) -> RunReport:
        """Crawl a source.

        The first cancellation stops intake of every source and waits for what is under way; the second one ends it.

        Args:
            source: its name.
            run_id: of its row in the ledger.
            configured: the list of sources as it is now.
            until_next_s: seconds until the source falls due again. Its run leaves back-fill for the next one in time.
            lease: under which the run was planned; once another process has taken it, nothing of the run is stored.

        Raises:
            ParserStartError: no parser could start.
        """
        limit_s = self._settings.crawl.child_timeout_s
        slice_s = min(max(until_next_s * SLICE_SHARE, SHORTEST_SLICE_S), limit_s * SLICE_SHARE)
        async with self._entering:
            process = await self._open_process(configured)
            await process.change_sources(configured)
            process.enter({source: run_id}, {source: slice_s}, {source: lease} if lease else None)
        report = process.report(source)
        try:
            await _wait(process, report, limit_s)
            return _result(process, report, source, run_id, limit_s)
        finally:
            process.forget(source)
            if not report.done():  # a run that does not end: the others may, then a new process begins
                self._replace(process)
            elif not process.under_way:
                asyncio.get_running_loop().call_later(IDLE_S, self._end_if_idle, process, process.entered)

    async def close(self) -> None:
        """End the process, which holds no run any more."""
        if self._process is not None:
            await self._process.close()
        for ending in self._endings:
            ending.cancel()
        await asyncio.gather(*self._endings, return_exceptions=True)

    async def _open_process(self, configured: Sources) -> CrawlProcess:
        process = self._process
        if process is not None and process.is_open and process.entered >= RUNS_A_PROCESS:
            log.info("child.replaced", runs=process.entered, under_way=process.under_way)
            self._replace(process)
        if process is None or not process.is_open:
            process = CrawlProcess(
                self._settings, configured, on_stored=self._on_stored, on_load=self._on_load
            )
            await process.start()
            self._process = process
        return process

    def _end_if_idle(self, process: CrawlProcess, entered: int) -> None:
        if process.is_open and process.entered == entered:
            process.finish()

    def _replace(self, process: CrawlProcess) -> None:
        """Let nothing more enter a process, and end it once its runs have ended, or took too long."""
        process.finish()
        ending = asyncio.create_task(self._end(process))
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)

    async def _end(self, process: CrawlProcess) -> None:
        try:
            await asyncio.wait_for(process.wait(), self._settings.crawl.child_timeout_s)
        except TimeoutError:
            log.warning("child.killed", under_way=process.under_way)
        finally:
            await process.kill()


async def _wait(process: CrawlProcess, report: asyncio.Future[RunReport], limit_s: float) -> None:
    try:
        await asyncio.wait({report}, timeout=limit_s)
    except asyncio.CancelledError:
        process.stop()
        try:
            await asyncio.wait({report})
        except asyncio.CancelledError:
            await process.kill()
            raise


def _result(
    process: CrawlProcess, report: asyncio.Future[RunReport], source: str, run_id: int, limit_s: float
) -> RunReport:
    if not report.done():
        why = f"the run took longer than {limit_s:g} s"
        return lost_run(source, run_id, why, stored=process.forget(source))
    try:
        return report.result()
    except LostRunError as error:
        if process.start_error is not None:
            raise process.start_error from error
        return lost_run(source, run_id, str(error), stored=process.forget(source))
