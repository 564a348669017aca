"""Obeys robots.txt, which the store keeps for its lifetime for all sources, processes and commands.

Scrapy's own middleware allows every page when robots.txt cannot be fetched. RFC 9309 demands the opposite for servers
that fail; and a host that hangs should get one request, not another for the feed. After a failure the next request a
minute later asks again. Meanwhile the rules known before hold where the server answers with errors (2.4).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.exceptions import NotConfigured
from scrapy.http import TextResponse
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser

from copytaster.errors import UnparsableError
from copytaster.store.robots import OK, KeptRobots, keep_robots, read_robots
from spiders.net.conditional import NOT_MODIFIED
from spiders.net.responses import raw_page
from spiders.net.robots_lifetime import (
    PATH,
    RobotsRefusedError,
    RobotsUnreachableError,
    headers_for,
    is_robots,
    origin_of,
    read_answer,
)

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

PRIORITY = 1000
FAILURE_KEPT_S = 60.0


@dataclass(frozen=True, slots=True)
class SiteRules:
    """The robots.txt of a site, its rules for us (None: all is allowed), and until when they hold on the loop's clock."""

    kept: KeptRobots
    rules: Any
    until: float


@dataclass(slots=True)
class HostRules:
    """The rules of one host, read or being read."""

    reading: asyncio.Task[SiteRules]
    failed_until: float = 0.0  # on the clock of the loop

    def holds(self, now: float) -> bool:
        """True while they are read, and until they are too old."""
        if not self.reading.done():
            return True
        return now < (self.failed_until if self.has_failed() else self.reading.result().until)

    def has_failed(self) -> bool:
        """True if they could not be read; they are not being read any more."""
        return self.reading.cancelled() or self.reading.exception() is not None


class RobotsMiddleware:
    """Refuses what robots.txt disallows, and every request while robots.txt fails.

    A request for a robots.txt itself, for the sitemaps that it names, is answered with the one that is kept.
    """

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

    async def process_request(self, request: Request) -> Response | None:
        """Check the request against the host's rules.

        Raises:
            RobotsRefusedError: the rules disallow the address.
            RobotsUnreachableError: the server answers with an error. A failed connection raises its own error.
        """
        if request.meta.get("dont_obey_robotstxt"):
            return None
        reading = self._find_rules(origin_of(request.url)).reading
        site = await asyncio.shield(reading)  # others wait for it too
        if is_robots(request.url) and site.kept.status == OK:
            return TextResponse(request.url, body=site.kept.body, request=request)
        if site.rules is not None and not site.rules.allowed(request.url, self.agent):
            raise RobotsRefusedError("disallowed by robots.txt", resource=request.url)
        return None

    def _find_rules(self, origin: str) -> HostRules:
        loop = asyncio.get_running_loop()
        found = self.rules.get(origin)
        if found is None or not found.holds(loop.time()):
            found = HostRules(asyncio.ensure_future(self._read(origin)))
            self.rules[origin] = found
            found.reading.add_done_callback(partial(_date_failure, self.rules, origin, found, loop))
        return found

    async def _read(self, origin: str) -> SiteRules:
        """Read the rules that are kept, or else fetch them; what cannot be read is not kept."""
        now, clock = datetime.now(UTC), asyncio.get_running_loop().time()
        former = await self.resources.read(lambda connection: read_robots(connection, origin))
        if former is not None and former.is_fresh(now):
            until = clock + (former.expires_at - now).total_seconds()
            return SiteRules(former, await self._parse(former), until)
        try:
            kept = await self._fetch(origin, former)
        except RobotsUnreachableError:
            if former is None or not former.may_stand_in(now):
                raise
            return SiteRules(former, await self._parse(former), clock + FAILURE_KEPT_S)
        rules = await self._parse(kept)
        await self.resources.write(lambda connection: keep_robots(connection, kept))
        return SiteRules(kept, rules, clock + (kept.expires_at - now).total_seconds())

    async def _fetch(self, origin: str, former: KeptRobots | None) -> KeptRobots:
        meta: dict[str, Any] = {"dont_obey_robotstxt": True, "handle_httpstatus_all": False}
        headers = headers_for(former)
        if headers:
            meta["handle_httpstatus_list"] = [NOT_MODIFIED]
        request = Request(
            origin + PATH,
            headers=headers,
            priority=PRIORITY,
            meta=meta,
            callback=NO_CALLBACK,
            dont_filter=True,
        )
        response = await self.crawler.engine.download_async(request)
        return read_answer(raw_page(response), former, origin=origin)

    async def _parse(self, kept: KeptRobots) -> Any:
        """The rules for us; None without any."""
        if not kept.body:
            return None
        url = kept.origin + PATH
        source = getattr(self.crawler.spider, "source", None)
        try:
            text = await self.resources.keep_rules(kept.body, url, getattr(source, "name", ""))
        except UnparsableError as error:
            raise RobotsUnreachableError(
                f"robots.txt cannot be read: {error.message}", resource=url
            ) from error
        # Rules outlive the crawl: with its spider, a parser would keep the whole crawler, 100 kB a host.
        return ProtegoRobotParser(text.encode(), None) if text else None


def _date_failure(
    rules: dict[str, HostRules],
    origin: str,
    found: HostRules,
    loop: asyncio.AbstractEventLoop,
    _reading: asyncio.Task[SiteRules],
) -> None:
    """Forget a failure after its time: its traceback keeps the crawler."""
    found.failed_until = loop.time() + FAILURE_KEPT_S
    if found.has_failed():
        loop.call_later(FAILURE_KEPT_S, _forget, rules, origin, found)


def _forget(rules: dict[str, HostRules], origin: str, found: HostRules) -> None:
    if rules.get(origin) is found:
        del rules[origin]
