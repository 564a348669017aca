"""The page and the call that show where a story is: its steps, and the end of its road."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Response

from copytaster.errors import CopytasterError, NotFoundError, UsageError
from copytaster.masking.values import mask_value
from copytaster.values import to_json
from newsdesk.operations.tracing.trace import ALARMING, CAUTIOUS, trace_story
from newsdesk.web.parameters import TraceParameters  # noqa: TC001 - FastAPI reads it
from newsdesk.web.problems import find_status

if TYPE_CHECKING:
    from newsdesk.operations.tracing.trace import Trace
    from newsdesk.web.backend import Backend
    from newsdesk.web.pages import PageRenderer


def add_pages(app: FastAPI, backend: Backend, pages: PageRenderer) -> None:
    """Register the page."""

    @app.get("/trace", include_in_schema=False)
    def trace(parameters: Annotated[TraceParameters, Query()]) -> Response:
        shown: dict[str, Any] = {"of": parameters.of, "trace": None, "problem": None, "status": 200}
        if parameters.of.strip():
            try:
                shown["trace"] = _describe(_trace(backend, parameters.of))
            except NotFoundError as error:
                shown |= {"problem": _describe_problem(error), "status": find_status(error)}
        return pages.render("trace.html", **shown)


def make_router(backend: Backend) -> APIRouter:
    """The call."""
    router = APIRouter()

    @router.get("/trace", summary="Where a story is, and why")
    def trace(parameters: Annotated[TraceParameters, Query()]) -> dict[str, Any]:
        """Each step with its time and reason, also of an address that gave no story; 404 if nothing names it."""
        if not parameters.of.strip():
            raise UsageError("nothing to trace", resource="of", hint="give an address or an id")
        found: dict[str, Any] = mask_value(to_json(_trace(backend, parameters.of)))
        return found

    return router


def _trace(backend: Backend, of: str) -> Trace:
    with backend.store.read() as connection:
        return trace_story(connection, of, backend.index, backend.sources)


def _describe_problem(error: CopytasterError) -> dict[str, str]:
    return {"message": error.message, "resource": error.resource, "hint": error.hint}


def _describe(found: Trace) -> dict[str, Any]:
    return {
        "of": found.of,
        "end": found.end,
        "tone": _find_tone(found.end),
        "detail": found.detail,
        "dispatches": found.dispatches,
        "steps": [{"tone": _find_tone(one.step), **to_json(one), "at": one.at} for one in found.steps],
    }


def _find_tone(word: str) -> str:
    if word in ALARMING:
        return "alarm"
    return "caution" if word in CAUTIOUS else "quiet"
