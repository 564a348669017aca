"""`/api/v1/decisions`: what people decide about dispatches, listed, tried out, made and undone."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from copytaster.store.decisions import list_decisions_about, read_decisions
from copytaster.store.dispatches import resolve_id
from copytaster.values import to_json
from newsdesk.operations import deciding
from newsdesk.operations.decisions import decision_to_json
from newsdesk.web.decisions.deciders import require_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dedup.desk.decisions import DecisionResult
    from indexer.record import DispatchRecord, MemberStory
    from newsdesk.web.backend import Backend
    from newsdesk.web.decisions.deciders import Deciders

LONGEST_REASON = 2_000


class DecisionBody(BaseModel):
    """A decision, who takes it and why."""

    model_config = ConfigDict(extra="forbid")

    decision: deciding.Request
    who: str | None = Field(
        None,
        max_length=200,
        description="Name kept with it; by default the account of the service. A proxy that names people overrides it.",
    )
    why: str = Field("", max_length=LONGEST_REASON, description="Reason kept with it.")


class DecisionsParameters(BaseModel):
    """Which decisions to list."""

    model_config = ConfigDict(extra="forbid")

    dispatch: str | None = Field(None, max_length=200, description="Only decisions about this dispatch.")
    standing: bool = Field(default=False, description="Without those that were undone.")


class ResultShape(BaseModel):
    """What a decision did: `changed` is false if it was in force already."""

    decision: int
    kind: str
    changed: bool
    dispatch: str = Field(description="Where the stories it names are now.")
    others: list[str] = Field(description="The other dispatches that it changed.")


class ResultsShape(BaseModel):
    """One result; a pin has one for each story."""

    items: list[ResultShape]


class StoryShape(BaseModel):
    """A story that comes or goes."""

    story: int
    publisher: str
    headline: str
    url: str


class SizeShape(BaseModel):
    """A dispatch at one moment."""

    headline: str
    publishers: int
    versions: int


class ChangeShape(BaseModel):
    """A dispatch before and after; null where it is not there, or has no stories left."""

    dispatch: str = Field(description="Its id; that of a new dispatch is given when the decision is made.")
    before: SizeShape | None
    after: SizeShape | None
    gains: list[StoryShape]
    loses: list[StoryShape]


class PreviewShape(BaseModel):
    """What a decision would do; nothing was kept."""

    dispatches: list[ChangeShape]


def make_router(backend: Backend, deciders: Deciders) -> APIRouter:
    """The calls of decisions over one store."""
    router = APIRouter(prefix="/decisions")

    def may_decide(request: Request) -> None:
        require_json(request)
        deciders.check(request)

    @router.get("", summary="Manual decisions")
    def list_decisions(parameters: Annotated[DecisionsParameters, Query()]) -> dict[str, Any]:
        """Who decided what, when and why, and who undid it; in the order they were made."""
        with backend.store.read() as connection:
            if parameters.dispatch is None:
                rows = read_decisions(connection, only_in_force=parameters.standing)
            else:
                current = resolve_id(connection, parameters.dispatch)
                rows = list_decisions_about(connection, {parameters.dispatch, current})
        rows = [row for row in rows if row.in_force or not parameters.standing]
        return {"items": to_json([decision_to_json(row) for row in rows])}

    @router.post("", summary="Decide", dependencies=[Depends(may_decide)], status_code=HTTPStatus.CREATED)
    def decide(body: DecisionBody, request: Request, response: Response) -> ResultsShape:
        """Split, merge, pin, unpin, confirm, reject, fold or undo.

        The same call again changes nothing and answers 200; a call that decides answers 201. The index follows.
        """
        who = deciders.name(request, body.who)
        done = deciding.carry_out(backend.store, body.decision, who=who, why=body.why.strip())
        if not any(one.changed for one in done):
            response.status_code = HTTPStatus.OK
        return ResultsShape(items=[_shape_result(one) for one in done])

    @router.post("/preview", summary="Try a decision", dependencies=[Depends(may_decide)])
    def preview(body: DecisionBody) -> PreviewShape:
        """What each dispatch would gain and lose. Nothing is kept."""
        return PreviewShape(
            dispatches=[
                ChangeShape(
                    dispatch=one.dispatch,
                    before=_shape_size(one.before),
                    after=_shape_size(one.after),
                    gains=list(_shape_stories(one.gains)),
                    loses=list(_shape_stories(one.loses)),
                )
                for one in deciding.preview(backend.store, body.decision).changes
            ]
        )

    return router


def _shape_result(one: DecisionResult) -> ResultShape:
    return ResultShape(
        decision=one.decision,
        kind=one.kind,
        changed=one.changed,
        dispatch=one.dispatch,
        others=list(one.others),
    )


def _shape_size(record: DispatchRecord | None) -> SizeShape | None:
    if record is None:
        return None
    return SizeShape(
        headline=record.headline, publishers=record.publisher_count, versions=record.version_count
    )


def _shape_stories(members: Iterable[MemberStory]) -> Iterable[StoryShape]:
    for one in members:
        yield StoryShape(story=one.story, publisher=one.publisher, headline=one.headline, url=one.url)
