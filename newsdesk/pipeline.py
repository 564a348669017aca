"""Group, then index: the steps that the service, the commands and the demo share. The caller decides when to take them."""

from __future__ import annotations

import threading
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING

import structlog

from copytaster.compiled_code import find_kept_folder
from copytaster.errors import CopytasterError, ExitCode, NotIndexedError, StoreError, UnreachableError
from copytaster.store.embargoes import next_hour
from copytaster.store.engine import Store
from copytaster.store.intake import release_due
from copytaster.store.leases import no_fence
from dedup.cache.version_cache import VERSIONS
from dedup.grouping.grouper import BULK, Grouper
from dedup.grouping.warm_up import warm_up_until
from dedup.lineage.backfill import trace_earlier
from dedup.relations.finder import RelationFinder
from dedup.text.jit import has_kept_code
from indexer.drain import DrainReport, drain, prepare_index
from indexer.factory import open_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from copytaster.store.leases import Fence
    from copytaster.store.outbox import OutboxPart
    from dedup.grouping.batch import Outcome
    from indexer.port import SearchIndex
    from settings import GroupingSettings, Settings


log = structlog.get_logger(__name__)

LOOK_EVERY_S = 10.0  # whether there is an index
COMPILING = "compiling, once in a data folder and after an upgrade: 30 to 60 s of one processor; copy is stored and waits"
LOADING = "loading compiled code; copy is stored and waits"
FEW_VERSIONS = (
    2048  # kept with their texts, 17 kB each, by a command: what an archive holds is read once, not for days
)
MOST_RELATED = 1_000  # versions that a command looks at for what they retell, about 12 s of one processor
NOT_INDEXED = (
    "the service, or `copytaster index`, writes them once the index takes them; `copytaster doctor` says more"
)


class GroupingStage:
    """Groups the versions that wait, copy whose embargo has ended among them, then backfills lineage.

    One thread uses a stage at a time. The grouper is made at the first use: without compiled code that takes half a minute.
    `fence` raises, in each transaction that groups, where another process has taken over. `room`: versions kept with their
    texts.

    Attributes:
        compiling: what the stage does before it can group, in words, while it does it; else empty. Any thread may read it.
    """

    def __init__(
        self, store: Store, settings: GroupingSettings, fence: Fence = no_fence, *, room: int = VERSIONS
    ) -> None:
        self._store = store
        self._fence = fence
        self._room = room
        self._settings = settings
        self._slice = BULK * settings.batch
        self.is_warm = False
        self.compiling = ""
        self._began: float | None = None
        self._is_kept = False

    @cached_property
    def _grouper(self) -> Grouper:
        self.warm_up()
        return Grouper(self._store, self._settings, room=self._room, fence=self._fence)

    def forget(self) -> None:
        """Give back the memory of grouping; the next pass reads its window from the store."""
        self.__dict__.pop("_grouper", None)

    def prepare(self, should_end: Callable[[], bool] = lambda: False) -> None:
        """Compile, and read what other processes grouped: so that whoever takes over can decide at once."""
        if self.warm_up(should_end):
            self._grouper.catch_up()

    def warm_up(self, should_end: Callable[[], bool] = lambda: False) -> bool:
        """Compile what decides, or load it compiled, until `should_end`; True once all is. What is compiled stays so."""
        if self.is_warm:
            return True
        if self._began is None:  # a service compiles in several passes
            self._began, self._is_kept = time.monotonic(), has_kept_code()
            if not self._is_kept:
                log.info("warm_up.compiling", folder=str(find_kept_folder() or ""))
        self.compiling = LOADING if self._is_kept else COMPILING
        try:
            self.is_warm = warm_up_until(should_end)
        finally:
            self.compiling = ""
        if self.is_warm and not self._is_kept:
            log.info("warm_up.ready", seconds=round(time.monotonic() - self._began, 1))
        return self.is_warm

    def group_all(self, *, on_progress: Callable[[int], None] | None = None) -> Iterator[Outcome]:
        """Group every version that waits; `on_progress` receives the number of versions done."""
        self._release_due()
        return self._grouper.group(on_progress=on_progress)

    def group_slice(self) -> int:
        """Group as many versions as one bulk commit holds; 0 once none waits."""
        self._release_due()
        return sum(1 for _ in self._grouper.group(limit=self._slice))

    def _release_due(self) -> None:
        """Take in what was under embargo until now."""
        now = datetime.now(UTC)
        with self._store.read() as connection:
            hour = next_hour(connection)
        while hour is not None and hour <= now:
            with self._store.write() as connection:
                if not release_due(connection, now):
                    return

    def backfill_slice(self) -> int:
        """Trace some of the versions that were grouped before lineage existed; 0 once all are traced."""
        return trace_earlier(self._store, self._grouper.versions)

    def run_slice(self, should_end: Callable[[], bool] = lambda: False) -> int:
        """Group a slice of what waits; backfill a slice of lineage when nothing waits.

        Before the first slice all that decides is compiled; `should_end` ends that, and then nothing is done.
        """
        if not self.warm_up(should_end):
            return 0
        return self.group_slice() or self.backfill_slice()


