"""Reads the raw pages of a period again: reports what differs, and puts the new readings in place when told so."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from importlib.metadata import version as installed_version
from typing import TYPE_CHECKING, Any

import structlog

from copytaster.errors import NotFoundError
from copytaster.store import readings, refusals
from copytaster.store.installation import drop_fact, read_fact, set_fact
from copytaster.store.raw_pages import read_raw_page
from copytaster.store.versions import first_since
from dedup.desk.readings import ReadingDesk, settle_groups
from dedup.desk.regroup import hold_lease
from newsdesk.operations.reparse.preview import MOST_GROUPED, preview
from newsdesk.operations.reparse.reader import PageReader
from newsdesk.operations.reparse.report import Reparse
from newsdesk.operations.reparse.undo import note_call
from newsdesk.operations.replay import is_feed
from spiders.parsing.file_items import item_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from copytaster.store.readings import NewReading, Reading
    from copytaster.values import RawPage
    from dedup.desk.regroup import Comparison
    from newsdesk.operations.reparse.reader import ReadAgain
    from settings import Settings
    from spiders.sources.config import Source

    Progress = Callable[[str, int, int], None]  # step, done, of how many

CHUNK = 32  # versions a transaction
FACT = "reparse"  # how far an interrupted call came

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which versions are read: those that arrived in a period, of one source or publisher or of all."""

    since: datetime | None = None
    until: datetime | None = None
    source: str | None = None
    publisher: str | None = None

    def digest(self) -> str:
        """Names this scope and the release that reads it."""
        parts = [self.since and self.since.isoformat(), self.until and self.until.isoformat()]
        text = json.dumps([*parts, self.source, self.publisher, find_release()])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def find_release() -> str:
    """The release that reads now."""
    return installed_version("copytaster")


def reparse(
    store: Store,
    settings: Settings,
    sources: Iterable[Source],
    scope: Scope,
    *,
    apply: bool = False,
    most: int = 10,
    on_progress: Progress = lambda _step, _done, _of: None,
) -> tuple[Reparse, Comparison | None]:
    """Read pages again; the second value is what happens to the groups, None where nothing differs or too much does.

    Without `apply` nothing is written. With it each transaction puts some readings in place with a note of how far the
    call came, and the groups follow at the end; a call that was killed goes on there.

    Args:
        store: the record.
        settings: budgets of parsing, and rules of grouping.
        sources: whose selectors and languages count.
        scope: which versions.
        apply: put the new readings in place.
        most: how many versions of each kind the report names.
        on_progress: called where no transaction is open.

    Raises:
        BusyError: another process regroups or applies readings.
        ParserStartError: no page can be parsed.
    """
    with PageReader(store, settings, sources) as reader:
        if not apply:
            run = _Run(store, settings, reader, scope, most, on_progress)
            return run.read(), preview(store, settings, run.changes, on_progress)
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with hold_lease(store):
            run = _Run(
                store, settings, reader, scope, most, on_progress, ReadingDesk(store, settings.grouping)
            )
            report = run.read()
            groups = settle_groups(store, settings.data_dir, settings.grouping, on_progress=on_progress)
            with store.write() as connection:
                drop_fact(connection, FACT)
                report.number = note_call(connection, "reparse", after=run.begun)
    log.info("reparsed", versions=report.versions, changed=report.changed)
    return report, groups


