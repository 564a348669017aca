"""Parses files like crawled pages and writes them to the store."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from copytaster.errors import RefusedError
from spiders.files import list_files, read_file
from spiders.page_context import page_context
from spiders.parsing.context import ParseContext
from spiders.publishers import Publisher
from spiders.receiving.items import ParsedItem, keep_item, parse_items, refuse_unread
from spiders.sandbox.start import cores, make_parsers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from copytaster.values import ParsedStory, RawPage
    from settings import Settings
    from spiders.sources.config import Source

BATCH = 32  # files a transaction
CHANNEL = "archive"


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """An item of a file with its story, or with the reason for its refusal; without a page if it cannot be read."""

    path: Path
    page: RawPage | None = None
    story: ParsedStory | None = None
    refused: RefusedError | None = None


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file without a usable story."""

    path: str
    reason: str
    error: str


@dataclass(slots=True)
class IngestReport:
    """Counts of an ingest: found = stored + unchanged + refused."""

    found: int = 0
    stored: int = 0
    unchanged: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    refusals: list[RefusedFile] = field(default_factory=list)


def ingest_paths(
    paths: Iterable[Path],
    *,
    store: Store,
    settings: Settings,
    source: str | Source = "ingest",
    url: str | None = None,
    published: datetime | None = None,
    progress: Callable[[int, int], None] | None = None,
    on_stored: Callable[[], None] | None = None,
) -> IngestReport:
    """Parse and store files and folders; a file that the store has already counts as unchanged.

    Args:
        paths: files, and folders with all below them.
        store: where to.
        settings: budgets of parsing.
        source: a name for the books, or a configured source, whose publisher and selectors then count.
        url: where the one file named was published.
        published: aware; when, where the file does not say.
        progress: called with files done and files in all, after each commit.
        on_stored: called after each commit that brought new versions.

    Raises:
        NotFoundError: a path does not exist; no file is stored then.
    """
    files = list_files(paths)
    name, context = _name_and_context(source)
    context = replace(context, url=url, published_at=published)
    report = IngestReport()
    with open_parsers(settings) as parse:
        for batch in _batches(parse(files, context)):
            before = report.stored
            with store.write() as connection:
                counted = [_take(connection, parsed, name) for parsed in batch]
            for parsed, (outcome, why) in zip(batch, counted, strict=True):
                _count(report, parsed, outcome, why)
            if progress is not None:
                progress(report.found, len(files))
            if on_stored is not None and report.stored > before:
                on_stored()
    return report


def _name_and_context(source: str | Source) -> tuple[str, ParseContext]:
    if isinstance(source, str):
        return source, ParseContext()
    return source.name, page_context(source, Publisher(source.publisher_name, source.family))


@contextmanager
def open_parsers(
    settings: Settings,
) -> Iterator[Callable[[Sequence[Path], ParseContext], Iterator[ParsedFile]]]:
    """Yield a function that parses files on all cores in worker processes, and returns them in order."""
    parsers = make_parsers(settings)

    def parse_one(path: Path, context: ParseContext) -> list[ParsedFile]:
        try:
            page = read_file(path, max_bytes=settings.crawl.max_bytes)
        except RefusedError as error:
            return [ParsedFile(path, refused=error)]
        items = parse_items(parsers, page, context)
        return [ParsedFile(path, item.page, item.story, item.refused) for item in items]

    with ThreadPoolExecutor(cores(), thread_name_prefix="parse") as threads:

        def parse_all(files: Sequence[Path], context: ParseContext) -> Iterator[ParsedFile]:
            # While the caller commits one batch, the next is parsed.
            ahead: deque[Future[list[ParsedFile]]] = deque()
            try:
                for path in files:
                    ahead.append(threads.submit(parse_one, path, context))
                    if len(ahead) > BATCH:
                        yield from ahead.popleft().result()
                while ahead:
                    yield from ahead.popleft().result()
            finally:
                for parsed in ahead:
                    parsed.cancel()

        try:
            yield parse_all
        finally:
            parsers.close()


def _batches(parsed: Iterator[ParsedFile]) -> Iterator[list[ParsedFile]]:
    while batch := list(islice(parsed, BATCH)):
        yield batch


def _take(connection: Connection, parsed: ParsedFile, source: str) -> tuple[str, str]:
    """Store one file in the batch's transaction; returns `stored`, `unchanged` or the reason of its refusal, and why."""
    if parsed.page is not None:
        item = ParsedItem(parsed.page, parsed.story, parsed.refused)
        kept = keep_item(connection, item, source=source, channel=CHANNEL)
    else:
        url = parsed.path.resolve().as_uri()
        kept = refuse_unread(connection, parsed.refused, source=source, url=url)
    return kept.outcome, kept.why


def _count(report: IngestReport, parsed: ParsedFile, outcome: str, why: str) -> None:
    report.found += 1
    if outcome == "stored":
        report.stored += 1
    elif outcome == "unchanged":
        report.unchanged += 1
    else:
        report.dropped[outcome] = report.dropped.get(outcome, 0) + 1
        report.refusals.append(RefusedFile(str(parsed.path), outcome, why))
