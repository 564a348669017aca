"""The space that removed documents leave in an index file: their words are merged away, and free pages go back to the disk.

FTS5 deletes words by writing that they are gone, and forgets both only when it merges them. By itself it merges the oldest
words so rarely that a file grows to twice the size of its documents and more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.embedded.sealing import NEVER_WRITTEN, seal_table
from indexer.embedded.writer import count_removed, count_write, forget_removed

if TYPE_CHECKING:
    import sqlite3

STEP = 100  # pages of 4 kB a transaction: some 10 ms, in which other writers wait and searches do not
DEAD_SHARE = 0.05  # of the documents: with fewer removed since the last merge, nothing is merged
SPARE_SHARE = 0.05  # of the file's pages, which stay free for new copy
_INCREMENTAL = 2  # what `PRAGMA auto_vacuum` says of a file that can give pages back
_MERGING = "merging"  # the row of `meta` with the documents removed when the merge under way began


def compact_step(connection: sqlite3.Connection) -> bool:
    """Do one short step; True if more is left. Call it in a write transaction of a connection that seals.

    A merge that began goes on with the next call, whichever process makes it.
    """
    return _merge_step(connection) or _give_back(connection)


def _merge_step(connection: sqlite3.Connection) -> bool:
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (_MERGING,)).fetchone()
    if row is None:
        removed = count_removed(connection)
        documents = connection.execute("SELECT count(*) FROM documents").fetchone()[0]
        if removed <= DEAD_SHARE * documents:
            return False
        _allow_small_merges(connection)
        connection.execute("INSERT INTO meta VALUES (?, ?)", (_MERGING, removed))
        _merge(connection, -STEP)  # below 0: everything there is becomes one
        return True
    if _merge(connection, STEP):
        return True
    forget_removed(connection, int(row[0]))
    connection.execute("DELETE FROM meta WHERE name = ?", (_MERGING,))
    connection.execute("DELETE FROM labels WHERE documents = 0")
    return True


def _merge(connection: sqlite3.Connection, pages: int) -> bool:
    """Merge about so many pages of words; False if nothing was left to merge."""
    before = connection.total_changes
    connection.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", (pages,))
    if connection.total_changes - before < 2:  # noqa: PLR2004 - the statement itself counts as one
        return False
    count_write(connection)  # the blocks of words are others now
    return True


def _allow_small_merges(connection: sqlite3.Connection) -> None:
    """Let merges of two or three parts go on: by itself FTS5 takes none of fewer than four."""
    if connection.execute("SELECT 1 FROM words_config WHERE k = 'usermerge'").fetchone() is None:
        connection.execute("INSERT INTO words (words, rank) VALUES ('usermerge', 2)")
        seal_table(connection, NEVER_WRITTEN)


def _give_back(connection: sqlite3.Connection) -> bool:
    """Free pages at the end of the file go back to the disk; not in a file that an earlier release made."""
    if _read(connection, "auto_vacuum") != _INCREMENTAL:
        return False
    spare = _read(connection, "freelist_count") - int(SPARE_SHARE * _read(connection, "page_count"))
    if spare <= 0:
        return False
    for _ in range(min(spare, STEP)):  # the driver runs this pragma up to its first row, which is one page
        connection.execute("PRAGMA incremental_vacuum(1)")
    return spare > STEP


def _read(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])
