"""The resources that all sources of one process share: settings, store, one writing thread, parsers, host gates."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from copytaster.errors import ParserStartError
from copytaster.store.engine import Store
from copytaster.store.leases import confirm
from copytaster.store.ledger import list_slow_sources
from spiders.middlewares import Gates
from spiders.net.host_claims import HostClaims
from spiders.page_templates import PageTemplates
from spiders.publishers import Publishers
from spiders.sandbox.jobs import robots_job
from spiders.sandbox.lanes import Lanes
from spiders.sandbox.start import cores
from spiders.turns import FEED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy import Connection

    from copytaster.store.leases import Lease
    from copytaster.values import ParsedStory, RawPage
    from settings import Settings
    from spiders.net.robots import HostRules
    from spiders.parsing.context import ParseContext
    from spiders.sandbox.jobs import Job
    from spiders.sources.config import Source

T = TypeVar("T")


class Resources:
    """Shared by all spiders of a process; close it when the last one has ended.

    Args:
        sources: every configured source; their hosts say who published a page.
        announce: called with source and version id after the commit of every new version.
        runs: run ids by source, entered in the ledger by the caller; the spiders end them.
        holder: the process that this one works for.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        sources: Iterable[Source] = (),
        announce: Callable[[str, int], None] | None = None,
        runs: Mapping[str, int] | None = None,
        holder: str | None = None,
    ) -> None:
        self.settings = settings
        self.publishers = Publishers(sources)
        self.store = Store(settings.store_url, holder=holder)
        self.templates = PageTemplates(self.store)
        self.runs = dict(runs or {})
        self.leases: dict[str, Lease] = {}  # by source: under which its run was planned
        self.slices_s: dict[str, float] = {}  # by source: how long its run may read back-fill
        self.lanes = make_lanes(settings, self._burnt_last_time())
        self.gates = Gates(settings.crawl.concurrent_per_host)
        self.claims = HostClaims(self.store)
        self.robots: dict[str, HostRules] = {}
        self.announce = announce or (lambda _source, _version: None)
        self.start_error: ParserStartError | None = None  # set once: no page of this process can be parsed
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="write")

    def _burnt_last_time(self) -> set[str]:
        with self.store.read() as connection:
            return list_slow_sources(connection)

    def change_sources(self, sources: Iterable[Source]) -> None:
        """Take over another list; runs under way go on with theirs."""
        self.publishers = Publishers(sources)

    def forget_run(self, source: str) -> None:
        """Forget what was ordered for the last run of a source."""
        self.runs.pop(source, None)
        self.slices_s.pop(source, None)
        self.leases.pop(source, None)

    async def write(self, work: Callable[[Connection], T], source: str = "") -> T:
        """Run `work` in one write transaction; returns its result after the commit.

        Raises:
            BusyError: the run of the source was planned under a lease that another process has taken; nothing is written.
        """
        lease = self.leases.get(source)
        return await asyncio.get_running_loop().run_in_executor(self._writing, self._write, work, lease)

    def _write(self, work: Callable[[Connection], T], lease: Lease | None) -> T:
        with self.store.write() as connection:
            if lease is not None:
                confirm(connection, lease)
            return work(connection)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one read transaction."""
        return await asyncio.to_thread(self._read, work)

    def _read(self, work: Callable[[Connection], T]) -> T:
        with self.store.read() as connection:
            return work(connection)

    async def do(
        self,
        job: Job[T],
        source: str,
        *,
        urgency: int = FEED,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> T:
        """Do a job of a source in a worker process; see `Lanes.do`.

        Raises:
            UnparsableError: the bytes hold nothing readable, or take too much to read.
            LaterError: it is not wanted any more.
            ParserStartError: no worker can be started; raised at once from then on.
        """
        if self.start_error is not None:
            raise self.start_error
        try:
            return await self.lanes.do(job, source, urgency=urgency, is_wanted=is_wanted)
        except ParserStartError as error:
            self.start_error = error
            raise

    async def page_job(self, page: RawPage, context: ParseContext) -> Job[ParsedStory]:
        """The job that parses a page with the template of its host."""
        prepared = await asyncio.to_thread(self.templates.prepare, page, context)
        return self.templates.job(page, prepared)

    async def keep_rules(self, body: bytes, url: str, source: str) -> str:
        """Keep of a robots.txt what it says to us; see `do`."""
        return await self.do(robots_job(body, self.settings.crawl.user_agent, url=url), source)

    def close(self) -> None:
        """Close workers, threads and the store."""
        self.lanes.close()
        self._writing.shutdown()
        self.store.close()


def make_lanes(settings: Settings, slow: Iterable[str]) -> Lanes:
    """Make the lanes of a crawl, one quick worker a processor; these sources start in the slow lane."""
    crawl = settings.crawl
    return Lanes(cores(), cpu_s=crawl.parse_cpu_s, memory_bytes=crawl.parse_memory_bytes, slow=slow)
