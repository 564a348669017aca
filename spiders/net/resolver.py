"""Name resolution that returns public addresses only, so that no redirect leads into the local network.

Every connection goes to an address from this resolver: a name cannot resolve to one address for the check and to
another for the connection.
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from copytaster.errors import UnsafeAddressError
from spiders.net.addresses import Network, is_allowed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scrapy.crawler import CrawlerRunner


CONNECT_TIMEOUT_S = 10.0


class PublicResolver:
    """Twisted's IHostnameResolver: calls the reactor's resolver and keeps the allowed addresses.

    Attributes:
        refused: host names, as `name_of` spells them, whose addresses were all refused.
    """

    def __init__(
        self, reactor: Any, networks: Iterable[Network], *, connect_timeout_s: float = CONNECT_TIMEOUT_S
    ) -> None:
        self.reactor = reactor
        self.connect_timeout_s = connect_timeout_s
        self.connect = reactor.connectTCP
        self.networks = tuple(networks)
        self.inner = reactor.nameResolver
        self.refused: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: CrawlerRunner, reactor: Any) -> PublicResolver:
        """Called by Scrapy."""
        settings = crawler.settings
        return cls(
            reactor,
            allowed_networks(settings),
            connect_timeout_s=settings.getfloat("CONNECT_TIMEOUT", CONNECT_TIMEOUT_S),
        )

    def install_on_reactor(self) -> None:
        """Become the only resolver of the process; every connection is checked by `connect_tcp`."""
        self.reactor.installNameResolver(self)
        self.reactor.connectTCP = self.connect_tcp

    def connect_tcp(
        self,
        host: str,
        port: int,
        factory: Any,
        timeout: float = 30,
        bindAddress: Any = None,  # noqa: N803
    ) -> Any:
        """Connect to an allowed address, with a time limit of its own: Scrapy has one limit for connection and response.

        Raises:
            UnsafeAddressError: the address does not come from this resolver.
        """
        if not is_allowed(host, self.networks):
            raise UnsafeAddressError("not public", resource=host)
        return self.connect(host, port, factory, min(timeout, self.connect_timeout_s), bindAddress)

    def resolveHostName(  # noqa: N802
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        """Called by Twisted; only allowed addresses reach the receiver."""
        return self.inner.resolveHostName(
            _Sieve(self, resolutionReceiver, hostName),
            hostName,
            portNumber,
            addressTypes,
            transportSemantics,
        )


class _Sieve:
    def __init__(self, resolver: PublicResolver, receiver: Any, name: str) -> None:
        self.resolver, self.receiver, self.name = resolver, receiver, name
        self.passed = self.held_back = 0

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        if is_allowed(address.host, self.resolver.networks):
            self.passed += 1
            self.receiver.addressResolved(address)
        else:
            self.held_back += 1

    def resolutionComplete(self) -> None:  # noqa: N802
        if self.held_back and not self.passed:
            self.resolver.refused.add(name_of(self.name))
        self.receiver.resolutionComplete()


def allowed_networks(settings: Any) -> tuple[Network, ...]:
    """The networks in Scrapy's ALLOW_ADDRESSES."""
    return tuple(ip_network(text) for text in settings.getlist("ALLOW_ADDRESSES"))


def name_of(host: str) -> str:
    """Return the one spelling of a host name, as it is sent on the wire."""
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return host.lower()