class RelationStage:
    """Looks for what the grouped dispatches retell or translate. One thread uses a stage at a time.

    It holds no lock while it reads and compares. The next pass of grouping revises the dispatches that it relates.
    """

    def __init__(self, store: Store, settings: GroupingSettings) -> None:
        self._is_on = settings.relations
        self._finder = RelationFinder(store, timedelta(hours=settings.window_hours))

    def run_slice(self, should_end: Callable[[], bool] = lambda: False, *, most: float = inf) -> int:
        """Look at the versions that wait, until `should_end` or until it were `most`; how many were looked at."""
        done = 0
        while self._is_on and done < most and not should_end() and (looked_at := self._finder.find_slice()):
            done += looked_at
        return done


class IndexingStage:
    """Writes the dispatches that wait in the outbox of a store to one index. One thread uses a stage at a time.

    Before the first pass, and after each pass that failed, it prepares the index: so whatever was wrong with the index,
    the first pass after its end finds it out. It looks every ten seconds whether there is one, as it would not notice
    while nothing waits. `fence` raises, in each transaction that ends rows, where another process has
    taken over.
    """

    def __init__(self, store: Store, index: SearchIndex, fence: Fence = no_fence) -> None:
        self._store = store
        self._index = index
        self._fence = fence
        self._is_prepared = False
        self._look_again = 0.0

    def drain(
        self,
        *,
        should_end: Callable[[], bool] | None = None,
        on_progress: Callable[[int, int], None] | None = None,
        part: OutboxPart | None = None,
    ) -> DrainReport:
        """Write what waits; `on_progress` receives rows tried and rows that waited at the start.

        Of a `part` without the first share nothing is written before there is an index: whoever has that share makes it.

        Raises:
            ConfigurationError: there is no index that this store may write; what waits is kept.
            UnreachableError: the index does not respond; what waits is kept.
        """
        looks = time.monotonic() >= self._look_again
        is_prepared, self._is_prepared = self._is_prepared, False  # as it stays where there is no answer
        if not is_prepared or (looks and not self._index.exists()):
            if part is not None and 0 not in part.shares and not self._index.exists():
                return DrainReport(0, 0, 0, 0)
            prepare_index(self._store, self._index)
            looks = True
        if looks:
            self._look_again = time.monotonic() + LOOK_EVERY_S
        report = drain(
            self._store,
            self._index,
            should_end=should_end,
            on_progress=on_progress,
            fence=self._fence,
            part=part,
        )
        self._is_prepared = report.trouble is None
        return report

    def run_slice(self, should_end: Callable[[], bool], part: OutboxPart | None = None) -> int | None:
        """Write what waits, all or in one part, until `should_end`; the number of documents done, None if all that waits was postponed.

        Raises:
            ConfigurationError: there is no index that this store may write.
            UnreachableError: the index does not answer, or postponed everything it was given.
        """
        report = self.drain(should_end=should_end, part=part)
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


