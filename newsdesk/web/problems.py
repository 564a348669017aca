"""Errors as people and programs get them: an HTML page, or an RFC 9457 problem under /api."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from copytaster.errors import CopytasterError, NotFoundError, UnreachableError, UsageError

if TYPE_CHECKING:
    from fastapi import FastAPI, Request, Response

    from newsdesk.web.pages import Pages

STATUS_OF = {
    NotFoundError: HTTPStatus.NOT_FOUND,
    UsageError: HTTPStatus.BAD_REQUEST,
    UnreachableError: HTTPStatus.SERVICE_UNAVAILABLE,
}

OUTAGE = (
    "The store or the search server does not answer. What has been collected is kept, and nothing needs to be done here: "
    "this page works again as soon as they answer. The log, and the command copytaster doctor, say more."
)


def add_handlers(app: FastAPI, pages: Pages) -> None:
    """Answer every error in the form its reader understands."""

    def answer(request: Request, status: int, detail: str) -> Response:
        title = HTTPStatus(status).phrase
        if request.url.path.startswith("/api/"):
            shape = {"type": "about:blank", "title": title, "status": status, "detail": detail}
            return JSONResponse(shape, status_code=status, media_type="application/problem+json")
        if status == HTTPStatus.SERVICE_UNAVAILABLE:  # addresses and settings are nothing for a reader
            title, detail = "No search for the moment", OUTAGE
        return pages.render("problem.html", status=status, title=title, detail=detail)

    async def on_own(request: Request, error: Exception) -> Response:
        status = next((code for kind, code in STATUS_OF.items() if isinstance(error, kind)), 500)
        return answer(request, status, str(error))

    async def on_http(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        detail = f"Nothing is at {request.url.path}." if status == HTTPStatus.NOT_FOUND else str(error)
        return answer(request, status, detail)

    async def on_invalid(request: Request, error: Exception) -> Response:
        problems = error.errors() if isinstance(error, RequestValidationError) else []
        detail = "; ".join(f"{problem['loc'][-1]}: {problem['msg']}" for problem in problems)
        return answer(request, HTTPStatus.BAD_REQUEST, detail)

    async def on_unforeseen(request: Request, _error: Exception) -> Response:
        # what went wrong is logged with its traceback; a reader is told no internals
        return answer(
            request, HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here; it is in the log."
        )

    app.add_exception_handler(Exception, on_unforeseen)
    app.add_exception_handler(CopytasterError, on_own)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)
