"""The scrubs table: how far each scrub came and what it counted. The damages table: what scrubs found, until it ends."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from sqlalchemy import func, select

from copytaster.store.tables import damages, scrubs
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

KEPT = timedelta(days=30)  # damage that ended, and scrubs

Trigger = Literal["schedule", "command"]
DamageState = Literal["open", "repaired"]


@dataclass(frozen=True, slots=True)
class Scrub:
    """One scrub; without an end it is under way.

    Attributes:
        step: what it checks now; `position` is where in it.
        checked: rows, pages and documents compared.
        unknown: those that had no digest yet, and got one.
    """

    id: int
    trigger: str
    started_at: datetime
    ended_at: datetime | None
    step: str
    position: str | None
    checked: int = 0
    unknown: int = 0
    damaged: int = 0
    repaired: int = 0


@dataclass(frozen=True, slots=True)
class Damage:
    """One damaged thing.

    Attributes:
        kind: the table it is in, `documents` for a document of the index, `store file` or `index file`.
        headline: of the version or dispatch, if it can be read.
        what: what was found.
        dispatch_id: the dispatch that shows it.
        done: how it was repaired; for open damage, what a person does next.
    """

    kind: str
    key: str
    scrub_id: int
    found_at: datetime
    headline: str | None
    what: str
    dispatch_id: str | None
    state: DamageState
    done: str
    ended_at: datetime | None = None


def begin_or_resume(connection: Connection, *, trigger: Trigger, step: str, now: datetime) -> Scrub:
    """The scrub that is under way, or a new one."""
    found = read_unfinished(connection)
    if found is not None:
        return found
    connection.execute(damages.delete().where(damages.c.state != "open", damages.c.ended_at < now - KEPT))
    connection.execute(scrubs.delete().where(scrubs.c.ended_at < now - KEPT))
    values = {"trigger": trigger, "started_at": now, "step": step}
    number = connection.execute(scrubs.insert().values(values).returning(scrubs.c.id)).scalar_one()
    return Scrub(number, trigger, now, None, step, None)


def read_unfinished(connection: Connection) -> Scrub | None:
    """The scrub that is under way, or was interrupted."""
    query = select(scrubs).where(scrubs.c.ended_at.is_(None)).order_by(scrubs.c.id.desc()).limit(1)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else Scrub(**row)


def read_last(connection: Connection) -> Scrub | None:
    """The last scrub that came to its end."""
    query = select(scrubs).where(scrubs.c.ended_at.is_not(None)).order_by(scrubs.c.id.desc()).limit(1)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else Scrub(**row)


def keep_scrub(connection: Connection, scrub: Scrub) -> None:
    """Store how far a scrub came."""
    values = asdict(scrub)
    connection.execute(scrubs.update().where(scrubs.c.id == values.pop("id")).values(values))


def keep_damage(connection: Connection, found: Damage) -> None:
    """Store a damaged thing; one that was known keeps the time it was first found, unless it was repaired since."""
    known = read_damage(connection, found.kind, found.key)
    values = asdict(found)
    if known is not None and known.state == "open":
        values["found_at"] = known.found_at
    update = [name for name in values if name not in {"kind", "key"}]
    connection.execute(insert_or_update(connection, damages, values, update=update))


def read_damage(connection: Connection, kind: str, key: str) -> Damage | None:
    """What is known of one damaged thing."""
    query = select(damages).where(damages.c.kind == kind, damages.c.key == key)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else Damage(**row)


def list_damages(
    connection: Connection, *, state: DamageState | None = None, scrub_id: int | None = None, limit: int = 100
) -> list[Damage]:
    """Damaged things, open ones first, then by kind and key."""
    query = select(damages).order_by(damages.c.state, damages.c.kind, damages.c.key).limit(limit)
    if state is not None:
        query = query.where(damages.c.state == state)
    if scrub_id is not None:
        query = query.where(damages.c.scrub_id == scrub_id)
    return [Damage(**row) for row in connection.execute(query).mappings()]


def count_open(connection: Connection) -> int:
    """Damaged things that are neither repaired nor accepted."""
    return connection.scalar(select(func.count()).select_from(damages).where(damages.c.state == "open")) or 0


def list_damaged(connection: Connection, dispatch_ids: Sequence[str]) -> dict[str, list[str]]:
    """Dispatch -> the damaged rows that it shows, in words, for those of these dispatches that show any."""
    query = select(damages.c.dispatch_id, damages.c.kind, damages.c.key, damages.c.what)
    query = query.where(damages.c.state == "open", damages.c.dispatch_id.in_(dispatch_ids))
    found: dict[str, list[str]] = {}
    for name, kind, key, what in connection.execute(query.order_by(damages.c.kind, damages.c.key)):
        found.setdefault(name, []).append(f"{kind} {key}: {what}")
    return found


def end_damages(connection: Connection, found: Iterable[Damage], *, done: str, now: datetime) -> list[str]:
    """Note that this damage is no more; returns the dispatches that showed it."""
    ended = list(found)
    for one in ended:
        chosen = (damages.c.kind == one.kind) & (damages.c.key == one.key)
        values = {"state": "repaired", "done": done, "ended_at": now}
        connection.execute(damages.update().where(chosen).values(values))
    return sorted({one.dispatch_id for one in ended if one.dispatch_id})
