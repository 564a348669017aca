"""Repairs of a row of the store. A repair counts only if the row then matches the digest of what was written.

Nothing plausible is ever put in the place of what was written.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from copytaster.errors import CopytasterError
from copytaster.seals.digest import make_digest
from copytaster.seals.restore import find_changed_byte, is_seal_changed
from copytaster.seals.table import SCHEMA
from copytaster.store.sealed_rows import (
    drop_seal,
    find_strayed_seal,
    read_row,
    restore_values,
    seal_rows,
)
from copytaster.store.sealing import open_for_check

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from copytaster.seals.check import RowFault
    from copytaster.seals.table import SealedTable
    from copytaster.store.sealed_rows import SealedRow
    from newsdesk.operations.scrub.parse_again import PageParser

BACKUP = "restore the last backup, or accept it as it is with `copytaster scrub --accept`"


@dataclass(frozen=True, slots=True)
class Repair:
    """How a repair ended: what repaired the row, or what a person does next. `is_sound` if nothing is wrong at all."""

    repaired: bool
    done: str
    is_sound: bool = False


def repair_row(connection: Connection, table: SealedTable, fault: RowFault, parser: PageParser) -> Repair:
    """Repair a row inside the caller's write transaction."""
    raw = open_for_check(connection)
    try:
        row = read_row(raw, table, fault.key)
    except sqlite3.DatabaseError:
        return Repair(False, "stop the service and restore the last backup")
    if row is None:
        return _explain_missing(table, fault)
    if row.is_whole:  # it changed between the check and now, by this program
        return Repair(True, "", is_sound=True)
    if table == SCHEMA:  # SQLite lets no statement change it
        return Repair(False, "restore the last backup")
    found = _repair_seal(raw, row)
    if found is None and table.name == "versions":
        found = _repair_version(connection, raw, row, parser)
    return found or _repair_byte(raw, row) or Repair(False, _advise(table))


def _repair_seal(raw: sqlite3.Connection, row: SealedRow) -> Repair | None:
    if row.seal is None:
        return _pair_with_seal(raw, row)
    if not is_seal_changed(row.seal, row.digest):
        return None
    seal_rows(raw, row.table, [row.key])
    return Repair(True, "only its digest had changed: one byte of sixteen; the row is whole")


def _repair_byte(raw: sqlite3.Connection, row: SealedRow) -> Repair | None:
    found = find_changed_byte(row.table.columns, row.types, row.values, row.seal or b"")
    if found is None or not restore_values(raw, row, {found[0]: _as_stored(row, *found)}):
        return None
    return Repair(True, f"the changed byte of {found[0]} was found by the row's digest")


def _explain_missing(table: SealedTable, fault: RowFault) -> Repair:
    if fault.fault in {"lost", "unknown"}:
        return Repair(False, BACKUP)
    return Repair(True, "", is_sound=True) if fault.key and table.is_numbered else Repair(False, BACKUP)


def _pair_with_seal(raw: sqlite3.Connection, row: SealedRow) -> Repair:
    strayed = find_strayed_seal(raw, row)
    if strayed is None:
        return Repair(False, BACKUP)
    drop_seal(raw, row.table, strayed)
    seal_rows(raw, row.table, [row.key])
    return Repair(True, f"only the key of its digest had changed, to {strayed!r}; the row is whole")


def _repair_version(
    connection: Connection, raw: sqlite3.Connection, row: SealedRow, parser: PageParser
) -> Repair | None:
    """From the raw page: as many columns as parsing it again brings back, as long as the digest then fits."""
    try:
        parsed = parser.parse_version(connection, row)
    except CopytasterError:
        return None  # the raw page is damaged too, or this parser cannot read it any more
    digest = make_digest(row.table.columns)
    for restored in ({name: value} for name, value in parsed.items()):
        if digest(*_replace(row, restored)) == row.seal and restore_values(raw, row, restored):
            return Repair(True, f"{next(iter(restored))} was parsed again from its raw page; the digest fits")
    if digest(*_replace(row, parsed)) == row.seal and restore_values(raw, row, parsed):
        return Repair(True, "it was parsed again from its raw page; the digest fits")
    return None


def _replace(row: SealedRow, restored: dict[str, Any]) -> tuple[Any, ...]:
    types, values = list(row.types), list(row.values)
    for name, value in restored.items():
        place = row.table.columns.index(name)
        types[place] = _letter(value)
        values[place] = value.encode() if isinstance(value, str) else value
    return ("".join(types), *values)


def _letter(value: Any) -> str:
    if value is None:
        return "n"
    return {str: "t", bytes: "b", float: "r"}.get(type(value), "i")


def _as_stored(row: SealedRow, column: str, value: Any) -> Any:
    is_text = row.types[row.table.columns.index(column)] == "t"
    return value.decode() if is_text and isinstance(value, bytes) else value


def _advise(table: SealedTable) -> str:
    if table.name == "versions":
        return "its raw page does not give what was written (another parser, or a changed page): " + BACKUP
    if table.name == "raw_pages":
        return "in quarantine, never parsed: " + BACKUP
    return BACKUP
