"""Downloader middlewares: the guard against non-public addresses, and the gate that paces requests to a host."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy.exceptions import CannotResolveHostError, NotConfigured

from copytaster.errors import UnsafeAddressError
from spiders.net.addresses import Network, is_allowed
from spiders.net.reasons import HostClosedError, LaterError
from spiders.net.resolver import allowed_networks, name_of
from spiders.turns import FEED, Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from spiders.net.host_claims import HostClaims

BUSY_STATUSES = frozenset({429, 503})
BUSY_S = 60.0  # the pause after a 429 or 503 without Retry-After
LONGEST_BUSY_S = 86_400.0


class AddressGuard:
    """Refuses other schemes than http(s), and every spelling of a non-public address, before any request.

    The resolver checks host names by the addresses they resolve to; this class turns its refusals into errors.
    """

    def __init__(self, networks: Iterable[Network]) -> None:
        self.networks = tuple(networks)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AddressGuard:
        """Called by Scrapy."""
        return cls(allowed_networks(crawler.settings))

    def process_request(self, request: Request) -> None:
        """Raise UnsafeAddressError if the URL itself is not public."""
        require_public_url(request.url, self.networks)

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Raise UnsafeAddressError if the resolver refused every address of the host."""
        from twisted.internet import reactor

        refused = getattr(getattr(reactor, "nameResolver", None), "refused", ())
        host = urlsplit(request.url).hostname or ""
        if isinstance(exception, CannotResolveHostError) and name_of(host) in refused:
            raise UnsafeAddressError(f"{host} has no public address", resource=request.url) from exception


def require_public_url(url: str, networks: Iterable[Network] = ()) -> None:
    """Accept http(s) URLs with a host name or an allowed address.

    Raises:
        UnsafeAddressError: another scheme, no host, credentials, or an address in any spelling that is not allowed.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError as error:
        raise UnsafeAddressError("the URL cannot be read", resource=url) from error
    if parts.scheme not in {"http", "https"} or not host:
        raise UnsafeAddressError("the scheme is neither http nor https", resource=url)
    if "@" in parts.netloc:
        raise UnsafeAddressError("the URL carries a user name or password", resource=url)
    address = _literal(host)
    if address is not None and not is_allowed(address, networks):
        raise UnsafeAddressError(f"{address} is not public", resource=url)


def _literal(host: str) -> str | None:
    """Read a host that spells an address: `127.0.0.1` for 2130706433, 0x7f.1, 0177.0.0.1 and 127.1; else None."""
    if host == "localhost" or host.endswith(".localhost"):
        return "127.0.0.1"
    try:
        return str(ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None


@dataclass(slots=True)
class Gate:
    """The state of one host: free slots, when the next request may start, until when the host is closed."""

    host: str
    free: Turns
    next_start: float = 0.0  # monotonic seconds
    closed_until: datetime | None = None
    asked_to_wait: bool = False  # by Retry-After, so that later runs wait too


@dataclass(slots=True)
class Gates:
    """The gates of all hosts, shared by all sources of a process: ten feeds of one host count as one visitor."""

    concurrency: int
    by_host: dict[str, Gate] = field(default_factory=dict)

    def of(self, url: str) -> Gate:
        """Return the gate of a URL's host and port."""
        host = urlsplit(url).netloc.rpartition("@")[2].lower()
        if host not in self.by_host:
            self.by_host[host] = Gate(host, Turns(self.concurrency))
        return self.by_host[host]


class HostGate:
    """Limits and paces requests per host, and honours Retry-After.

    Raises HostClosedError for a closed host, and LaterError for a page of a run whose time is over, without a request.
    """

    def __init__(
        self, gates: Gates, claims: HostClaims, delay_s: float, is_in_time: Callable[[], bool] = lambda: True
    ) -> None:
        self.gates, self.claims, self.delay_s, self.is_in_time = gates, claims, delay_s, is_in_time
        self._held: dict[Request, Gate] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> HostGate:
        """Called by Scrapy; raises NotConfigured for spiders of other projects."""
        resources = getattr(crawler.spider, "resources", None)
        if resources is None:
            raise NotConfigured
        spider: Any = crawler.spider
        return cls(
            resources.gates,
            resources.claims,
            getattr(spider, "delay_s", 0.0),
            getattr(spider, "is_in_time", lambda: True),
        )

    async def process_request(self, request: Request) -> None:
        """Wait for a free slot and the host's delay."""
        gate = self.gates.of(request.url)
        urgency = request.meta.get("urgency", FEED)
        self._require_time(request, urgency)
        await gate.free.take(urgency)
        self._held[request] = gate
        self.claims.begin(gate.host)
        await self.claims.hold(gate.host)
        self._require_time(request, urgency)
        if gate.closed_until is not None and gate.closed_until > datetime.now(UTC):
            raise HostClosedError(
                f"the host sent Retry-After: no request before {gate.closed_until:%Y-%m-%d %H:%M:%S} UTC",
                resource=request.url,
            )
        while not await self._pace(gate):
            await self.claims.hold(gate.host)

    async def _pace(self, gate: Gate) -> bool:
        """Wait for the host's delay; False if another process requested the host meanwhile."""
        now = time.monotonic()
        start = max(now, gate.next_start, self.claims.taken_at(gate.host) + self.delay_s)
        gate.next_start = start + self.delay_s
        if start > now:
            await asyncio.sleep(start - now)
        return self.claims.holds(gate.host) and start >= self.claims.taken_at(gate.host) + self.delay_s

    def _require_time(self, request: Request, urgency: int) -> None:
        if urgency != FEED and not self.is_in_time():
            raise LaterError("left for the next run", resource=request.url)

    def process_response(self, request: Request, response: Response) -> Response:
        """Free the slot; close the host after a 429 or 503."""
        gate = self._release(request)
        if gate is not None and response.status in BUSY_STATUSES:
            now = datetime.now(UTC)
            until = read_retry_after(response.headers.get("Retry-After"), now)
            gate.asked_to_wait = until is not None
            gate.closed_until = until or now + timedelta(seconds=BUSY_S)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Free the slot."""
        self._release(request)

    def _release(self, request: Request) -> Gate | None:
        gate = self._held.pop(request, None)
        if gate is not None:
            self.claims.end(gate.host)
            gate.free.give_back()
        return gate


def read_retry_after(value: bytes | None, now: datetime) -> datetime | None:
    """Read Retry-After, seconds or an HTTP date, as the end of the wait, at most a day ahead; None if unusable."""
    text = (value or b"").decode("latin-1").strip()
    seconds = float(text[:9]) if text.isascii() and text.isdigit() else _seconds_until(text, now)
    return None if seconds is None else now + timedelta(seconds=min(max(seconds, 0.0), LONGEST_BUSY_S))


def _seconds_until(text: str, now: datetime) -> float | None:
    try:
        moment: Any = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return float((moment - now).total_seconds())
