"""Writing documents into an index file: each whole, and only if it is newer than the one there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import zstandard

from indexer.analyzer import WORDS
from indexer.embedded.facets import Label, add_labels, list_labels, remove_labels
from indexer.embedded.fts import column_words, drop_keys
from indexer.embedded.schema import read_keys
from indexer.port import HeldDocument, ItemResult, WriteOutcome

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from indexer.port import IndexAction

MAX_VERSION = 2**63 - 1
READ_AT_ONCE = 500  # documents a statement
_NAMES = ", ".join(WORDS)
_MARKS = ", ".join("?" * len(WORDS))
_INSERT_WORDS = f"INSERT INTO words (rowid, {_NAMES}) VALUES (?, {_MARKS})"  # noqa: S608 - our own names
_DELETE_WORDS = f"INSERT INTO words (words, rowid, {_NAMES}) VALUES ('delete', ?, {_MARKS})"  # noqa: S608


@dataclass(frozen=True, slots=True)
class DocumentRows:
    """One document as the rows of its tables; times in seconds since 1970, `source` its JSON in zstd.

    Two columns have old names: `published_at` is when it was published or else seen, the document's `@timestamp`, and
    `last_changed` when it last became news.
    """

    id: str
    version: int
    state: str
    published_at: int
    last_changed: int
    source: bytes
    words: tuple[str, ...]
    labels: list[Label]


def make_rows(action: IndexAction) -> DocumentRows | ItemResult:
    """The rows of a document, or the result that sets this one document aside. Touches no file."""
    try:
        document = action.content or json.loads(action.document)
        if not 0 <= action.version <= MAX_VERSION:
            raise ValueError(f"version {action.version}")  # noqa: TRY301 - one way out for every fault
        return DocumentRows(
            id=action.id,
            version=action.version,
            state=document["state"],
            published_at=_read_seconds(document["@timestamp"]),
            last_changed=_read_seconds(document.get("news_at") or document["last_changed"]),
            source=zstandard.compress(action.document, 3),
            words=column_words(document),
            labels=list_labels(document),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return ItemResult(action.id, "quarantine", f"not an index document: {error!r}"[:300])


def write_rows(connection: sqlite3.Connection, made: Sequence[DocumentRows | ItemResult]) -> WriteOutcome:
    """Write the rows among what `make_rows` made; the results are in the same order. Call inside a transaction."""
    results: list[ItemResult] = []
    for rows in made:
        if isinstance(rows, DocumentRows):
            written, held = _write(connection, rows)
            results.append(ItemResult(rows.id, "done", held=held, was_there=not written))
        else:
            results.append(rows)
    count_write(connection)
    return WriteOutcome(tuple(results))


def remove_documents(connection: sqlite3.Connection, ids: Sequence[str], *, version: int) -> int:
    """Remove those of these documents that are older than `version`; returns how many. Call inside a transaction."""
    removed = 0
    for name in ids:
        old = connection.execute(
            "SELECT doc, labels FROM documents WHERE id = ? AND version < ?", (name, version)
        ).fetchone()
        if old is not None:
            _take_out(connection, *old)
            removed += 1
    count_write(connection)
    return removed


def count_write(connection: sqlite3.Connection) -> None:
    """Count a transaction that changed documents or their words."""
    _add(connection, "writes", 1)


def count_writes(connection: sqlite3.Connection) -> int:
    """How many transactions changed documents of this file or their words."""
    return _read_number(connection, "writes")


def count_removed(connection: sqlite3.Connection) -> int:
    """How many documents were removed or replaced, and not forgotten since."""
    return _read_number(connection, "removed")


def forget_removed(connection: sqlite3.Connection, number: int) -> None:
    """Count so many removed documents no longer: nothing of them is left in the file."""
    _add(connection, "removed", -number)


def _add(connection: sqlite3.Connection, name: str, number: int) -> None:
    connection.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
        (name, number),
    )


def _read_number(connection: sqlite3.Connection, name: str) -> int:
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else 0


def unpack_source(source: bytes) -> dict[str, Any]:
    """A document out of its row in `sources`."""
    document: dict[str, Any] = json.loads(zstandard.decompress(source))
    return document


def read_held(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, HeldDocument]:
    """The documents of these dispatches; those that have none are left out."""
    found: dict[str, HeldDocument] = {}
    for start in range(0, len(ids), READ_AT_ONCE):
        some = ids[start : start + READ_AT_ONCE]
        rows = connection.execute(
            "SELECT id, version, source FROM documents LEFT JOIN sources USING (doc)"  # noqa: S608 - only question marks
            f" WHERE id IN ({','.join('?' * len(some))})",
            some,
        )
        for name, version, source in rows:
            try:
                found[name] = HeldDocument(version, unpack_source(source))
            except (zstandard.ZstdError, ValueError, TypeError) as error:
                found[name] = HeldDocument(version, None, str(error))
    return found


def _write(connection: sqlite3.Connection, new: DocumentRows) -> tuple[bool, int | None]:
    """Write a document; returns if it did, and the version that the file holds if that is newer."""
    old = connection.execute("SELECT doc, version, labels FROM documents WHERE id = ?", (new.id,)).fetchone()
    if old is not None:
        doc, version, labels = old
        if version >= new.version:
            return False, int(version) if version > new.version else None
        _take_out(connection, doc, labels)
    else:
        doc = connection.execute("SELECT coalesce(max(doc), 0) + 1 FROM documents").fetchone()[0]
    packed = add_labels(connection, doc, new.labels)
    connection.execute(
        "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?)",
        (doc, new.id, new.version, new.state, new.published_at, new.last_changed, packed),
    )
    connection.execute("INSERT INTO sources VALUES (?, ?)", (doc, new.source))
    connection.execute(_INSERT_WORDS, (doc, *_fit(connection, new.words)))
    return True, None


def _take_out(connection: sqlite3.Connection, doc: int, labels: bytes) -> None:
    # the words table keeps no text: to delete a row it needs the very words that it indexed
    words = _fit(connection, column_words(_read(connection, doc)))
    _add(connection, "removed", 1)
    connection.execute(_DELETE_WORDS, (doc, *words))
    remove_labels(connection, doc, labels)
    connection.execute("DELETE FROM sources WHERE doc = ?", (doc,))
    connection.execute("DELETE FROM documents WHERE doc = ?", (doc,))


def _fit(connection: sqlite3.Connection, words: tuple[str, ...]) -> tuple[str, ...]:
    """The words as this file has them: one of before has no keys, and a row is taken out under the very words of its writing."""
    return words if read_keys(connection) else drop_keys(words)


def _read(connection: sqlite3.Connection, doc: int) -> Mapping[str, Any]:
    return unpack_source(connection.execute("SELECT source FROM sources WHERE doc = ?", (doc,)).fetchone()[0])


def _read_seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())
