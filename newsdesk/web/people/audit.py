"""`/audit`: what people wrote, as a page, a spreadsheet, NDJSON and a call. Who reads it needs the role `desk`."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, FastAPI, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from copytaster.store.audit import AuditRow, list_audit
from copytaster.values import to_json
from newsdesk.operations.bounds import read_bound
from newsdesk.web.spreadsheet import write_sheet

if TYPE_CHECKING:
    from newsdesk.web.backend import Backend
    from newsdesk.web.decisions.deciders import Deciders
    from newsdesk.web.pages import PageRenderer

PAGE, EXPORT = 100, 10_000  # rows
COLUMNS = tuple(AuditRow.__slots__)
# what a row can be about, in the order of the page's list
NOUNS = (
    "decision", "mark", "view", "subscription", "alert", "takedown", "hold", "embargo", "join", "source", "token", "preferences",
)  # fmt: skip
_MEDIA = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}


class AuditParameters(BaseModel):
    """Which writes to list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    who: str = Field("", max_length=255, description="Only writes of this person.")
    what: str = Field("", max_length=64, description="Only writes of this sort, such as decision.")
    since: str = Field("", max_length=40, description="From this day or moment on.")
    until: str = Field("", max_length=40, description="To the end of this day, or before this moment.")
    before: int | None = Field(
        None, ge=1, description="Only rows with a smaller id; `next` of the page before."
    )

    def pairs(self, **changes: Any) -> list[tuple[str, str]]:
        """(name, value) of every parameter that is set, with some changed."""
        values = self.model_dump() | changes
        return [(name, str(value)) for name, value in values.items() if value]


class AuditPage(BaseModel):
    """Some writes, the newest first. Pass `next` as `before` to get the next page."""

    items: list[dict[str, Any]]
    next: int | None


def add_pages(app: FastAPI, backend: Backend, pages: PageRenderer, deciders: Deciders) -> None:
    """Register the page and its exports."""

    @app.get("/audit", include_in_schema=False)
    def audit(parameters: Annotated[AuditParameters, Query()], request: Request) -> Response:
        _check(deciders, request)
        rows = _read(backend, parameters, PAGE + 1)
        older = f"/audit?{urlencode(parameters.pairs(before=rows[PAGE - 1].id))}" if len(rows) > PAGE else ""
        tail = urlencode(parameters.pairs(before=None))
        return pages.render(
            "audit.html", rows=rows[:PAGE], asked=parameters, nouns=NOUNS, older=older, tail=tail
        )

    @app.get("/audit.{form}", include_in_schema=False)
    def export(
        form: Literal["csv", "ndjson"], parameters: Annotated[AuditParameters, Query()], request: Request
    ) -> Response:
        _check(deciders, request)
        items = [to_json(row) for row in _read(backend, parameters, EXPORT)]
        if form == "csv":
            text = write_sheet(COLUMNS, [[item[name] for name in COLUMNS] for item in items])
        else:
            text = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)
        headers = {"Content-Disposition": f'attachment; filename="audit.{form}"', "Cache-Control": "no-store"}
        if len(items) == EXPORT:
            headers["Copytaster-Next"] = str(items[-1]["id"])  # more follows: ?before=
        return Response(text, media_type=_MEDIA[form], headers=headers)


def make_router(backend: Backend, deciders: Deciders) -> APIRouter:
    """The call."""
    router = APIRouter()

    @router.get("/audit", summary="What people wrote", response_model=AuditPage)
    def list_writes(parameters: Annotated[AuditParameters, Query()], request: Request) -> dict[str, Any]:
        """Who wrote what, when and from where, the newest first. Needs the role `desk`."""
        _check(deciders, request)
        rows = _read(backend, parameters, PAGE + 1)
        after = rows[PAGE - 1].id if len(rows) > PAGE else None
        return {"items": [to_json(row) for row in rows[:PAGE]], "next": after}

    return router


def _check(deciders: Deciders, request: Request) -> None:
    refusal = deciders.find_refusal(request)
    if refusal is not None:
        raise HTTPException(HTTPStatus.FORBIDDEN, refusal)


def _read(backend: Backend, asked: AuditParameters, limit: int) -> list[AuditRow]:
    with backend.store.read() as connection:
        return list_audit(
            connection,
            who=asked.who.strip(),
            what=asked.what.strip(),
            since=read_bound("since", asked.since, backend.zone),
            until=read_bound("until", asked.until, backend.zone, end=True),
            before=asked.before,
            limit=limit,
        )
