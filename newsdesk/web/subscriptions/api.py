"""`/api/v1/subscriptions`: what is told of a search or a view, and how."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from copytaster.errors import UsageError
from copytaster.store.subscription_facts import count_waiting
from copytaster.store.subscriptions import Channel, Reason
from newsdesk.operations.desk_views import ViewSearch
from newsdesk.operations.subscriptions.plan import make_plan, subscription_to_json
from newsdesk.web.subscriptions.access import change, list_mine, read_mine, subscribe

if TYPE_CHECKING:
    from newsdesk.web.backend import Backend
    from newsdesk.web.decisions.deciders import Deciders


class SubscriptionBody(BaseModel):
    """What to tell, and how."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=120)
    view: int | None = Field(None, description="Follow this view; or give a search.")
    search: ViewSearch | None = None
    reasons: list[Reason] = Field(min_length=1)
    owners: int = Field(10, ge=1, le=100, description="How many owners are the reason `owners`.")
    channel: Channel = Field("feed", description="Each subscription has a feed, mail and webhooks too.")
    target: str = Field("", description="Mail addresses, separated by commas, or the address of a webhook.")
    digest_minutes: Literal[0, 15, 60, 240, 1440] = 0


class SubscriptionShape(BaseModel):
    """A subscription."""

    id: int
    name: str
    owner: str
    view: int | None
    search: dict[str, Any]
    reasons: list[str]
    owners: int
    channel: str
    target: str = Field(description="Of a webhook the host alone.")
    digest_minutes: int
    feed: str = Field(description="Path of its Atom feed; with .json that of its JSON Feed.")
    state: Literal["active", "failing", "paused"]
    problem: str | None
    waiting: int = Field(description="Facts that wait to be sent.")
    made_at: str


class MadeShape(SubscriptionShape):
    """A subscription that was made now."""

    secret: str = Field(description="Signs the requests to a webhook; shown this once.")


class SubscriptionsShape(BaseModel):
    """Your subscriptions; an admin's are all."""

    items: list[SubscriptionShape]


class DeedBody(BaseModel):
    """What to do with a subscription."""

    model_config = ConfigDict(extra="forbid")

    do: Literal["pause", "resume"]


def make_router(backend: Backend, deciders: Deciders) -> APIRouter:
    """The calls of subscriptions over one store."""
    router = APIRouter(prefix="/subscriptions")

    def is_json(request: Request) -> None:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":  # what a form of another site cannot send
            raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON as application/json.")

    @router.get("", summary="Subscriptions")
    def list_all(request: Request) -> SubscriptionsShape:
        """Your own, with what is wrong with each; an admin's are all."""
        with backend.store.read() as connection:
            found = list_mine(connection, deciders, request)
            waiting = count_waiting(connection)
        return SubscriptionsShape(
            items=[SubscriptionShape(**subscription_to_json(one, waiting.get(one.id, 0))) for one in found]
        )

    @router.post("", summary="Subscribe", dependencies=[Depends(is_json)], status_code=HTTPStatus.CREATED)
    def add(body: SubscriptionBody, request: Request) -> MadeShape:
        """Tell of what happens from now on, once for each dispatch and reason. A webhook needs the role `admin`."""
        if (body.view is None) == (body.search is None):
            raise UsageError("give a view or a search", resource="subscription")
        plan = make_plan(
            name=body.name,
            view_id=body.view,
            search={} if body.search is None else body.search.to_data(),
            reasons=body.reasons,
            owners=body.owners,
            channel=body.channel,
            target=body.target,
            digest_minutes=body.digest_minutes,
        )
        made = subscribe(backend, deciders, request, plan)
        return MadeShape(**subscription_to_json(made, 0), secret=made.secret)

    @router.patch("/{subscription_id}", summary="Pause or resume", dependencies=[Depends(is_json)])
    def pause_or_resume(subscription_id: int, body: DeedBody, request: Request) -> SubscriptionShape:
        """A subscription that is resumed goes on from where it was paused: nothing is left out."""
        change(backend, deciders, request, subscription_id, body.do)
        with backend.store.read() as connection:
            found = read_mine(connection, subscription_id, deciders, request)
            return SubscriptionShape(
                **subscription_to_json(found, count_waiting(connection).get(found.id, 0))
            )

    @router.delete("/{subscription_id}", summary="End a subscription", status_code=HTTPStatus.NO_CONTENT)
    def remove(subscription_id: int, request: Request) -> Response:
        """Remove it with everything that waits to be sent."""
        change(backend, deciders, request, subscription_id, "remove")
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return router
