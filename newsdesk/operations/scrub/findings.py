"""How a scrub names what it finds: the kind of thing, its headline, the dispatches that show it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from copytaster.store.damage import DAMAGE
from copytaster.store.scrubs import Damage, DamageState, keep_damage
from copytaster.store.shown import find_headline, find_shown

if TYPE_CHECKING:
    from sqlalchemy import Connection

NOUNS = {
    "raw_pages": "raw page",
    "stories": "story",
    "versions": "version",
    "dispatches": "dispatch",
    "memberships": "membership",
    "decisions": "decision",
    "decided_versions": "decided version",
    "links": "link",
    "readings": "earlier reading",
    "entries": "feed entry",
    "sqlite_schema": "table definition",
    "installation": "installation fact",
    "documents": "document",
}
WHAT = {
    "changed": "not as it was written",
    "unreadable": "cannot be read",
    "lost": "gone: only its digest is left",
    "unknown": "has no digest: another program wrote it, or its digest is damaged",
}


ACCEPT = "copytaster scrub --accept"


def noun_of(table: str) -> str:
    """What a row of this table is called."""
    if table == "store file" or table.startswith("index "):  # of a file, named as it is
        return table
    return NOUNS.get(table, f"{table} row")


def note_damage(
    connection: Connection,
    scrub_id: int,
    *,
    table: str,
    key: str,
    what: str,
    state: DamageState,
    done: str,
    dispatch: str | None = None,
) -> list[str]:
    """Store a damaged thing; returns the dispatches that show it."""
    now = datetime.now(UTC)
    shown, headline = [dispatch] if dispatch else [], None
    try:
        shown = shown or find_shown(connection, table, key)
        headline = find_headline(connection, table, key, shown)
    except DAMAGE:  # a damaged page: the row is named by its key
        pass
    found = Damage(
        kind=noun_of(table),
        key=key,
        scrub_id=scrub_id,
        found_at=now,
        headline=headline,
        what=what,
        dispatch_id=shown[0] if shown else None,
        state=state,
        done=done.replace(ACCEPT, f"{ACCEPT} '{noun_of(table)}:{key}'"),
    )
    keep_damage(connection, found if state == "open" else replace(found, ended_at=now))
    return shown
