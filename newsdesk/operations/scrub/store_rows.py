"""The steps of a scrub through the store: its file, then the rows of each table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import StoreError
from copytaster.seals.check import (
    CheckedSlice,
    RowFault,
    check_end,
    check_integrity,
    check_slice,
    is_all_sealed,
)
from copytaster.seals.table import SCHEMA
from copytaster.store.damage import DAMAGE, describe_damage
from copytaster.store.raw_pages import is_whole_page, list_raw_pages
from copytaster.store.revisions import announce_again
from copytaster.store.sealed_rows import mark_all_sealed, seal_rows
from copytaster.store.sealing import SEALED_TABLES, open_for_check
from newsdesk.operations.scrub.findings import WHAT, note_damage
from newsdesk.operations.scrub.repair import Repair, repair_row

if TYPE_CHECKING:
    from copytaster.seals.table import SealedTable
    from copytaster.store.engine import Store
    from copytaster.store.scrubs import Scrub
    from newsdesk.operations.scrub.parse_again import PageParser

STORE_FILE, RAW_PAGES = "store file", "raw pages"
# A repair elsewhere writes rows of these tables; a damaged row that was written since cannot be brought back.
_FIRST = ("dispatches", "outbox")
_TABLES = {
    f"rows of {table.name}": table
    for table in (SCHEMA, *sorted(SEALED_TABLES, key=lambda table: table.name not in _FIRST))
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StoreRows:
    """Checks slices of the store, and repairs what they find."""

    store: Store
    parser: PageParser
    repair: bool

    @property
    def steps(self) -> list[str]:
        """The steps, in order; a server keeps checksums of its own pages."""
        return [STORE_FILE, *_TABLES] if self.store.engine.dialect.name == "sqlite" else [RAW_PAGES]

    def check(self, scrub: Scrub, limit: int) -> Scrub:
        """Check the next slice of the scrub's step."""
        if scrub.step == STORE_FILE:
            return self._check_file(scrub)
        if scrub.step == RAW_PAGES:
            return self._check_raw_pages(scrub, limit)
        table = _TABLES[scrub.step]
        try:
            with self.store.read() as connection:
                raw = open_for_check(connection)
                found = check_slice(raw, table, scrub.position, limit)
                all_sealed = is_all_sealed(raw, table)
                at_end = check_end(raw, table) if found.position is None and all_sealed else []
        except DAMAGE as error:
            found = CheckedSlice(0, None)
            all_sealed, at_end = (
                True,
                [RowFault(table.name, "", "unreadable", describe_damage(error))],
            )
        faults = [*found.faults, *at_end]
        if all_sealed:
            faults += [RowFault(table.name, key, "unknown") for key in found.unsealed]
        unknown = 0 if all_sealed else len(found.unsealed)
        if unknown or (found.position is None and not all_sealed):
            self._seal(table, found.unsealed, is_last=found.position is None)
        damaged, repaired = self._handle(scrub, table, faults)
        return replace(
            scrub,
            position=found.position,
            checked=scrub.checked + found.rows,
            unknown=scrub.unknown + unknown,
            damaged=scrub.damaged + damaged,
            repaired=scrub.repaired + repaired,
        )

    def _check_file(self, scrub: Scrub) -> Scrub:
        try:
            with self.store.read() as connection:
                lines = check_integrity(open_for_check(connection))
        except (*DAMAGE, StoreError) as error:
            lines = [describe_damage(error)]
        if lines:
            log.error("damage.found", kind=STORE_FILE, what=lines[0])
            with self.store.write() as connection:
                note_damage(
                    connection,
                    scrub.id,
                    table=STORE_FILE,
                    key="",
                    what="; ".join(lines),
                    state="open",
                    done="stop the service and restore the last backup",
                )
        return replace(scrub, damaged=scrub.damaged + bool(lines), position=None)

    def _check_raw_pages(self, scrub: Scrub, limit: int) -> Scrub:
        with self.store.read() as connection:
            ids = list_raw_pages(connection, after=int(scrub.position or 0), limit=limit)
            damaged = [number for number in ids if not is_whole_page(connection, number)]
        for number in damaged:
            with self.store.write() as connection:
                note_damage(
                    connection,
                    scrub.id,
                    table="raw_pages",
                    key=str(number),
                    what=WHAT["changed"],
                    state="open",
                    done="in quarantine, never parsed: restore the last backup",
                )
        return replace(
            scrub,
            position=str(ids[-1]) if len(ids) == limit else None,
            checked=scrub.checked + len(ids),
            damaged=scrub.damaged + len(damaged),
        )

    def _seal(self, table: SealedTable, keys: list[str], *, is_last: bool) -> None:
        with self.store.write() as connection:
            raw = open_for_check(connection)
            seal_rows(raw, table, keys)
            if is_last:
                mark_all_sealed(raw, table)

    def _handle(self, scrub: Scrub, table: SealedTable, faults: list[RowFault]) -> tuple[int, int]:
        damaged = repaired = 0
        for fault in faults:
            with self.store.write() as connection:
                done = (
                    repair_row(connection, table, fault, self.parser)
                    if self.repair
                    else Repair(False, "`copytaster scrub --repair`")
                )
                if done.is_sound:
                    continue
                damaged, repaired = damaged + 1, repaired + done.repaired
                what = WHAT[fault.fault] + (f": {fault.detail}" if fault.detail else "")
                shown = note_damage(
                    connection,
                    scrub.id,
                    table=table.name,
                    key=fault.key,
                    what=what,
                    state="repaired" if done.repaired else "open",
                    done=done.done,
                )
                announce_again(connection, shown, at=datetime.now(UTC))
            log.error("damage.found", kind=table.name, key=fault.key, what=what, done=done.done)
        return damaged, repaired
