"""Who may write through the pages and the API, under which name, and that no other site writes for him."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException

from newsdesk.web.people.people import LONGEST_NAME, Person, Role, name_account

if TYPE_CHECKING:
    from fastapi import Request

    from newsdesk.web.people.people import People
    from settings import WebSettings

WHO_COOKIE = "desk-name"  # the name that a person gave last, where nobody else names people
_SAME_SITE = {"same-origin", "none"}


class Deciders:
    """Lets people write, by their role.

    Args:
        settings: `decisions` is `local` (this machine, without a proxy), `proxy` (a proxy of `proxies` names the person
            in the header `user_header`) or `off`. A token of the scope `desk` or `admin` writes with the first two.
        people: find out whose request it is.
    """

    def __init__(self, settings: WebSettings, people: People) -> None:
        self._settings = settings
        self._people = people
        self._key = secrets.token_bytes(32)

    def find_refusal(self, request: Request, *, need: Role = Role.DESK) -> str | None:
        """Why this request may not write; None if it may."""
        person = find_person(request)
        if person.role >= need:
            return None
        if self._settings.decisions == "off":
            return "Decisions are switched off here (web.decisions). Use the command line."
        if person.way in {"proxy", "token", "local"}:
            return f"{person.name} has the role {person.role.name.lower()}; this needs {need.name.lower()} (web.roles)."
        if self._settings.decisions == "proxy":
            if not self._people.is_from_proxy(request):
                return (
                    "Only the proxies of web.proxies may pass decisions on. Open the page through the proxy."
                )
            return f"The proxy named nobody in {self._settings.user_header}. Sign in first."
        return (
            "Decisions are taken on the machine that runs Copytaster only. Set web.decisions to proxy, and let a "
            "proxy name who decides, or use a token or the command line."
        )

    def check(self, request: Request, *, need: Role = Role.DESK) -> None:
        """Refuse a request that may not write, or that another site made a browser send.

        Raises:
            HTTPException: 403.
        """
        refusal = self.find_refusal(request, need=need)
        if refusal is None and find_person(request).way != "token" and _is_of_another_site(request):
            refusal = "Another site sent this. Open the page here and do it there."
        if refusal is not None:
            raise HTTPException(HTTPStatus.FORBIDDEN, refusal)

    def is_named(self, request: Request) -> bool:
        """True if a proxy or a token names who writes: pages then ask for no name."""
        return find_person(request).way in {"proxy", "token"}

    def name(self, request: Request, given: str | None = None) -> str:
        """Who writes: whom the proxy or the token names, else the name given, else the account of the service.

        Raises:
            HTTPException: 400 if another name is given than the proxy's or the token's.
        """
        given = (given or "").strip()[:LONGEST_NAME]
        person = find_person(request)
        if not self.is_named(request):
            return given or name_account()
        if given and given != person.name:
            raise HTTPException(
                HTTPStatus.BAD_REQUEST, f"The {person.way} names {person.name}; give no other name."
            )
        return person.name

    def find_name(self, request: Request) -> str | None:
        """Who sends a request: whom the proxy or the token names, else the name given last, else the account of the service.

        None for somebody who may decide nothing.
        """
        if self.find_refusal(request) is not None:
            return None
        return self.name(request, None if self.is_named(request) else request.cookies.get(WHO_COOKIE))

    def make_token(self, request: Request) -> str:
        """What a form carries so that no other site can send it: only who reads our pages knows it."""
        who = find_person(request).name
        return hmac.new(self._key, who.encode(), hashlib.sha256).hexdigest()

    def knows_token(self, request: Request, token: str) -> bool:
        """True for the token of a form of this process, sent by whom it was made for."""
        return hmac.compare_digest(token.encode(errors="replace"), self.make_token(request).encode())


def find_person(request: Request) -> Person:
    """Whose request it is, as `newsdesk.web.people.entry` found out."""
    person: Person = request.state.person
    return person


def _is_of_another_site(request: Request) -> bool:
    """By what browsers say of every request, and, where an old one does not, by the origin of a form."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in _SAME_SITE
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


def require_json(request: Request) -> None:
    """Refuse what a form of another site could send.

    Raises:
        HTTPException: 415.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON as application/json.")
