"""The check of an index file for a scrub: its pages, the seals of its rows, and the labels that documents carry."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from copytaster.seals.check import RowFault, check_end, check_integrity, check_slice, is_all_sealed
from copytaster.seals.triggers import add_functions
from indexer.embedded.facets import unpack_labels
from indexer.embedded.sealing import CHECKED_TABLES
from indexer.port import FileCheck, FileFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from copytaster.seals.table import SealedTable

_WHAT = {
    "changed": "its values are not those that were written",
    "unreadable": "it cannot be read",
    "lost": "the row is gone",
    "unknown": "this program did not write it",
}
_PAGES, _LABELS, _WORDS = -1, len(CHECKED_TABLES), len(CHECKED_TABLES) + 1


def check_file(
    connection: sqlite3.Connection,
    position: str | None,
    limit: int,
    *,
    seal: Callable[[SealedTable], None],
    look_at_words: Callable[[], list[str]],
) -> FileCheck:
    """Check the next rows; the position is (number of the table, position in it) as JSON.

    `seal` gives the rows of a table of an older file their seals; it and `look_at_words` have a write transaction.
    """
    number, place = json.loads(position) if position else (_PAGES, None)
    if number == _PAGES:
        faults = tuple(FileFault("index file", "", line) for line in check_integrity(connection))
        return FileCheck(0, json.dumps((0, None)), faults)
    if number == _LABELS:
        return FileCheck(0, json.dumps((_WORDS, None)), tuple(_check_labels(connection)))
    if number == _WORDS:
        return FileCheck(0, None, tuple(FileFault("index words", "", line) for line in look_at_words()))
    table = CHECKED_TABLES[number]
    add_functions(connection, [table])
    found = check_slice(connection, table, place, limit)
    faults_found, unknown = list(found.faults), 0
    if found.unsealed:
        if is_all_sealed(connection, table):
            faults_found += [RowFault(table.name, key, "unknown") for key in found.unsealed]
        else:
            unknown = len(found.unsealed)
    following = (number, found.position)
    if found.position is None:
        if not is_all_sealed(connection, table):
            seal(table)
        else:
            faults_found += check_end(connection, table)
        following = (number + 1, None)
    faults = tuple(_describe(connection, one) for one in faults_found)
    return FileCheck(found.rows, json.dumps(following), faults, unknown)


def _describe(connection: sqlite3.Connection, fault: RowFault) -> FileFault:
    what = _WHAT[fault.fault] + (f": {fault.detail}" if fault.detail else "")
    dispatch = None
    if fault.table in {"documents", "sources"}:
        try:
            row = connection.execute("SELECT id FROM documents WHERE doc = ?", (fault.key,)).fetchone()
        except (sqlite3.DatabaseError, UnicodeDecodeError):
            row = None
        dispatch = row[0] if row and isinstance(row[0], str) else None
    return FileFault(f"index {fault.table}", fault.key, what, dispatch)


def _check_labels(connection: sqlite3.Connection) -> list[FileFault]:
    """The labels of `documents` against `carriers`, and against the counts in `labels`."""
    try:
        carried = _fold(connection.execute("SELECT label, doc FROM carriers"))
        wanted = _fold(
            (label, doc)
            for doc, labels in connection.execute("SELECT doc, labels FROM documents")
            for label in unpack_labels(labels)
        )
        counted = connection.execute(
            "SELECT label, value FROM labels AS l"
            " WHERE documents <> (SELECT count(*) FROM carriers AS c WHERE c.label = l.label)"
        ).fetchall()
    except (sqlite3.DatabaseError, ValueError, TypeError) as error:
        return [FileFault("index carriers", "", str(error))]
    faults = [
        FileFault("index labels", str(label), f"the count of {value!r} is wrong") for label, value in counted
    ]
    if carried != wanted:
        faults.append(FileFault("index carriers", "", "they are not the labels of the documents"))
    return faults


def _fold(pairs: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """The number of (label, document) pairs, and a sum of their hashes, whatever their order."""
    count = total = 0
    for pair in pairs:
        count, total = count + 1, (total + hash(pair)) & 0xFFFFFFFFFFFFFFFF
    return count, total
