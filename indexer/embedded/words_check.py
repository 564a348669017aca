"""The words that searches read, compared with the words of the documents: each posting, each length, each way to a word."""

from __future__ import annotations

import hashlib
import sqlite3
from typing import TYPE_CHECKING

import zstandard

from indexer.analyzer import WORDS
from indexer.embedded.fts import column_words, drop_keys
from indexer.embedded.schema import read_keys
from indexer.embedded.writer import count_writes, unpack_source

if TYPE_CHECKING:
    from collections.abc import Iterator

_SUM = 0xFFFFFFFFFFFFFFFF
_ROWS = 10_000  # postings fetched at once
_AVERAGES = 1  # the row of `words_data` with the totals of all documents


def check_words(connection: sqlite3.Connection) -> list[str]:
    """What is wrong with the words; notes their digest if nothing is. Call it in a write transaction.

    While nothing is written, the digest must stay the same: a changed bit that no search reads yet is noticed too.
    """
    try:
        digest, writes = _digest_blocks(connection), count_writes(connection)
        noted = connection.execute("SELECT value FROM meta WHERE name = 'words'").fetchone()
        found = f"{writes} {digest}"
        if noted is not None and noted[0].split()[0] == str(writes) and noted[0] != found:
            return ["they changed although nothing was written"]
        faults = _check(connection)
        if not faults:
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('words', ?)", (found,))
    except (sqlite3.DatabaseError, UnicodeDecodeError, AttributeError) as error:
        return [f"the words cannot be read: {error}"]
    return faults


def _digest_blocks(connection: sqlite3.Connection) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for number, block in connection.execute("SELECT id, block FROM words_data ORDER BY id"):
        digest.update(b"%d %d " % (number, len(block)))
        digest.update(block)
    return digest.hexdigest()


def _check(connection: sqlite3.Connection) -> list[str]:
    try:
        connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
        connection.execute("CREATE VIRTUAL TABLE temp.postings USING fts5vocab (main, words, instance)")
        connection.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab (main, words, row)")
        try:
            return list(_compare(connection))
        finally:
            connection.execute("DROP TABLE temp.postings")
            connection.execute("DROP TABLE temp.terms")
    except (sqlite3.DatabaseError, zstandard.ZstdError, ValueError, TypeError, KeyError) as error:
        return [f"the words cannot be read: {error}"]


def _compare(connection: sqlite3.Connection) -> Iterator[str]:
    written, totals, count = 0, [0] * len(WORDS), 0
    keyed = read_keys(connection) is not None
    lengths = dict(connection.execute("SELECT id, sz FROM words_docsize"))
    for doc, source in connection.execute("SELECT doc, source FROM sources"):
        texts = column_words(unpack_source(source))
        columns = [text.split() for text in (texts if keyed else drop_keys(texts))]
        for name, words in zip(WORDS, columns, strict=True):
            for place, word in enumerate(words):
                written = (written + hash((word, doc, name, place))) & _SUM
        sizes = [len(words) for words in columns]
        totals = [total + size for total, size in zip(totals, sizes, strict=True)]
        count += 1
        if _read_numbers(lengths.pop(doc, b"")) != sizes:
            yield f"the lengths of document {doc} are wrong"
    if lengths:
        yield f"lengths of {len(lengths)} documents that do not exist"
    averages = connection.execute("SELECT block FROM words_data WHERE id = ?", (_AVERAGES,)).fetchone()[0]
    if count and _read_numbers(averages) != [count, *totals]:
        yield "the average lengths are wrong"
    yield from _compare_postings(connection, written)


def _compare_postings(connection: sqlite3.Connection, written: int) -> Iterator[str]:
    indexed, term, seen, astray = 0, None, 0, 0
    postings = connection.execute("SELECT term, doc, col, offset FROM temp.postings")
    while rows := postings.fetchmany(_ROWS):
        for row in rows:
            indexed = (indexed + hash(row)) & _SUM
            if row[0] != term:
                astray += not _is_found(connection, term, seen)
                term, seen = row[0], 0
            seen += 1
    astray += not _is_found(connection, term, seen)
    if indexed != written:
        yield "the words that searches read are not those of the documents"
    if astray:
        yield f"searches do not find {astray} words"


def _is_found(connection: sqlite3.Connection, term: str | None, seen: int) -> bool:
    """True if a search for the term finds as many places as there are."""
    if term is None:
        return True
    row = connection.execute("SELECT cnt FROM temp.terms WHERE term = ?", (term,)).fetchone()
    return row is not None and row[0] == seen


def _read_numbers(packed: bytes) -> list[int]:
    """SQLite's variable-length integers: seven bits a byte, the highest first; a ninth byte has eight."""
    numbers, value, length = [], 0, 0
    for byte in packed:
        length += 1
        if length == 9:  # noqa: PLR2004
            numbers.append(value << 8 | byte)
        elif byte & 0x80:
            value = value << 7 | byte & 0x7F
            continue
        else:
            numbers.append(value << 7 | byte)
        value, length = 0, 0
    return numbers
