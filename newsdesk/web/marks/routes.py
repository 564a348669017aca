"""The form that marks, the page of all marks and their export. They need no script."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import parse_qs, urlencode

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from copytaster.errors import UsageError
from copytaster.store.marks import KINDS, MarkKind, MarkList, list_marks
from copytaster.values import iso
from newsdesk.operations.marks import (
    MOST_MARKED,
    follow_marks,
    mark_dispatches,
    mark_to_json,
    unmark_dispatches,
)
from newsdesk.web.decisions.deciders import WHO_COOKIE
from newsdesk.web.decisions.routes import describe_desk
from newsdesk.web.marks.view import describe_mark
from newsdesk.web.spreadsheet import write_sheet

if TYPE_CHECKING:
    from newsdesk.operations.marks import DeskMark
    from newsdesk.web.backend import Backend
    from newsdesk.web.decisions.deciders import Deciders
    from newsdesk.web.pages import PageRenderer

PAGE = 100  # marks on a page
MOST_EXPORTED = 10_000
YEAR_S = 365 * 24 * 3600
COLUMNS = (
    "mark", "at", "who", "kind", "how", "version", "now", "later", "dispatch", "headline", "undone_at", "undone_by",
)  # fmt: skip


class MarksPageParameters(BaseModel):
    """Which marks the page and the export list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: MarkKind | Literal[""] = ""
    who: str = Field("", max_length=200)
    undone: bool = False
    before: int = Field(0, ge=0, le=2**63 - 1)

    def to_list(self, limit: int) -> MarkList:
        """The marks to read, newest first."""
        return MarkList(
            limit=limit,
            kind=self.kind or None,
            who=self.who or None,
            with_undone=self.undone,
            newest_first=True,
            before=self.before,
        )

    def href(self, **changes: Any) -> str:
        """The query of the page with some parameters changed, at its beginning."""
        changed = {"before": 0, **changes}
        values = self.model_copy(update=changed).model_dump()
        pairs = [(name, int(value) if value is True else value) for name, value in values.items() if value]
        return "?" + urlencode(pairs)


class MarkForm(BaseModel):
    """A form as it was sent: `do` is `mark:used` or `undo:used`, `back` the address of the page that it was on."""

    model_config = ConfigDict(extra="forbid")

    do: str = Field("", max_length=40)
    dispatch: list[str] = Field(default_factory=list, max_length=MOST_MARKED)
    back: str = Field("/", max_length=8_192)
    token: str = Field("", max_length=200)

    def read_deed(self) -> tuple[bool, MarkKind]:
        """Whether to mark (or to take back), and which kind.

        Raises:
            UsageError: it is no such deed.
        """
        deed, _, kind = self.do.partition(":")
        found = next((one for one in KINDS if one == kind), None)
        if deed not in {"mark", "undo"} or found is None:
            raise UsageError(
                "the form names no mark", resource="do", hint=f"mark: and one of {', '.join(KINDS)}"
            )
        return deed == "mark", found


def lead_back(address: str) -> str:
    """The address to go back to: one of ours, whatever a form says."""
    return address if address.startswith("/") and address[1:2] not in {"/", "\\"} else "/"


