"""Which names in a Host header are ours. A page elsewhere may point its own name at this machine (DNS rebinding)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipaddress import IPv4Address

_HEADER = re.compile(r"(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::\d{1,5})?")


@dataclass(frozen=True, slots=True)
class TrustedHosts:
    """The names and addresses that a request may be for.

    Always trusted are `localhost` and the names below it, loopback addresses, the address that the service listens on,
    and the address that the request came in at.

    Attributes:
        names: further names of `web.hosts`; `*.example.org` means all names below, `*` for every name.
        listens_on: `web.host`.
    """

    names: tuple[str, ...] = ()
    listens_on: str = ""

    def trust(self, name: str, *, came_in_at: str = "") -> bool:
        """True for a name, as `read_host` gives it, that is ours."""
        if name == "localhost" or name.endswith(".localhost") or name == self.listens_on.casefold():
            return True
        if any(_matches(name, pattern.casefold()) for pattern in self.names):
            return True
        address = _read_address(name)
        if address is None:
            return False
        return address.is_loopback or address in {_read_address(came_in_at), _read_address(self.listens_on)}


def read_host(header: str) -> str | None:
    """The name in a Host header, in lower case and without port and brackets; None for what is no name."""
    found = _HEADER.fullmatch(header.strip())
    return found[1].strip("[]").rstrip(".").casefold() if found else None


def _matches(name: str, pattern: str) -> bool:
    return pattern in {"*", name} or (pattern.startswith("*.") and name.endswith(pattern[1:]))


def _read_address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
