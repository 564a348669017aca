"""The index anew from the store, beside the live one, while both are used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import CopytasterError
from copytaster.store import outbox
from copytaster.store.dispatches import count_dispatches, ids_after, newest_change, read_dispatches
from indexer.drain import make_actions

if TYPE_CHECKING:
    from collections.abc import Callable

    from copytaster.store.engine import Store
    from indexer.port import IndexBuild, SearchIndex

log = structlog.get_logger(__name__)

BATCH = 500


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """Dispatches read, documents in the new index, those it refused, those queued again."""

    read: int
    written: int
    quarantined: int
    queued: int


def rebuild(
    store: Store, index: SearchIndex, *, on_progress: Callable[[int, int], None] | None = None
) -> RebuildReport:
    """Make a new index of every dispatch, compare the counts, and switch.

    Writes to the live index go on; `IndexBuild.switch` brings them over, or they are queued again.

    Args:
        store: the record.
        index: the index to replace.
        on_progress: called with (dispatches read, dispatches there were at the start).

    Raises:
        BusyError: another rebuild is under way.
        CopytasterError: the new index does not hold what was read; the live one stays.
    """
    with store.read() as connection:
        expected, mark = count_dispatches(connection), newest_change(connection)
    with index.begin_rebuild() as build:
        read, refused = _fill(
            store, build, lambda done: on_progress and on_progress(done, max(expected, done))
        )
        held = build.count()
        if held + len(refused) != read:
            raise CopytasterError(
                f"{read} dispatches read, {held} in the new index, {len(refused)} refused",
                resource="rebuild",
                hint="the live index stays as it is; run `copytaster doctor`",
            )
        complete = build.switch()
    queued = _queue_again(store, refused, None if complete else mark)
    log.info("index.rebuilt", documents=held, quarantined=len(refused), queued=queued)
    return RebuildReport(read=read, written=held, quarantined=len(refused), queued=queued)


def _fill(
    store: Store, build: IndexBuild, on_progress: Callable[[int], object]
) -> tuple[int, list[tuple[str, int]]]:
    read, after = 0, ""
    refused: list[tuple[str, int]] = []
    while True:
        with store.read() as connection:
            ids = ids_after(connection, after, limit=BATCH)
            found = read_dispatches(connection, ids)
        if not ids:
            return read, refused
        actions, unfit = make_actions(list(found.values()))
        outcome = build.write(actions)
        unfit += [item for item in outcome.items if item.status != "done"]
        refused += [(item.id, found[item.id].change) for item in unfit]
        read, after = read + len(found), ids[-1]
        on_progress(read)


def _queue_again(store: Store, refused: list[tuple[str, int]], mark: int | None) -> int:
    """What the new index lacks goes through the outbox, where it is written or quarantined with its reason."""
    now = datetime.now(UTC)
    with store.write() as connection:
        outbox.enqueue_many(connection, refused, at=now)
        newer = 0 if mark is None else outbox.enqueue_since(connection, mark, at=now)
    return len(refused) + newer
