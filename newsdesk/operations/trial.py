"""Tries a source: fetches and parses its newest pages, and shows which dispatches their stories would join.

Nothing is written to the store but robots.txt files. The stories are grouped in a shadow store beside the newest versions of the record.
"""

from __future__ import annotations

import tempfile
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from copytaster.errors import CopytasterError, RefusedError, UnparsableError
from copytaster.store.engine import Store
from copytaster.store.intake import keep_story
from copytaster.store.memberships import read_grouped_version
from copytaster.store.shadow import copy_decisions, copy_versions, prepare_shadow, read_partition
from copytaster.store.versions import newest_from
from dedup.grouping.grouper import group_waiting
from spiders.article_walk import complete_item
from spiders.files import read_file
from spiders.net.fetch import fetch_once
from spiders.page_context import page_context
from spiders.publishers import Publishers
from spiders.receiving.folder import folder_of
from spiders.receiving.items import parse_items
from spiders.receiving.mail_verdict import note_verdict
from spiders.receiving.probe import is_place, probe_place
from spiders.sandbox.pool import ParsingWorker
from spiders.sandbox.start import make_parsers
from spiders.sources.config import Mailbox, Source, SourceSelectors
from spiders.sources.probe import probe
from spiders.sources.search import RobotsGuard, SourceSearch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from copytaster.values import ParsedStory, RawPage
    from settings import CrawlSettings, Settings
    from spiders.feeds import FeedEntry
    from spiders.sources.probe import Probe

COMPARED = 2_000  # newest versions of the store
_OK = 200


@dataclass(frozen=True, slots=True)
class Joined:
    """A dispatch of the store that a tried story would join; `id` is None where the story would found its own."""

    id: str | None
    headline: str | None = None
    versions: int = 0


@dataclass(frozen=True, slots=True)
class TriedPage:
    """One page: its story and what that would join, or why it gives none."""

    url: str
    story: ParsedStory | None = None
    reason: str | None = None
    detail: str = ""
    joins: Joined | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """What a source would bring. `compared` counts the versions of the store that the stories were compared with."""

    probe: Probe
    pages: tuple[TriedPage, ...]
    compared: int


def probe_any(
    url: str,
    *,
    settings: Settings,
    kind: str | None = None,
    selector: str = "",
    mailbox: Mailbox | None = None,
) -> Probe:
    """Examine an address of any kind of source; see `spiders.sources.probe.probe`."""
    crawl = settings.crawl
    if is_place(url):
        return probe_place(url, crawl=crawl, mailbox=mailbox)
    with _open_if_there(settings) as store:
        return probe(url, crawl=crawl, kind=kind, selector=selector, store=store)


@contextmanager
def _open_if_there(settings: Settings) -> Iterator[Store | None]:
    """The store, for the robots.txt files that it keeps; None before anything was stored, and if it cannot be opened."""
    store = None
    if _has_store(settings):
        with suppress(CopytasterError):
            store = Store(settings.store_url)
    try:
        yield store
    finally:
        if store is not None:
            store.close()


def try_source(
    url: str,
    *,
    settings: Settings,
    sources: Iterable[Source],
    kind: str | None = None,
    selector: str = "",
    pages: int = 3,
    mailbox: Mailbox | None = None,
) -> Trial:
    """Try an address as a source; see `probe_any` for its errors."""
    if _has_store(settings):  # a store that cannot be read is said before anything is fetched
        with closing(Store(settings.store_url)) as store, store.read() as connection:
            newest_from(connection, 1)
    found = probe_any(url, settings=settings, kind=kind, selector=selector, mailbox=mailbox)
    source = Source(
        name=found.name,
        publisher_name=found.publisher,
        kind=found.kind,
        url=found.url,
        language=found.language,
        selectors=SourceSelectors(links=found.selector),
        mailbox=mailbox or Mailbox(),
    )
    # As the first source of the list: pages on its host are its publisher's, unless configuration says otherwise.
    publishers = Publishers([*sources, source])
    newest = (
        [entry for entry in found.feed.entries if entry.url][:pages] if found.robots != "disallowed" else []
    )
    fetched = {page.url: page for page in found.pages}
    read = list(_read_pages(newest, fetched, source, publishers, settings))
    joins, compared = _find_joins([(page, story) for _, page, story in read if page and story], settings)
    shown = tuple(
        one if story is None else TriedPage(one.url, story, joins=joins.get(one.url))
        for one, _, story in read
    )
    return Trial(found, shown, compared)


