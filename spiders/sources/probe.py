"""Examines an address before it becomes a source: its feed, its entries, and how often to crawl it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin, urlsplit

from copytaster.errors import RefusedError, UnparsableError
from spiders.net.challenges import is_challenge
from spiders.net.fetch import fetch_once
from spiders.sandbox.jobs import feed_job, front_page_job, robots_job
from spiders.sandbox.pool import ParsingWorker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copytaster.values import RawPage
    from settings import CrawlSettings
    from spiders.feeds import FeedEntry, ParsedFeed
    from spiders.feeds.discovery import FoundFeed, How

Robots = Literal["allowed", "disallowed", "unreachable", "ignored"]
OK = 200
MOST_TRIES = 8
ROBOTS_BYTES = 512_000
USUAL_INTERVAL = timedelta(minutes=15)
_LADDER = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 15, 30, 60, 120, 360, 1440))
_TITLE_PARTS = re.compile(r"\s[-–—|:·»>]{1,3}\s|:\s|\s[|»>]\s?")

# Parts of a feed's title that name a section or the feed itself, never a publisher.
_SECTIONS = frozenset(
    [
        "all",
        "articles",
        "breaking news",
        "business",
        "culture",
        "economy",
        "feed",
        "front page",
        "headlines",
        "home",
        "homepage",
        "international",
        "latest",
        "latest news",
        "main",
        "markets",
        "national",
        "news",
        "politics",
        "rss",
        "rss feed",
        "science",
        "sport",
        "sports",
        "stories",
        "technology",
        "top news",
        "top stories",
        "uk",
        "us",
        "world",
        "world news",
        "actualités",
        "monde",
        "nachrichten",
        "politik",
        "schlagzeilen",
        "startseite",
        "welt",
        "mundo",
        "noticias",
        "mondo",
        "notizie",
        "новости",
        "мир",
        "أخبار",
    ]
)


@dataclass(frozen=True, slots=True)
class Probe:
    """The result of a probe: what the address would give as a source.

    Attributes:
        url: the feed's address after redirects.
        others: further feeds that the page declares or links to.
        how: where the feed was found: `given`, or as `FoundFeed.how` says; `guess` means that no page names it.
        publisher, name, interval, language: guesses.
        robots: whether robots.txt allows our user agent the newest entry's page.
    """

    url: str
    feed: ParsedFeed
    publisher: str
    name: str
    interval: timedelta
    language: str | None
    robots: Robots
    others: tuple[FoundFeed, ...] = ()
    how: How | Literal["given"] = "given"


def probe(url: str, *, crawl: CrawlSettings) -> Probe:
    """Examine a feed, or the feed of a front page. Fetches the feed, robots.txt, and usual paths if needed.

    Raises:
        RefusedError: the server does not answer or answers with an error, or an address is not public (see `fetch_once`).
        UnparsableError: the address leads to no feed; reason `no-feed`, or why the feed cannot be read.
    """
    with ParsingWorker(cpu_s=crawl.parse_cpu_s, memory_bytes=crawl.parse_memory_bytes) as worker:
        page = _fetch(url, crawl)
        try:
            feed = _read_feed(page, worker, crawl)
        except UnparsableError as error:
            if error.reason != "not-a-feed" or b"<" not in page.body:
                raise
            return _probe_page(page, worker, crawl)
        return _make_probe(page.url, feed, None, (), worker, crawl)


def _read_feed(page: RawPage, worker: ParsingWorker, crawl: CrawlSettings) -> ParsedFeed:
    kind = _header(page, "content-type")
    return worker.do(feed_job(page.body, url=page.url, content_type=kind, max_entries=crawl.max_entries))


def _probe_page(front: RawPage, worker: ParsingWorker, crawl: CrawlSettings) -> Probe:
    """Examine the first readable feed that a front page leads to."""
    read = worker.do(front_page_job(front.body, url=front.url))
    found = read.feeds
    failures = []
    for candidate in found[:MOST_TRIES]:
        try:
            page = _fetch(candidate.url, crawl)
            feed = _read_feed(page, worker, crawl)
        except RefusedError as error:
            failures.append(f"{candidate.url}: {error.message}")
            continue
        others = tuple(other for other in found if other != candidate and other.how != "guess")
        made = _make_probe(page.url, feed, read.site_name, others, worker, crawl)
        return replace(made, how=candidate.how)
    tried = "; ".join(failures[:3])
    raise UnparsableError(
        f"no feed is found on this page (tried: {tried})",
        reason="no-feed",
        resource=front.url,
        hint="give the feed's own address",
    )


def _fetch(url: str, crawl: CrawlSettings) -> RawPage:
    page = fetch_once(url, crawl=crawl)
    if page.status != OK:
        message, hint = _explain_status(page)
        raise RefusedError(message, resource=page.url, hint=hint)
    return page


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


def _make_probe(
    url: str,
    feed: ParsedFeed,
    site: str | None,
    others: tuple[FoundFeed, ...],
    worker: ParsingWorker,
    crawl: CrawlSettings,
) -> Probe:
    publisher = site or guess_publisher(feed, url)
    newest = next((entry.url for entry in feed.entries if entry.url), url)
    return Probe(
        url=url,
        feed=feed,
        publisher=publisher,
        name=guess_name(url, publisher),
        interval=guess_interval(feed.entries),
        language=guess_language(feed),
        robots=check_robots(newest, worker, crawl) if crawl.obey_robots else "ignored",
        others=others,
    )


def guess_publisher(feed: ParsedFeed, url: str) -> str:
    """Guess the publisher: the part of the feed's title that is in its host, else its last part that is no section, else the host."""
    host = urlsplit(feed.site_url or url).hostname or url
    squeezed = _letters(host)
    parts = [part.strip() for part in _TITLE_PARTS.split(feed.title) if part.strip()]
    for part in parts:
        if len(_letters(part)) > 2 and _letters(part) in squeezed:  # noqa: PLR2004  (not "at" or "my")
            return part
    named = [part for part in parts if part.lower() not in _SECTIONS]
    if named:
        return named[-1]
    return host.removeprefix("www.").removeprefix("feeds.").removeprefix("rss.")


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def guess_name(url: str, publisher: str) -> str:
    """Make a source name from the publisher and the last words of the feed's path, e.g. `harbour-post-world`."""
    plain = re.sub(r"\.(?:xml|rss|atom|rdf|json|php|aspx?)$", "", urlsplit(url).path.lower())
    path_words = [
        word
        for word in re.findall(r"[a-z0-9]{1,30}", plain)
        if word not in {"rss", "feed", "feeds", "atom", "index", "xml", "default"} and not word.isdigit()
    ]
    own = re.findall(r"[a-z0-9]{1,30}", publisher.lower()) or re.findall(
        r"[a-z0-9]{1,30}", (urlsplit(url).hostname or "source").removeprefix("www.")
    )
    extra = [word for word in path_words[-2:] if word not in own]
    return "-".join([*own, *extra])[:60].strip("-")