async def read_mark_form(request: Request) -> MarkForm:
    """Read a form that a page of ours sent.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        values = parse_qs((await request.body()).decode(errors="replace"), max_num_fields=2 * MOST_MARKED)
        named = values.pop("dispatch", [])
        return MarkForm.model_validate({name: one[0] for name, one in values.items()} | {"dispatch": named})
    except ValidationError as error:
        raise UsageError(f"the form cannot be read: {error.errors()[0]['msg']}") from error
    except ValueError as error:  # too many fields
        raise UsageError("the form is too long", hint=f"at most {MOST_MARKED} dispatches") from error


def add_pages(app: FastAPI, backend: Backend, pages: PageRenderer, deciders: Deciders) -> None:
    """Add the form, the page and the exports to the application."""

    def read(parameters: MarksPageParameters, limit: int) -> list[DeskMark]:
        with backend.store.read() as connection:
            return follow_marks(connection, list_marks(connection, parameters.to_list(limit)))

    @app.post("/marks", include_in_schema=False)
    def mark(form: Annotated[MarkForm, Depends(read_mark_form)], request: Request) -> Response:
        deciders.check(request)
        if not deciders.knows_token(request, form.token):
            raise UsageError("this page was opened before the service started again: load it once more")
        sets, kind = form.read_deed()
        change = mark_dispatches if sets else unmark_dispatches
        change(backend.store, form.dispatch, kind, who=deciders.find_name(request) or "")
        return RedirectResponse(lead_back(form.back), status_code=HTTPStatus.SEE_OTHER)

    @app.post("/marks/name", include_in_schema=False)
    async def name(request: Request) -> Response:
        deciders.check(request)
        values = parse_qs((await request.body()).decode(errors="replace"), max_num_fields=8)
        if not deciders.knows_token(request, values.get("token", [""])[0]):
            raise UsageError("this page was opened before the service started again: load it once more")
        answer = RedirectResponse("/marks", status_code=HTTPStatus.SEE_OTHER)
        if not deciders.is_named(request):
            who = deciders.name(request, values.get("who", [""])[0])
            answer.set_cookie(WHO_COOKIE, who, max_age=YEAR_S, httponly=True, samesite="strict", path="/")
        return answer

    @app.get("/marks", include_in_schema=False)
    def history(parameters: Annotated[MarksPageParameters, Query()], request: Request) -> Response:
        desk = describe_desk(deciders, request)
        found = read(parameters, PAGE + 1)
        more = parameters.href(before=found[PAGE - 1].row.id) if len(found) > PAGE else None
        return pages.render(
            "marks.html",
            marks=[describe_mark(one, desk["who"]) for one in found[:PAGE]],
            kinds=[
                {
                    "label": kind or "all",
                    "href": parameters.href(kind=kind),
                    "chosen": parameters.kind == kind,
                }
                for kind in ("", *KINDS)
            ],
            people=[
                {"label": label, "href": parameters.href(who=who), "chosen": parameters.who == who}
                for label, who in (("anyone", ""), *((("you", desk["who"]),) if desk["who"] else ()))
            ],
            exports=[
                {"label": form.upper(), "href": f"/marks.{form}{parameters.href()}"}
                for form in ("csv", "json")
            ],
            parameters=parameters,
            more=more,
            desk=desk,
        )

    @app.get("/marks.{form}", include_in_schema=False)
    def export(form: Literal["csv", "json"], parameters: Annotated[MarksPageParameters, Query()]) -> Response:
        found = read(parameters, MOST_EXPORTED + 1)
        left_out = len(found) > MOST_EXPORTED
        headers = {"Copytaster-Left-Out": "more" if left_out else "0"}
        items = [mark_to_json(one) for one in found[:MOST_EXPORTED]]
        if form == "json":
            content = MarksShape(items=items, left_out=left_out)
            return Response(content.model_dump_json(), media_type="application/json", headers=headers)
        headers["Content-Disposition"] = 'attachment; filename="marks.csv"'
        text = write_sheet(COLUMNS, [_list_cells(one, data) for one, data in zip(found, items, strict=False)])
        return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


class MarksShape(BaseModel):
    """The export in JSON; `left_out` says that there are older marks, which it does not have."""

    items: list[dict[str, Any]]
    left_out: bool


def _list_cells(mark: DeskMark, data: dict[str, Any]) -> tuple[Any, ...]:
    row = mark.row
    later = ", ".join(step.kind for step in mark.later)
    values = data | {"later": later, "undone_at": iso(row.undone_at), "undone_by": row.undone_by}
    return tuple(values[name] for name in COLUMNS)
