"""The errors by which a damaged SQLite file, or a damaged value in it, shows itself."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DatabaseError

DAMAGE = (
    DatabaseError,
    sqlite3.DatabaseError,
    UnicodeDecodeError,
)  # the last: a message may quote damaged bytes
UNREADABLE = (
    DatabaseError,
    ValueError,
    TypeError,
    KeyError,
)  # what reading a row with a changed value may raise
_UNDECODABLE = "Could not decode to UTF-8"  # the driver's, of one value


def require_damaged_value(error: Exception) -> None:
    """Raise the error again where the database itself has failed, not the reading of one value."""
    if isinstance(error, DatabaseError) and _UNDECODABLE not in describe_damage(error):
        raise error


def describe_damage(error: Exception) -> str:
    """What the database says, without the statement."""
    return str(getattr(error, "orig", error))
