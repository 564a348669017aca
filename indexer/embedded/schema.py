"""The tables of an index file. `indexer.analyzer` makes the words, so the tokenizer only splits at spaces."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from dataclasses import asdict

from indexer.analyzer import RECIPE, WORDS
from indexer.port import IndexIdentity, IndexMark
from indexer.word_keys import name_release

STATES = 16  # kept: more than the writes that a process may be ahead of what the store noted
LAYOUT = 200 + RECIPE  # a file of another layout is rebuilt, never converted

# documents: narrow, for filters, order and counting (`labels`: little-endian uint32, see facets.py)
# sources: the documents themselves, zstd
# carriers: which documents carry a label
_TABLES = f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE documents (
    doc INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, state TEXT NOT NULL,
    published_at INTEGER NOT NULL, last_changed INTEGER NOT NULL, labels BLOB NOT NULL
);
CREATE INDEX documents_newest ON documents (last_changed DESC, id, state);
CREATE INDEX documents_published ON documents (published_at);
CREATE TABLE sources (doc INTEGER PRIMARY KEY, source BLOB NOT NULL);
CREATE TABLE labels (
    label INTEGER PRIMARY KEY, field TEXT NOT NULL, value TEXT NOT NULL, documents INTEGER NOT NULL, UNIQUE (field, value)
);
CREATE TABLE carriers (label INTEGER, doc INTEGER, PRIMARY KEY (label, doc)) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 ({", ".join(WORDS)}, content='', tokenize='ascii');
PRAGMA user_version = {LAYOUT};
"""


def make_tables(connection: sqlite3.Connection, *, secret: bytes | None = None) -> None:
    """Make the tables in an empty file. `secret` signs cursors; without it the file gets a random one."""
    connection.executescript(f"BEGIN IMMEDIATE;{_TABLES}COMMIT;")
    connection.execute("INSERT INTO meta VALUES ('secret', ?)", (secret or secrets.token_bytes(32),))
    connection.execute("INSERT INTO meta VALUES ('keys', ?)", (name_release(),))


def has_layout(connection: sqlite3.Connection) -> bool:
    """True if this program can read and write the file."""
    return bool(
        connection.execute("PRAGMA user_version").fetchone()[0] == LAYOUT
        and read_keys(connection) in {None, name_release()}
    )


def read_keys(connection: sqlite3.Connection) -> str | None:
    """The release of the keys behind the words; None in a file that was made before there were any, which gets none."""
    row = connection.execute("SELECT value FROM meta WHERE name = 'keys'").fetchone()
    return None if row is None else str(row[0])


def probe_tables(connection: sqlite3.Connection) -> None:
    """Read the newest document as a search does, and a row of every other table.

    Raises:
        sqlite3.Error: one of them cannot be read.
    """
    newest = "SELECT doc FROM documents ORDER BY last_changed DESC LIMIT 1"
    connection.execute(f"SELECT * FROM documents JOIN sources USING (doc) WHERE doc = ({newest})").fetchone()  # noqa: S608 - our own names
    for table in ("labels", "carriers"):
        connection.execute(f"SELECT * FROM {table} LIMIT 1").fetchone()  # noqa: S608 - our own names
    connection.execute("SELECT rowid FROM words WHERE words MATCH 'a' LIMIT 1").fetchone()
    read_secret(connection)


def read_secret(connection: sqlite3.Connection) -> bytes:
    """The key that signs this installation's cursors."""
    return bytes(connection.execute("SELECT value FROM meta WHERE name = 'secret'").fetchone()[0])


def read_identity(connection: sqlite3.Connection) -> IndexIdentity:
    """The name, made of the file's key, which it does not give away, and the states of the file."""
    name = f"file {hashlib.sha256(read_secret(connection)).hexdigest()[:32]}"
    return IndexIdentity(name, tuple(_read_states(connection).split()))


def note_state(connection: sqlite3.Connection) -> None:
    """Give the file as it is now a name of its own. Call inside the transaction that writes documents."""
    states = [*_read_states(connection).split(), secrets.token_hex(8)][-STATES:]
    _put_states(connection, " ".join(states))


def copy_states(old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    """Let a new file, which holds all that the old one does, pass for it."""
    _put_states(new, _read_states(old))


def _read_states(connection: sqlite3.Connection) -> str:
    row = connection.execute("SELECT value FROM meta WHERE name = 'states'").fetchone()
    return "" if row is None else str(row[0])


def _put_states(connection: sqlite3.Connection, states: str) -> None:
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('states', ?)", (states,))


def read_mark(connection: sqlite3.Connection) -> IndexMark | None:
    """The mark of the store that writes the file; None in a file that no store has marked.

    Raises:
        sqlite3.DatabaseError: it is damaged.
    """
    row = connection.execute("SELECT value FROM meta WHERE name = 'mark'").fetchone()
    try:
        return None if row is None else IndexMark(**json.loads(row[0]))
    except (TypeError, ValueError) as error:
        raise sqlite3.DatabaseError(f"the mark is damaged: {error}") from error


def put_mark(connection: sqlite3.Connection, mark: IndexMark) -> None:
    """Mark the file as this store's."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('mark', ?)", (json.dumps(asdict(mark)),))