def _read_pages(
    entries: Iterable[FeedEntry],
    fetched: Mapping[str, RawPage],
    source: Source,
    publishers: Publishers,
    settings: Settings,
) -> Iterator[tuple[TriedPage, RawPage | None, ParsedStory | None]]:
    """Each page with its story; a file of several items gives several."""
    crawl = settings.crawl
    with (
        closing(make_parsers(settings)) as parsers,
        ParsingWorker(cpu_s=crawl.parse_cpu_s, memory_bytes=crawl.parse_memory_bytes) as worker,
    ):
        robots = RobotsGuard(SourceSearch(worker, crawl))

        def find_further(url: str) -> RawPage:
            robots.require(url)
            return fetch_page(url, crawl)

        for entry in entries:
            url = str(entry.url)
            try:
                page = fetched.get(url) or fetch_page(url, crawl)
            except RefusedError as error:
                yield TriedPage(url, reason=error.reason, detail=error.message), None, None
                continue
            publisher = publishers.of_page(page.url, source, entry.source_publisher)
            page, warnings = note_verdict(page, source.mailbox.trusted_receivers)
            claims = None if source.is_received else entry
            context = page_context(source, publisher, claims)
            for found in parse_items(parsers, page, context):
                item = complete_item(parsers, found, context, find=find_further, max_bytes=crawl.max_bytes)
                if item.story is None:
                    refused = item.refused
                    why = (refused.reason, refused.message) if refused else ("internal", "")
                    yield TriedPage(item.page.url, reason=why[0], detail=why[1]), None, None
                else:
                    story = replace(item.story, warnings=(*item.story.warnings, *warnings))
                    yield TriedPage(item.page.url, story), item.page, story


def fetch_page(url: str, crawl: CrawlSettings) -> RawPage:
    """The page or file at an address.

    Raises:
        RefusedError: it cannot be had; an answer other than 200 is `http-...`.
    """
    if url.startswith("file:"):
        return read_file(folder_of(url), max_bytes=crawl.max_bytes)
    page = fetch_once(url, crawl=crawl)
    if page.status != _OK:
        raise UnparsableError("the server's answer", reason=f"http-{page.status}", resource=url)
    return page


def _has_store(settings: Settings) -> bool:
    """False before anything was ever stored: a trial makes no file."""
    scheme, _, path = settings.store_url.partition(":///")
    return not scheme.startswith("sqlite") or Path(path).exists()


def _find_joins(
    stories: Sequence[tuple[RawPage, ParsedStory]], settings: Settings
) -> tuple[Mapping[str, Joined], int]:
    """Address of a page -> what its story would join, found by grouping in a shadow store."""
    if not stories or not _has_store(settings):
        return {page.url: Joined(None) for page, _ in stories}, 0
    with (
        tempfile.TemporaryDirectory(prefix="copytaster-try-") as folder,
        closing(Store(settings.store_url)) as store,
        closing(Store(f"sqlite:///{folder}/shadow.sqlite")) as shadow,
    ):
        prepare_shadow(store, shadow)
        with store.read() as connection:
            first = newest_from(connection, COMPARED)
        compared = copy_versions(store, shadow, first=first)
        copy_decisions(store, shadow)
        kept = {}
        for page, story in stories:
            with shadow.write() as connection:
                one = keep_story(connection, page=page, story=story, source="try", channel="try")
            if one.version_id:  # copy under embargo is no version yet
                kept[page.url] = one.version_id
        for _ in group_waiting(shadow, settings.grouping):
            pass
        with shadow.read() as connection:
            partition = read_partition(connection)
        with store.read() as connection:
            return {
                url: _join(connection, version, partition, kept) for url, version in kept.items()
            }, compared


def _join(
    connection: Connection, version: int, partition: Mapping[int, str], kept: Mapping[str, int]
) -> Joined:
    """The live dispatch of the versions beside which the shadow store put a story."""
    own = set(kept.values())
    mates = [one for one, where in partition.items() if where == partition.get(version) and one not in own]
    if not mates:
        return Joined(None)
    first = read_grouped_version(connection, mates[0])
    return Joined(first.dispatch, first.headline, len(mates))
