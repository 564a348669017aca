"""Whose request it is, and what that person may do: a browser on this machine, whom a proxy names, or a token."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import ip_address
from typing import TYPE_CHECKING, Literal

from copytaster.store.tokens import find_token
from newsdesk.web.listening.hosts import read_host

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

    from starlette.requests import HTTPConnection

    from copytaster.store.engine import Store
    from settings import RoleSettings, WebSettings

LONGEST_NAME = 200
GROUP = "group:"  # before the name of a group in web.roles
# A proxy adds one of these; its readers are not on this machine, whatever address they come from.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
Way = Literal["local", "proxy", "token", "unknown"]


class Role(IntEnum):
    """What a person may do; each role includes those before it."""

    NONE = 0
    READ = 1
    DESK = 2
    ADMIN = 3


@dataclass(frozen=True, slots=True)
class Person:
    """Whose request it is.

    Attributes:
        name: as the proxy or the token names the person; empty on this machine, where people name themselves.
        role: what the person may do.
        way: how the person is known; `unknown` is a request that names nobody.
        origin: where the request comes from, for the audit.
    """

    name: str
    role: Role
    way: Way
    origin: str


class People:
    """Finds out whose request it is, by `web.decisions`, `web.proxies`, `web.roles` and the tokens of the store."""

    def __init__(self, settings: WebSettings, store: Store) -> None:
        self._settings = settings
        self._store = store

    def find(self, request: HTTPConnection) -> Person | None:
        """The person; None for a token that is not in force.

        Raises:
            StoreError: a token cannot be looked up.
        """
        address = read_peer(request)
        shown = str(address or "an unknown address")
        bearer = read_bearer(request)
        if bearer:
            return self._find_token(bearer, shown)
        name = self._read_name(request)
        if self._settings.decisions == "proxy" and self._is_proxy(address) and name:
            groups = self._read_groups(request)
            client = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()[:64]
            origin = f"{client} by proxy {shown}" if client else f"proxy {shown}"
            return Person(name, choose_role(self._settings.roles, name, groups), "proxy", origin)
        if self._settings.decisions == "local" and is_local(request):
            return Person("", Role.ADMIN, "local", shown)
        is_here = self._settings.decisions == "off" and is_local(request)
        return Person("", Role.READ, "unknown", shown) if is_here else self.find_unknown(request)

    def find_unknown(self, request: HTTPConnection) -> Person:
        """A person of whom nothing is looked up."""
        return Person("", self._nobody, "unknown", str(read_peer(request) or "an unknown address"))

    def is_from_proxy(self, request: HTTPConnection) -> bool:
        """True for a request from one of `web.proxies`."""
        return self._is_proxy(read_peer(request))

    @property
    def _nobody(self) -> Role:
        return Role[self._settings.roles.nobody.upper()]

    def _find_token(self, text: str, shown: str) -> Person | None:
        with self._store.read() as connection:
            found = find_token(connection, text)
        if found is None:
            return None
        role = self._nobody if found.scope == "push" else Role[found.scope.upper()]
        if self._settings.decisions == "off":
            role = min(role, Role.READ)
        return Person(found.source, role, "token", f"{shown}, token {found.id}")

    def _read_name(self, request: HTTPConnection) -> str:
        values = request.headers.getlist(self._settings.user_header)
        return values[0].strip()[:LONGEST_NAME] if len(values) == 1 else ""

    def _read_groups(self, request: HTTPConnection) -> frozenset[str]:
        header = self._settings.group_header
        values = request.headers.getlist(header) if header else []
        return frozenset(name.strip() for value in values for name in value.split(",") if name.strip())

    def _is_proxy(self, address: IPv4Address | IPv6Address | None) -> bool:
        return address is not None and any(address in network for network in self._settings.proxies)


def choose_role(roles: RoleSettings, name: str, groups: frozenset[str]) -> Role:
    """The highest role that names this person or one of the groups; `others` where none does."""
    marks = {GROUP + group for group in groups}
    if not name.startswith(GROUP):  # a person who calls himself like a group is in none
        marks.add(name)
    for role, named in ((Role.ADMIN, roles.admin), (Role.DESK, roles.desk), (Role.READ, roles.read)):
        if not marks.isdisjoint(named):
            return role
    return Role[roles.others.upper()]


def read_bearer(request: HTTPConnection) -> str:
    """The token of an `Authorization: Bearer` header; empty without one."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else ""


def read_peer(request: HTTPConnection) -> IPv4Address | IPv6Address | None:
    """The address at the other end of the connection."""
    try:
        address = ip_address(request.client.host) if request.client else None
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def is_local(request: HTTPConnection) -> bool:
    """True for a request from this machine, for a name of this machine, that came through no proxy."""
    address = read_peer(request)
    host = read_host(request.headers.get("host", ""))
    is_here = host is not None and (host == "localhost" or host.endswith(".localhost") or _is_loopback(host))
    is_passed_on = any(name in request.headers for name in _FORWARDED)
    return address is not None and address.is_loopback and is_here and not is_passed_on


def name_account() -> str:
    """The account of the service: who writes on this machine without giving a name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return "desk"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
