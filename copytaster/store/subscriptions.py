"""Subscriptions as rows: whose they are, how far each has come, and whether it is paused. What they tell is in `subscription_facts`."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from sqlalchemy import func, select

from copytaster.errors import NotFoundError, UsageError
from copytaster.masking.text import mask_secrets
from copytaster.store.audit import note_write
from copytaster.store.tables import dispatches, subscription_facts, subscriptions, versions, views

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

Reason = Literal["new", "version", "corrected", "killed", "owners"]
Channel = Literal["feed", "mail", "webhook"]
REASONS: tuple[Reason, ...] = get_args(Reason)
CHANNELS: tuple[Channel, ...] = get_args(Channel)
MOST = 200  # subscriptions of one person
TEXT_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Subscription:
    """A search whose matches are told; `search` is that of its view, where it follows one. Columns as in the table."""

    id: int
    name: str
    owner: str
    view_id: int | None
    search: Mapping[str, Any]
    reasons: tuple[Reason, ...]
    owners: int
    channel: Channel
    target: str
    secret: str
    feed_key: str
    digest_minutes: int
    since: datetime
    since_version: int
    position: int
    owed: tuple[str, ...]
    failures: int
    not_before: datetime | None
    error: str | None
    paused_at: datetime | None
    paused_why: str | None
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionPlan:
    """What a person wants to be told, and how."""

    name: str
    view_id: int | None
    search: Mapping[str, Any]
    reasons: tuple[Reason, ...]
    owners: int
    channel: Channel
    target: str
    digest_minutes: int


def add_subscription(
    connection: Connection, plan: SubscriptionPlan, *, who: str, at: datetime
) -> Subscription:
    """Tell of what happens from now on.

    Raises:
        UsageError: the person has 200 subscriptions.
    """
    count = select(func.count()).select_from(subscriptions).where(subscriptions.c.owner == who)
    if (connection.scalar(count) or 0) >= MOST:
        raise UsageError(f"{who} has {MOST} subscriptions", hint="remove one first")
    newest = connection.scalar(select(func.max(dispatches.c.change))) or 0
    row = {name: getattr(plan, name) for name in SubscriptionPlan.__slots__}
    row |= {
        "search": dict(plan.search),
        "reasons": list(plan.reasons),
        "owner": who,
        "secret": secrets.token_urlsafe(32),
        "feed_key": secrets.token_urlsafe(24),
        "since": at,
        "since_version": _read_last_grouped(connection),
        "made_at": at,
        "position": newest,
        "owed": [],
        "failures": 0,
    }
    made = connection.execute(subscriptions.insert().values(row).returning(subscriptions.c.id)).scalar_one()
    detail = f"{plan.name}: {', '.join(plan.reasons)} by {plan.channel}"
    note_write(connection, "subscription.add", made, who=who, detail=detail)
    return read_subscription(connection, made)


def remove_subscription(connection: Connection, subscription_id: int, *, who: str) -> None:
    """Remove a subscription with everything that it knows.

    Raises:
        NotFoundError: there is none of this number.
    """
    found = read_subscription(connection, subscription_id)
    mine = subscription_facts.c.subscription_id == subscription_id
    connection.execute(subscription_facts.delete().where(mine))
    connection.execute(subscriptions.delete().where(subscriptions.c.id == subscription_id))
    note_write(connection, "subscription.remove", subscription_id, who=who, detail=found.name)


def read_subscription(connection: Connection, subscription_id: int) -> Subscription:
    """One subscription.

    Raises:
        NotFoundError: there is none of this number.
    """
    for found in _read(connection, subscriptions.c.id == subscription_id):
        return found
    raise NotFoundError(
        "no such subscription",
        resource=f"subscription {subscription_id}",
        hint="`copytaster subscription list`",
    )


def find_feed(connection: Connection, feed_key: str) -> Subscription:
    """The subscription with this feed.

    Raises:
        NotFoundError: there is none.
    """
    for found in _read(connection, subscriptions.c.feed_key == feed_key):
        return found
    raise NotFoundError("no such feed", hint="its address is on the page of subscriptions")


def list_subscriptions(
    connection: Connection, *, who: str | None = None, active: bool = False
) -> list[Subscription]:
    """Every subscription, or those of a person, or those that are not paused."""
    chosen = subscriptions.c.owner == who if who is not None else subscriptions.c.id.is_not(None)
    return _read(connection, chosen & subscriptions.c.paused_at.is_(None) if active else chosen)


def list_followers(connection: Connection, view_id: int) -> list[str]:
    """The names of the subscriptions that follow a view."""
    chosen = select(subscriptions.c.name).where(subscriptions.c.view_id == view_id)
    return list(connection.scalars(chosen.order_by(subscriptions.c.id)))


def pause_subscription(
    connection: Connection, subscription_id: int, *, why: str, at: datetime, who: str | None = None
) -> None:
    """Judge and send nothing until it is resumed; the position stays. `who` where a person did it, or else the program."""
    values = {"paused_at": at, "paused_why": mask_secrets(why)[:TEXT_LENGTH]}
    if who is None:
        values["error"] = values["paused_why"]
    chosen = subscriptions.c.id == subscription_id
    connection.execute(
        subscriptions.update().where(chosen, subscriptions.c.paused_at.is_(None)).values(values)
    )
    if who is not None:
        note_write(connection, "subscription.pause", subscription_id, who=who, detail=why)


def resume_subscription(connection: Connection, subscription_id: int, *, who: str) -> None:
    """Go on from where it was paused: nothing of the time between is left out.

    Raises:
        NotFoundError: there is none of this number.
    """
    read_subscription(connection, subscription_id)
    values = {"paused_at": None, "paused_why": None, "error": None, "failures": 0, "not_before": None}
    connection.execute(subscriptions.update().where(subscriptions.c.id == subscription_id).values(values))
    note_write(connection, "subscription.resume", subscription_id, who=who)


def move_position(connection: Connection, found: Subscription, *, position: int, owed: Iterable[str]) -> bool:
    """Note how far a subscription was judged; False if another process, or a person, was there meanwhile."""
    chosen = (
        (subscriptions.c.id == found.id)
        & (subscriptions.c.position == found.position)
        & subscriptions.c.paused_at.is_(None)
    )
    values = {"position": position, "owed": sorted(owed)}
    return connection.execute(subscriptions.update().where(chosen).values(values)).rowcount > 0


def note_failure(connection: Connection, subscription_id: int, *, error: str, not_before: datetime) -> None:
    """Note that a message was not taken, and when it is tried again."""
    values = {"error": mask_secrets(error)[:TEXT_LENGTH], "not_before": not_before}
    chosen = subscriptions.update().where(subscriptions.c.id == subscription_id)
    connection.execute(chosen.values(values | {"failures": subscriptions.c.failures + 1}))


def note_success(connection: Connection, subscription_id: int) -> None:
    """Note that a message was taken."""
    chosen = subscriptions.update().where(subscriptions.c.id == subscription_id, subscriptions.c.failures > 0)
    connection.execute(chosen.values(failures=0, not_before=None, error=None))


def _read_last_grouped(connection: Connection) -> int:
    """Versions are numbered in the order of arrival, and grouped in it."""
    first = connection.scalar(select(func.min(versions.c.id)).where(~versions.c.grouped))
    newest = connection.scalar(select(func.max(versions.c.id))) or 0
    return newest if first is None else first - 1


def _read(connection: Connection, chosen: Any) -> list[Subscription]:
    query = (
        select(subscriptions, views.c.search.label("view_search"))
        .outerjoin(views, views.c.id == subscriptions.c.view_id)
        .where(chosen)
        .order_by(subscriptions.c.id)
    )
    return [_make(row) for row in connection.execute(query).mappings()]


def _make(row: Mapping[Any, Any]) -> Subscription:
    values = {name: row[name] for name in Subscription.__slots__}
    search = row["search"] if row["view_id"] is None else row["view_search"]
    return Subscription(
        **values | {"search": search, "reasons": tuple(row["reasons"]), "owed": tuple(row["owed"])}
    )
