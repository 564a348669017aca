"""The road from the outbox to the index: read, merge, write, and only then forget that it was asked for."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import RefusedError, UnreachableError
from copytaster.store import outbox
from copytaster.store.dispatches import read_dispatches
from indexer.document import make_action
from indexer.port import IndexAction, ItemResult
from indexer.record import merge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from copytaster.store.dispatches import DispatchRows
    from copytaster.store.engine import Store
    from copytaster.store.outbox import Waiting
    from indexer.port import SearchIndex

log = structlog.get_logger(__name__)

BATCH = 500
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0


@dataclass(frozen=True, slots=True)
class DrainReport:
    """How many documents were written, put off and set aside, and how many still wait.

    Attributes:
        trouble: why the pass ended early: the index did not answer, or put off all it was given.
    """

    written: int
    retried: int
    quarantined: int
    waiting: int
    trouble: str | None = None


def prepare_index(store: Store, index: SearchIndex) -> None:
    """Make the index unless it is there; into a new one everything has to go again.

    Queued first, made second: a crash in between queues twice, which does no harm.

    Raises:
        ConfigurationError: there is none, and a command has to make it.
    """
    if index.exists():
        return
    with store.write() as connection:
        queued = outbox.enqueue_since(connection, 0, at=datetime.now(UTC))
    index.setup()
    log.info("index.made", queued=queued)


def drain(
    store: Store,
    index: SearchIndex,
    *,
    limit: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> DrainReport:
    """Write what waits, oldest change first, each row tried once.

    Args:
        store: the record.
        index: where to write.
        limit: rows to try at most; None for all.
        on_progress: called with (rows tried, rows that waited at the start).

    An index that does not answer puts the batch off and ends the pass; it loses nothing.

    Raises:
        ConfigurationError: the index is not there or not this program's; what waits stays as it was.
    """
    with store.read() as connection:
        expected = outbox.read_backlog(connection).waiting
    counts = {"done": 0, "retry": 0, "quarantine": 0}
    tried, after, trouble = 0, (0, ""), None
    while limit is None or tried < limit:
        size = BATCH * index.lanes
        rows = _take_batch(store, after, size if limit is None else min(size, limit - tried))
        if not rows:
            break
        results, trouble = _write_batch(store, index, rows)
        for result in results:
            counts[result.status] += 1
        tried, after = tried + len(rows), (rows[-1].change, rows[-1].dispatch_id)
        if on_progress is not None:
            on_progress(tried, max(expected, tried))
        if trouble is None and all(result.status == "retry" for result in results):
            trouble = results[0].reason
        if trouble is not None:
            break
    with store.read() as connection:
        waiting = outbox.read_backlog(connection).waiting
    report = DrainReport(counts["done"], counts["retry"], counts["quarantine"], waiting, trouble)
    if tried:
        log.info(
            "index.drained", written=report.written, retried=report.retried, quarantined=report.quarantined
        )
    return report


def make_actions(found: Sequence[DispatchRows]) -> tuple[list[IndexAction], list[ItemResult]]:
    """The documents of dispatches, and those that no index can take, each set aside alone."""
    actions: list[IndexAction] = []
    refused: list[ItemResult] = []
    for rows in found:
        try:
            actions.append(make_action(merge(rows)))
        except RefusedError as error:
            refused.append(ItemResult(rows.id, "quarantine", error.message))
        except (ValueError, TypeError, KeyError, AttributeError) as error:  # damaged rows of one dispatch
            refused.append(ItemResult(rows.id, "quarantine", f"cannot be merged: {error!r}"[:300]))
    return actions, refused


def _take_batch(store: Store, after: tuple[int, str], size: int) -> list[Waiting]:
    with store.read() as connection:
        return outbox.take_due(connection, now=datetime.now(UTC), limit=size, after=after)


def _write_batch(
    store: Store, index: SearchIndex, rows: Sequence[Waiting]
) -> tuple[list[ItemResult], str | None]:
    with store.read() as connection:
        found = read_dispatches(connection, [row.dispatch_id for row in rows])
    actions, results = make_actions(list(found.values()))
    results += [
        ItemResult(row.dispatch_id, "quarantine", "no such dispatch")
        for row in rows
        if row.dispatch_id not in found
    ]
    trouble: str | None = None
    try:
        results += index.write(actions).items if actions else ()
    except UnreachableError as error:
        log.warning("index.unreachable", error=str(error), documents=len(actions))
        results += [ItemResult(action.id, "retry", error.message) for action in actions]
        trouble = str(error)
    results += _missing(rows, results)
    _settle(store, rows, results, {action.id: action.version for action in actions})
    return results, trouble


def _missing(rows: Sequence[Waiting], results: Sequence[ItemResult]) -> list[ItemResult]:
    """An answer that leaves documents out says nothing about them."""
    answered = {result.id for result in results}
    return [
        ItemResult(row.dispatch_id, "retry", "no answer") for row in rows if row.dispatch_id not in answered
    ]


def _settle(
    store: Store, rows: Sequence[Waiting], results: Sequence[ItemResult], written: dict[str, int]
) -> None:
    """Rows leave the outbox last, in one transaction; one that asks for a newer change stays."""
    by_id = {row.dispatch_id: row for row in rows}
    now = datetime.now(UTC)
    with store.write() as connection:
        for result in results:
            row = by_id[result.id]
            if result.status == "done":
                outbox.remove_written(connection, result.id, written[result.id])
            elif result.status == "retry":
                until = now + timedelta(seconds=pause_s(row.attempts))
                outbox.postpone(connection, row, reason=result.reason or "", until=until)
            else:
                log.warning("index.quarantined", dispatch=result.id, reason=result.reason)
                outbox.quarantine(connection, row, reason=result.reason or "", at=now)


def pause_s(attempts: int) -> float:
    """Seconds to wait after so many tries: full jitter, up to a minute."""
    longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(attempts, 16))
    return random.uniform(0.0, longest)  # noqa: S311 - spread, not secrecy
