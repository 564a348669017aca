"""The entry of the pages: names whose request it is, keeps out who may not read, and notes where writes come from."""

from __future__ import annotations

from asyncio import to_thread
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from copytaster.errors import CopytasterError
from copytaster.store.audit import comes_from
from newsdesk.web.people.people import Role, read_bearer
from newsdesk.web.people.preferences import COOKIE, Sender, sent_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from copytaster.store.engine import Store
    from newsdesk.web.people.people import People, Person

OPEN = frozenset(
    {"/livez", "/readyz", "/metrics", "/version", "/api/v1/wire"}
)  # copy is pushed with its own tokens
OPEN_BELOW = ("/static/", "/feeds/")  # the address of a feed is a secret itself


class Entry:
    """Lets people in by their role.

    Args:
        app: what answers them.
        people: find out whose request it is.
        store: where people's preferences are kept.
        answer: makes the response to a refused request from its path, a status and a sentence.
    """

    def __init__(
        self, app: ASGIApp, *, people: People, store: Store, answer: Callable[[str, int, str], Response]
    ) -> None:
        self._app = app
        self._people = people
        self._store = store
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its person in `state.person`, or answer why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            request = HTTPConnection(scope)
            person = await self._find(request)
        except CopytasterError:
            status, why = (
                HTTPStatus.SERVICE_UNAVAILABLE,
                "The store does not answer: no token can be checked.",
            )
            await self._answer(scope["path"], status, why)(scope, receive, send)
            return
        refusal = _find_refusal(person)
        if person is None or (refusal is not None and not _is_open(scope["path"])):
            response = self._answer(scope["path"], HTTPStatus.UNAUTHORIZED, refusal or "")
            response.headers["WWW-Authenticate"] = "Bearer"
            await response(scope, receive, send)
            return
        scope.setdefault("state", {})["person"] = person
        sender = Sender(person, request.cookies.get(COOKIE, ""), self._store)
        with comes_from(person.origin), sent_by(sender):
            await self._app(scope, receive, send)

    async def _find(self, request: HTTPConnection) -> Person | None:
        if _is_open(request.url.path):  # answered while the store is away, and whatever the token
            return self._people.find_unknown(request)
        if read_bearer(request):
            return await to_thread(self._people.find, request)
        return self._people.find(request)


def _is_open(path: str) -> bool:
    return path in OPEN or path.startswith(OPEN_BELOW)


def _find_refusal(person: Person | None) -> str | None:
    if person is None:
        return "This token is not in force. `copytaster token list` names those that are."
    if person.role < Role.READ:
        return "Only people who sign in may read here (web.roles). Open the page through the proxy, or use a token."
    return None
