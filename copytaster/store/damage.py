"""The errors by which a damaged SQLite file shows itself."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DatabaseError

DAMAGE = (
    DatabaseError,
    sqlite3.DatabaseError,
    UnicodeDecodeError,
)  # the last: a message may quote damaged bytes


def describe_damage(error: Exception) -> str:
    """What the database says, without the statement."""
    return str(getattr(error, "orig", error))
