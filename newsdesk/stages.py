"""The stages that one process works on by its roles, and the leases that let it: on standby it waits for another process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from copytaster.store.service_health import read_service_parts
from newsdesk.operations.alerts.watch import AlertWatch
from newsdesk.operations.retention.nightly import NightlyRetention
from newsdesk.operations.scrub.nightly import NightlyScrub
from newsdesk.operations.subscriptions.watch import SubscriptionWatch
from newsdesk.outbox_shares import OutboxShares
from newsdesk.pipeline import COMPILING, GroupingStage, IndexingStage, RelationStage
from newsdesk.roles import EVERY_ROLE, Role
from newsdesk.stage_lease import StageLease
from newsdesk.worker import StageWorker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from copytaster.store.service_health import PartName, ServicePart
    from indexer.port import SearchIndex
    from newsdesk.operations.health import Health
    from settings import Settings
    from spiders.sources.live import LiveSources

LOOKING = "finds out whether another process does this"


class Stages:
    """Grouping, relations, indexing and the nightly work of one process.

    On a store that other machines share, grouping has a lease of its own, and each share of the outbox; whoever has the
    first share does the nightly work. A process with every role takes them only while it runs the schedule too, so that of
    two such processes one does everything. On a file the lease of the schedule stands for all.

    Args:
        is_scheduling: whether this process runs the schedule.
        on_intervals: called in a thread when the habits of sources have changed how often they are requested.
    """

    def __init__(
        self,
        store: Store,
        index: SearchIndex,
        settings: Settings,
        roles: frozenset[Role],
        *,
        health: Health,
        sources: LiveSources,
        is_scheduling: Callable[[], bool],
        on_intervals: Callable[[], None],
    ) -> None:
        self._store, self._index, self._settings = store, index, settings
        self._roles, self._health, self._sources = roles, health, sources
        self._is_scheduling, self._on_intervals = is_scheduling, on_intervals
        self.grouping = GroupingStage(store, settings.grouping, self._confirm_grouping)
        self.relating = RelationStage(store, settings.grouping)
        self.indexing = IndexingStage(store, index, self._confirm_indexing)
        self.workers: dict[PartName, StageWorker] = {}
        self._grouping_lease: StageLease | None = None
        self._shares: OutboxShares | None = None
        self._tasks: dict[PartName, asyncio.Task[None]] = {}
        self._holding: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to work, as far as leases allow."""
        if self._store.is_server and Role.GROUP in self._roles:
            self._grouping_lease = self._make_lease()
            self._holding.append(asyncio.create_task(self._grouping_lease.run()))
        if self._store.is_server and Role.INDEX in self._roles:
            self._shares = self._make_shares()
            self._holding.append(asyncio.create_task(self._shares.run()))
        self._make_workers()
        self._tasks = {name: asyncio.create_task(worker.run()) for name, worker in self.workers.items()}

    async def finish(self, *, is_ours: bool) -> None:
        """End each stage after a last pass: grouping first, so that what it finds is indexed.

        `is_ours`: whether this process ran the schedule until now; on standby, what waits is the work of another one.
        """
        for name, worker in self.workers.items():
            worker.finish(is_ours=self._holds(name) if self._store.is_server else is_ours)
            await self._tasks[name]
        for held in (self._grouping_lease, self._shares):
            if held is not None:
                held.stop()
        await asyncio.gather(*self._holding)

    def note_schedule(self) -> None:
        """Look at the leases: this process took the schedule, or lost it. Call it on the loop."""
        if self._grouping_lease is not None:
            self._grouping_lease.wake.set()
        if self._shares is not None:
            self._shares.note_change()

    def describe_starting(self) -> dict[str, str]:
        """What this process still has to do before it can group, by name; empty once it can, and where another process does."""
        if Role.GROUP not in self._roles or self.grouping.is_warm:
            return {}
        said = self.grouping.compiling or (COMPILING if self._may_work("group") else self._describe_lease())
        return {"grouping": said} if said else {}

    def _describe_lease(self) -> str:
        lease = self._grouping_lease
        return LOOKING if lease is not None and lease.may_take() and not lease.has_looked else ""

    def wake_grouping(self) -> None:
        """Say that copy waits; the process that groups notices within a second where it is another one."""
        self._wake("group")

    def _wake(self, *names: PartName) -> None:
        for name in names:
            if name in self.workers:
                self.workers[name].wake.set()

    def _make_lease(self) -> StageLease:
        return StageLease(
            self._store,
            Role.GROUP,
            may_take=self._may_take,
            on_taken=lambda: self._wake("group", "relate"),
        )

    def _make_shares(self) -> OutboxShares:
        return OutboxShares(
            self._store,
            is_shared=self._settings.elasticsearch.is_set,
            may_take=self._may_take,
            on_taken=lambda: self._wake("index"),
        )

    def _may_take(self) -> bool:
        return self._roles != EVERY_ROLE or self._is_scheduling()

    def _may_work(self, name: PartName) -> bool:
        return self._may_take() and self._holds(name)

    def _holds(self, name: PartName) -> bool:
        """Whether this process has the lease of a part, or none is needed."""
        if name in {"group", "relate"}:
            return self._grouping_lease is None or self._grouping_lease.is_held
        if self._shares is None:
            return True
        return bool(self._shares.held) if name == "index" else self._shares.holds_first

    def _confirm_grouping(self, connection: Connection) -> None:
        if self._grouping_lease is not None:
            self._grouping_lease.confirm(connection)

    def _confirm_indexing(self, connection: Connection) -> None:
        if self._shares is not None:
            self._shares.confirm(connection)

    def _index_slice(self, should_end: Callable[[], bool]) -> int | None:
        if self._shares is None:
            return self.indexing.run_slice(should_end)
        return self._shares.write(self.indexing.run_slice, should_end)

    def _add(
        self,
        name: PartName,
        work: Callable[[Callable[[], bool]], int | None],
        *,
        wakes: Sequence[PartName] = (),
        prepare: Callable[[Callable[[], bool]], None] | None = None,
    ) -> None:
        self.workers[name] = StageWorker(
            name,
            work,
            health=self._health,
            may_work=lambda: self._may_work(name),
            on_done=lambda: self._wake(*wakes),
            prepare=prepare,
        )

    def _make_workers(self) -> None:
        groups, indexes = Role.GROUP in self._roles, Role.INDEX in self._roles
        if groups:
            prepare = self.grouping.prepare if self._roles != EVERY_ROLE else None
            work = self.grouping.run_slice
            self._add("group", work, wakes=("index", "relate"), prepare=prepare)
        if indexes:
            self._add("index", self._index_slice)
        if groups:
            self._add("relate", self.relating.run_slice, wakes=("group",))
        if indexes:
            self._make_watches()

    def _make_watches(self) -> None:
        store, index, settings = self._store, self._index, self._settings
        self._add("scrub", NightlyScrub(store, index, settings, self._sources).run_slice)
        leaving = NightlyRetention(store, index, settings)
        self._add("retention", leaving.run_slice, wakes=("index", "relate"))
        watch = AlertWatch(store, settings, self._sources, self._read_parts, on_intervals=self._on_intervals)
        self._add("alert", watch.run_slice)
        telling = SubscriptionWatch(store, index, settings)
        self._add("subscription", telling.run_slice)

    def _read_parts(self) -> Iterable[ServicePart]:
        if self._roles == EVERY_ROLE:
            return self._health.list_all()
        with self._store.read() as connection:  # other parts run in other processes
            return read_service_parts(connection)
