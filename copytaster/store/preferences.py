"""What each person set for the desk. What can be set, `newsdesk.operations.preferences` knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from copytaster.store.audit import note_write
from copytaster.store.tables import preferences
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection


def read_preferences(connection: Connection, who: str) -> dict[str, Any]:
    """What a person set, by name; empty for who set nothing."""
    found = connection.scalar(select(preferences.c.chosen).where(preferences.c.who == who))
    return dict(found or {})


def keep_preferences(connection: Connection, who: str, chosen: Mapping[str, Any], *, at: datetime) -> None:
    """Keep what a person set, in the place of what was set before."""
    if read_preferences(connection, who) == chosen:
        return
    row = {"who": who, "chosen": dict(chosen), "changed_at": at}
    connection.execute(insert_or_update(connection, preferences, row, update=["chosen", "changed_at"]))
    detail = "; ".join(f"{name}: {value}" for name, value in chosen.items()) or "as the service"
    note_write(connection, "preferences.change", who, who=who, detail=detail)
