"""`/api/v1/marks`: who saw, saved, used or spiked which text; set and taken back by whoever may decide."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from copytaster.store.dispatches import resolve_id
from copytaster.store.marks import MarkKind, MarkList, list_marks
from newsdesk.operations.marks import (
    MOST_MARKED,
    follow_marks,
    mark_dispatches,
    mark_to_json,
    unmark_dispatches,
)
from newsdesk.web.decisions.deciders import require_json
from newsdesk.web.marks.view import NO_MARKS, describe_marks

if TYPE_CHECKING:
    from newsdesk.web.backend import Backend
    from newsdesk.web.decisions.deciders import Deciders

MOST_LISTED = 1000


class MarkBody(BaseModel):
    """Dispatches and the mark that they get or lose."""

    model_config = ConfigDict(extra="forbid")

    kind: MarkKind
    dispatches: list[str] = Field(
        min_length=1, max_length=MOST_MARKED, description=f"Ids, at most {MOST_MARKED}. Old ids resolve."
    )
    who: str | None = Field(
        None,
        max_length=200,
        description="Whose mark; by default the account of the service. A proxy that names people overrides it.",
    )


class SetBody(MarkBody):
    """Dispatches and the mark that they get."""

    how: Literal["mark", "look"] = Field(
        "mark", description="`look`: seen for a while, marked by nobody's act. It is not in the audit."
    )

    @model_validator(mode="after")
    def _looks_at_what_is_seen(self) -> Self:
        if self.how == "look" and self.kind != "seen":
            raise ValueError(f"looking at a dispatch leaves it seen, not {self.kind}")
        return self


class MarksParameters(BaseModel):
    """Which marks to list."""

    model_config = ConfigDict(extra="forbid")

    dispatch: str | None = Field(None, max_length=200, description="Only marks on this dispatch.")
    kind: MarkKind | None = Field(None, description="seen, saved, used or spiked.")
    who: str | None = Field(None, max_length=200, description="Only marks of this person.")
    undone: bool = Field(default=False, description="With those that were taken back.")
    after: int = Field(0, ge=0, le=2**63 - 1, description="`next` of the last answer.")
    limit: int = Field(100, ge=1, le=MOST_LISTED, description=f"Marks an answer, 1 to {MOST_LISTED}.")

    def to_list(self, dispatch_id: str | None) -> MarkList:
        """The marks to read."""
        return MarkList(
            limit=self.limit + 1,
            kind=self.kind,
            who=self.who,
            dispatch_id=dispatch_id,
            with_undone=self.undone,
            after=self.after,
        )


class MarkPage(BaseModel):
    """Marks in the order in which they were set. Pass `next` as `after` to go on; null at the end."""

    items: list[dict[str, Any]]
    next: int | None


class MarkedShape(BaseModel):
    """A dispatch after the call: the kinds of your own marks that hold for its present text, and chips for a list."""

    dispatch: str = Field(description="Its current id.")
    own: list[MarkKind]
    chips: list[dict[str, str]]


class MarkedPage(BaseModel):
    """Every dispatch of the call; `changed` counts the marks that it set or took back."""

    items: list[MarkedShape]
    changed: int


def make_router(backend: Backend, deciders: Deciders) -> APIRouter:
    """The calls of marks over one store."""
    router = APIRouter(prefix="/marks")

    def may_mark(request: Request) -> None:
        require_json(request)
        deciders.check(request)

    def describe(ids: list[str], changed: int, who: str) -> MarkedPage:
        with backend.store.read() as connection:
            shown = describe_marks(connection, ids, who)
        items = [
            MarkedShape(
                dispatch=one,
                own=list(shown.get(one, NO_MARKS).own),
                chips=[chip._asdict() for chip in shown.get(one, NO_MARKS).chips],
            )
            for one in ids
        ]
        return MarkedPage(items=items, changed=changed)

    @router.get("", summary="Marks of the desk")
    def list_them(parameters: Annotated[MarksParameters, Query()]) -> MarkPage:
        """Who marked which version of which dispatch, and what the agency has sent since (`later`)."""
        with backend.store.read() as connection:
            name = None if parameters.dispatch is None else resolve_id(connection, parameters.dispatch)
            rows = list_marks(connection, parameters.to_list(name))
            items = [mark_to_json(mark) for mark in follow_marks(connection, rows[: parameters.limit])]
        return MarkPage(items=items, next=items[-1]["mark"] if len(rows) > parameters.limit else None)

    @router.post("", summary="Mark", dependencies=[Depends(may_mark)], status_code=HTTPStatus.CREATED)
    def mark(body: SetBody, request: Request, response: Response) -> MarkedPage:
        """Mark the text that each dispatch shows now.

        The same call again changes nothing and answers 200; a call that marks answers 201. Once the agency has sent
        another version, the same call marks that one.
        """
        who = deciders.name(request, body.who or deciders.find_name(request))
        ids, changed = mark_dispatches(backend.store, body.dispatches, body.kind, who=who, how=body.how)
        if not changed:
            response.status_code = HTTPStatus.OK
        return describe(ids, changed, who)

    @router.post("/undo", summary="Take marks back", dependencies=[Depends(may_mark)])
    def undo(body: MarkBody, request: Request) -> MarkedPage:
        """Take back your marks of one kind, whatever version they name. Nobody takes back those of another person."""
        who = deciders.name(request, body.who or deciders.find_name(request))
        ids, changed = unmark_dispatches(backend.store, body.dispatches, body.kind, who=who)
        return describe(ids, changed, who)

    return router
