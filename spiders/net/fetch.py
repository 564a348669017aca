"""A single guarded fetch outside of a crawl: each hop's address is checked and pinned, time and size are limited."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from copytaster.errors import RefusedError, UnparsableError, UnsafeAddressError
from copytaster.values import RawPage
from spiders.net.addresses import is_allowed
from spiders.net.compression import ACCEPTED, decompress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3.response import HTTPResponse

    from settings import CrawlSettings

REDIRECTS = frozenset({301, 302, 303, 307, 308})
CHUNK = 65_536
ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/html;q=0.8, */*;q=0.5"


def fetch_once(url: str, *, crawl: CrawlSettings, headers: Mapping[str, str] | None = None) -> RawPage:
    """GET one address and follow its redirects.

    Args:
        url: http or https.
        crawl: budgets, user agent, and the networks that are allowed though not public.
        headers: to send beside our own, such as those of a conditional request.

    Returns:
        The response, whatever its status; `url` is that of the last hop.

    Raises:
        UnsafeAddressError: a hop leads to a forbidden address or another scheme.
        UnparsableError: the response is larger than `max_bytes` (`too-large`) or takes longer than `timeout_s`
            (`took-too-long`), or cannot be decompressed (`undecodable`).
        RefusedError: there is no response, or there are too many redirects.
    """
    deadline = time.monotonic() + crawl.timeout_s
    for _hop in range(crawl.max_redirects + 1):
        page, location = _fetch_hop(url, crawl, deadline, headers or {})
        if location is None:
            return page
        url = urljoin(url, location)
    raise RefusedError(f"more than {crawl.max_redirects} redirects", resource=url)


def _fetch_hop(
    url: str, crawl: CrawlSettings, deadline: float, more: Mapping[str, str]
) -> tuple[RawPage, str | None]:
    """Fetch one hop; returns the response and the redirect target."""
    connection = _connect(url, crawl, deadline)
    # A server may send single bytes for ever; a time-out per read does not end that.
    # The socket is kept: the connection object drops it as soon as the response's head is read.
    watch = threading.Timer(max(0.0, deadline - time.monotonic()), _hang_up, (connection.sock,))
    watch.start()
    try:
        headers = {**_headers(url, crawl), **more}
        connection.request("GET", _target(url), headers=headers, preload_content=False)
        answer = connection.getresponse()
        location = answer.headers.get("Location") if answer.status in REDIRECTS else None
        body = b"" if location else _read(answer, url, crawl.max_bytes)
    except (HTTPError, OSError, ValueError) as error:
        if time.monotonic() >= deadline:
            raise _too_slow(url, crawl) from error
        raise RefusedError(f"no usable answer: {error}", resource=url) from error
    finally:
        watch.cancel()
        connection.close()
    if time.monotonic() >= deadline:
        raise _too_slow(url, crawl)
    received = tuple((name.lower(), value) for name, value in answer.headers.items())
    return RawPage(url, body, datetime.now(UTC), answer.status, received), location


def _too_slow(url: str, crawl: CrawlSettings) -> UnparsableError:
    return UnparsableError(
        f"no whole answer within {crawl.timeout_s:g} s", reason="took-too-long", resource=url
    )


def _hang_up(connected: socket.socket | None) -> None:
    if connected is not None:
        with suppress(OSError):  # closed in the meantime
            connected.shutdown(socket.SHUT_RDWR)


def _connect(url: str, crawl: CrawlSettings, deadline: float) -> HTTPConnection:
    """Open a connection to one checked address, without a second name lookup."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise RefusedError(f"no address: {error}", resource=url) from error
    if parts.scheme not in {"http", "https"} or not host:
        raise UnsafeAddressError("only http and https are fetched", resource=url)
    if parts.username is not None or parts.password is not None:
        raise UnsafeAddressError("the address carries credentials", resource=f"{parts.scheme}://{host}")
    timeout = min(crawl.connect_timeout_s, max(0.01, deadline - time.monotonic()))
    address = _resolve(host, url, crawl)
    if parts.scheme == "http":
        connection = HTTPConnection(address, port or 80, timeout=timeout)
    else:
        connection = HTTPSConnection(
            address,
            port or 443,
            timeout=timeout,
            server_hostname=host,
            ssl_context=ssl.create_default_context(),
        )
    try:
        connection.connect()
    except (HTTPError, OSError, ValueError) as error:
        connection.close()
        raise RefusedError(f"cannot be reached: {error}", resource=url) from error
    if connection.sock is not None:
        connection.sock.settimeout(max(0.01, deadline - time.monotonic()))
    return connection


def _resolve(host: str, url: str, crawl: CrawlSettings) -> str:
    """The first allowed address of a host."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise RefusedError(f"the host {host!r} is not known: {error}", resource=url) from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if is_allowed(address, crawl.allow_addresses):
            return address
    raise UnsafeAddressError(
        f"{host} leads to {addresses[0]}, which is not public",
        resource=url,
        hint="settings.crawl.allow_addresses opens networks of your own",
    )


def _headers(url: str, crawl: CrawlSettings) -> dict[str, str]:
    host = urlsplit(url).netloc.rpartition("@")[2]
    return {
        "Host": host,
        "User-Agent": crawl.user_agent,
        "Accept": ACCEPT,
        "Accept-Encoding": ACCEPTED,
    }


def _target(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"


def _read(answer: HTTPResponse, url: str, max_bytes: int) -> bytes:
    body = bytearray()
    for chunk in answer.stream(CHUNK, decode_content=False):
        body += chunk
        if len(body) > max_bytes:
            raise UnparsableError(f"larger than {max_bytes} bytes", reason="too-large", resource=url)
    return decompress(bytes(body), answer.headers.getlist("Content-Encoding"), max_bytes=max_bytes, url=url)
