"""Group, then index: the steps that the service, the commands and the demo share. The caller decides when to take them."""

from __future__ import annotations

import threading
import time
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from copytaster.errors import UnreachableError
from copytaster.store.engine import Store
from dedup.grouping.grouper import BULK, Grouper
from dedup.lineage.backfill import trace_earlier
from dedup.relations.finder import RelationFinder
from indexer.drain import drain, prepare_index
from indexer.factory import open_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dedup.grouping.batch import Outcome
    from indexer.drain import DrainReport
    from indexer.port import SearchIndex
    from settings import GroupingSettings, Settings


class GroupingStage:
    """Groups the versions that wait in a store, then backfills lineage. One thread uses a stage at a time."""

    def __init__(self, store: Store, settings: GroupingSettings) -> None:
        self._store = store
        self._grouper = Grouper(store, settings)
        self._slice = BULK * settings.batch

    def group_all(self, *, on_progress: Callable[[int], None] | None = None) -> Iterator[Outcome]:
        """Group every version that waits; `on_progress` receives the number of versions done."""
        return self._grouper.group(on_progress=on_progress)

    def group_slice(self) -> int:
        """Group as many versions as one bulk commit holds; 0 once none waits."""
        return sum(1 for _ in self._grouper.group(limit=self._slice))

    def backfill_slice(self) -> int:
        """Trace some of the versions that were grouped before lineage existed; 0 once all are traced."""
        return trace_earlier(self._store, self._grouper.versions)

    def run_slice(self) -> int:
        """Group a slice of what waits; backfill a slice of lineage when nothing waits."""
        return self.group_slice() or self.backfill_slice()


class RelationStage:
    """Looks for what the grouped dispatches retell or translate. One thread uses a stage at a time.

    It holds no lock while it reads and compares. The next pass of grouping revises the dispatches that it relates.
    """

    def __init__(self, store: Store, settings: GroupingSettings) -> None:
        self._is_on = settings.relations
        self._finder = RelationFinder(store, timedelta(hours=settings.window_hours))

    def run_slice(self, should_end: Callable[[], bool] = lambda: False) -> int:
        """Look at the versions that wait, until `should_end`; how many were looked at."""
        done = 0
        while self._is_on and not should_end() and (looked_at := self._finder.find_slice()):
            done += looked_at
        return done


class IndexingStage:
    """Writes the dispatches that wait in the outbox of a store to one index."""

    def __init__(self, store: Store, index: SearchIndex) -> None:
        self._store = store
        self._index = index

    def prepare(self) -> None:
        """Create the index unless it exists.

        Raises:
            ConfigurationError: the index is on a search server and does not exist; only a command creates it.
            UnreachableError: the search server does not answer.
        """
        prepare_index(self._store, self._index)

    def drain(self, *, on_progress: Callable[[int, int], None] | None = None) -> DrainReport:
        """Write everything that waits; `on_progress` receives rows tried and rows that waited at the start."""
        return drain(self._store, self._index, on_progress=on_progress)

    def run_slice(self, should_end: Callable[[], bool]) -> int | None:
        """Write what waits until `should_end`; the number of documents done, None if all that waits was postponed.

        Raises:
            UnreachableError: the index does not answer, or postponed everything it was given.
        """
        report = drain(self._store, self._index, should_end=should_end)
        if report.trouble:
            raise UnreachableError(
                report.trouble, resource="index", hint="what waits is kept and retried automatically"
            )
        done = report.written + report.quarantined
        return None if report.waiting and not done else done


def end_after(seconds: float) -> Callable[[], bool]:
    """A `should_end` that turns True once so many seconds have passed."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


@contextmanager
def follow(store: Store, index: SearchIndex, settings: GroupingSettings) -> Iterator[Callable[[], None]]:
    """Group and index in a second thread while the caller takes copy in.

    Gives the function that the caller calls after each commit of new versions. When the context ends, every version
    that waited is grouped, related and indexed.

    Raises:
        Exception: the error that stopped the thread, raised when the context ends.
    """
    indexing = IndexingStage(store, index)
    indexing.prepare()
    grouping, relating = GroupingStage(store, settings), RelationStage(store, settings)
    stored, ended = threading.Event(), threading.Event()
    failures: list[Exception] = []

    def work() -> None:
        try:
            _work_until_ended(grouping, indexing, stored, ended)
            if relating.run_slice():
                _work_until_ended(grouping, indexing, stored, ended)
        except Exception as error:  # noqa: BLE001 - raised again in the thread of the caller
            failures.append(error)

    thread = threading.Thread(target=work, name="pipeline")
    thread.start()
    try:
        yield stored.set
    finally:
        ended.set()
        stored.set()
        thread.join()
    if failures:
        raise failures[0]


@contextmanager
def open_and_follow(settings: Settings) -> Iterator[tuple[Store, Callable[[], None]]]:
    """Open the store and the index of the settings, and `follow`; gives the store and the function of `follow`.

    Raises:
        ConfigurationError, UnreachableError: the store or the index cannot be opened.
    """
    with (
        closing(Store(settings.store_url)) as store,
        closing(open_index(settings)) as index,
        follow(store, index, settings.grouping) as stored,
    ):
        yield store, stored


def _work_until_ended(
    grouping: GroupingStage, indexing: IndexingStage, stored: threading.Event, ended: threading.Event
) -> None:
    while True:
        is_last = ended.is_set()
        stored.clear()
        for _ in grouping.group_all():
            pass
        indexing.drain()
        if is_last:
            return
        stored.wait()
