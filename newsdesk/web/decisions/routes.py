"""The pages on which people decide: a preview with both texts, the decision itself, its history. They need no script."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.responses import RedirectResponse

from copytaster.errors import CopytasterError, UsageError
from copytaster.store.decisions import read_decisions
from newsdesk.operations import deciding
from newsdesk.operations.decisions import decision_to_json
from newsdesk.web.decisions.deciders import WHO_COOKIE
from newsdesk.web.decisions.form import DecideParameters, Form, read_form
from newsdesk.web.decisions.view import describe_beside, describe_change, describe_question
from newsdesk.web.problems import find_status

if TYPE_CHECKING:
    from newsdesk.web.backend import Backend
    from newsdesk.web.decisions.deciders import Deciders
    from newsdesk.web.pages import PageRenderer

YEAR_S = 365 * 24 * 3600


def describe_desk(deciders: Deciders, request: Request) -> dict[str, Any]:
    """Whether this reader may decide, under which name, and the token of his forms."""
    refusal = deciders.find_refusal(request)
    if refusal is not None:
        return {"may": False, "refusal": refusal, "who": "", "is_named": False, "token": ""}
    return {
        "may": True,
        "refusal": None,
        "who": deciders.find_name(request),
        "is_named": deciders.is_named(request),
        "token": deciders.make_token(request),
    }


def keep_name(answer: Response, request: Request, who: str) -> None:
    """Keep the name that a person gave on this machine, for his next form."""
    is_secure = request.url.scheme == "https"
    answer.set_cookie(
        WHO_COOKIE, who, max_age=YEAR_S, httponly=True, samesite="strict", secure=is_secure, path="/"
    )


def add_pages(app: FastAPI, backend: Backend, pages: PageRenderer, deciders: Deciders) -> None:
    """Add the pages of decisions to the application."""

    def show(
        request: Request, do: DecideParameters, *, problem: Exception | None = None, form: Form | None = None
    ) -> Response:
        values: dict[str, Any] = {"changes": [], "beside": None}
        try:
            wanted = do.to_request()
            with backend.store.read() as connection:
                values["beside"] = describe_beside(connection, do, backend.grouping)
            values["changes"] = [
                describe_change(one) for one in deciding.preview(backend.store, wanted).changes
            ]
        except CopytasterError as error:
            problem = problem or error
        return pages.render(
            "decide.html",
            status=HTTPStatus.OK if problem is None else find_status(problem),
            do=do,
            question=describe_question(do),
            problem=None if problem is None else str(problem),
            desk=describe_desk(deciders, request),
            why=form.why if form else "",
            who=form.who if form else "",
            **values,
        )

    @app.get("/decide", include_in_schema=False)
    def ask(do: Annotated[DecideParameters, Query()], request: Request) -> Response:
        deciders.check(request)
        return show(request, do)

    @app.post("/decide", include_in_schema=False)
    def decide(form: Annotated[Form, Depends(read_form)], request: Request) -> Response:
        deciders.check(request)
        if not deciders.knows_token(request, form.token):
            stale = UsageError("this page was opened before the service started again: send it once more")
            return show(request, form.do, problem=stale, form=form)
        who = deciders.name(request, form.who)
        try:
            done = deciding.carry_out(backend.store, form.do.to_request(), who=who, why=form.why.strip())
        except CopytasterError as error:
            return show(request, form.do, problem=error, form=form)
        place = form.do.dispatch or done[0].dispatch
        answer = RedirectResponse(
            f"/dispatches/{place}?tab=carriers#decisions", status_code=HTTPStatus.SEE_OTHER
        )
        if not deciders.is_named(request) and form.who.strip():
            keep_name(answer, request, who)
        return answer

    @app.get("/decisions", include_in_schema=False)
    def history(request: Request) -> Response:
        with backend.store.read() as connection:
            rows = read_decisions(connection)
        decisions = [decision_to_json(row) for row in reversed(rows)]
        return pages.render(
            "decision_list.html", decisions=decisions, d=None, desk=describe_desk(deciders, request)
        )
