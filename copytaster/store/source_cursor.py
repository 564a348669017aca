"""The cursor of a source: validators and digest of its last complete response, and how its attempts ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from copytaster.store.tables import source_states
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

ERROR_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Cursor:
    """What the store keeps of a source between runs. A source never tried has the defaults.

    Attributes:
        last_success_at: the end of the last run that left no entry of a whole list for later.
        read_at: when the list was last read whole, or said to be unchanged, whatever became of its entries.
        moved_to: where `moved_from`, the configured address, redirected permanently when it was last asked, at `moved_at`.
    """

    etag: str | None = None
    last_modified: str | None = None
    digest: str | None = None
    validators_lie: bool = False
    failures: int = 0
    last_error: str | None = None
    not_before: datetime | None = None
    last_success_at: datetime | None = None
    moved_to: str | None = None
    read_at: datetime | None = None
    moved_from: str | None = None
    moved_at: datetime | None = None


def read_source_cursor(connection: Connection, source: str) -> Cursor:
    """The cursor of a source."""
    columns = [source_states.c[name] for name in Cursor.__slots__]
    row = connection.execute(select(*columns).where(source_states.c.source == source)).one_or_none()
    return Cursor() if row is None else Cursor(*row)


def keep_cursor(connection: Connection, source: str, cursor: Cursor, *, now: datetime) -> None:
    """Write the cursor after an attempt. A pause is not changed."""
    values = {name: getattr(cursor, name) for name in Cursor.__slots__}
    values["last_error"] = cursor.last_error and cursor.last_error[:ERROR_LENGTH]
    values |= {"source": source, "last_attempt_at": now}
    changed = [name for name in values if name != "source"]
    connection.execute(insert_or_update(connection, source_states, update=changed), values)
