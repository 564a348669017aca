"""Obeying robots.txt: fetched once a host for all sources of a process.

Scrapy's own middleware lets everything pass when robots.txt cannot be had; RFC 9309 says the opposite for servers that
fail, and a host that hangs should be asked once, not once more for the feed.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.exceptions import NotConfigured
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser

from spiders.net.reasons import RobotsRefusedError, RobotsUnreachableError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

LARGEST = 512_000  # bytes that are read (RFC 9309, 2.5)
_FAILED = 500
_BUSY = 429
_OK = 200
PRIORITY = 1000


class RobotsMiddleware:
    """Refuses what robots.txt disallows, and everything while robots.txt fails."""

    def __init__(self, crawler: Crawler, rules: dict[str, asyncio.Task[Any]]) -> None:
        self.crawler = crawler
        self.rules = rules
        self.agent: str = crawler.settings["USER_AGENT"]

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        """Scrapy's way of making it; off where ROBOTSTXT_OBEY is."""
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        resources = getattr(crawler.spider, "resources", None)
        return cls(crawler, {} if resources is None else resources.robots)

    async def process_request(self, request: Request) -> None:
        """Ask the host's rules.

        Raises:
            RobotsRefusedError: they disallow it.
            RobotsUnreachableError: the server fails to say them. What kept the connection from being made is
                raised as it is.
        """
        if request.meta.get("dont_obey_robotstxt"):
            return
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self.rules:
            self.rules[origin] = asyncio.ensure_future(self._read(f"{origin}/robots.txt"))
        rules = await self.rules[origin]
        if rules is not None and not rules.allowed(request.url, self.agent):
            raise RobotsRefusedError("disallowed by robots.txt", resource=request.url)

    async def _read(self, url: str) -> Any:
        meta = {"dont_obey_robotstxt": True, "handle_httpstatus_all": False}
        request = Request(url, priority=PRIORITY, meta=meta, callback=NO_CALLBACK, dont_filter=True)
        response = await self.crawler.engine.download_async(request)
        if response.status >= _FAILED or response.status == _BUSY:
            raise RobotsUnreachableError(f"robots.txt answers {response.status}", resource=url)
        if response.status != _OK:
            return None
        return ProtegoRobotParser.from_crawler(self.crawler, response.body[:LARGEST])
