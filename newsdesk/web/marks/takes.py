"""Taking a dispatch's text by form and by call, the corrections that takers must acknowledge, and who they are."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException

from copytaster.errors import StoreError, UnreachableError, UsageError
from copytaster.store.dispatches import resolve_id
from copytaster.values import iso
from indexer.document import make_document
from newsdesk.operations.marks import MOST_AFFECTED, acknowledge_marks, list_affected, mark_to_json
from newsdesk.operations.takes import Way, take_text
from newsdesk.web.decisions.deciders import require_json
from newsdesk.web.decisions.routes import describe_desk
from newsdesk.web.marks.routes import lead_back
from newsdesk.web.marks.view import describe_mark
from newsdesk.web.parameters import COMPLETENESS
from newsdesk.web.problems import answer_problem
from newsdesk.web.search.exports import make_ninjs
from newsdesk.web.spreadsheet import write_sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from indexer.record import DispatchRecord
    from newsdesk.operations.cms import Cms
    from newsdesk.operations.marks import DeskMark
    from newsdesk.operations.takes import Take
    from newsdesk.web.backend import Backend
    from newsdesk.web.decisions.deciders import Deciders
    from newsdesk.web.pages import PageRenderer

SHOWN = 5  # corrections to acknowledge that a page lists
COLUMNS = (
    "who", "used", "how", "at", "version", "dispatch", "headline", "what", "what_at", "acknowledged_at", "note",
)  # fmt: skip


class TakeBody(BaseModel):
    """What to take, and how."""

    model_config = ConfigDict(extra="forbid")

    dispatch: str = Field(max_length=200, description="Its id. Old ids resolve.")
    how: Way = Field(
        "copy", description="copy gives the text; send hands it to the content management system."
    )
    version: int | None = Field(
        None, ge=1, description="Take it only while it shows this version (`canonical.version`)."
    )
    who: str | None = Field(None, max_length=200, description="Who takes it; as in /marks.")


class TakenShape(BaseModel):
    """The text, and who else has used the dispatch."""

    dispatch: str
    version: int | None
    text: str
    others: list[dict[str, Any]] = Field(description="Each other person's newest mark of use, as in /marks.")


class AffectedParameters(BaseModel):
    """Whose use of which dispatch."""

    model_config = ConfigDict(extra="forbid")

    dispatch: str | None = Field(None, max_length=200, description="Only of this dispatch.")
    who: str | None = Field(None, max_length=200, description="Only of this person.")


class AffectedShape(BaseModel):
    """Uses of texts that were corrected or withdrawn since, newest first."""

    items: list[dict[str, Any]]
    completeness: dict[str, Any] | None = Field(description=COMPLETENESS)


class AcknowledgeBody(BaseModel):
    """Which uses you have dealt with."""

    model_config = ConfigDict(extra="forbid")

    marks: list[int] = Field(min_length=1, max_length=100, description="`mark` of items of /affected.")
    who: str | None = Field(None, max_length=200, description="Who used them; as in /marks.")


class TakeForm(BaseModel):
    """A form of a dispatch's page, or of a banner."""

    model_config = ConfigDict(extra="forbid")

    dispatch: str = Field("", max_length=200)
    how: Way = "copy"
    version: int | None = Field(None, ge=1)
    mark: list[int] = Field(default_factory=list, max_length=100)
    back: str = Field("/", max_length=8_192)
    token: str = Field("", max_length=200)


async def read_take_form(request: Request) -> TakeForm:
    """Read a form that a page of ours sent.

    Raises:
        UsageError: it cannot be read.
    """
    values = parse_qs((await request.body()).decode(errors="replace"), max_num_fields=200)
    marks = values.pop("mark", [])
    try:
        return TakeForm.model_validate({name: one[0] for name, one in values.items()} | {"mark": marks})
    except ValidationError as error:
        raise UsageError(f"the form cannot be read: {error.errors()[0]['msg']}") from error


