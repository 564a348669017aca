"""The schedulers of one process: one for each share of the host space, as many at work as is fair among those that crawl.

A file has one share. On a store that other machines share, each share has a lease of its own; processes that join get
shares from those that hold more than their part, and the shares of one that ended are taken over.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from copytaster.schedule.shares import SHARES, find_share, name_lease
from newsdesk.fair_part import FairPart
from newsdesk.roles import EVERY_ROLE, Role
from spiders.publishers import site_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from copytaster.schedule.timetable import Rule
    from copytaster.store.engine import Store
    from scheduler import Scheduler
    from spiders.sources.config import Source

log = structlog.get_logger(__name__)


class CrawlShares:
    """Runs a scheduler for each share.

    A process with every role takes the first share or none: so one such process works, and the next is on standby.

    Args:
        make: makes a scheduler from the name of its lease, whether this process may take it, and which sources are its own.
        find_source: the source of a name, None where there is none.
    """

    def __init__(
        self,
        store: Store,
        roles: frozenset[Role],
        make: Callable[[str, Callable[[], bool], Callable[[str], bool]], Scheduler],
        find_source: Callable[[str], Source | None],
    ) -> None:
        self._store, self._roles, self._find_source = store, roles, find_source
        self._count = SHARES if store.is_server else 1
        self._part = FairPart(store, Role.CRAWL)
        if not store.is_server:
            self._part.most = 1
        self._schedulers = [
            make(name_lease(share), self._make_permit(share), self._make_filter(share))
            for share in range(self._count)
        ]
        self._is_stopped = asyncio.Event()

    @property
    def is_active(self) -> bool:
        """True if this process holds the first share: it does what one process that crawls does for all."""
        return self._schedulers[0].is_active

    @property
    def has_looked(self) -> bool:
        """True once it is known which process crawls."""
        return any(one.has_looked for one in self._schedulers)

    def change_timetable(self, timetable: Mapping[str, Rule]) -> None:
        """Follow another timetable from now on. Call it on the loop that runs the schedulers."""
        shared: list[dict[str, Rule]] = [{} for _ in range(self._count)]
        for source, rule in timetable.items():
            shared[self._find_share(source)][source] = rule
        for scheduler, mine in zip(self._schedulers, shared, strict=True):
            scheduler.change_timetable(mine)

    def stop(self) -> None:
        """Start no more crawls; `run` returns once those under way have ended."""
        self._is_stopped.set()
        for scheduler in self._schedulers:
            scheduler.stop()

    async def run(self) -> None:
        """Crawl what this process holds until stopped."""
        looking = asyncio.create_task(self._part.follow(self._pass_on)) if self._store.is_server else None
        running = [asyncio.create_task(scheduler.run()) for scheduler in self._schedulers]
        try:
            await asyncio.gather(*running)
        finally:
            for task in (*running, looking):
                if task is not None:
                    task.cancel()
            await asyncio.gather(*running, *([looking] if looking else []), return_exceptions=True)

    def _find_share(self, source: str) -> int:
        found = self._find_source(source)
        return find_share((site_of(found.url) if found is not None else "") or source, self._count)

    def _make_filter(self, share: int) -> Callable[[str], bool]:
        return lambda source: self._find_share(source) == share

    def _make_permit(self, share: int) -> Callable[[], bool]:
        def may_take() -> bool:
            if self._roles == EVERY_ROLE and not self.is_active:
                return share == 0
            return len(self._held) < self._part.most

        return may_take

    @property
    def _held(self) -> list[Scheduler]:
        return [one for one in self._schedulers if one.is_active and not one.is_passing_on]

    def _pass_on(self) -> None:
        """Pass on what this process holds beyond its part."""
        for scheduler in self._held[self._part.most :]:
            log.info("share.passed_on")
            scheduler.pass_on()
