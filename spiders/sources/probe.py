"""Examines an address before it becomes a source: its feed, its entries, and how often to crawl it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from copytaster.errors import RefusedError, UnparsableError
from spiders.sandbox.jobs import front_page_job
from spiders.sandbox.pool import ParsingWorker
from spiders.sources.search import SourceSearch, check_robots

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from copytaster.store.engine import Store
    from copytaster.values import RawPage
    from settings import CrawlSettings
    from spiders.feeds import FeedEntry, ParsedFeed
    from spiders.feeds.discovery import FoundFeed, How
    from spiders.sources.search import FoundSource, Robots

MOST_TRIES = 8
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
        kind: of the source, a name in `spiders.kinds`.
        others: further feeds that the page declares or links to.
        how: where the feed was found: `given`, `robots`, or as `FoundFeed.how` says; `guess` means that no page names it.
        selector: CSS of a listing page's links; empty where they are learned.
        pages: of entries that came with their source, as messages of a mailbox do.
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
    how: How | Literal["given", "robots"] = "given"
    kind: str = "feed"
    selector: str = ""
    pages: tuple[RawPage, ...] = ()


def probe(
    url: str,
    *,
    crawl: CrawlSettings,
    kind: str | None = None,
    selector: str = "",
    store: Store | None = None,
) -> Probe:
    """Examine an address: a feed, a sitemap, a listing page, or a front page that leads to one of them, in this order.

    Args:
        url: http or https.
        crawl: budgets and user agent.
        kind: `sitemap` or `listing` if it shall be that and nothing else.
        selector: CSS of a listing page's links.
        store: where crawls keep robots.txt files, if there is one.

    Raises:
        RefusedError: the server does not answer or answers with an error, or an address is not public (see `fetch_once`).
        UnparsableError: the address leads to no feed; reason `no-feed`, or why the feed cannot be read.
    """
    with ParsingWorker(cpu_s=crawl.parse_cpu_s, memory_bytes=crawl.parse_memory_bytes) as worker:
        search = SourceSearch(worker, crawl, store)
        if kind == "sitemap" and urlsplit(url).path in {"", "/"}:
            return _make_probe(search.find_sitemap(url), None, (), search)
        page = search.fetch(url)
        if kind == "listing":
            return _make_probe(search.read_listing(page, selector), None, (), search)
        try:
            found = search.read_feed(page)
        except UnparsableError as error:
            if error.reason != "not-a-feed" or b"<" not in page.body or kind == "sitemap":
                raise
            return _probe_page(page, search)
        return _make_probe(found, None, (), search)


def _probe_page(front: RawPage, search: SourceSearch) -> Probe:
    """Examine the first readable feed that a front page leads to; else the site's sitemaps; else the page's own links."""
    read = search.worker.do(front_page_job(front.body, url=front.url))
    failures = []
    for candidate in read.feeds[:MOST_TRIES]:
        try:
            found = search.read_feed(search.fetch(candidate.url))
        except RefusedError as error:
            failures.append(f"{candidate.url}: {error.message}")
            continue
        others = tuple(other for other in read.feeds if other != candidate and other.how != "guess")
        return _make_probe(replace(found, how=candidate.how), read.site_name, others, search)
    looks: tuple[Callable[[], FoundSource], ...] = (
        lambda: search.find_sitemap(front.url),
        lambda: search.read_listing(front),
    )
    for look in looks:
        try:
            return _make_probe(look(), read.site_name, (), search)
        except RefusedError as error:
            failures.append(f"{error.resource or front.url}: {error.message}")
    tried = "; ".join((*failures[:2], *failures[2:][-2:]))
    raise UnparsableError(
        f"no feed is found on this page, no sitemap and no list of stories (tried: {tried})",
        reason="no-feed",
        resource=front.url,
        hint="give the feed's own address",
    )


def _make_probe(
    found: FoundSource, site: str | None, others: tuple[FoundFeed, ...], search: SourceSearch
) -> Probe:
    feed, crawl = found.feed, search.crawl
    publisher = site or guess_publisher(feed, found.url)
    newest = next((entry.url for entry in feed.entries if entry.url), found.url)
    return Probe(
        url=found.url,
        kind=found.kind,
        feed=feed,
        publisher=publisher,
        name=guess_name(found.url, publisher),
        interval=guess_interval(feed.entries),
        language=guess_language(feed),
        robots=check_robots(newest, search) if crawl.obey_robots else "ignored",
        others=others,
        how=found.how,
        selector=found.selector,
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
