"""Which dispatches show a row, and under which headline: for naming a damaged row. Any row may be unreadable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from copytaster.store.tables import decided_versions, dispatches, memberships, stories, versions

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

MOST = 100  # dispatches of one row


def find_shown(connection: Connection, table: str, key: str) -> list[str]:
    """The dispatches that show something of this row; empty if none does or the key says nothing."""
    if table in {"dispatches", "documents"}:
        return [key]
    query = _choose(table, key)
    return [] if query is None else list(connection.scalars(query.distinct().limit(MOST)))


def find_headline(connection: Connection, table: str, key: str, shown: list[str]) -> str | None:
    """The headline of a version, or of the dispatch that shows the row."""
    query = select(versions.c.headline)
    if table == "versions" and key.isdecimal():
        query = query.where(versions.c.id == int(key))
    elif shown:
        query = query.join(dispatches, dispatches.c.canonical_id == versions.c.id)
        query = query.where(dispatches.c.id == shown[0])
    else:
        return None
    return connection.scalar(query)


def find_source(connection: Connection, story_id: int) -> str | None:
    """The source that brought a story first."""
    return connection.scalar(select(stories.c.source).where(stories.c.id == story_id))


def _choose(table: str, key: str) -> Select[tuple[str]] | None:
    of = select(memberships.c.dispatch_id)
    numbers = [int(part) for part in key.split(",") if part.isdecimal()]
    if not numbers:
        return None
    if table in {"versions", "memberships", "signatures"}:
        return of.where(memberships.c.version_id == numbers[0])
    if table == "stories":
        joined = of.join(versions, versions.c.id == memberships.c.version_id)
        return joined.where(versions.c.story_id == numbers[0])
    if table == "links":
        return of.where(or_(*[memberships.c.version_id == number for number in numbers[:2]]))
    if table in {"decisions", "decided_versions"}:
        return select(decided_versions.c.now_in).where(decided_versions.c.decision_id == numbers[0])
    return None
