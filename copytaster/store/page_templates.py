"""What the pages of each host have in common, as the parser learned it. What it means, the parser knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, or_, select, update

from copytaster.store.tables import page_templates
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """One host's row; `lessons` is plain JSON."""

    host: str
    publisher: str
    state: str
    version: int
    drifted_at: datetime | None
    updated_at: datetime
    lessons: Mapping[str, Any]


_COLUMNS = [page_templates.c[name] for name in TemplateRow.__slots__]


def read_template(connection: Connection, host: str) -> TemplateRow | None:
    """The row of a host; None if nothing is known of it."""
    row = connection.execute(select(*_COLUMNS).where(page_templates.c.host == host)).one_or_none()
    return None if row is None else TemplateRow(*row)


def list_templates(
    connection: Connection, *, publisher: str, hosts: Collection[str] = ()
) -> list[TemplateRow]:
    """The rows of a publisher, and of these hosts, by host."""
    wanted = or_(page_templates.c.publisher == publisher, page_templates.c.host.in_(hosts))
    rows = connection.execute(select(*_COLUMNS).where(wanted).order_by(page_templates.c.host))
    return [TemplateRow(*row) for row in rows]


def list_drifted(connection: Connection, *, since: datetime) -> list[tuple[str, str]]:
    """(host, state) of the templates whose pages were found changed since then, by host."""
    found = select(page_templates.c.host, page_templates.c.state).where(page_templates.c.drifted_at >= since)
    return [(row.host, row.state) for row in connection.execute(found.order_by(page_templates.c.host))]


def keep_template(
    connection: Connection,
    host: str,
    *,
    publisher: str,
    state: str,
    version: int,
    drifted_at: datetime | None,
    lessons: Mapping[str, Any],
    now: datetime,
) -> None:
    """Write the row of a host."""
    values = {
        "publisher": publisher,
        "state": state,
        "version": version,
        "drifted_at": drifted_at,
        "updated_at": now,
        "lessons": lessons,
    }
    connection.execute(
        insert_or_update(connection, page_templates, {"host": host, **values}, update=tuple(values))
    )


def keep_lessons(
    connection: Connection, host: str, *, state: str, lessons: Mapping[str, Any], now: datetime
) -> None:
    """Change the lessons of a host that has a row."""
    values = {"state": state, "lessons": lessons, "updated_at": now}
    connection.execute(update(page_templates).where(page_templates.c.host == host).values(values))


def forget_template(connection: Connection, host: str) -> bool:
    """Delete the row of a host; False if there is none."""
    return bool(connection.execute(delete(page_templates).where(page_templates.c.host == host)).rowcount)


def forget_unused(connection: Connection, *, before: datetime) -> None:
    """Delete the rows of hosts of which no page taught or was read since then, but not pinned ones."""
    old = page_templates.c.updated_at < before
    connection.execute(delete(page_templates).where(old, page_templates.c.state != "pinned"))
