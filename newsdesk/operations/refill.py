"""Closes holes as far as sources still list what is missing: lists it first, fetches and stores it when told so."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog

from copytaster.errors import CopytasterError, RefusedError
from copytaster.store.holes import note_refill
from copytaster.values import iso
from newsdesk.operations.completeness import read_completeness
from newsdesk.operations.recall import find_missed, read_archive_of, read_outcomes
from newsdesk.operations.trial import fetch_page
from spiders.article_walk import complete_item
from spiders.net.reasons import is_for_good
from spiders.page_context import page_context
from spiders.process.parent import crawl_and_wait
from spiders.publishers import Publishers
from spiders.receiving.items import TAKEN, keep_item, parse_items, refuse_unread
from spiders.sandbox.pool import ParsingWorker
from spiders.sandbox.start import make_parsers
from spiders.sources.search import RobotsGuard, SourceSearch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from copytaster.store.engine import Store
    from copytaster.values import RawPage
    from newsdesk.operations.completeness import Hole
    from settings import Settings
    from spiders.feeds import FeedEntry
    from spiders.sandbox.pool import ParsingPool
    from spiders.sources.archive import Archive
    from spiders.sources.config import Source, Sources

CHANNEL = "archive"
MARGIN = timedelta(hours=1)  # a story is listed a while after the date that it carries
MOST_PAGES = 1_000  # of one hole at a time
BY_CRAWL = "a crawl now closes it"

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class RefilledHole:
    """A hole, and what could be had of it.

    Attributes:
        listed: stories of its time that the source still lists somewhere.
        missing: those that are not stored; once fetched, `stored` of them are and `failed` says why others are not.
        had: in words, what was had and what is gone or unknown.
        closed: nothing more can be done about it.
        left: the part of which nobody lists anything any more, as (from, to); None if there is none.
    """

    hole: Hole
    listed: int = 0
    missing: int = 0
    stored: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    had: str = ""
    closed: bool = False
    left: tuple[datetime, datetime] | None = None


def refill(
    store: Store,
    settings: Settings,
    sources: Sources,
    *,
    names: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    apply: bool = False,
) -> list[RefilledHole]:
    """What can be had of each hole of these sources, or of all; with `apply` fetch and store it.

    Holes that a whole run closes are closed by a crawl; of the others the archive of the source, or else the sitemaps of its
    site, are read, and the pages of the missing stories.
    """
    holes = _choose(store, settings, sources, names=names, since=since, until=until)
    done = [RefilledHole(hole) for hole in holes]
    by_crawl = [one for one in done if one.hole.id is None]
    for one in by_crawl:
        one.had = BY_CRAWL if _can_crawl(sources, one.hole.source) else "no crawl closes it"
    if apply:
        _crawl(store, settings, sources, by_crawl)
    for one in done:
        if one.hole.id is not None:
            _refill_recorded(store, settings, sources, one, apply=apply)
    return done


def _choose(
    store: Store,
    settings: Settings,
    sources: Sources,
    *,
    names: Sequence[str],
    since: datetime | None,
    until: datetime | None,
) -> list[Hole]:
    """The holes of these sources that overlap the window."""
    with store.read() as connection:
        found = read_completeness(connection, settings.schedule, sources).holes
    return [
        hole
        for hole in found
        if (not names or hole.source in names)
        and (since is None or hole.end is None or hole.end >= since)
        and (until is None or hole.start is None or hole.start <= until)
    ]


def _can_crawl(sources: Sources, name: str) -> bool:
    return sources.has(name) and not sources.get(name).is_received


def _crawl(store: Store, settings: Settings, sources: Sources, holes: Sequence[RefilledHole]) -> None:
    """Crawl the sources of holes that a whole run closes, and see which are left."""
    wanted = sorted({one.hole.source for one in holes if _can_crawl(sources, one.hole.source)})
    if not wanted:
        return
    reports = {
        report.source: report for report in crawl_and_wait(wanted, settings=settings, configured=sources)
    }
    left = {
        hole.source
        for hole in _choose(store, settings, sources, names=wanted, since=None, until=None)
        if hole.id is None
    }
    for one in holes:
        report = reports.get(one.hole.source)
        if report is None:
            continue
        one.stored, one.closed = report.stored, one.hole.source not in left
        outcome = f"crawled now: {report.outcome}, {report.found} listed, {report.stored} stored"
        one.had = outcome if one.closed else f"{outcome}; still open: {report.why or 'see its runs'}"


def _refill_recorded(
    store: Store, settings: Settings, sources: Sources, one: RefilledHole, *, apply: bool
) -> None:
    """Read the archive of a hole's source, and fetch what is missing."""
    hole = one.hole
    start, end = hole.start, hole.end
    if not sources.has(hole.source) or start is None or end is None or hole.id is None:
        one.had = "the source is not configured any more"
        return
    source, crawl = sources.get(hole.source), settings.crawl
    with ParsingWorker(cpu_s=crawl.parse_cpu_s, memory_bytes=crawl.parse_memory_bytes) as worker:
        search = SourceSearch(worker, crawl, store)
        try:
            archive = read_archive_of(source, search, since=start - MARGIN)
        except CopytasterError as error:
            one.had = f"no list reaches back: {error.resource}: {error.message}"
            return
        entries = archive.between(start - MARGIN, end)
        with store.read() as connection:
            outcomes = read_outcomes(connection, source.name)
            missing = [entry for entry, _ in find_missed(connection, entries, outcomes)]
        one.listed, one.missing = len(entries), len(missing)
        one.left = _find_left(archive, start, end)
        if apply:
            with closing(make_parsers(settings)) as parsers:
                taking = _Taking(store, search, source, Publishers(sources), parsers)
                taking.take(missing[:MOST_PAGES], one)
    one.had = _describe(one, archive, apply=apply)
    if apply:
        tried_again = [reason for reason in one.failed if not is_for_good(reason)]
        whole = not archive.problems and not tried_again and len(missing) <= MOST_PAGES
        one.closed = whole and one.left is None
        with store.write() as connection:
            note_refill(
                connection,
                hole.id,
                one.had,
                closed_at=datetime.now(UTC) if one.closed else None,
                end=one.left[1] if whole and one.left is not None else None,
            )


