"""The basket: dispatches that a reader gathers over several searches to merge them. It is kept in his browser alone."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs, urlencode

from fastapi import FastAPI, Request, Response  # noqa: TC002 - FastAPI reads them
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from copytaster.errors import NotFoundError, UsageError
from copytaster.store.dispatches import read_dispatches, resolve_id
from indexer.merge import merge_rows
from newsdesk.web.decisions import routes as decision_pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from newsdesk.web.backend import Backend
    from newsdesk.web.decisions.deciders import Deciders
    from newsdesk.web.pages import PageRenderer

COOKIE, WEEK_S = "basket", 7 * 24 * 3600
MOST = 20  # dispatches
_NAME = re.compile(r"[a-z0-9]{1,40}")


class BasketForm(BaseModel):
    """What to do with which dispatch."""

    model_config = ConfigDict(extra="forbid")

    do: Literal["add", "remove", "clear"]
    dispatch: str = Field("", pattern=r"^[a-z0-9]{0,40}$")


def read_basket(request: Request) -> list[str]:
    """The ids in the reader's basket, in the order in which they came; whatever else the cookie holds is ignored."""
    names = request.cookies.get(COOKIE, "").split(".")
    return list(dict.fromkeys(name for name in names if _NAME.fullmatch(name)))[:MOST]


def add_pages(app: FastAPI, backend: Backend, pages: PageRenderer, deciders: Deciders) -> None:
    """Add the page of the basket, and the form that fills it."""

    @app.get("/basket", include_in_schema=False)
    def basket(request: Request) -> Response:
        with backend.store.read() as connection:
            items = _describe(connection, read_basket(request))
        pairs = [("do", "merge"), *(("with", one["id"]) for one in items[1:])]
        pairs += [("dispatch", one["id"]) for one in items[:1]]
        return pages.render(
            "basket.html",
            items=items,
            merge_href=f"/decide?{urlencode(pairs)}" if len(items) > 1 else None,
            desk=decision_pages.describe_desk(deciders, request),
        )

    @app.post("/basket", include_in_schema=False)
    async def change(request: Request) -> Response:
        values = parse_qs((await request.body()).decode(errors="replace"), max_num_fields=8)
        try:
            form = BasketForm.model_validate({name: found[0] for name, found in values.items()})
        except ValidationError as error:
            raise UsageError(f"the form cannot be read: {error.errors()[0]['msg']}") from error
        names = _change(read_basket(request), form)
        answer = RedirectResponse("/basket", status_code=HTTPStatus.SEE_OTHER)
        answer.set_cookie(COOKIE, ".".join(names), max_age=WEEK_S, httponly=True, samesite="strict", path="/")
        return answer


def _change(names: Sequence[str], form: BasketForm) -> list[str]:
    if form.do == "clear":
        return []
    rest = [name for name in names if name != form.dispatch]
    if form.do == "remove" or not form.dispatch:
        return rest
    if len(rest) >= MOST:
        raise UsageError(
            f"the basket is full: it holds {MOST} dispatches", hint="merge them or take some out"
        )
    return [*rest, form.dispatch]


def _describe(connection: Connection, names: Sequence[str]) -> list[dict[str, Any]]:
    """The dispatches as they are now: a merged one is the one that it became, one that is gone is left out."""
    found = []
    for name in names:
        try:
            found.append(resolve_id(connection, name))
        except NotFoundError:
            continue
    rows = read_dispatches(connection, list(dict.fromkeys(found)))
    records = [merge_rows(rows[name]) for name in dict.fromkeys(found) if name in rows]
    return [
        {
            "id": record.id,
            "headline": record.headline,
            "language": record.language,
            "agency": record.agency,
            "agency_confidence": record.agency_confidence,
            "publisher_count": record.publisher_count,
            "at": record.published_at or record.first_seen,
        }
        for record in records
    ]
