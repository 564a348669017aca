"""One scrub, slice by slice: its steps, its pace, and where it goes on after an interruption."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import BusyError, CopytasterError, UnreachableError
from copytaster.process_id import this_process
from copytaster.store import leases, scrubs
from copytaster.store.damage import DAMAGE, describe_damage
from copytaster.store.revisions import announce_again
from copytaster.store.seal_counts import count_sealed
from indexer.drain import drain
from indexer.port import FileCheck, FileFault
from indexer.rebuild.rebuild import rebuild_index
from newsdesk.operations.scrub.documents import check_documents, rewrite_documents
from newsdesk.operations.scrub.findings import note_damage
from newsdesk.operations.scrub.parse_again import PageParser
from newsdesk.operations.scrub.store_rows import StoreRows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from copytaster.store.engine import Store
    from copytaster.store.scrubs import Damage, Scrub, Trigger
    from indexer.port import SearchIndex
    from settings import Settings
    from spiders.sources.config import Source

ROWS = 500  # a slice
LEASE = "scrub"
NAP_S = 0.2  # between two looks at `should_end`
INDEX_FILE, DOCUMENTS, END = "index file", "documents", "end"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ScrubReport:
    """How a scrub ended, or how far it came.

    Attributes:
        damages: what this scrub found, open damage first.
        open: all damage that is neither repaired nor accepted, by this scrub or an earlier one.
        interrupted: True if it goes on from here the next time.
    """

    scrub: Scrub
    damages: tuple[Damage, ...]
    open: int
    interrupted: bool
    seconds: float


class Scrubber:
    """Checks a store and its index. Close it after use.

    Args:
        pace: rows, pages and documents a second; 0 for no limit.
        repair: False to name damage only.
    """

    def __init__(
        self,
        store: Store,
        index: SearchIndex,
        settings: Settings,
        sources: Iterable[Source],
        *,
        pace: int = 0,
        repair: bool = True,
        trigger: Trigger = "command",
    ) -> None:
        self._store = store
        self._index = index
        self._pace = pace
        self._repair = repair
        self._trigger: Trigger = trigger
        self._parser = PageParser(settings, sources)
        self._rows = StoreRows(store, self._parser, repair=repair)
        self._steps = [*self._rows.steps, INDEX_FILE, DOCUMENTS, END]
        self._index_damaged = False

    def close(self) -> None:
        """End the parsing process, if one was needed."""
        self._parser.close()

    def run(
        self,
        *,
        should_end: Callable[[], bool] = lambda: False,
        on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> ScrubReport:
        """Begin a scrub, or go on with the one that was interrupted, until its end or until `should_end`.

        Raises:
            BusyError: another process is scrubbing.
            UnreachableError: the index does not answer, and the scrub goes on from there the next time; or the store is
                too damaged to write down what was found.
        """
        begun = time.monotonic()
        with self._tell_damage(), self._hold_lease():
            with self._store.write() as connection:
                scrub = scrubs.begin_or_resume(
                    connection, trigger=self._trigger, step=self._steps[0], now=datetime.now(UTC)
                )
            if scrub.step not in self._steps:  # of another version of this program
                scrub = replace(scrub, step=self._steps[0], position=None)
            total = self._count()
            while scrub.ended_at is None and not should_end():
                started = time.monotonic()
                before = scrub.checked
                scrub = self._take_slice(scrub)
                on_progress(scrub.checked, max(total, scrub.checked))
                self._rest(scrub.checked - before, started, should_end)
        with self._store.read() as connection:
            found = scrubs.list_damages(connection, scrub_id=scrub.id, limit=10_000)
            still_open = scrubs.count_open(connection)
        seconds = time.monotonic() - begun
        return ScrubReport(scrub, tuple(found), still_open, scrub.ended_at is None, round(seconds, 2))

    def _take_slice(self, scrub: Scrub) -> Scrub:
        if scrub.step == INDEX_FILE:
            scrub = self._check_index_file(scrub)
        elif scrub.step == DOCUMENTS:
            scrub = self._check_documents(scrub)
        elif scrub.step == END:
            scrub = self._end(scrub)
        else:
            scrub = self._rows.check(scrub, ROWS)
        if scrub.position is None and scrub.ended_at is None:
            scrub = replace(scrub, step=self._steps[self._steps.index(scrub.step) + 1])
        with self._store.write() as connection:
            scrubs.keep_scrub(connection, scrub)
        return scrub

    def _check_index_file(self, scrub: Scrub) -> Scrub:
        found = self._read_index_file(scrub.position)
        for fault in found.faults:
            self._note(scrub, fault.kind, fault.key, fault.what, fault.dispatch)
        self._index_damaged |= bool(found.faults)
        if found.position is None and self._was_index_damaged(scrub) and self._repair:
            # the damaged file also says whose index it is; the folder it lies in decides
            rebuild_index(self._store, self._index, trust_live=False, take_over=True)
        return self._add(scrub, found.rows, found.position, len(found.faults), found.unknown)

    def _read_index_file(self, position: str | None) -> FileCheck:
        try:
            return self._index.check_file(position, ROWS)
        except UnreachableError as error:
            if self._index.exists():  # it is locked, or the disk is full
                raise
            return FileCheck(0, None, (FileFault(INDEX_FILE, "", error.message),))

    def _was_index_damaged(self, scrub: Scrub) -> bool:
        if self._index_damaged:
            return True
        with self._store.read() as connection:  # found before an interruption
            known = scrubs.list_damages(connection, scrub_id=scrub.id, limit=10_000)
        return any(one.kind.startswith("index ") for one in known)

    def _check_documents(self, scrub: Scrub) -> Scrub:
        found = check_documents(self._store, self._index, scrub.position or "", ROWS)
        for name, what in found.damaged.items():
            self._note(scrub, "documents", name, what, name)
        if self._repair:
            rewrite_documents(self._store, [*found.damaged, *found.outdated])
        if found.outdated:
            log.info("scrub.outdated_documents", count=len(found.outdated))
        return self._add(scrub, found.count, found.position, len(found.damaged), found.unknown)

    def _note(self, scrub: Scrub, table: str, key: str, what: str, dispatch: str | None) -> None:
        log.error("damage.found", kind=table, key=key, what=what)
        done = (
            "written again from the store"
            if table == "documents"
            else "the index was built again from the store"
        )
        with self._store.write() as connection:
            note_damage(
                connection,
                scrub.id,
                table=table,
                key=key,
                what=what,
                state="repaired" if self._repair else "open",
                done=done if self._repair else "`copytaster scrub --repair`",
                dispatch=dispatch,
            )

    def _add(self, scrub: Scrub, rows: int, position: str | None, damaged: int, unknown: int) -> Scrub:
        return replace(
            scrub,
            position=position,
            checked=scrub.checked + rows,
            unknown=scrub.unknown + unknown,
            damaged=scrub.damaged + damaged,
            repaired=scrub.repaired + (damaged if self._repair else 0),
        )

    def _end(self, scrub: Scrub) -> Scrub:
        """Damage of earlier scrubs that this one did not find again is no more."""
        now = datetime.now(UTC)
        with self._store.write() as connection:
            known = scrubs.list_damages(connection, state="open", limit=10_000)
            past = [one for one in known if one.scrub_id != scrub.id]
            shown = scrubs.end_damages(connection, past, done="whole again when it was checked last", now=now)
            announce_again(connection, shown, at=now)
        if self._trigger == "command":  # in the service each process writes its own shares of the outbox
            self._drain()
        return replace(scrub, ended_at=now)

    def _drain(self) -> None:
        try:
            drain(self._store, self._index)
        except CopytasterError as error:  # what waits is kept, and written once the index answers
            log.warning("scrub.not_drained", error=str(error))

    def _count(self) -> int:
        with self._store.read() as connection:
            return count_sealed(connection)

    def _rest(self, rows: int, started: float, should_end: Callable[[], bool]) -> None:
        if not self._pace:
            return
        end = started + rows / self._pace
        while (left := end - time.monotonic()) > 0 and not should_end():
            time.sleep(min(left, NAP_S))

    @contextmanager
    def _tell_damage(self) -> Iterator[None]:
        try:
            yield
        except DAMAGE as error:
            raise UnreachableError(
                f"the store is damaged: {describe_damage(error)}",
                resource=self._store.engine.url.render_as_string(hide_password=True),
                hint="stop the service and restore the last backup",
            ) from error

    @contextmanager
    def _hold_lease(self) -> Iterator[None]:
        with self._store.write() as connection:
            lease = leases.take(connection, LEASE, this_process(), now=datetime.now(UTC))
        if lease is None:
            raise BusyError(
                "another process is scrubbing",
                resource="scrub",
                hint="`copytaster status` shows how far it is",
            )
        try:
            yield
        finally:
            with self._store.write() as connection:
                leases.let_go(connection, lease)