def _find_left(archive: Archive, start: datetime, end: datetime) -> tuple[datetime, datetime] | None:
    """The part of a hole before everything that the archive lists."""
    reach = archive.reach
    if reach is None or reach > end:
        return start, end
    return (start, reach) if reach > start else None


def _describe(one: RefilledHole, archive: Archive, *, apply: bool) -> str:
    parts = [f"{archive.url} lists {one.listed} of this time, {one.missing} of them not stored"]
    if apply and one.missing:
        failed = ", ".join(f"{reason} {number}" for reason, number in sorted(one.failed.items()))
        parts.append(f"{one.stored} stored now" + (f", not had: {failed}" if failed else ""))
    if one.missing > MOST_PAGES:
        parts.append(f"at most {MOST_PAGES} at a time: refill again")
    if one.left is not None:
        parts.append(f"from {iso(one.left[0])} to {iso(one.left[1])} nobody lists anything any more: gone")
    if archive.undated:
        parts.append(f"{archive.undated} without a date are left out")
    parts += [f"not read: {problem}" for problem in archive.problems[:3]]
    return "; ".join(parts)


class _Taking:
    """Fetches missing stories one after the other, with the pause that the host is given, and stores them."""

    def __init__(
        self,
        store: Store,
        search: SourceSearch,
        source: Source,
        publishers: Publishers,
        parsers: ParsingPool,
    ) -> None:
        self._store, self._search, self._source = store, search, source
        self._publishers, self._parsers = publishers, parsers
        self._robots = RobotsGuard(search)
        self._has_fetched = False
        own = source.limits.delay_s
        self._delay_s = search.crawl.delay_s if own is None else own

    def take(self, entries: Iterable[FeedEntry], one: RefilledHole) -> None:
        """Store the stories of these entries; counts what is stored and why others are not."""
        for entry in entries:
            try:
                outcomes = self._take(entry)
            except RefusedError as error:
                outcomes = [self._refuse(entry, error)]
            for outcome in outcomes:
                one.stored += outcome == "stored"
                if outcome not in TAKEN:
                    one.failed[outcome] = one.failed.get(outcome, 0) + 1
            log.info("refill.page", source=self._source.name, url=entry.url, outcome=",".join(outcomes))

    def _take(self, entry: FeedEntry) -> list[str]:
        page = self._fetch(str(entry.url))
        publisher = self._publishers.of_page(page.url, self._source, entry.source_publisher)
        context = page_context(self._source, publisher, entry)
        items = [
            complete_item(
                self._parsers, item, context, find=self._fetch, max_bytes=self._search.crawl.max_bytes
            )
            for item in parse_items(self._parsers, page, context)
        ]
        with self._store.write() as connection:
            return [
                keep_item(
                    connection, item, source=self._source.name, channel=CHANNEL, publisher=publisher
                ).outcome
                for item in items
            ]

    def _fetch(self, url: str) -> RawPage:
        """A page that robots.txt allows, after the pause of its host unless it is the first."""
        self._robots.require(url)
        if self._has_fetched:
            time.sleep(self._delay_s)
        self._has_fetched = True
        return fetch_page(url, self._search.crawl)

    def _refuse(self, entry: FeedEntry, error: RefusedError) -> str:
        with self._store.write() as connection:
            return refuse_unread(connection, error, source=self._source.name, url=str(entry.url)).outcome


def refilled_to_json(one: RefilledHole) -> dict[str, Any]:
    """A hole and what could be had of it, as JSON."""
    hole = one.hole
    left = None if one.left is None else {"from": iso(one.left[0]), "to": iso(one.left[1])}
    return {
        "source": hole.source,
        "from": iso(hole.start),
        "to": iso(hole.end),
        "why": hole.why,
        "id": hole.id,
        "listed": one.listed,
        "missing": one.missing,
        "stored": one.stored,
        "failed": one.failed,
        "had": one.had,
        "closed": one.closed,
        "gone": left,
    }
