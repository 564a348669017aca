"""The index anew from the store, beside the live one, while both are used; and the way back."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import BusyError, CopytasterError, UnreachableError
from copytaster.store import outbox
from copytaster.store.dispatches import count_dispatches, ids_after, newest_change, read_dispatches
from indexer.actions import make_each
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
ROUNDS = 10  # of catching up with what changed meanwhile
LAG = 50  # changes during one round: fewer, and the new index is as near to the store as the live one


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """Dispatches read, documents in the new index, those it refused, those queued again."""

    read: int
    written: int
    quarantined: int
    queued: int


def rebuild_index(
    store: Store, index: SearchIndex, *, on_progress: Callable[[int, int], None] | None = None
) -> RebuildReport:
    """Make a new index of every dispatch, compare counts and samples, and switch.

    Writes to the live index go on; `IndexBuild.switch` brings them over, or they are queued again.

    Args:
        store: the record.
        index: the index to replace.
        on_progress: called with (dispatches read, dispatches there were at the start).

    Raises:
        BusyError: another rebuild is under way or has taken over, or changes come faster than the new index takes them.
        CopytasterError: the new index does not hold what was read; the live one stays.
    """
    with hold_rebuild_lease(store) as lease, index.begin_rebuild() as build, _unless_followed(lease):
        with store.read() as connection:
            expected, mark = count_dispatches(connection), newest_change(connection)
        begun = build.resume() or BuildProgress("", 0, mark)

        def tell(done: int) -> None:
            lease.check()
            if on_progress is not None:
                on_progress(done, max(expected, done))

        read, refused = _fill(store, build, begun, tell)
        before = count_expected(store)
        change = _catch_up(store, build, begun.change, refused)
        held = compare_counts(store, build, before, refused)
        compare_samples(store, build, change, refused)
        lease.check()  # one that was taken for dead and woke may not switch what another fills
        complete = build.switch(change)
    queued = _queue_again(store, refused, None if complete else begun.change)
    log.info("index.rebuilt", documents=held, quarantined=len(refused), queued=queued)
    return RebuildReport(read=read, written=held, quarantined=len(refused), queued=queued)


def go_back(store: Store, index: SearchIndex) -> int:
    """Put the index before the last rebuild in its place; gives back how many dispatches are queued to bring it up to date.

    Raises:
        BusyError: a rebuild is under way.
        UnreachableError: it may have been done or not; the next to write queues everything, so that either index becomes
            what it should. So too when this process dies on the way.
        ConfigurationError: there is none to go back to.
    """
    with hold_rebuild_lease(store) as lease:
        lease.check()
        is_new = resync.mark_stale(store)
        try:
            change = index.switch_back()
        except UnreachableError:  # perhaps it was done, and nobody heard: the note stays
            raise
        except CopytasterError:  # nothing was done
            if is_new:
                resync.clear_stale(store)
            raise
        return resync.requeue(store, change if is_new else 0)


@contextmanager
def _unless_followed(lease: RebuildLease) -> Iterator[None]:
    """Where something is not as it was because another took over, say that."""
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
        if not refused:  # those would be forgotten after an interruption
            build.note(BuildProgress(after, read, begun.change))
        on_progress(read)


def _copy(store: Store, build: IndexBuild, ids: Sequence[str], refused: dict[str, int]) -> int:
    with store.read() as connection:
        found = read_dispatches(connection, ids)
    changes = {name: rows.change for name, rows in found.items()}
    unfit: list[ItemResult] = []
    outcome = build.write(make_each(found, unfit))
    for item in outcome.items:
        refused.pop(item.id, None)
    unfit += [item for item in outcome.items if item.status != "done"]
    refused.update((item.id, changes[item.id]) for item in unfit)
    return len(changes)


def _catch_up(store: Store, build: IndexBuild, mark: int, refused: dict[str, int]) -> int:
    """Bring over what changed since the change `mark`; gives back the change that was reached.

    Raises:
        BusyError: after ten rounds there is still as much to bring over.
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
        f"the new index lags: {len(changed)} dispatches changed while the last ones were brought over",
        resource="rebuild",
        hint="the live index stays; run it again when less is written",
    )


def _queue_again(store: Store, refused: dict[str, int], mark: int | None) -> int:
    """What the new index lacks goes through the outbox, where it is written or quarantined with its reason."""
    now = datetime.now(UTC)
    with store.write() as connection:
        outbox.enqueue_many(connection, list(refused.items()), at=now)
        newer = 0 if mark is None else outbox.enqueue_since(connection, mark, at=now)
    return len(refused) + newer
