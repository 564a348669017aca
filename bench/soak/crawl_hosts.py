"""Feeds and pages on loopback hosts that note when each request came: did several crawlers keep the pace of every host?"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import TYPE_CHECKING

from bench.answers import send_whole
from bench.soak.feed_hosts import write_page
from copytaster.schedule.shares import SHARES, find_share

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARED = "127.0.9.9"
AT_ONCE = 3


class CrawlHosts(ThreadingHTTPServer):
    """Feeds by number, each on a host of another share, which list new stories at every request.

    Args:
        feeds: how many.
        stories: that each lists in the end.
        at_once: stories that are new at a request of a feed.
        shared: the host of three of four pages, whichever feed lists them; none if empty.

    Attributes:
        listed: addresses of every story that a feed listed.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, feeds: int, stories: int, *, at_once: int = AT_ONCE, shared: str = SHARED) -> None:
        super().__init__(("0.0.0.0", 0), _Answer)
        self.feeds, self.stories, self._at_once, self._shared = feeds, stories, at_once, shared
        self.port: int = self.server_address[1]
        self.listed: set[str] = set()
        self._hosts: list[str] = []
        for feed in range(feeds):
            self._hosts.append(self._find_host(feed % SHARES))
        self._shown = dict.fromkeys(range(feeds), 0)
        self._arrivals: dict[str, list[float]] = defaultdict(list)
        self._lock = threading.Lock()

    def address_of(self, feed: int) -> str:
        """The address of a feed."""
        return f"http://{self._hosts[feed]}:{self.port}/feed/{feed}"

    def _find_host(self, share: int) -> str:
        """A host of this share: so every worker has feeds, whichever shares it holds."""
        hosts = (f"127.0.1.{number}" for number in range(1, 255))
        found = (host for host in hosts if find_share(f"{host}:{self.port}", SHARES) == share)
        return next(host for host in found if host not in self._hosts)

    @property
    def is_whole(self) -> bool:
        """True once every story is listed."""
        return len(self.listed) == self.feeds * self.stories

    def note(self, host: str) -> None:
        """Note that a request came."""
        with self._lock:
            self._arrivals[host].append(time.monotonic())

    def count_requests(self) -> int:
        """How many came."""
        return sum(map(len, self._arrivals.values()))

    def count_hasty(self, shortest_s: float) -> int:
        """How many came sooner after the one before, to the same host."""
        with self._lock:
            return sum(
                later - earlier < shortest_s
                for arrivals in self._arrivals.values()
                for earlier, later in pairwise(arrivals)
            )

    def write_feed(self, feed: int) -> bytes:
        """The feed with new stories."""
        with self._lock:
            self._shown[feed] = shown = min(self._shown[feed] + self._at_once, self.stories)
            links = [self._find_link(feed, number) for number in range(shown)]
            self.listed.update(links)
        items = "".join(
            f"<item><title>Basin {link.rpartition('/')[2]}</title><link>{link}</link></item>"
            for link in links
        )
        return f"<rss version='2.0'><channel><title>Port {feed}</title>{items}</channel></rss>".encode()

    def _find_link(self, feed: int, number: int) -> str:
        host = self._shared if self._shared and number % 4 else self._hosts[feed]
        return f"http://{host}:{self.port}/page/{feed * 1000 + number}"


class _Answer(BaseHTTPRequestHandler):
    server: CrawlHosts

    def do_GET(self) -> None:
        self.server.note(self.headers["Host"].partition(":")[0])
        kind, _, number = self.path.strip("/").partition("/")
        if kind == "feed":
            send_whole(self, self.server.write_feed(int(number)), "application/rss+xml")
        elif kind == "page":
            send_whole(self, write_page(int(number)))
        else:
            self.send_error(404)

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def serve_hosts(
    feeds: int, stories: int, *, at_once: int = AT_ONCE, shared: str = SHARED
) -> Iterator[CrawlHosts]:
    """Serve until the block ends."""
    served = CrawlHosts(feeds, stories, at_once=at_once, shared=shared)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    try:
        yield served
    finally:
        served.shutdown()
        served.server_close()
