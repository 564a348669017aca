"""Looks for what can be collected at an address: fetches feeds, sitemaps, listing pages and robots.txt."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin, urlsplit

from copytaster.errors import CopytasterError, RefusedError, UnparsableError
from copytaster.store.robots import OK, keep_robots
from copytaster.store.robots import read_robots as read_kept_robots
from copytaster.values import RawPage
from spiders.feeds.sitemap import names_news
from spiders.net.challenges import is_challenge
from spiders.net.fetch import fetch_once
from spiders.net.robots_lifetime import (
    PATH,
    RobotsRefusedError,
    RobotsUnreachableError,
    headers_for,
    is_robots,
    origin_of,
    read_answer,
)
from spiders.sandbox.jobs import feed_job, listing_job, robots_job

if TYPE_CHECKING:
    from collections.abc import Callable

    from copytaster.store.engine import Store
    from copytaster.store.robots import KeptRobots
    from settings import CrawlSettings
    from spiders.feeds import FeedPart, ParsedFeed
    from spiders.feeds.discovery import How
    from spiders.sandbox.pool import ParsingWorker

Robots = Literal["allowed", "disallowed", "unreachable", "ignored"]
MOST_PARTS = 5  # sitemaps that are opened to find entries
MOST_LEVELS = 3
_USUAL_SITEMAPS = (
    "/news-sitemap.xml",
    "/sitemap_news.xml",
    "/sitemap-news.xml",
    "/sitemap.xml",
    "/sitemap_index.xml",
)


@dataclass(frozen=True, slots=True)
class FoundSource:
    """What an address would give as a source; `feed` has the entries, of an index those of its first sitemaps."""

    url: str
    kind: str
    feed: ParsedFeed
    how: How | Literal["given", "robots"] = "given"
    selector: str = ""


class SourceSearch:
    """Fetches within the budgets of a crawl, and reads in a worker process.

    Args:
        store: where crawls keep robots.txt files; None: each is fetched once by this search.
    """

    def __init__(self, worker: ParsingWorker, crawl: CrawlSettings, store: Store | None = None) -> None:
        self.worker = worker
        self.crawl = crawl
        self._store = store
        self._robots: dict[str, KeptRobots] = {}

    def fetch(self, url: str) -> RawPage:
        """Fetch an address; a robots.txt unless it is kept.

        Raises:
            RefusedError: it answers with anything but 200; see `fetch_once`.
        """
        if is_robots(url):
            kept = self.find_robots(url)
            page = RawPage(url, kept.body, kept.fetched_at, kept.status)
        else:
            page = fetch_once(url, crawl=self.crawl)
        if page.status != OK:
            message, hint = _explain_status(page)
            raise RefusedError(message, resource=page.url, hint=hint)
        return page

    def find_robots(self, site: str) -> KeptRobots:
        """The robots.txt of a site: as it is kept, or else fetched and kept.

        Raises:
            RefusedError: it cannot be had, and what was known before may not be used instead; see `fetch_once`.
        """
        origin, now = origin_of(site), datetime.now(UTC)
        former = self._robots.get(origin) or self._read_kept(origin)
        if former is None or not former.is_fresh(now):
            former = self._ask_robots(origin, former)
        self._robots[origin] = former
        return former

    def _ask_robots(self, origin: str, former: KeptRobots | None) -> KeptRobots:
        page = fetch_once(origin + PATH, crawl=self.crawl, headers=headers_for(former))
        try:
            kept = read_answer(page, former, origin=origin)
        except RobotsUnreachableError:
            if former is None or not former.may_stand_in(page.fetched_at):
                raise
            return former
        if self._store is not None:
            with suppress(CopytasterError), self._store.write() as connection:  # it only saves a request
                keep_robots(connection, kept)
        return kept

    def _read_kept(self, origin: str) -> KeptRobots | None:
        if self._store is None:
            return None
        with self._store.read() as connection:
            return read_kept_robots(connection, origin)

    def read_feed(self, page: RawPage) -> FoundSource:
        """Read a feed or a sitemap; of an index, its newest sitemaps.

        Raises:
            UnparsableError: it is neither, or none of its sitemaps can be read.
        """
        feed = self.parse(page)
        if feed.parts:
            return FoundSource(page.url, "sitemap", self._open_index(feed, page.url))
        return FoundSource(page.url, "sitemap" if "sitemap" in feed.kind else "feed", feed)

    def read_listing(self, page: RawPage, selector: str = "") -> FoundSource:
        """Read a page as a list of stories.

        Raises:
            UnparsableError: `no-links`.
        """
        job = listing_job(page.body, url=page.url, max_entries=self.crawl.max_entries, selector=selector)
        return FoundSource(page.url, "listing", self.worker.do(job), selector=selector)

    def find_sitemap(self, url: str) -> FoundSource:
        """The sitemap of news that robots.txt names, or all sitemaps that it names, or one at a usual address.

        Raises:
            RefusedError: there is none.
        """
        try:
            robots = self.fetch(urljoin(url, "/robots.txt"))
            index = self.parse(robots)
        except RefusedError:
            return self._guess_sitemap(url)
        if not index.parts:
            return self._guess_sitemap(url)
        of_news = [part for part in index.parts if names_news(part.url)]
        if len(of_news) == 1:
            return replace(self.read_feed(self.fetch(of_news[0].url)), how="robots")
        feed = self._open_index(index, robots.url)
        return FoundSource(urljoin(robots.url, "/"), "sitemap", feed, how="robots")

    def _guess_sitemap(self, url: str) -> FoundSource:
        for place in _USUAL_SITEMAPS:
            try:
                return replace(self.read_feed(self.fetch(urljoin(url, place))), kind="sitemap", how="guess")
            except RefusedError:
                continue
        raise UnparsableError(
            "neither robots.txt nor a usual address leads to a sitemap",
            reason="no-feed",
            resource=urljoin(url, "/"),
        )

    def _open_index(self, index: ParsedFeed, url: str) -> ParsedFeed:
        """The index with the entries of the first of its sitemaps that can be read."""
        problems = list(index.problems)
        queue = [(part, 1) for part in sorted(index.parts, key=rank_part)]
        for _ in range(MOST_PARTS):
            if not queue:
                break
            part, level = queue.pop(0)
            try:
                feed = self.parse(self.fetch(part.url))
            except RefusedError as error:
                problems.append(f"{error.reason}: {part.url}: {error.message}")
                continue
            if feed.parts and level < MOST_LEVELS:
                queue = [(one, level + 1) for one in sorted(feed.parts, key=rank_part)] + queue
            elif feed.entries:
                return replace(
                    feed,
                    kind=f"{index.kind} of {feed.kind}",
                    problems=(*problems, *feed.problems),
                    parts=index.parts,
                )
        raise UnparsableError(
            f"none of the first sitemaps of this index lists a page ({'; '.join(problems[:2]) or 'all are empty'})",
            reason="no-feed",
            resource=url,
        )

    def parse(self, page: RawPage) -> ParsedFeed:
        """Read the entries of a feed or sitemap, or the sitemaps that an index or a robots.txt names.

        Raises:
            UnparsableError: it is none of them.
        """
        kind = _header(page, "content-type")
        return self.worker.do(
            feed_job(page.body, url=page.url, content_type=kind, max_entries=self.crawl.max_entries)
        )


def check_robots(url: str, search: SourceSearch) -> Robots:
    """Check robots.txt for an address; a server that answers with an error counts as `no` (RFC 9309)."""
    return read_robots(url, search)(url)


def read_robots(site: str, search: SourceSearch) -> Callable[[str], Robots]:
    """Read the robots.txt of a site; the result checks an address of it."""
    from scrapy.robotstxt import ProtegoRobotParser  # slow to import, and only few commands need it

    agent = search.crawl.user_agent
    try:
        found = search.find_robots(site)
        rules = search.worker.do(robots_job(found.body, agent, url=found.origin + PATH)) if found.body else ""
    except RefusedError:
        return lambda _url: "unreachable"
    if not rules:
        return lambda _url: "allowed"
    parser = ProtegoRobotParser(rules.encode(), None)
    return lambda url: "allowed" if parser.allowed(url, agent) else "disallowed"


class RobotsGuard:
    """Lets addresses through that robots.txt of their host allows; reads each robots.txt once."""

    def __init__(self, search: SourceSearch) -> None:
        self._search = search
        self._checks: dict[str, Callable[[str], Robots]] = {}  # by host

    def require(self, url: str) -> None:
        """Return if the address may be fetched.

        Raises:
            RobotsRefusedError, RobotsUnreachableError: it may not.
        """
        if not self._search.crawl.obey_robots:
            return
        host = urlsplit(url).netloc
        if host not in self._checks:
            self._checks[host] = read_robots(url, self._search)
        found = self._checks[host](url)
        if found == "disallowed":
            raise RobotsRefusedError("disallowed by robots.txt", resource=url)
        if found == "unreachable":
            raise RobotsUnreachableError("robots.txt cannot be fetched", resource=url)


def rank_part(part: FeedPart) -> tuple[bool, float]:
    """Sorts the sitemaps of an index: those of news first, then the newest."""
    return not names_news(part.url), -(part.changed.timestamp() if part.changed else 0)


def _explain_status(page: RawPage) -> tuple[str, str]:
    """What a status other than 200 means for a probe, and what helps."""
    said = f"the server answers {page.status}"
    wait = _header(page, "retry-after")
    if wait and page.status in {429, 503}:
        return f"{said} with Retry-After: {wait[:40]}", "wait so long; a crawl does so by itself"
    if is_challenge(page.status, page.body, mitigated=_header(page, "cf-mitigated") is not None):
        return (
            f"{said} with a challenge for browsers",
            "ask the publisher to allow crawl.user_agent, or for another feed",
        )
    return said, ""


def _header(page: RawPage, name: str) -> str | None:
    return next((value for key, value in page.headers if key == name), None)
