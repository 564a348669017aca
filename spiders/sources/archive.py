"""Reads what a publisher lists of a time: a sitemap, every sitemap of an index that can hold it, or a feed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from copytaster.errors import RefusedError
from spiders.sources.search import rank_part

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from spiders.feeds import FeedEntry, FeedPart
    from spiders.sources.search import SourceSearch

MOST_LISTS = 50  # sitemaps that are fetched
MOST_LEVELS = 3


@dataclass(frozen=True, slots=True)
class Archive:
    """What a publisher lists.

    Attributes:
        url: where it was read from.
        entries: each address once.
        undated: how many more entries have no date, so that nobody can say whether they are of the time.
        lists: how many lists were read.
        problems: what could not be read; empty if everything was.
    """

    url: str
    entries: tuple[FeedEntry, ...]
    undated: int
    lists: int
    problems: tuple[str, ...]

    @property
    def reach(self) -> datetime | None:
        """The date of the oldest entry; None without any."""
        return min((date_of(entry) for entry in self.entries), default=None)

    def between(self, start: datetime, end: datetime) -> list[FeedEntry]:
        """The entries of [start, end], newest first."""
        chosen = [entry for entry in self.entries if start <= date_of(entry) <= end]
        return sorted(chosen, key=date_of, reverse=True)


def date_of(entry: FeedEntry) -> datetime:
    """When an entry of an archive was published, or else changed."""
    moment = entry.published or entry.updated
    if moment is None:
        raise ValueError("an archive has dated entries only")
    return moment


def read_archive(url: str, search: SourceSearch, *, since: datetime, delay_s: float) -> Archive:
    """Read an address, of an index every sitemap that changed since a moment, news first, with pauses between requests.

    Of the bare address of a site the sitemaps that its robots.txt names are read, or one at a usual address.

    Raises:
        RefusedError: the address cannot be fetched.
        UnparsableError: it is neither feed nor sitemap.
    """
    walk = _Walk(search, since, delay_s)
    walk.add(_find_start(url, search), 0)
    walk.go()
    dated = {entry.address: entry for entry in walk.entries if entry.published or entry.updated}
    undated = {entry.address for entry in walk.entries} - dated.keys()
    return Archive(url, tuple(dated.values()), len(undated), walk.lists, tuple(walk.problems))


def _find_start(url: str, search: SourceSearch) -> str:
    if urlsplit(url).path not in {"", "/"}:
        return url
    robots = urljoin(url, "/robots.txt")
    try:
        if search.parse(search.fetch(robots)).parts:
            return robots
    except RefusedError:
        pass
    return search.find_sitemap(url).url


class _Walk:
    """From list to list, news first, then the newest."""

    def __init__(self, search: SourceSearch, since: datetime, delay_s: float) -> None:
        self.entries: list[FeedEntry] = []
        self.problems: list[str] = []
        self.lists = 0
        self._search, self._since, self._delay_s = search, since, delay_s
        self._queue: list[tuple[str, int]] = []
        self._met: set[str] = set()

    def add(self, url: str, level: int) -> None:
        """Queue a list unless it was met."""
        if url not in self._met:
            self._met.add(url)
            self._queue.append((url, level))

    def go(self) -> None:
        """Read what is queued; the first list has to be readable."""
        while self._queue and self.lists < MOST_LISTS:
            url, level = self._queue.pop(0)
            if self.lists:
                time.sleep(self._delay_s)
            self.lists += 1
            try:
                feed = self._search.parse(self._search.fetch(url))
            except RefusedError as error:
                if level == 0:
                    raise
                self.problems.append(f"{url}: {error.message}")
                continue
            self.entries += [entry for entry in feed.entries if entry.address]
            told = [one for one in feed.problems if feed.partial or one.startswith("capped: ")]
            self.problems += [f"{url}: {problem}" for problem in told]
            if level < MOST_LEVELS:
                for part in self._choose(feed.parts):
                    self.add(part.url, level + 1)
        if self._queue:
            self.problems.append(f"{len(self._queue)} more lists were not read")

    def _choose(self, parts: Iterable[FeedPart]) -> list[FeedPart]:
        """The sitemaps that may list something of the time."""
        chosen = [part for part in parts if part.changed is None or part.changed >= self._since]
        return sorted(chosen, key=rank_part)
