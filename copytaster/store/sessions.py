"""Sessions of a PostgreSQL: each names the process that opened it, so that whoever takes over can end those left behind.

A frozen process, or one that the network cut off, keeps its locks and could commit later; once its sessions are ended it
can do neither.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection

_END = text(
    "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE application_name = :name AND datname = current_database() AND usename = current_user"
)


def name_session(holder: str) -> str:
    """The name of the sessions of a process; PostgreSQL cuts longer ones than 63 letters."""
    return f"copytaster {blake2b(holder.encode(), digest_size=12).hexdigest()}"


def end_sessions(connection: Connection, holder: str) -> int:
    """End every session of another process, and what it has not committed; returns how many there were."""
    if connection.dialect.name != "postgresql":
        return 0
    return int(connection.execute(_END, {"name": name_session(holder)}).scalar_one())
