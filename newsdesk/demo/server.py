"""The demo's web servers on loopback: one address per outlet, served from one background thread."""

from __future__ import annotations

import selectors
import socket
import sys
import threading
import time
from collections import Counter
from datetime import datetime  # noqa: TC003 - a public signature
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Self

import structlog

from newsdesk.demo.outlets import load_outlets
from newsdesk.demo.pages import list_editions, render_lobby
from newsdesk.demo.site import Reply, Site
from newsdesk.demo.truth import list_true_pages

if TYPE_CHECKING:
    from collections.abc import Callable

    from newsdesk.demo.outlets import Outlet

INTERVAL = "5s"

log = structlog.get_logger(__name__)

# loopback servers need no pause between requests
_CRAWLING = """\
[settings.crawl]
allow_addresses = ["127.0.0.0/8"]

[defaults]
limits = { delay_s = 0.0 }
"""


class _SiteServer(ThreadingHTTPServer):
    daemon_threads = True
    timeout = 1.0  # a client that left before it was accepted must not block the others
    answer: Callable[[str], Reply]
    count: Callable[[str, int], None]

    def handle_error(self, request: object, client_address: object) -> None:
        """Log every error but a client that hangs up early."""
        if not isinstance(sys.exception(), ConnectionError):
            log.exception("demo.request_failed", client=str(client_address))  # noqa: LOG004 - called while handling one


