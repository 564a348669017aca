"""Error responses: an HTML page, or an RFC 9457 problem under /api."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from copytaster.errors import (
    BusyError,
    ConfigurationError,
    CopytasterError,
    NotFoundError,
    UnreachableError,
    UsageError,
    nearest,
)
from copytaster.masking.text import mask_secrets

if TYPE_CHECKING:
    from fastapi import FastAPI, Request, Response

    from newsdesk.web.pages import PageRenderer

STATUS_OF = {
    NotFoundError: HTTPStatus.NOT_FOUND,
    UsageError: HTTPStatus.BAD_REQUEST,
    UnreachableError: HTTPStatus.SERVICE_UNAVAILABLE,
    ConfigurationError: HTTPStatus.SERVICE_UNAVAILABLE,  # of the index: there is none that this program may read
    BusyError: HTTPStatus.SERVICE_UNAVAILABLE,
}

_DISPATCH = "/dispatches/"
OUTAGE = (
    "The store or the search server does not answer. Nothing collected is lost, and this page works again as soon as "
    "they answer. For the cause, see the log or run copytaster doctor."
)


def find_status(error: Exception) -> int:
    """The status of a response that tells of this error."""
    return next((code for kind, code in STATUS_OF.items() if isinstance(error, kind)), 500)


def add_handlers(app: FastAPI, pages: PageRenderer) -> None:
    """Register the handlers that answer every error."""
    handlers = _Handlers(pages)
    app.add_exception_handler(Exception, handlers.on_unforeseen)
    app.add_exception_handler(CopytasterError, handlers.on_own)
    app.add_exception_handler(HTTPException, handlers.on_http)
    app.add_exception_handler(RequestValidationError, handlers.on_invalid)


def answer_problem(pages: PageRenderer, path: str, status: int, detail: str) -> Response:
    """The response that tells of an error: a page, or a problem where the path is one of the API."""
    title, detail = HTTPStatus(status).phrase, mask_secrets(detail)
    if path.startswith("/api/"):
        shape = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        return JSONResponse(shape, status_code=status, media_type="application/problem+json")
    of = path.split("/")[2] if status == HTTPStatus.NOT_FOUND and path.startswith(_DISPATCH) else ""
    return pages.render("problem.html", status=status, title=title, detail=detail, of=of)


class _Handlers:
    def __init__(self, pages: PageRenderer) -> None:
        self._pages = pages

    async def on_own(self, request: Request, error: Exception) -> Response:
        return self._answer(request, find_status(error), str(error))

    async def on_http(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        detail = f"There is nothing at {request.url.path}." if status == HTTPStatus.NOT_FOUND else str(error)
        if status == HTTPStatus.UNAUTHORIZED and isinstance(error, HTTPException):
            detail = error.detail
        response = self._answer(request, status, detail)
        response.headers.update((isinstance(error, HTTPException) and error.headers) or {})
        return response

    async def on_invalid(self, request: Request, error: Exception) -> Response:
        faults = error.errors() if isinstance(error, RequestValidationError) else []
        unknown = [str(fault["loc"][-1]) for fault in faults if fault["type"] == "extra_forbidden"]
        if unknown and faults[0]["loc"][0] == "body":
            return await self.on_own(request, UsageError(f"unknown field {unknown[0]!r}"))
        if unknown:
            hint = nearest(unknown[0], _list_parameters(request))
            return await self.on_own(request, UsageError(f"unknown parameter {unknown[0]!r}", hint=hint))
        detail = "; ".join(f"{_name_parameter(fault)}: {fault['msg']}" for fault in faults)
        return self._answer(request, HTTPStatus.BAD_REQUEST, detail)

    async def on_unforeseen(self, request: Request, _error: Exception) -> Response:
        # the traceback is in the log; a reader gets no internals
        return self._answer(
            request, HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong. The log has the details."
        )

    def _answer(self, request: Request, status: int, detail: str) -> Response:
        path = request.url.path
        if status == HTTPStatus.SERVICE_UNAVAILABLE and not path.startswith("/api/"):
            title = "Search is unavailable"  # the detail names addresses and settings
            return self._pages.render("problem.html", status=status, title=title, detail=OUTAGE)
        return answer_problem(self._pages, path, status, detail)


def _name_parameter(fault: dict[str, Any]) -> str:
    """The parameter's name; a fault in a list is placed at the number of its value."""
    return [str(part) for part in fault["loc"] if isinstance(part, str)][-1]


def _list_parameters(request: Request) -> list[str]:
    """The query parameters of the page or call."""
    models = [field.field_info.annotation for field in request.scope["route"].dependant.query_params]
    return [
        name
        for model in models
        if isinstance(model, type) and issubclass(model, BaseModel)
        for name in model.model_fields
    ]