class Taking:
    """Takes texts in the name of whoever sends a request."""

    def __init__(self, backend: Backend, deciders: Deciders, cms: Cms) -> None:
        self._backend = backend
        self._deciders = deciders
        self._cms = cms

    def take(self, request: Request, asked: TakeBody) -> Take:
        """The text, noted as used.

        Raises:
            HTTPException: 502 if the content management system did not take it.
        """
        who = self._deciders.name(request, asked.who or self._deciders.find_name(request))
        root = str(request.base_url).rstrip("/")

        def send(record: DispatchRecord) -> None:
            key = hashlib.sha256(f"{record.id} {record.canonical} {who}".encode()).hexdigest()
            item = make_ninjs(make_document(record), f"{root}/dispatches/{record.id}")
            self._cms.send(item | {"takenby": who}, key=key)

        return take_text(
            self._backend.store,
            asked.dispatch,
            asked.how,
            who=who,
            version=asked.version,
            send=send if asked.how == "send" else None,
        )


def describe_pending(
    backend: Backend, desk: dict[str, Any], dispatch: str | None = None
) -> list[dict[str, Any]]:
    """The corrections and withdrawals that this reader has to acknowledge, of all dispatches or of one."""
    if not desk["who"]:
        return []
    found: list[DeskMark] = []
    with suppress(StoreError), backend.store.read() as connection:  # without a store searches go on
        found = list_affected(connection, who=desk["who"], dispatch_id=dispatch)
    return [describe_affected(mark, desk["who"]) for mark in found if mark.is_pending][:SHOWN]


def describe_affected(mark: DeskMark, me: str | None) -> dict[str, Any]:
    """A use of a text that was corrected or withdrawn since."""
    grave = mark.grave
    return describe_mark(mark, me) | {
        "mark": mark.row.id,
        "version": mark.version,
        "what": "withdrawn" if mark.withdrawn else "corrected",
        "what_at": grave.seen_at if grave else None,
        "note": (grave.change_note if grave else None) or "",
        "acknowledged_at": None if mark.is_pending else mark.row.acknowledged_at,
    }


def add_pages(
    app: FastAPI, backend: Backend, pages: PageRenderer, deciders: Deciders, taking: Taking
) -> None:
    """Add the forms, the page of those affected and its exports to the application."""

    def check(form: TakeForm, request: Request) -> None:
        deciders.check(request)
        if not deciders.knows_token(request, form.token):
            raise UsageError("this page was opened before the service started again: load it once more")

    @app.post("/takes", include_in_schema=False)
    def take(form: Annotated[TakeForm, Depends(read_take_form)], request: Request) -> Response:
        """The text as plain text; where it was sent, the page of the dispatch again."""
        check(form, request)
        asked = TakeBody(dispatch=form.dispatch, how=form.how, version=form.version, who=None)
        try:
            taken = taking.take(request, asked)
        except UnreachableError as error:
            if form.how != "send":
                raise
            return answer_problem(pages, request.url.path, HTTPStatus.BAD_GATEWAY, str(error))
        if form.how == "send":
            return RedirectResponse(f"/dispatches/{taken.record.id}", status_code=HTTPStatus.SEE_OTHER)
        return Response(
            taken.text, media_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"}
        )

    @app.post("/marks/acknowledge", include_in_schema=False)
    def acknowledge_them(form: Annotated[TakeForm, Depends(read_take_form)], request: Request) -> Response:
        check(form, request)
        acknowledge_marks(backend.store, form.mark, who=deciders.find_name(request) or "")
        return RedirectResponse(lead_back(form.back), status_code=HTTPStatus.SEE_OTHER)

    _add_affected(app, backend, pages, deciders)