class _Handler(BaseHTTPRequestHandler):
    """Answers conditional GET and HEAD; closes every connection, so that no thread outlives its response."""

    server: _SiteServer
    server_version = "Demo"
    sys_version = ""
    timeout = 10

    def do_GET(self) -> None:
        reply = self.server.answer(self.path)
        is_known = reply.status == 200 and self._has_seen(reply)  # noqa: PLR2004
        status = 304 if is_known else reply.status
        self.server.count(self.path, status)
        self.send_response(status)
        self.send_header("ETag", reply.etag)
        if reply.changed_at:
            self.send_header("Last-Modified", format_datetime(reply.changed_at, usegmt=True))
        if not is_known:
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "GET" and not is_known:
            self.wfile.write(reply.body)

    do_HEAD = do_GET  # noqa: N815 - the name that http.server calls

    def _has_seen(self, reply: Reply) -> bool:
        """RFC 9110, 13.2.2: the entity tag decides where one is sent, the date otherwise."""
        if tags := self.headers.get("If-None-Match"):
            return reply.etag in tags
        since = self.headers.get("If-Modified-Since")
        if not since or reply.changed_at is None:
            return False
        try:
            return reply.changed_at <= parsedate_to_datetime(since)
        except (TypeError, ValueError):
            return False

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log nothing; DemoSites.requests counts the requests."""


def _bind(host: str, port: int) -> _SiteServer:
    """A listening server; on 127.0.0.1 with a free port where `host` is not set up (macOS)."""
    try:
        return _SiteServer((host, port), _Handler)
    except OSError:
        return _SiteServer(("127.0.0.1", 0), _Handler)


class DemoSites:
    """The running web servers of the demo. Close it, or use it as a context manager.

    Attributes:
        url: the lobby, which lists the outlets.
        origins: outlet key -> `http://host:port`.
        requests: (outlet key, path, status) -> number of responses.
    """

    def __init__(self, *, host: str, port: int, base: datetime, clock: Callable[[], float] | None) -> None:
        start = time.monotonic()
        self._clock = clock or (lambda: time.monotonic() - start)
        self.base = base
        self.requests: Counter[tuple[str, str, int]] = Counter()
        self._selector = selectors.DefaultSelector()
        self._wake, self._waker = socket.socketpair()
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._servers: list[_SiteServer] = []
        self.url = self._serve("lobby", host, port, lambda _path: self._show_lobby()) + "/"
        self.sites: dict[str, Site] = {}
        for index, outlet in enumerate(load_outlets().values(), 1):
            self._open(outlet, str(IPv4Address(host) + index), port)
        self.origins = {key: site.origin for key, site in self.sites.items()}
        self._thread = threading.Thread(target=self._run, name="demo-sites", daemon=True)
        self._thread.start()

    @property
    def elapsed(self) -> float:
        """Seconds into the scenario."""
        return self._clock()

    def _open(self, outlet: Outlet, host: str, port: int) -> None:
        origin = self._serve(
            outlet.key, host, port, lambda path: self.sites[outlet.key].answer(path, self.elapsed)
        )
        self.sites[outlet.key] = Site(outlet, origin, self.base)

    def _serve(self, key: str, host: str, port: int, answer: Callable[[str], Reply]) -> str:
        server = _bind(host, port)
        server.answer = answer
        server.count = lambda path, status: self.requests.update([(key, path, status)])
        self._servers.append(server)
        self._selector.register(server, selectors.EVENT_READ, server)
        bound_host, bound_port = server.server_address[:2]
        return f"http://{bound_host!s}:{bound_port}"

    def _run(self) -> None:
        while True:
            for ready, _ in self._selector.select():
                if ready.data is None:
                    return
                ready.data.handle_request()

    def _show_lobby(self) -> Reply:
        shown = [
            (
                site.outlet,
                site.origin,
                len(list_editions(site.outlet, origin=site.origin, base=self.base, elapsed=self.elapsed)),
            )
            for site in self.sites.values()
        ]
        return Reply(render_lobby(shown).encode())

    def true_groups(self, elapsed: float | None = None) -> dict[str, frozenset[str]]:
        """Dispatch key -> URLs of its pages visible after `elapsed` seconds (None: at the end)."""
        groups: dict[str, set[str]] = {}
        for page in list_true_pages(elapsed):
            groups.setdefault(page.dispatch, set()).add(self.origins[page.outlet] + page.path)
        return {key: frozenset(urls) for key, urls in groups.items()}

    def sources_toml(self) -> str:
        """A sources.toml with a source for every outlet."""
        parts = [_CRAWLING]
        publishers = {site.outlet.publisher: site.outlet for site in self.sites.values()}
        parts += [_describe_publisher(outlet) for outlet in publishers.values()]
        parts += [_describe_source(site) for site in self.sites.values()]
        return "\n".join(parts)

    def close(self) -> None:
        """Stop the servers and free their addresses."""
        self._waker.send(b"x")
        self._thread.join()
        for server in self._servers:
            server.server_close()
        self._selector.close()
        self._wake.close()
        self._waker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _describe_publisher(outlet: Outlet) -> str:
    lines = [f'[publishers."{outlet.publisher}"]']
    if outlet.family:
        lines.append(f'family = "{outlet.family}"')
    if outlet.agency:
        lines.append(f'agency = "{outlet.agency}"')
    return "\n".join(lines) + "\n"


def _describe_source(site: Site) -> str:
    return (
        f'[[source]]\nname = "{site.outlet.key}"\npublisher = "{site.outlet.publisher}"\nkind = "feed"\n'
        f'url = "{site.origin}{site.outlet.feed.path}"\ninterval = "{INTERVAL}"\nlanguage = "{site.outlet.language}"\n'
    )


def serve(
    *, base: datetime, host: str = "127.0.0.1", port: int = 0, clock: Callable[[], float] | None = None
) -> DemoSites:
    """Serve the demo's sites: the lobby at `host`, the outlets at the loopback addresses after it.

    Args:
        host: a loopback address.
        base: start of the scenario, timezone-aware. Copy is dated from about three days before it to ten minutes after.
        port: the same at every address; 0 takes free ports.
        clock: returns seconds into the scenario; by default real time from now on. For one pass at the end, return
            SPAN_S and set `base` at least SPAN_S before now, so that no copy is dated in the future.

    Raises:
        ValueError: `base` has no zone, or `host` is not a loopback address.
    """
    if base.tzinfo is None:
        raise ValueError(f"moment without a zone: {base!r}")
    if not IPv4Address(host).is_loopback:
        raise ValueError(f"not a loopback address: {host}")
    return DemoSites(host=host, port=port, base=base, clock=clock)