class Following:
    """What the caller of `follow` holds: it calls `note_stored` after each commit of new versions.

    Attributes:
        not_indexed: once the context has ended: the error of documents that wait for the index; None if none does.
    """

    def __init__(self) -> None:
        self.not_indexed: NotIndexedError | None = None
        self._stored, self._ended = threading.Event(), threading.Event()

    def note_stored(self) -> None:
        """Wake the thread that groups and indexes."""
        self._stored.set()

    def end(self) -> None:
        """Make the pass that begins next the last one."""
        self._ended.set()
        self._stored.set()

    def passes(self) -> Iterator[None]:
        """One pass whenever something was stored, and one after the end."""
        while True:
            is_last = self._ended.is_set()
            self._stored.clear()
            yield
            if is_last:
                return
            self._stored.wait()


@contextmanager
def follow(
    store: Store, index: SearchIndex, settings: GroupingSettings, *, most_related: int = MOST_RELATED
) -> Iterator[Following]:
    """Group and index in a second thread while the caller takes copy in; neither waits for an index that is at fault.

    When the context ends, every version that waited is grouped, and indexed unless `not_indexed` says why not; `most_related`
    versions were looked at for what they retell. Of an archive the service looks at the rest, or the next command.

    Raises:
        Exception: the error that stopped the thread, raised when the context ends.
    """
    indexing = IndexingStage(store, index)
    grouping = GroupingStage(store, settings, room=FEW_VERSIONS)
    relating = RelationStage(store, settings)
    following = Following()
    failures: list[Exception] = []

    def work() -> None:
        try:
            for _ in following.passes():
                _work_off(grouping, indexing, following)
            grouping.forget()  # of an archive it holds hundreds of megabytes, and so do relations
            if looked_at := relating.run_slice(most=most_related):
                _work_off(grouping, indexing, following)
            if looked_at >= most_related:
                log.info("relate.left", looked_at=looked_at, why="the service looks at the rest")
        except Exception as error:  # noqa: BLE001 - raised again in the thread of the caller
            failures.append(error)

    thread = threading.Thread(target=work, name="pipeline")
    thread.start()
    try:
        yield following
    finally:
        following.end()
        thread.join()
    if failures:
        raise failures[0]


@contextmanager
def open_and_follow(settings: Settings) -> Iterator[tuple[Store, Following]]:
    """Open the store and the index of the settings, and `follow`.

    Raises:
        ConfigurationError, UnreachableError: the store cannot be opened.
    """
    with (
        closing(Store(settings.store_url)) as store,
        closing(open_index(settings)) as index,
        follow(store, index, settings.grouping) as following,
    ):
        yield store, following


def end_stored(code: int, following: Following) -> int:
    """The exit code of a command that took copy in: `code`, unless something stored is not indexed.

    Raises:
        NotIndexedError: something is stored, and waits for the index.
    """
    if following.not_indexed is not None and code in {ExitCode.DONE, ExitCode.PARTLY_DONE}:
        raise following.not_indexed
    return code


def _work_off(grouping: GroupingStage, indexing: IndexingStage, following: Following) -> None:
    for _ in grouping.group_all():
        pass
    following.not_indexed = _index(indexing, following.not_indexed)


def _index(indexing: IndexingStage, before: NotIndexedError | None) -> NotIndexedError | None:
    """Write what waits; the error of what has to wait, None if nothing does. `before`: of the last pass."""
    try:
        report = indexing.drain()
    except StoreError:
        raise
    except CopytasterError as error:
        return NotIndexedError(f"stored, not indexed: {error}", hint=NOT_INDEXED)
    if not (report.trouble or report.retried):  # what a pass postponed is not due for the next one
        return before if report.waiting else None
    why = report.trouble or "the index postponed some"
    return NotIndexedError(
        f"stored, not indexed (dispatches that wait: {report.waiting}): {why}", hint=NOT_INDEXED
    )
