"""Compares what a publisher's sitemap lists with what its source brought: which stories were missed. Stores nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from copytaster.errors import UsageError
from copytaster.identity import canonical_url
from copytaster.store.entries import TAKEN, list_outcomes
from copytaster.store.find_story import find_known_addresses
from copytaster.values import iso
from spiders.sandbox.pool import ParsingWorker
from spiders.sources.archive import date_of, read_archive
from spiders.sources.search import SourceSearch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from settings import CrawlSettings
    from spiders.feeds import FeedEntry
    from spiders.sources.archive import Archive
    from spiders.sources.config import Source

NEVER_LISTED = "the source never listed it"


@dataclass(frozen=True, slots=True)
class MissedStory:
    """An address without a story. `why`: how its entry ended, or that the source never listed it."""

    url: str
    published_at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Recall:
    """What the publisher lists of a window, and what of it is stored.

    Attributes:
        listed: addresses with a date in the window.
        undated: further addresses without a date; they count nowhere.
        problems: what could not be read of the lists: there may be more that was missed.
    """

    source: str
    archive: str
    since: datetime
    until: datetime
    lists: int
    listed: int
    stored: int
    undated: int
    missed: tuple[MissedStory, ...]
    problems: tuple[str, ...]

    @property
    def share(self) -> float | None:
        """The share that is stored, 0 to 1; None where nothing is listed."""
        return self.stored / self.listed if self.listed else None


def measure_recall(
    store: Store,
    source: Source,
    *,
    crawl: CrawlSettings,
    since: datetime,
    until: datetime,
    sitemap: str | None = None,
) -> Recall:
    """Read the sitemap, or the source's archive, or the sitemaps of its site, and look every address up in the store.

    Raises:
        UsageError: the source has no site of its own.
        RefusedError: the list cannot be had.
    """
    with store.read() as connection:  # a store that cannot be read is said before anything is fetched
        outcomes = read_outcomes(connection, source.name)
    with ParsingWorker(cpu_s=crawl.parse_cpu_s, memory_bytes=crawl.parse_memory_bytes) as worker:
        archive = read_archive_of(source, SourceSearch(worker, crawl, store), since=since, sitemap=sitemap)
    entries = archive.between(since, until)
    with store.read() as connection:
        missed = find_missed(connection, entries, outcomes)
    return Recall(
        source=source.name,
        archive=archive.url,
        since=since,
        until=until,
        lists=archive.lists,
        listed=len(entries),
        stored=len(entries) - len(missed),
        undated=archive.undated,
        missed=tuple(MissedStory(str(entry.url), date_of(entry), why) for entry, why in missed),
        problems=archive.problems,
    )


def read_archive_of(
    source: Source, search: SourceSearch, *, since: datetime, sitemap: str | None = None
) -> Archive:
    """Read the address given, else the source's archive, else the sitemaps of its site; see `measure_recall`."""
    url = sitemap or source.archive or _site_of(source)
    delay_s = search.crawl.delay_s if source.limits.delay_s is None else source.limits.delay_s
    return read_archive(url, search, since=since, delay_s=delay_s)


def _site_of(source: Source) -> str:
    if source.is_received:
        raise UsageError(
            "copy arrives here by itself, so there is no list to compare it with",
            resource=f"source {source.name}",
            hint="give the publisher's with --sitemap URL",
        )
    scheme, _, rest = source.url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/"


def read_outcomes(connection: Connection, source: str) -> dict[str, str]:
    """How the entries of a source ended, by canonical address."""
    return {canonical_url(url): outcome for url, outcome in list_outcomes(connection, source).items()}


def find_missed(
    connection: Connection, entries: Sequence[FeedEntry], outcomes: Mapping[str, str]
) -> list[tuple[FeedEntry, str]]:
    """The entries whose addresses have no story, each with the reason as far as the store knows one."""
    known = find_known_addresses(connection, [entry.address for entry in entries])
    missed = []
    for entry in entries:
        outcome = outcomes.get(entry.address)
        if entry.address not in known and outcome not in TAKEN:
            missed.append((entry, outcome or NEVER_LISTED))
    return missed


def recall_to_json(found: Recall) -> dict[str, Any]:
    """A recall as JSON."""
    return {
        "source": found.source,
        "archive": found.archive,
        "since": iso(found.since),
        "until": iso(found.until),
        "lists": found.lists,
        "listed": found.listed,
        "stored": found.stored,
        "share": None if found.share is None else round(found.share, 4),
        "undated": found.undated,
        "missed": [
            {"url": one.url, "published_at": iso(one.published_at), "why": one.why} for one in found.missed
        ],
        "problems": list(found.problems),
    }
