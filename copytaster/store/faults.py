"""What is wrong with a store whose database raised an error, in one sentence with the way out."""

from __future__ import annotations

import re
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, InterfaceError, NotSupportedError

from copytaster.errors import StoreError
from copytaster.store.damage import describe_damage

if TYPE_CHECKING:
    from sqlalchemy import Engine

OUTAGE = (DatabaseError, InterfaceError, sqlite3.DatabaseError)
OURS = (DataError, IntegrityError, NotSupportedError)  # faults of a statement, not of the database

LEAST_BYTES = (
    1_000_000  # free; with less SQLite cannot make the files beside a store, and says "disk I/O error"
)
FULL = "disk is full"
DAMAGED = "stop the service and restore the last backup"
_WAYS_OUT = (  # what the database says, what is wrong, the way out
    ("disk is full|no space left|disk quota", "its disk is full", "make room on its disk; nothing stored is lost"),
    ("disk i/o error", "its disk does not work", "look at the disk: `df`, and the log of the system"),
    ("malformed|not a database|no such (table|column)|unsupported file format", "it is damaged", DAMAGED),
    ("readonly|read-only|unable to open|permission", "it cannot be opened for writing",
     "check that the folder exists and that this user can write there"),
    ("is locked|busy", "another process has been writing for too long", "try again; wake or end the one that is frozen"),
    ("authentication|role .* does not exist|database .* does not exist", "it refuses this user or database",
     "correct the setting database_url (COPYTASTER_DATABASE_URL)"),
)  # fmt: skip
_SERVER = ("it does not answer", "does the database server run, and is the setting database_url right?")
_FILE = ("it cannot be used", "look at the file and its disk")


def is_outage(error: Exception) -> bool:
    """True if the database is at fault, not the statement that was sent to it."""
    return isinstance(error, OUTAGE) and not isinstance(error, OURS)


def is_beyond(error: Exception) -> bool:
    """True where a value is none that the database has: a number beyond 64 bits, a text with the character 0."""
    return isinstance(error, DataError) or (isinstance(error, OverflowError) and "SQLite" in str(error))


def explain_outage(engine: Engine, error: Exception) -> StoreError:
    """The error of a store whose database raised this one."""
    said = describe_damage(error).strip().split("\n")[0]
    if "disk i/o error" in said.lower() and _is_full(engine):
        said = f"{FULL}: {said}"
    found = next(
        ((what, hint) for words, what, hint in _WAYS_OUT if re.search(words, said, re.IGNORECASE)), None
    )
    what, hint = found or (_FILE if engine.dialect.name == "sqlite" else _SERVER)
    return make_store_error(engine, f"{what}: {said}", hint)


def _is_full(engine: Engine) -> bool:
    try:
        return shutil.disk_usage(Path(engine.url.database or "").parent).free < LEAST_BYTES
    except OSError:
        return False


def make_store_error(engine: Engine, what: str, hint: str) -> StoreError:
    """The error that says what is wrong with the store of this engine."""
    url = engine.url
    name = url.database if engine.dialect.name == "sqlite" else url.render_as_string(hide_password=True)
    return StoreError(f"the store cannot be used: {what}", resource=str(name), hint=hint)