def guess_interval(entries: Sequence[FeedEntry]) -> timedelta:
    """Guess the interval: half the median time between entries, rounded, from 5 minutes to a day."""
    moments = sorted(moment for entry in entries if (moment := entry.published or entry.updated))
    gaps = [later - earlier for earlier, later in pairwise(moments) if later > earlier]
    if len(gaps) < 2:  # noqa: PLR2004  (one gap is no rhythm)
        return USUAL_INTERVAL
    half = timedelta(seconds=median(gap.total_seconds() for gap in gaps) / 2)
    fitting = [step for step in _LADDER if step <= half]
    return fitting[-1] if fitting else _LADDER[0]


def guess_language(feed: ParsedFeed) -> str | None:
    """The feed's language, else that of most entries; None if none is a language tag."""
    said = Counter(entry.language for entry in feed.entries if entry.language).most_common(1)
    language = feed.language or (said[0][0] if said else None)
    if language is None:
        return None
    tag = language.strip().replace("_", "-")
    return tag if re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}", tag) else None


def check_robots(url: str, worker: ParsingWorker, crawl: CrawlSettings) -> Robots:
    """Check robots.txt for an address; a server that answers with an error counts as `no` (RFC 9309)."""
    from scrapy.robotstxt import ProtegoRobotParser  # slow to import, and only a probe needs it

    try:
        page = fetch_once(urljoin(url, "/robots.txt"), crawl=crawl)
    except RefusedError:
        return "unreachable"
    if page.status >= 500 or page.status == 429:  # noqa: PLR2004
        return "unreachable"
    if page.status != OK:
        return "allowed"
    try:
        kept = worker.do(robots_job(page.body[:ROBOTS_BYTES], crawl.user_agent, url=page.url))
    except UnparsableError:
        return "unreachable"
    parser = ProtegoRobotParser(kept.encode(), None)
    return "allowed" if parser.allowed(url, crawl.user_agent) else "disallowed"
