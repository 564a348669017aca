"""From the outbox to the index: read rows, merge them, write documents, and only then remove them from the outbox."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import structlog

from copytaster.backoff import Backoff
from copytaster.errors import ForeignIndexError, UnreachableError
from copytaster.seals.digest import digest_bytes
from copytaster.store import books, document_seals, outbox
from copytaster.store.damage import UNREADABLE, describe_damage, require_damaged_value
from copytaster.store.dispatches import read_dispatches
from copytaster.store.leases import no_fence
from indexer.actions import make_each
from indexer.fed_index import ELSEWHERE, feed_index, note_written
from indexer.filling import begin_filling, end_filling
from indexer.ownership import announce, confirm_ownership, find_overtaken, reconcile
from indexer.port import ItemResult, WriteOutcome
from indexer.rebuild import resync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from sqlalchemy import Connection

    from copytaster.store.dispatches import DispatchRows
    from copytaster.store.engine import Store
    from copytaster.store.leases import Fence
    from copytaster.store.outbox import OutboxPart, OutboxRow
    from indexer.port import IndexAction, SearchIndex

log = structlog.get_logger(__name__)

BATCH = 500
BACKOFF = Backoff(first_s=1.0, longest_s=60.0, jitter=1.0)


@dataclass(frozen=True, slots=True)
class DrainReport:
    """How many documents were written, postponed and quarantined, and how many still wait.

    Attributes:
        trouble: why the pass ended early: the index did not respond, or postponed every document.
    """

    written: int
    retried: int
    quarantined: int
    waiting: int
    trouble: str | None = None


def prepare_index(store: Store, index: SearchIndex) -> None:
    """Make the index unless it exists, and queue every dispatch for a new one; compare an existing one with the store.

    Queues first and makes the index second: a crash in between queues twice, which does no harm.

    Raises:
        ConfigurationError: there is none, and only a command may make it.
        ForeignIndexError: it belongs to another installation.
    """
    resync.requeue_at_start(store)
    if index.exists():
        reconcile(store, index)
        feed_index(store, index)
        return
    with store.write() as connection:
        queued = begin_filling(connection)
    index.setup()
    reconcile(store, index)
    feed_index(store, index)
    log.info("index.made", queued=queued)


def drain(
    store: Store,
    index: SearchIndex,
    *,
    limit: int | None = None,
    should_end: Callable[[], bool] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    fence: Fence = no_fence,
    part: OutboxPart | None = None,
) -> DrainReport:
    """Write what waits, oldest change first; try each row once.

    An index that does not respond postpones the batch and ends the pass; nothing is lost. Searches find what was written
    when this returns; with `limit` or `should_end`, when other passes follow, a second later.

    Args:
        store: the record.
        index: where to write.
        limit: rows to try at most; None for all.
        should_end: called before each batch; True ends the pass once the batches under way are written.
        on_progress: called with (rows tried, rows that waited at the start).
        fence: called in the transaction that ends the rows of a batch.
        part: of the outbox to write, and to count as waiting; all of it by default.

    Raises:
        BusyError: the fence does not let it; what was written is written again by the process that took over.
        ConfigurationError: the index does not exist or is not this program's; the outbox is left as it was.
        ForeignIndexError: the index belongs to another store; the outbox is left as it was.
    """
    resync.requeue_if_stale(store)
    feed_index(store, index)
    expected = _count_waiting(store, part) if on_progress else 0
    counts = {"done": 0, "retry": 0, "quarantine": 0}
    tried, trouble, ended = 0, cast("str | None", None), threading.Event()

    def goes_on() -> bool:
        return not (ended.is_set() or (should_end is not None and should_end()))

    with ThreadPoolExecutor(index.lanes, thread_name_prefix="drain") as lanes:
        for batch, written in _write_batches(store, index, lanes, limit, goes_on, part):
            results, found = _record_batch(store, index, batch, written, fence)
            if found is not None:
                trouble = trouble or found
                ended.set()
            for result in results:
                counts[result.status] += 1
            tried += len(batch.rows)
            if on_progress is not None:
                on_progress(tried, max(expected, tried))
    if counts["done"] and limit is None and should_end is None:
        _refresh(index)
    report = DrainReport(
        counts["done"], counts["retry"], counts["quarantine"], _count_waiting(store, part), trouble
    )
    if not report.waiting:
        end_filling(store)
    if tried:
        log.info(
            "index.drained", written=report.written, retried=report.retried, quarantined=report.quarantined
        )
    return report


@dataclass(frozen=True, slots=True)
class _Batch:
    """Rows of the outbox and the dispatches they name.

    Attributes:
        changes: the change read of each dispatch, or of its removal.
        found: rows of dispatches; making documents empties it.
        gone: what left the store, with the change of its removal.
        refused: results of documents that no index can take.
        digests: of the documents made.
    """

    rows: Sequence[OutboxRow]
    changes: Mapping[str, int]
    found: dict[str, DispatchRows]
    gone: Mapping[str, int]
    refused: list[ItemResult]
    digests: dict[str, bytes] = field(default_factory=dict)


def _write_batches(
    store: Store,
    index: SearchIndex,
    lanes: ThreadPoolExecutor,
    limit: int | None,
    goes_on: Callable[[], bool],
    part: OutboxPart | None,
) -> Iterator[tuple[_Batch, Future[WriteOutcome]]]:
    """Batches whose writing ended, in order. Reads the next one while as many as `lanes` are under way.

    Writes the first batch alone, so that an index that does not respond gets one request a pass, whatever waits.
    """
    under_way: deque[tuple[_Batch, Future[WriteOutcome]]] = deque()
    taken, after, ahead = 0, (0, ""), 0
    while True:
        size = BATCH if limit is None else min(BATCH, limit - taken)
        batch = _take_batch(store, after, size, part) if size > 0 and goes_on() else None
        if batch is not None:
            under_way.append((batch, lanes.submit(_write, store, index, batch)))
            taken, after = taken + len(batch.rows), (batch.rows[-1].change, batch.rows[-1].dispatch_id)
        elif not under_way:
            return
        if batch is None or len(under_way) > ahead:
            yield under_way.popleft()
            ahead = index.lanes  # one batch waits, so that no lane does


def _take_batch(store: Store, after: tuple[int, str], size: int, part: OutboxPart | None) -> _Batch | None:
    with store.read() as connection:
        rows = outbox.take_due(connection, now=datetime.now(UTC), limit=size, after=after, part=part)
        found, unreadable = _read_readable(connection, [row.dispatch_id for row in rows])
    if not rows:
        return None
    refused = [ItemResult(name, "quarantine", why) for name, why in unreadable.items()]
    known = found.keys() | unreadable.keys()
    gone = {row.dispatch_id: row.change for row in rows if row.dispatch_id not in known}
    changes = {name: dispatch.change for name, dispatch in found.items()}
    return _Batch(rows, changes | gone, found, gone, refused)


def _read_readable(
    connection: Connection, names: Sequence[str]
) -> tuple[dict[str, DispatchRows], dict[str, str]]:
    """The dispatches that can be read, and why the others cannot: one damaged row holds up no other dispatch."""
    try:
        return read_dispatches(connection, names), {}
    except UNREADABLE as error:
        require_damaged_value(error)
    found: dict[str, DispatchRows] = {}
    unreadable: dict[str, str] = {}
    for name in names:
        try:
            found |= read_dispatches(connection, [name])
        except UNREADABLE as error:
            require_damaged_value(error)
            unreadable[name] = f"its rows cannot be read ({describe_damage(error)}); run `copytaster scrub`"
    return found, unreadable


def _write(store: Store, index: SearchIndex, batch: _Batch) -> WriteOutcome:
    if not batch.changes:
        return WriteOutcome(())
    confirm_ownership(store, index)
    announce(store, batch.changes.values())
    removed = tuple(ItemResult(name, "done") for name in batch.gone)
    if batch.gone:
        index.remove(batch.gone)
    return WriteOutcome((*removed, *_write_found(store, index, batch).items))


def _write_found(store: Store, index: SearchIndex, batch: _Batch) -> WriteOutcome:
    if not batch.found:
        return WriteOutcome(())
    names = list(batch.found)  # making documents empties it
    try:
        made = _note_digests(make_each(batch.found, batch.refused), batch.digests)
        return index.write(made, refresh=False)
    except ForeignIndexError:  # another process of this store may have raised the epoch
        reconcile(store, index)
    with store.read() as connection:
        again = read_dispatches(connection, names)
    announce(store, [found.change for found in again.values()])
    return index.write(_note_digests(make_each(again, []), batch.digests), refresh=False)


def _note_digests(actions: Iterator[IndexAction], digests: dict[str, bytes]) -> Iterator[IndexAction]:
    for action in actions:
        digests[action.id] = digest_bytes(action.document)
        yield action


def _refresh(index: SearchIndex) -> None:
    try:
        index.refresh()
    except UnreachableError as error:  # the documents are safe, and searches find them later
        log.warning("index.unreachable", error=str(error), documents=0)


def _count_waiting(store: Store, part: OutboxPart | None) -> int:
    with store.read() as connection:
        return outbox.read_backlog(connection, part).waiting


def _record_batch(
    store: Store, index: SearchIndex, batch: _Batch, written: Future[WriteOutcome], fence: Fence
) -> tuple[list[ItemResult], str | None]:
    """The result of each row, and the reason if the pass has to end."""
    responses: Sequence[ItemResult] = ()
    trouble, reason = cast("str | None", None), "no answer"  # for documents that the response leaves out
    try:
        responses = written.result().items
    except UnreachableError as error:
        log.warning("index.unreachable", error=str(error), documents=len(batch.changes))
        trouble, reason = str(error), error.message
    if (overtaken := find_overtaken(store, responses)) is not None:
        reconcile(store, index, overtaken=overtaken)
    results = [*batch.refused, *responses]
    known = {result.id for result in results}
    results += [
        ItemResult(row.dispatch_id, "retry", reason) for row in batch.rows if row.dispatch_id not in known
    ]
    if not _update_outbox(store, index, batch, results, fence):
        return [], trouble or ELSEWHERE
    if trouble is None and all(result.status == "retry" for result in results):
        trouble = results[0].reason
    return results, trouble


def _update_outbox(
    store: Store, index: SearchIndex, batch: _Batch, results: Sequence[ItemResult], fence: Fence
) -> bool:
    """Remove, postpone or quarantine rows in one transaction; a row queued again meanwhile stays.

    Returns False, and changes nothing, if the store feeds another index meanwhile: what was written here is not there.
    """
    by_id = {row.dispatch_id: row for row in batch.rows}
    now = datetime.now(UTC)
    found_at = now + timedelta(seconds=index.find_delay_s)
    done = [(by_id[result.id], batch.changes[result.id]) for result in results if result.status == "done"]
    new = [result.id for result in results if result.status == "done" and not result.was_there]
    there = [result.id for result in results if result.was_there]
    with store.write() as connection:
        fence(connection)
        if not note_written(connection, index):
            return False
        outbox.remove_all_written(connection, done)
        books.book_indexed(connection, [row.dispatch_id for row, _ in done], found_at=found_at)
        document_seals.forget_digests(connection, there)  # another program may have made what the index holds
        digests = {name: batch.digests[name] for name in new if name in batch.digests}
        document_seals.keep_digests(connection, digests, changes=batch.changes)
        for result in results:
            row = by_id[result.id]
            if result.status == "done":
                continue
            if result.status == "retry":
                until = now + timedelta(seconds=BACKOFF.pause_s(row.attempts))
                outbox.postpone(connection, row, reason=result.reason or "", until=until)
            else:
                log.warning("index.quarantined", dispatch=result.id, reason=result.reason)
                outbox.set_aside(connection, row, reason=result.reason or "", at=now)
    return True
