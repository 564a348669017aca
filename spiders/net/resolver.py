"""Name resolution that gives back public addresses only, so that no hop of any kind leads inside.

Every connection is made to an address from here, and to no other: a name cannot be resolved once for a check and
once more, otherwise, for the connection.
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
    """Twisted's IHostnameResolver: asks the reactor's own and keeps what may be connected to.

    Attributes:
        refused: names, as `name_of` spells them, of which every address was refused.
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
        """Scrapy's way of making it."""
        settings = crawler.settings
        return cls(
            reactor,
            allowed_networks(settings),
            connect_timeout_s=settings.getfloat("CONNECT_TIMEOUT", CONNECT_TIMEOUT_S),
        )

    def install_on_reactor(self) -> None:
        """Become the one resolver of the process, and the one door to the network."""
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
        """Connect to an allowed address, and give up sooner than on a slow answer: Scrapy knows one limit for both.

        Raises:
            UnsafeAddressError: the address came by another way than through this resolver.
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
        """Twisted's interface; nothing is handed on but allowed addresses."""
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
    """One spelling for a host's name, as bytes on the wire have it."""
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return host.lower()
