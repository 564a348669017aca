"""`POST /api/v1/wire`: a sender pushes one file, and learns when it is committed what became of each of its items."""

from __future__ import annotations

import hashlib
from asyncio import to_thread, wait_for, wrap_future
from concurrent.futures import CancelledError
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

from copytaster.errors import BusyError, UnparsableError
from copytaster.store.tokens import find_token
from copytaster.values import RawPage
from spiders.net.compression import decompress
from spiders.parsing.context import UNNAMED_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from copytaster.store.engine import Store
    from newsdesk.web.backend import Backend
    from spiders.receiving.items import KeptItem

    Push = Callable[[str, RawPage], Future[Sequence[KeptItem]]]

PATIENCE_S = 25.0  # for the commit; less than a sender's usual time-out
MAX_BYTES = 10_000_000  # decompressed
_BEARER = HTTPBearer(
    auto_error=False, scheme_name="token", description="`copytaster token make SOURCE` makes one."
)
_TAKEN = frozenset({"stored", "unchanged", "embargoed"})
_STATUS_OF = {"stored": HTTPStatus.CREATED, "unchanged": HTTPStatus.OK, "embargoed": HTTPStatus.ACCEPTED}


class PushedItem(BaseModel):
    """One item of the file."""

    outcome: str = Field(description="`stored`, `unchanged`, `embargoed`, or the reason of its refusal.")
    detail: str = Field(description="The reason in words; empty for an item that was taken.")
    story: int | None = Field(description="Number of its story.")
    version: int | None = Field(description="Which version of the story it is: 1, 2, 3 ...")


class PushResult(BaseModel):
    """What became of the file's items, in the order of the file."""

    items: list[PushedItem]


class PushProblem(PushResult):
    """An RFC 9457 problem; `items` where the file was read and no item could be used."""

    type: str
    title: str
    status: int
    detail: str


def make_push_router(backend: Backend, push: Push | None, prefix: str) -> APIRouter:
    """The call that takes copy in. `push` hands a page over; None in a process that stores nothing."""
    router = APIRouter(prefix=prefix)
    problems: dict[int | str, dict[str, Any]] = {
        status: {"model": PushProblem, "description": text}
        for status, text in {
            401: "No token, or none in force.",
            413: "Larger than `web.max_body_bytes`, or than 10 MB decompressed.",
            415: "Compressed otherwise than with gzip or deflate.",
            422: "No item could be used; each says why. The bytes are in quarantine.",
            503: "The service is on standby, stopping, or busy: send it again.",
        }.items()
    }
    taken: dict[int | str, dict[str, Any]] = {
        200: {"model": PushResult, "description": "Every item was known already."},
        201: {"model": PushResult, "description": "At least one item is stored."},
        202: {"model": PushResult, "description": "Kept until its embargo ends."},
    }
    body = {
        "requestBody": {
            "required": True,
            "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
            "description": "One file in any wire format, HTML, mail or plain text (then with its Content-Type).",
        },
    }

    @router.post("/wire", summary="Push copy", tags=["wire"], responses=taken | problems, openapi_extra=body)
    async def take_copy(
        request: Request, token: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
    ) -> Response:
        """Take in one file in any format that is read; the token says from which source it comes.

        Answers after the commit. Sending a file again is safe: an item is known by its id and version, or by its bytes
        where its format has neither, and counts as `unchanged` then.
        """
        source = await to_thread(_read_source, backend.store, token)
        if push is None:
            raise BusyError("this process takes in no copy", hint="push to the running service")
        page = await _read_page(request, source)
        try:
            kept = await wait_for(wrap_future(push(source, page)), PATIENCE_S)
        except (TimeoutError, CancelledError) as error:
            raise BusyError(
                "it is not stored yet", hint="send it again: what is known is not stored twice"
            ) from error
        return _answer(kept)

    return router


def _read_source(store: Store, token: HTTPAuthorizationCredentials | None) -> str:
    with store.read() as connection:
        found = find_token(connection, token.credentials) if token else None
    if found is None or found.scope != "push":
        raise HTTPException(
            HTTPStatus.UNAUTHORIZED,
            "A token is needed: Authorization: Bearer ct_... (copytaster token make SOURCE).",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return found.source


async def _read_page(request: Request, source: str) -> RawPage:
    try:
        data = decompress(
            await request.body(),
            request.headers.getlist("content-encoding"),
            max_bytes=MAX_BYTES,
            url=f"push:{source}",
        )
    except UnparsableError as error:
        too_large = error.reason == "too-large"
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if too_large else HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        raise HTTPException(status, error.message) from error
    kind = request.headers.get("content-type") or UNNAMED_TYPE
    # The address of the same bytes is the same: pushed again, they are known.
    name = hashlib.sha256(data).hexdigest()[:16]
    return RawPage(f"push:{source}/{name}", data, datetime.now(UTC), 200, (("Content-Type", kind),))


def _answer(kept: Sequence[KeptItem]) -> Response:
    items = [
        {"outcome": one.outcome, "detail": one.why, "story": one.story or None, "version": one.number or None}
        for one in kept
    ]
    outcomes = {one.outcome for one in kept}
    for outcome, status in _STATUS_OF.items():
        if outcome in outcomes and (outcome == "stored" or outcomes <= _TAKEN):
            return JSONResponse({"items": items}, status_code=status)
    if outcomes & _TAKEN:
        return JSONResponse({"items": items})
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    first = next((one.why or one.outcome for one in kept), "it holds no item")
    shape = {"type": "about:blank", "title": "No item could be used", "status": status, "detail": first}
    return JSONResponse(shape | {"items": items}, status_code=status, media_type="application/problem+json")
