"""What a request must pass before a page is made: its host, the number of its parameters, and the number of requests."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from starlette.datastructures import Headers

from newsdesk.web.listening.hosts import read_host

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from newsdesk.web.listening.hosts import TrustedHosts

MAX_PARAMETERS = 200
ALWAYS = "/livez"  # answered however many requests wait

log = structlog.get_logger(__name__)


class Gate:
    """Lets requests for our own hosts in, a limited number at once.

    Args:
        app: what answers the others.
        hosts: the hosts that are ours.
        max_requests: how many may wait for the beginning of their response at once.
        answer: makes the response to a refused request from its path, a status and a sentence.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: TrustedHosts,
        max_requests: int,
        answer: Callable[[str, int, str], Response],
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._max_requests = max_requests
        self._answer = answer
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._check(scope)
        if refusal is not None:
            response = self._answer(scope["path"], *refusal)
            if refusal[0] == HTTPStatus.SERVICE_UNAVAILABLE:
                response.headers["Retry-After"] = "10"
            await response(scope, receive, send)
            return
        await self._pass_on(scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        waits = True
        self._waiting += 1

        async def note(message: Message) -> None:
            nonlocal waits
            if waits and message["type"] == "http.response.start":
                waits = False
                self._waiting -= 1
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            self._waiting -= waits

    def _check(self, scope: Scope) -> tuple[int, str] | None:
        """The status and the sentence for a request that is refused."""
        refusal = self._check_host(scope)
        if refusal is not None:
            return refusal
        number = scope["query_string"].count(b"&") + 1
        if number > MAX_PARAMETERS:
            detail = (
                f"The address has {number} parameters; at most {MAX_PARAMETERS} are read. Search for less."
            )
            return HTTPStatus.BAD_REQUEST, detail
        if self._waiting >= self._max_requests and scope["path"] != ALWAYS:
            log.warning("web.too_many_requests", limit=self._max_requests)
            detail = f"{self._max_requests} requests wait already (web.max_requests). Try again in a moment."
            return HTTPStatus.SERVICE_UNAVAILABLE, detail
        return None

    def _check_host(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope).getlist("host")
        if not headers and scope.get("http_version") == "1.0":  # older than the header; no browser sends it
            return None
        name = read_host(headers[0]) if len(headers) == 1 else None
        if name is None:
            return HTTPStatus.BAD_REQUEST, "The request must name one host in its Host header."
        server = scope.get("server")
        if self._hosts.trust(name, came_in_at=server[0] if server else ""):
            return None
        log.warning("web.host_refused", host=name, hint="add it to web.hosts if it is yours")
        return (
            HTTPStatus.MISDIRECTED_REQUEST,
            f"Copytaster does not answer to the name {name}. If it is yours, add it to the setting web.hosts.",
        )
