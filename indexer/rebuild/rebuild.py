"""Building a new index from the store while the live one serves, switching to it, and going back."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import BusyError, CopytasterError, UnreachableError
from copytaster.store import outbox
from copytaster.store.dispatches import count_dispatches, ids_after, newest_change, read_dispatches
from copytaster.store.document_seals import forget_digests
from copytaster.store.removals import queue_gone
from indexer.actions import make_each
from indexer.fed_index import note_rebuilt
from indexer.ownership import announce, check_timeline, end_rebuild, prepare_rebuild
from indexer.port import BuildProgress
from indexer.rebuild import resync
from indexer.rebuild.lease import hold_rebuild_lease
from indexer.rebuild.verify import compare_counts, compare_samples, count_expected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from copytaster.store.engine import Store
    from indexer.port import IndexBuild, ItemResult, SearchIndex
    from indexer.rebuild.lease import RebuildLease

log = structlog.get_logger(__name__)

BATCH = 500
ROUNDS = 10  # of catching up with changes during the build
LAG = 50  # changes in one round; with fewer, the new index is as close to the store as the live one


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """Dispatches read, documents in the new index, documents refused, dispatches queued again."""

    read: int
    written: int
    quarantined: int
    queued: int


def rebuild_index(
    store: Store,
    index: SearchIndex,
    *,
    on_progress: Callable[[int, int], None] | None = None,
    take_over: bool = False,
    trust_live: bool = True,
) -> RebuildReport:
    """Build an index of every dispatch, compare counts and samples with the store, and switch to it.

    Writes to the live index go on. `IndexBuild.switch` copies them to the new index, or they are queued again.

    Args:
        store: the record.
        index: the index to replace.
        trust_live: False if the live index is damaged: then nothing is copied from it.
        on_progress: called with (dispatches read, dispatches at the start).
        take_over: replace the index even if another installation writes it.

    Raises:
        ForeignIndexError: another installation writes the index.
        BusyError: another rebuild is under way or has taken over, or changes come faster than the new index takes them.
        CopytasterError: the new index does not hold what was read; the live index stays.
    """
    owner = prepare_rebuild(store, index, take_over=take_over)
    with (
        hold_rebuild_lease(store) as lease,
        index.begin_rebuild(owner, trust_live=trust_live) as build,
        _blame_successor(lease),
    ):
        with store.read() as connection:
            expected, mark = count_dispatches(connection), newest_change(connection)
        begun = build.resume() or BuildProgress("", 0, mark)

        def report(done: int) -> None:
            lease.check()
            if on_progress is not None:
                on_progress(done, max(expected, done))

        read, refused = _fill(store, build, begun, report)
        before = count_expected(store)
        change = _catch_up(store, build, begun.change, refused)
        held = compare_counts(store, build, before, refused, since=begun.change)
        compare_samples(store, build, change, refused)
        lease.check()  # a process taken for dead that wakes here must not switch an index that another one fills
        check_timeline(store, owner)
        _forget_digests(store)
        complete = build.switch(change)
    end_rebuild(store, index, owner)
    note_rebuilt(store, index, begun.change)
    queued = _queue_again(store, refused, None if complete else begun.change)
    with store.write() as connection:  # what left meanwhile may be in the new index
        queue_gone(connection, begun.change, at=datetime.now(UTC))
    log.info("index.rebuilt", documents=held, quarantined=len(refused), queued=queued)
    return RebuildReport(read=read, written=held, quarantined=len(refused), queued=queued)


def _forget_digests(store: Store) -> None:
    with store.write() as connection:
        forget_digests(connection)


def go_back(store: Store, index: SearchIndex) -> int:
    """Switch back to the index before the last rebuild; returns how many dispatches are queued to bring it up to date.

    Raises:
        BusyError: a rebuild is under way.
        UnreachableError: the switch may have happened or not. The next writer queues every dispatch, which makes either
            index complete. The same holds if this process dies on the way.
        ConfigurationError: there is no earlier index.
    """
    with hold_rebuild_lease(store) as lease:
        lease.check()
        is_new = resync.mark_index_stale(store)
        try:
            change = index.switch_back()
        except UnreachableError:  # the switch may have happened: the flag stays set
            raise
        except CopytasterError:  # nothing was switched
            if is_new:
                resync.clear_index_stale(store)
            raise
        return resync.requeue(store, change if is_new else 0)


@contextmanager
def _blame_successor(lease: RebuildLease) -> Iterator[None]:
    """Raise BusyError instead of any other error if another rebuild has taken the lease, as that caused the error."""
    try:
        yield
    except CopytasterError:
        lease.check()
        raise


def _fill(
    store: Store, build: IndexBuild, begun: BuildProgress, on_progress: Callable[[int], object]
) -> tuple[int, dict[str, int]]:
    read, after = begun.read, begun.after
    refused: dict[str, int] = {}
    while True:
        with store.read() as connection:
            ids = ids_after(connection, after, limit=BATCH)
        if not ids:
            return read, refused
        read, after = read + _copy(store, build, ids, refused), ids[-1]
        if not refused:  # a resumed rebuild would not know of refused documents
            build.note(BuildProgress(after, read, begun.change))
        on_progress(read)


def _copy(store: Store, build: IndexBuild, ids: Sequence[str], refused: dict[str, int]) -> int:
    with store.read() as connection:
        found = read_dispatches(connection, ids)
    changes = {name: rows.change for name, rows in found.items()}
    announce(store, changes.values())
    unfit: list[ItemResult] = []
    outcome = build.write(make_each(found, unfit))
    for item in outcome.items:
        refused.pop(item.id, None)
    unfit += [item for item in outcome.items if item.status != "done"]
    refused.update((item.id, changes[item.id]) for item in unfit)
    return len(changes)


def _catch_up(store: Store, build: IndexBuild, mark: int, refused: dict[str, int]) -> int:
    """Write what changed since the change `mark`; returns the newest change covered.

    Raises:
        BusyError: after ten rounds as many changes are still left.
    """
    for _ in range(ROUNDS):
        with store.read() as connection:
            newest = newest_change(connection)
            changed = outbox.list_changed(connection, mark)
        for start in range(0, len(changed), BATCH):
            _copy(store, build, changed[start : start + BATCH], refused)
        mark = newest
        if len(changed) < LAG:
            return mark
    raise BusyError(
        f"the new index lags: {len(changed)} dispatches changed while the last ones were written",
        resource="rebuild",
        hint="the live index stays; run it again when fewer changes come in",
    )


def _queue_again(store: Store, refused: dict[str, int], mark: int | None) -> int:
    """Put what the new index lacks into the outbox, from where it is written, or quarantined with its reason."""
    now = datetime.now(UTC)
    with store.write() as connection:
        outbox.enqueue_many(connection, list(refused.items()), at=now)
        newer = 0 if mark is None else outbox.enqueue_since(connection, mark, at=now)
    return len(refused) + newer
