"""Decides which network addresses may be connected to: public unicast ones and networks that configuration allows."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Network = IPv4Network | IPv6Network

# All addresses assigned to hosts. Others carry an IPv4 address, route segments, or are not assigned.
_UNICAST = IPv6Network("2000::/3")
# Inside it: protocols, documentation, and addresses that routers hand on to an IPv4 address, behind which anything lies.
_RESERVED = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarking
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3ffe::/16",  # 6bone, given back
        "3fff::/20",  # documentation (RFC 9637)
    )
)
_ISATAP = frozenset(
    {0x00005EFE, 0x02005EFE}
)  # RFC 5214: an IPv4 address in the last 32 bits, under any prefix
# Global by the registry, but never used by a news server.
_SPECIAL = tuple(
    IPv4Network(text)
    for text in (
        "192.0.0.0/24",  # protocol assignments
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.175.48.0/24",  # AS112
        "168.63.129.16/32",  # a cloud's own wire server
    )
)


def is_allowed(address: str, networks: Iterable[Network] = ()) -> bool:
    """True if a connection to this resolved address is allowed.

    Args:
        address: one numeric address as a resolver gives it; a zone (`fe80::1%eth0`) may follow.
        networks: non-public networks that configuration allows.

    Only the canonical spelling is read: resolve `0x7f.1` or `127.1` first.
    """
    try:
        found = _unwrap(ip_address(address.partition("%")[0]))
    except (AddressValueError, ValueError):
        return False
    if any(found in network for network in networks):  # the IP versions differ
        return True
    return _is_public(found)


def _unwrap(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address inside a mapped one (`::ffff:10.0.0.1`)."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL)
    if int(address) >> 32 & 0xFFFFFFFF in _ISATAP:
        return False
    return address in _UNICAST and not any(address in network for network in _RESERVED)