def _add_affected(app: FastAPI, backend: Backend, pages: PageRenderer, deciders: Deciders) -> None:
    @app.get("/affected", include_in_schema=False)
    def affected(parameters: Annotated[AffectedParameters, Query()], request: Request) -> Response:
        desk = describe_desk(deciders, request)
        found = _read(backend, parameters)
        return pages.render(
            "affected.html",
            uses=[describe_affected(mark, desk["who"]) for mark in found],
            waiting=sum(mark.is_pending for mark in found),
            query=f"?{request.url.query}" if request.url.query else "",
            most=MOST_AFFECTED,
            desk=desk,
            complete=backend.recall_complete(),
        )

    @app.get("/affected.{form}", include_in_schema=False)
    def export(form: Literal["csv", "json"], parameters: Annotated[AffectedParameters, Query()]) -> Response:
        found = _read(backend, parameters)
        if form == "json":
            return Response(
                _shape_list(backend, found).model_dump_json(),
                media_type="application/json",
                headers=backend.complete_headers(),
            )
        text = write_sheet(COLUMNS, [_list_cells(mark) for mark in found])
        named = {"Content-Disposition": 'attachment; filename="affected.csv"', **backend.complete_headers()}
        return Response(text, media_type="text/csv; charset=utf-8", headers=named)


def make_router(backend: Backend, deciders: Deciders, taking: Taking) -> APIRouter:
    """The calls of takes over one store."""
    router = APIRouter()

    def may_take(request: Request) -> None:
        require_json(request)
        deciders.check(request)

    @router.post("/takes", summary="Take a text", dependencies=[Depends(may_take)], status_code=201)
    def take(body: TakeBody, request: Request) -> TakenShape:
        """The text that a dispatch shows now, with its credit and ids, noted as used by you.

        Copy under embargo and withdrawn copy cannot be taken. `send` answers 502 where the content management system did
        not take it; then nothing is noted. Nobody keeps others from taking it too: `others` says who has.
        """
        try:
            taken = taking.take(request, body)
        except UnreachableError as error:
            if body.how != "send":
                raise
            raise HTTPException(HTTPStatus.BAD_GATEWAY, str(error)) from error
        version = taken.record.canonical.version if taken.record.canonical else None
        others = [mark_to_json(mark) for mark in taken.others]
        return TakenShape(dispatch=taken.record.id, version=version, text=taken.text, others=others)

    @router.get("/affected", summary="Who used copy that was corrected or withdrawn")
    def list_them(parameters: Annotated[AffectedParameters, Query()]) -> AffectedShape:
        """Each person's newest use of a dispatch, if the agency has corrected or withdrawn the text since."""
        return _shape_list(backend, _read(backend, parameters))

    @router.post("/affected/acknowledge", summary="Acknowledge", dependencies=[Depends(may_take)])
    def acknowledge_them(body: AcknowledgeBody, request: Request) -> AffectedShape:
        """Say that you know of the correction or withdrawal of what you used. Nobody says so for another person."""
        who = deciders.name(request, body.who or deciders.find_name(request))
        acknowledge_marks(backend.store, body.marks, who=who)
        return _shape_list(backend, _read(backend, AffectedParameters(dispatch=None, who=who)))

    return router


def _shape_list(backend: Backend, found: Sequence[DeskMark]) -> AffectedShape:
    return AffectedShape(items=[_shape(mark) for mark in found], completeness=backend.describe_complete())


def _read(backend: Backend, parameters: AffectedParameters) -> list[DeskMark]:
    with backend.store.read() as connection:
        name = parameters.dispatch and resolve_id(connection, parameters.dispatch)
        return list_affected(connection, who=parameters.who or None, dispatch_id=name or None)


def _shape(mark: DeskMark) -> dict[str, Any]:
    grave = mark.grave
    return mark_to_json(mark) | {
        "what": "withdrawn" if mark.withdrawn else "corrected",
        "what_at": iso(grave.seen_at) if grave else None,
        "note": grave.change_note if grave else None,
    }


def _list_cells(mark: DeskMark) -> tuple[Any, ...]:
    data = _shape(mark) | {"used": mark.row.kind}
    return tuple(data[name] for name in COLUMNS)
