"""Which subscriptions a person sees and changes, and who may set up which: one for the pages and the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from copytaster.errors import NotFoundError
from copytaster.store.subscriptions import (
    add_subscription,
    list_subscriptions,
    pause_subscription,
    read_subscription,
    remove_subscription,
    resume_subscription,
)
from newsdesk.web.decisions.deciders import find_person
from newsdesk.web.people.people import Role
from newsdesk.web.views.access import name_reader, read_seen

if TYPE_CHECKING:
    from fastapi import Request
    from sqlalchemy import Connection

    from copytaster.store.subscriptions import Subscription, SubscriptionPlan
    from newsdesk.web.backend import Backend
    from newsdesk.web.decisions.deciders import Deciders


def list_mine(connection: Connection, deciders: Deciders, request: Request) -> list[Subscription]:
    """A person's subscriptions; an admin's are all."""
    is_admin = find_person(request).role >= Role.ADMIN
    return list_subscriptions(connection, who=None if is_admin else name_reader(deciders, request))


def read_mine(
    connection: Connection, subscription_id: int, deciders: Deciders, request: Request
) -> Subscription:
    """A subscription that this person may change.

    Raises:
        NotFoundError: there is none of this number, or it is another person's.
    """
    found = read_subscription(connection, subscription_id)
    if found.owner != name_reader(deciders, request) and find_person(request).role < Role.ADMIN:
        raise NotFoundError("no such subscription", resource=f"subscription {subscription_id}")
    return found


def subscribe(backend: Backend, deciders: Deciders, request: Request, plan: SubscriptionPlan) -> Subscription:
    """Keep a subscription. A webhook sends copy to another machine: only an admin sets one up.

    Raises:
        HTTPException: 403.
        NotFoundError: there is no such view that this person may open.
        UsageError: the person has too many.
    """
    deciders.check(request, need=Role.ADMIN if plan.channel == "webhook" else Role.DESK)
    who = name_reader(deciders, request)
    with backend.store.write() as connection:
        if plan.view_id is not None:
            read_seen(connection, plan.view_id, deciders, request)
        return add_subscription(connection, plan, who=who, at=datetime.now(UTC))


def change(backend: Backend, deciders: Deciders, request: Request, subscription_id: int, deed: str) -> None:
    """`pause`, `resume` or `remove` a subscription.

    Raises:
        HTTPException: 403.
        NotFoundError: there is none that this person may change.
    """
    deciders.check(request)
    who = name_reader(deciders, request)
    with backend.store.write() as connection:
        read_mine(connection, subscription_id, deciders, request)
        if deed == "remove":
            remove_subscription(connection, subscription_id, who=who)
        elif deed == "resume":
            resume_subscription(connection, subscription_id, who=who)
        else:
            pause_subscription(
                connection, subscription_id, why=f"paused by {who}", at=datetime.now(UTC), who=who
            )
