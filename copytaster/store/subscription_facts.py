"""What each subscription knows of a dispatch, each fact once; and the messages in which facts are sent.

A message is named by its first fact, in the store, before it is sent: sent again after a crash, it has the same name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from copytaster.store.tables import dispatches, subscription_facts
from copytaster.store.upsert import insert_or_ignore

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_FACTS = subscription_facts.c


@dataclass(frozen=True, slots=True)
class KnownFact:
    """A fact of a dispatch; `key` names it within a subscription, whatever dispatch it moves to."""

    key: str
    dispatch_id: str
    reason: str
    is_told: bool


@dataclass(frozen=True, slots=True)
class WaitingFact:
    """A fact that is to be sent."""

    id: int
    dispatch_id: str
    reason: str
    queued_at: datetime


def add_facts(
    connection: Connection,
    subscription_id: int,
    facts: Iterable[KnownFact],
    *,
    now: datetime,
    due_at: datetime,
) -> None:
    """Keep facts; one that is known already stays as it is."""
    for fact in facts:
        row: dict[str, Any] = {name: getattr(fact, name) for name in KnownFact.__slots__}
        row |= {"subscription_id": subscription_id, "queued_at": now, "due_at": due_at}
        connection.execute(insert_or_ignore(connection, subscription_facts, row))


def read_known(connection: Connection, subscription_id: int, keys: Collection[str]) -> set[str]:
    """Those of these keys that a subscription knows."""
    mine = _FACTS.subscription_id == subscription_id
    return set(connection.scalars(select(_FACTS.key).where(mine, _FACTS.key.in_(sorted(keys)))))


def list_followed(connection: Connection, subscription_id: int, dispatch_ids: Collection[str]) -> set[str]:
    """Those of these dispatches of which a subscription was told anything."""
    mine = (_FACTS.subscription_id == subscription_id) & _FACTS.is_told
    chosen = select(_FACTS.dispatch_id).where(mine, _FACTS.dispatch_id.in_(sorted(dispatch_ids)))
    return set(connection.scalars(chosen.distinct()))


def read_founders(connection: Connection, dispatch_ids: Collection[str]) -> dict[str, int]:
    """Dispatch -> the version with which it began."""
    rows = connection.execute(
        select(dispatches.c.id, dispatches.c.founder_id).where(dispatches.c.id.in_(sorted(dispatch_ids)))
    )
    return {row.id: row.founder_id for row in rows}


def take_message(
    connection: Connection, subscription_id: int, *, now: datetime, limit: int
) -> tuple[int, list[WaitingFact]]:
    """The next message and its facts: one that was taken before and not noted as sent, or else the facts that are due.

    Returns (0, []) where nothing is due. Call it in a transaction that writes, and commit before the message is sent.
    """
    waits = (_FACTS.subscription_id == subscription_id) & _FACTS.is_told & _FACTS.sent_at.is_(None)
    number = connection.scalar(select(func.min(_FACTS.message)).where(waits))
    if number is None:
        due = select(_FACTS.id).where(waits, _FACTS.due_at <= now).order_by(_FACTS.id).limit(limit)
        ids = list(connection.scalars(due))
        if not ids:
            return 0, []
        number = ids[0]
        connection.execute(subscription_facts.update().where(_FACTS.id.in_(ids)).values(message=number))
    columns = [_FACTS[name] for name in WaitingFact.__slots__]
    rows = connection.execute(select(*columns).where(waits, _FACTS.message == number).order_by(_FACTS.id))
    return number, [WaitingFact(*row) for row in rows]


def postpone_facts(connection: Connection, ids: Sequence[int], *, until: datetime) -> None:
    """Take facts out of their message until a moment."""
    chosen = subscription_facts.update().where(_FACTS.id.in_(ids))
    connection.execute(chosen.values(message=None, due_at=until))


def mark_sent(connection: Connection, subscription_id: int, message: int, *, now: datetime) -> None:
    """Note that a message was taken."""
    chosen = (_FACTS.subscription_id == subscription_id) & (_FACTS.message == message)
    connection.execute(
        subscription_facts.update().where(chosen, _FACTS.sent_at.is_(None)).values(sent_at=now)
    )


def list_told(connection: Connection, subscription_id: int, *, limit: int) -> list[WaitingFact]:
    """The newest facts of a subscription's feed."""
    columns = [_FACTS[name] for name in WaitingFact.__slots__]
    mine = (_FACTS.subscription_id == subscription_id) & _FACTS.is_told
    rows = connection.execute(select(*columns).where(mine).order_by(_FACTS.id.desc()).limit(limit))
    return [WaitingFact(*row) for row in rows]


def count_waiting(connection: Connection) -> dict[int, int]:
    """Subscription -> facts that wait to be sent."""
    waits = _FACTS.is_told & _FACTS.sent_at.is_(None)
    rows = connection.execute(
        select(_FACTS.subscription_id, func.count()).where(waits).group_by(_FACTS.subscription_id)
    )
    return {row[0]: row[1] for row in rows}


def forget_facts(connection: Connection, *, before: datetime) -> int:
    """Delete facts that were sent, or known, before a moment; how many."""
    old = (_FACTS.queued_at < before) & (~_FACTS.is_told | _FACTS.sent_at.is_not(None))
    return connection.execute(subscription_facts.delete().where(old)).rowcount
