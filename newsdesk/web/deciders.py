"""Who may decide through the pages and the API, and under which name."""

from __future__ import annotations

import hashlib
import hmac
import os
import pwd
import secrets
from http import HTTPStatus
from ipaddress import ip_address
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from newsdesk.web.hosts import read_host

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

    from fastapi import Request

    from settings import WebSettings

LONGEST_NAME = 200
# A proxy adds one of these; its readers are not on this machine, whatever address they come from.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_SAME_SITE = {"same-origin", "none"}


class Deciders:
    """Lets people decide, by the setting `web.decisions`.

    Args:
        settings: `decisions` is `local` (this machine, without a proxy), `proxy` (a proxy of `proxies` names the person
            in the header `user_header`) or `off`.
    """

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings
        self._key = secrets.token_bytes(32)

    @property
    def are_named(self) -> bool:
        """True if a proxy names who decides: pages then ask for no name."""
        return self._settings.decisions == "proxy"

    def find_refusal(self, request: Request) -> str | None:
        """Why this request may not decide; None if it may."""
        if self._settings.decisions == "off":
            return "Decisions are switched off here (web.decisions). Use the command line."
        if self._settings.decisions == "proxy":
            if not self._is_from_proxy(request):
                return (
                    "Only the proxies of web.proxies may pass decisions on. Open the page through the proxy."
                )
            if not self._read_header(request):
                return f"The proxy named nobody in {self._settings.user_header}. Sign in first."
            return None
        if not _is_local(request):
            return (
                "Decisions are taken on the machine that runs Copytaster only. Set web.decisions to proxy, and let a "
                "proxy name who decides, or use the command line."
            )
        return None

    def check(self, request: Request) -> None:
        """Refuse a request that may not decide, or that another site made a browser send.

        Raises:
            HTTPException: 403.
        """
        refusal = self.find_refusal(request)
        if refusal is None and request.headers.get("sec-fetch-site", "none") not in _SAME_SITE:
            refusal = "Another site sent this. Open the page of the dispatch and decide there."
        if refusal is not None:
            raise HTTPException(HTTPStatus.FORBIDDEN, refusal)

    def name(self, request: Request, given: str | None = None) -> str:
        """Who decides: whom the proxy names, else the name given, else the account of the service.

        Raises:
            HTTPException: 400 if another name is given than the proxy's.
        """
        given = (given or "").strip()[:LONGEST_NAME]
        if not self.are_named:
            return given or _name_account()
        named = self._read_header(request)
        if given and given != named:
            raise HTTPException(HTTPStatus.BAD_REQUEST, f"The proxy names {named}; give no other name.")
        return named

    def make_token(self, request: Request) -> str:
        """What a form carries so that no other site can send it: only who reads our pages knows it."""
        who = self._read_header(request) if self.are_named else ""
        return hmac.new(self._key, who.encode(), hashlib.sha256).hexdigest()

    def knows_token(self, request: Request, token: str) -> bool:
        """True for the token of a form of this process, sent by whom it was made for."""
        return hmac.compare_digest(token.encode(errors="replace"), self.make_token(request).encode())

    def _read_header(self, request: Request) -> str:
        values = request.headers.getlist(self._settings.user_header)
        return values[0].strip()[:LONGEST_NAME] if len(values) == 1 else ""

    def _is_from_proxy(self, request: Request) -> bool:
        address = _read_peer(request)
        return address is not None and any(address in network for network in self._settings.proxies)


def _is_local(request: Request) -> bool:
    """True for a request from this machine, for a name of this machine, that came through no proxy."""
    address = _read_peer(request)
    host = read_host(request.headers.get("host", ""))
    is_here = host is not None and (host == "localhost" or host.endswith(".localhost") or _is_loopback(host))
    is_passed_on = any(name in request.headers for name in _FORWARDED)
    return address is not None and address.is_loopback and is_here and not is_passed_on


def _read_peer(request: Request) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(request.client.host) if request.client else None
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _name_account() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return "desk"
