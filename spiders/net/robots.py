"""Obeys robots.txt, which is fetched once a day and host for all sources of a process.

Scrapy's own middleware allows every page when robots.txt cannot be fetched. RFC 9309 demands the opposite for servers
that fail; and a host that hangs should get one request, not another for the feed. Rules are used for a day, as the RFC
allows (2.4); after a failure the next request a minute later asks again.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.exceptions import NotConfigured
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser

from copytaster.errors import UnparsableError
from spiders.net.reasons import RobotsRefusedError, RobotsUnreachableError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

LARGEST = 512_000  # bytes that are read (RFC 9309, 2.5)
_FAILED = 500
_BUSY = 429
_OK = 200
PRIORITY = 1000
KEPT_S = 86_400.0
FAILURE_KEPT_S = 60.0


@dataclass(slots=True)
class HostRules:
    """The rules of one host, read or being read, and until when they hold on the clock of the loop."""

    reading: asyncio.Task[Any]
    until: float

    def holds(self, now: float) -> bool:
        """True while they are read, and until they are too old."""
        return not self.reading.done() or now < self.until


class RobotsMiddleware:
    """Refuses what robots.txt disallows, and every request while robots.txt fails."""

    def __init__(self, crawler: Crawler, resources: Any) -> None:
        self.crawler = crawler
        self.resources = resources
        self.rules: dict[str, HostRules] = resources.robots
        self.agent: str = crawler.settings["USER_AGENT"]

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        """Called by Scrapy; raises NotConfigured if ROBOTSTXT_OBEY is off, and for spiders of other projects."""
        resources = getattr(crawler.spider, "resources", None)
        if resources is None or not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        return cls(crawler, resources)

    async def process_request(self, request: Request) -> None:
        """Check the request against the host's rules.

        Raises:
            RobotsRefusedError: the rules disallow the address.
            RobotsUnreachableError: the server answers with an error. A failed connection raises its own error.
        """
        if request.meta.get("dont_obey_robotstxt"):
            return
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        rules = await asyncio.shield(self._find_rules(origin).reading)  # others wait for it too
        if rules is not None and not rules.allowed(request.url, self.agent):
            raise RobotsRefusedError("disallowed by robots.txt", resource=request.url)

    def _find_rules(self, origin: str) -> HostRules:
        loop = asyncio.get_running_loop()
        kept = self.rules.get(origin)
        if kept is None or not kept.holds(loop.time()):
            kept = HostRules(asyncio.ensure_future(self._read(f"{origin}/robots.txt")), until=0.0)
            kept.reading.add_done_callback(lambda done: _date(kept, done, loop.time()))
            self.rules[origin] = kept
        return kept

    async def _read(self, url: str) -> Any:
        meta = {"dont_obey_robotstxt": True, "handle_httpstatus_all": False}
        request = Request(url, priority=PRIORITY, meta=meta, callback=NO_CALLBACK, dont_filter=True)
        response = await self.crawler.engine.download_async(request)
        if response.status >= _FAILED or response.status == _BUSY:
            raise RobotsUnreachableError(f"robots.txt answers {response.status}", resource=url)
        if response.status != _OK:
            return None
        source = getattr(self.crawler.spider, "source", None)
        try:
            kept = await self.resources.read_robots(response.body[:LARGEST], url, getattr(source, "name", ""))
        except UnparsableError as error:
            raise RobotsUnreachableError(
                f"robots.txt cannot be read: {error.message}", resource=url
            ) from error
        return ProtegoRobotParser.from_crawler(self.crawler, kept.encode())


def _date(kept: HostRules, done: asyncio.Task[Any], now: float) -> None:
    failed = done.cancelled() or done.exception() is not None
    kept.until = now + (FAILURE_KEPT_S if failed else KEPT_S)
