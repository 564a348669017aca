"""The pages of subscriptions: the list with what is wrong, the form, and its buttons. They need no script."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar
from urllib.parse import parse_qs

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field, ValidationError

from copytaster.errors import CopytasterError, UsageError
from copytaster.store.subscription_facts import count_waiting
from copytaster.store.subscriptions import CHANNELS, REASONS
from copytaster.store.views import read_view
from newsdesk.operations.desk_views import read_search
from newsdesk.operations.subscriptions.plan import DIGESTS, make_plan, show_target
from newsdesk.web.decisions.deciders import find_person
from newsdesk.web.people.people import Role
from newsdesk.web.problems import find_status
from newsdesk.web.subscriptions.access import change, list_mine, subscribe
from newsdesk.web.views.access import read_seen
from newsdesk.web.views.routes import EditParameters, list_lines, read_listed

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from copytaster.store.subscriptions import Subscription
    from newsdesk.web.backend import Backend
    from newsdesk.web.decisions.deciders import Deciders
    from newsdesk.web.pages import PageRenderer

_Model = TypeVar("_Model", bound=BaseModel)
REASON_WORDS = {
    "new": "a new dispatch",
    "version": "a new version",
    "corrected": "a correction",
    "killed": "a kill or withdrawal",
    "owners": "so many owners",
}
DIGEST_WORDS = {
    0: "at once",
    15: "every quarter of an hour",
    60: "every hour",
    240: "every four hours",
    1440: "once a day",
}
CHANNEL_WORDS = {"feed": "a feed alone", "mail": "mail", "webhook": "a webhook"}


class SubscribeForm(BaseModel):
    """A form as it was sent."""

    name: str = ""
    view: int | None = None
    search: str = Field("{}", max_length=20_000)  # JSON, where no view is followed
    reasons: list[str] = Field(default_factory=lambda: ["new", "corrected", "killed"])
    owners: int = 10
    channel: str = "feed"
    target: str = ""
    digest: int = 0
    token: str = ""


class DeedForm(BaseModel):
    """A button of the list."""

    subscription: int
    do: Literal["pause", "resume", "remove"]
    token: str = ""


async def read_subscribe_form(request: Request) -> SubscribeForm:
    """Read the form of a new subscription.

    Raises:
        UsageError: it cannot be read.
    """
    values = await _read(request)
    one = {name: found[0] for name, found in values.items() if name != "reasons" and found[0] != ""}
    return _validate(SubscribeForm, one | {"reasons": values.get("reasons", [])})


async def read_deed_form(request: Request) -> DeedForm:
    """Read a button of the list.

    Raises:
        UsageError: it cannot be read.
    """
    return _validate(DeedForm, {name: found[0] for name, found in (await _read(request)).items()})


async def _read(request: Request) -> dict[str, list[str]]:
    return parse_qs((await request.body()).decode(errors="replace"), max_num_fields=100)


def _validate(model: type[_Model], values: dict[str, Any]) -> _Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise UsageError(f"the form cannot be read: {first['loc'][-1]}: {first['msg']}") from error


def add_pages(app: FastAPI, backend: Backend, pages: PageRenderer, deciders: Deciders) -> None:
    """Register the pages."""
    desk = _Desk(backend, pages, deciders)

    @app.get("/subscriptions", include_in_schema=False)
    def subscriptions(request: Request) -> Response:
        return desk.show_list(request)

    @app.post("/subscriptions", include_in_schema=False)
    def press(form: Annotated[DeedForm, Depends(read_deed_form)], request: Request) -> Response:
        desk.check_token(request, form.token)
        change(backend, deciders, request, form.subscription, form.do)
        return RedirectResponse("/subscriptions", status_code=HTTPStatus.SEE_OTHER)

    @app.get("/subscriptions/new", include_in_schema=False)
    def begin(parameters: Annotated[EditParameters, Query()], request: Request) -> Response:
        return desk.show_form(request, desk.begin_form(parameters, request))

    @app.post("/subscriptions/new", include_in_schema=False)
    def add(form: Annotated[SubscribeForm, Depends(read_subscribe_form)], request: Request) -> Response:
        return desk.take_form(request, form)


class _Desk:
    def __init__(self, backend: Backend, pages: PageRenderer, deciders: Deciders) -> None:
        self._backend = backend
        self._pages = pages
        self._deciders = deciders

    def check_token(self, request: Request, token: str) -> None:
        if not self._deciders.knows_token(request, token):
            raise UsageError("this page was opened before the service started again: send it once more")

    def show_list(self, request: Request, made: Subscription | None = None) -> Response:
        with self._backend.store.read() as connection:
            found = list_mine(connection, self._deciders, request)
            waiting = count_waiting(connection)
            items = [_describe(connection, one, waiting.get(one.id, 0)) for one in found]
        token = self._deciders.make_token(request)
        may = self._deciders.find_refusal(request) is None
        shown = self._pages.render("subscriptions.html", items=items, may=may, token=token, made=made)
        shown.headers["Cache-Control"] = "no-store"
        return shown

    def begin_form(self, parameters: EditParameters, request: Request) -> SubscribeForm:
        if parameters.edit is None:
            search = read_listed(parameters)
            return SubscribeForm(search=json.dumps(search.to_data()), name=search.words[:120])
        with self._backend.store.read() as connection:
            view = read_seen(connection, parameters.edit, self._deciders, request)
        return SubscribeForm(view=view.id, name=view.name)

    def show_form(self, request: Request, form: SubscribeForm, problem: Exception | None = None) -> Response:
        with self._backend.store.read() as connection:
            lines = _list_lines(connection, form, self._deciders, request)
        return self._pages.render(
            "subscribe.html",
            status=HTTPStatus.OK if problem is None else find_status(problem),
            form=form,
            lines=lines,
            reasons=[(name, REASON_WORDS[name]) for name in REASONS],
            channels=[(name, CHANNEL_WORDS[name]) for name in CHANNELS],
            digests=[(minutes, DIGEST_WORDS[minutes]) for minutes in DIGESTS],
            may_hook=find_person(request).role >= Role.ADMIN,
            problem=None if problem is None else str(problem),
            refusal=self._deciders.find_refusal(request),
            token=self._deciders.make_token(request),
        )

    def take_form(self, request: Request, form: SubscribeForm) -> Response:
        self._deciders.check(request)
        try:
            self.check_token(request, form.token)
            plan = make_plan(
                name=form.name,
                view_id=form.view,
                search=_read_json(form.search),
                reasons=form.reasons,
                owners=form.owners,
                channel=form.channel,
                target=form.target,
                digest_minutes=form.digest,
            )
            made = subscribe(self._backend, self._deciders, request, plan)
        except CopytasterError as error:
            return self.show_form(request, form, error)
        if made.channel == "webhook":
            return self.show_list(request, made)  # with its secret, this once
        return RedirectResponse("/subscriptions", status_code=HTTPStatus.SEE_OTHER)


def _list_lines(
    connection: Connection, form: SubscribeForm, deciders: Deciders, request: Request
) -> list[tuple[str, str]]:
    if form.view is not None:
        return [("view", read_seen(connection, form.view, deciders, request).name)]
    try:
        return list_lines(read_search(_read_json(form.search)))
    except UsageError:  # the problem is shown above the form
        return []


def _read_json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise UsageError("the search cannot be read", resource="search", hint="begin from a list") from error
    if not isinstance(found, dict):
        raise UsageError("the search cannot be read", resource="search", hint="begin from a list")
    return found


def _describe(connection: Connection, one: Subscription, waiting: int) -> dict[str, Any]:
    view = read_view(connection, one.view_id) if one.view_id is not None else None
    try:
        lines = [("view", view.name)] if view else list_lines(read_search(one.search))
    except UsageError:
        lines = []
    return {
        "one": one,
        "lines": lines,
        "reasons": [
            f"{one.owners} owners" if name == "owners" else REASON_WORDS[name] for name in one.reasons
        ],
        "digest": DIGEST_WORDS[one.digest_minutes],
        "target": show_target(one.channel, one.target),
        "waiting": waiting,
    }
