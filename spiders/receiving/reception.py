"""Takes deliveries of one source into the store, and keeps the ledger: one row a minute in which something came."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import RefusedError
from copytaster.process_id import this_process
from copytaster.store.ledger import DueTime, close_run, open_runs
from copytaster.store.source_cursor import keep_cursor, read_source_cursor
from spiders.net.reasons import is_fault
from spiders.page_context import page_context
from spiders.receiving.items import keep_item, parse_items, refuse_unread
from spiders.receiving.mail_verdict import note_verdict
from spiders.run_report import RunReport, Tally
from spiders.sandbox.start import cores

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from copytaster.store.ledger import Trigger
    from spiders.publishers import Publishers
    from spiders.receiving.delivery import Delivery, Receiver
    from spiders.receiving.items import KeptItem, ParsedItem
    from spiders.sandbox.pool import ParsingPool
    from spiders.sources.config import Source

BATCH = 32  # deliveries a transaction
ROW_S = 60.0  # after which the row of the ledger is closed
FAULT_S = 900.0  # between two rows that say the same fault
_MAY_HEAL = frozenset({"damaged", "empty", "unknown-format", "undecodable", "no-body", "no-headline"})

log = structlog.get_logger(__name__)


class Reception:
    """Takes in what one receiver finds. One thread uses a reception.

    Args:
        source: whose deliveries these are.
        receiver: where they arrive.
        store: where they go.
        parsers: shared with other receptions.
        publishers: decide who published an item.
        on_stored: called after each commit that brought new versions.
        trigger: for the rows of the ledger.
    """

    def __init__(
        self,
        source: Source,
        receiver: Receiver,
        *,
        store: Store,
        parsers: ParsingPool,
        publishers: Publishers,
        on_stored: Callable[[], None],
        trigger: Trigger = "schedule",
    ) -> None:
        self.source = source
        self.receiver = receiver
        self._store, self._parsers, self._publishers = store, parsers, publishers
        self._on_stored = on_stored
        self._trigger = trigger
        self._tally = Tally()
        self._run_id: int | None = None
        self._opened_at = 0.0
        self._fault: tuple[str, float] | None = None  # the last one, and when it was noted
        self.last_report = RunReport(source=source.name, outcome="ran")

    def take(self) -> int:
        """Take in what waits now; returns the number of deliveries that are done with."""
        try:
            deliveries = self.receiver.look()
        except RefusedError as error:
            self._note_fault(error)
            return 0
        if self._fault is not None:  # it is over: say so, even if nothing has come
            self._fault = None
            self.open_row()
        done = 0
        for start in range(0, len(deliveries), BATCH):
            done += self._take_batch(deliveries[start : start + BATCH])
        if self._run_id is not None and time.monotonic() - self._opened_at >= ROW_S:
            self.close_row()
        return done

    @property
    def is_open(self) -> bool:
        """True while a row of the ledger is open."""
        return self._run_id is not None

    def _take_batch(self, deliveries: Sequence[Delivery]) -> int:
        arrived_at = datetime.now(UTC)
        with ThreadPoolExecutor(cores(), thread_name_prefix="parse") as threads:
            parsed = list(threads.map(self._parse, deliveries))
        whole = []
        for delivery, items in zip(deliveries, parsed, strict=True):
            if delivery.is_settling and _may_heal(delivery, items):
                self.receiver.leave(delivery)
            else:
                whole.append((delivery, items))
        if not whole:
            return 0
        self.open_row()
        with self._store.write() as connection:
            kept = [self._keep(connection, delivery, items, arrived_at) for delivery, items in whole]
        for (delivery, _), ended in zip(whole, kept, strict=True):
            self._count(ended)
            self.receiver.settle(delivery, ended)
        if any(item.outcome == "stored" for ended in kept for item in ended):
            self._on_stored()
        return len(whole)

    def _parse(self, delivery: Delivery) -> list[ParsedItem]:
        if delivery.page is None:
            return []
        page, warnings = note_verdict(delivery.page, self.source.mailbox.trusted_receivers)
        publisher = self._publishers.of_page(page.url, self.source)
        items = parse_items(self._parsers, page, page_context(self.source, publisher))
        return [_warn(item, warnings) for item in items] if warnings else items

    def _keep(
        self, connection: Connection, delivery: Delivery, items: Sequence[ParsedItem], arrived_at: datetime
    ) -> list[KeptItem]:
        name, channel = self.source.name, self.source.kind
        if delivery.page is None:
            refused = delivery.refused
            return [refuse_unread(connection, refused, source=name, url=delivery.name, run_id=self._run_id)]
        return [
            keep_item(
                connection,
                item,
                source=name,
                channel=channel,
                publisher=self._publishers.of_page(item.page.url, self.source),
                run_id=self._run_id,
                arrived_at=arrived_at,
            )
            for item in items
        ]

    def _count(self, items: Sequence[KeptItem]) -> None:
        tally = self._tally
        for item in items:
            tally.found += 1
            tally.fetched += 1
            if item.outcome in {"stored", "unchanged"}:
                tally.usable += 1
                tally.stored += item.outcome == "stored"
                tally.unchanged += item.outcome == "unchanged"
                tally.new += item.outcome == "stored" and item.number == 1
            elif is_fault(item.outcome) or item.outcome == "not-stored":
                tally.errors[item.outcome] += 1
                tally.trouble = tally.trouble or item.why
            else:
                tally.dropped[item.outcome] += 1

    # --- the ledger ----------------------------------------------------------------------------------------

    def open_row(self) -> None:
        """Enter a run in the ledger as running, unless one is."""
        if self._run_id is not None:
            return
        now = datetime.now(UTC)
        due = DueTime(self.source.name, now, self._trigger)
        with self._store.write() as connection:
            opened = open_runs(connection, [due], holder=this_process(), now=now)
        self._run_id = opened.get(self.source.name)
        self._opened_at = time.monotonic()
        self._tally = Tally(answered=True, whole=True)

    def close_row(self) -> RunReport | None:
        """Close the open row of the ledger and move the source's cursor; None if no row is open."""
        if self._run_id is None:
            return None
        report = self._tally.report(self.source.name, self._run_id)
        now = datetime.now(UTC)
        with self._store.write() as connection:
            before = read_source_cursor(connection, self.source.name)
            failed = report.outcome == "failed"
            cursor = replace(
                before,
                failures=before.failures if failed else 0,  # the end of the run counts it
                last_error=self._tally.why(),
                last_success_at=before.last_success_at if failed else now,
            )
            keep_cursor(connection, self.source.name, cursor, now=now)
            close_run(connection, self._run_id, report, now=now)
        self._run_id, self.last_report = None, report
        return report

    def _note_fault(self, error: RefusedError) -> None:
        """Enter a fault of the place itself: once when it begins, then every quarter of an hour."""
        text = f"{error.reason}: {error}"
        if self._fault is not None and self._fault[0] == text and time.monotonic() - self._fault[1] < FAULT_S:
            return
        self._fault = (text, time.monotonic())
        log.warning("source.failed", source=self.source.name, reason=error.reason, detail=str(error))
        self.open_row()
        self._tally.errors[error.reason] += 1
        self._tally.trouble = str(error)
        self._tally.answered = bool(self._tally.stored + self._tally.unchanged)
        self.close_row()


def _warn(item: ParsedItem, warnings: tuple[str, ...]) -> ParsedItem:
    if item.story is None:
        return item
    return replace(item, story=replace(item.story, warnings=(*item.story.warnings, *warnings)))


def _may_heal(delivery: Delivery, items: Sequence[ParsedItem]) -> bool:
    """True if a file has a fault that the rest of its bytes may end, or a transmission whose end mark has not come."""
    faults = [delivery.refused] if delivery.refused else [item.refused for item in items]
    stories = [item.story for item in items if item.story is not None]
    is_part = any(one.extractor == "wire-format" and "partial" in one.warnings for one in stories)
    return is_part or any(fault is not None and fault.reason in _MAY_HEAL for fault in faults)