@dataclass(slots=True)
class _Run:
    """One call: reads slice by slice, and keeps what it finds if it has a desk."""

    store: Store
    settings: Settings
    reader: PageReader
    scope: Scope
    most: int
    on_progress: Progress
    desk: ReadingDesk | None = None
    report: Reparse = field(init=False)
    changes: dict[int, NewReading] = field(default_factory=dict)
    begun: int = 0  # the newest reading when the call began

    def read(self) -> Reparse:
        """Read every version of the scope, then the pages in quarantine."""
        with self.store.read() as connection:
            first = first_since(connection, self.scope.since) if self.scope.since else 1
            before = first_since(connection, self.scope.until) if self.scope.until else None
            after = self._resume(connection, first - 1)
            chosen = {"before": before, "source": self.scope.source, "publisher": self.scope.publisher}
            total = self.report.versions + readings.count_readings(connection, after=after, **chosen)  # type: ignore[arg-type]
        while True:
            with self.store.read() as connection:
                found = readings.list_readings(connection, after=after, limit=CHUNK, **chosen)  # type: ignore[arg-type]
                pages = [(one, self._read_page(connection, one)) for one in found if one.grouped]
            if not found:
                break
            after = found[-1].version_id
            for _ in range(len(found) - len(pages)):
                self.report.count_waiting()
            self._take([pair for pair in pages if not isinstance(pair[1], str)], after)  # type: ignore[misc]
            self.on_progress("reading", self.report.versions, total)
        if self.scope.publisher is None:
            self._try_quarantine()
        return self.report

    def _resume(self, connection: Connection, start: int) -> int:
        """Where to go on: after what an interrupted call with the same scope and release has read."""
        self.report = Reparse(self.desk is not None)
        self.begun = readings.find_newest(connection)
        kept = json.loads(read_fact(connection, FACT) or "{}") if self.desk is not None else {}
        if kept.get("scope") != self.scope.digest():
            return start
        self.report = Reparse.from_plain(kept["report"])
        self.report.resumed = True
        self.begun = int(kept.get("begun", self.begun))
        return int(kept["after"])

    def _read_page(self, connection: Connection, reading: Reading) -> RawPage | str:
        try:
            return read_raw_page(connection, reading.raw_page_id)
        except NotFoundError as error:
            self.report.count_missing(reading, error.message, most=self.most)
            return error.message

    def _take(self, versions: Sequence[tuple[Reading, RawPage]], after: int) -> None:
        found = self.reader.read_all(versions)
        changes = [one.change for one in found if one.change is not None]
        if self.desk is None:
            self._count(found, {change.version_id for change in changes})
            if len(self.changes) <= MOST_GROUPED:
                self.changes |= {change.version_id: change for change in changes}
            return

        def note(connection: Connection, kept: Sequence[int]) -> None:
            self._count(found, set(kept))
            place = {
                "scope": self.scope.digest(),
                "after": after,
                "begun": self.begun,
                "report": self.report.to_plain(),
            }
            set_fact(connection, FACT, json.dumps(place))

        self.desk.keep(changes, reader=find_release(), note=note)

    def _count(self, found: Sequence[ReadAgain], kept: set[int]) -> None:
        for one in found:
            self.report.count(one, kept=one.reading.version_id in kept, most=self.most)

    def _try_quarantine(self) -> None:
        """Count the pages in quarantine that give a story today; they stay there for `quarantine replay`."""
        after = 0
        while True:
            with self.store.read() as connection:
                found = refusals.list_replayable(
                    connection,
                    after=after,
                    since=self.scope.since,
                    until=self.scope.until,
                    source=self.scope.source,
                    limit=CHUNK,
                )
            if not found:
                return
            after = found[-1].id
            for refusal in found:
                self._try_page(refusal)
            self.on_progress("quarantine", self.report.quarantined, self.report.quarantined)

    def _try_page(self, refusal: refusals.Refusal) -> None:
        try:
            with self.store.read() as connection:
                page = item_of(read_raw_page(connection, refusal.raw_page_id or 0), refusal.url)
        except NotFoundError:
            return
        if is_feed(self.store, page, self.reader.sources.get(refusal.source)):
            return
        self.report.quarantined += 1
        if self.reader.try_page(page, refusal.source) is None:
            self.report.readable += 1
            self.report.readable_ids += [refusal.id] if len(self.report.readable_ids) < self.most else []


def groups_to_json(found: Comparison | None) -> Mapping[str, Any] | None:
    """What happened to the groups, or would."""
    if found is None:
        return None
    names = ("splits", "joins", "moved", "left_alone")
    return {name: getattr(found, name) for name in names} | {
        "dispatches": sorted(
            {group.dispatch for shift in found.shifts for group in shift.before if group.dispatch}
        )
    }
