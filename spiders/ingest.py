"""Parses files like crawled pages and writes them to the store."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from copytaster.errors import RefusedError
from copytaster.store.archive_positions import keep_archive_position, read_archive_position
from spiders.archive_articles import ArchiveArticles
from spiders.archive_pages import ArchivePages
from spiders.files import list_files, read_file
from spiders.page_context import page_context
from spiders.page_templates import PageTemplates
from spiders.parsing.context import ParseContext
from spiders.publishers import Publisher
from spiders.receiving.items import ParsedItem, keep_item, parse_items, refuse_unread
from spiders.sandbox.jobs import page_job
from spiders.sandbox.start import cores, make_parsers
from spiders.saved_articles import SavedArticles
from spiders.warc.archive import is_archive

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from concurrent.futures import Future
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from copytaster.store.archive_positions import ArchivePosition
    from copytaster.store.engine import Store
    from copytaster.values import ParsedStory, RawPage
    from settings import Settings
    from spiders.archive_pages import ArchivePart
    from spiders.publishers import Publishers
    from spiders.receiving.items import MakeJob
    from spiders.sandbox.pool import ParsingPool
    from spiders.sources.config import Source

ParseAll = Callable[..., Iterator["ParsedFile"]]  # files, context, archives
BATCH = 32  # files or pages a transaction
BATCH_BYTES = 32_000_000  # pages of archives that are held at a time, beyond the first
MOST_NAMED = 1_000  # refusals within archives that a report names; quarantine has all
CHANNEL = "archive"


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """An item of a file with its story, or with the reason for its refusal; without a page if it cannot be read.

    `part` is the record of an archive that gave it; its last item has the place after it. `first`: the file holds a later
    page of the article that begins in that one, and was read with it.
    """

    path: Path
    page: RawPage | None = None
    story: ParsedStory | None = None
    refused: RefusedError | None = None
    part: ArchivePart | None = None
    first: Path | None = None

    @property
    def is_item(self) -> bool:
        """False for what only notes how far an archive was read, and for the later pages of an article."""
        return self.page is not None or self.refused is not None


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file, or a page or place of an archive, without a usable story."""

    path: str
    reason: str
    error: str


@dataclass(slots=True)
class ArchiveReport:
    """How far an archive was read: `begun_at` and `read_to` are offsets in its `size` bytes."""

    path: str
    size: int
    begun_at: int
    read_to: int


@dataclass(slots=True)
class IngestReport:
    """Counts of an ingest: found = stored + unchanged + refused.

    Attributes:
        found: items of files and pages of archives; an article over several files is one.
        joined: files, or pages of archives, that hold later pages of such articles.
        dropped: those refused, by reason.
        refusals: those refused; of archives the first ones only.
        skipped: records of archives that hold no page, by reason; not among those found.
    """

    found: int = 0
    stored: int = 0
    unchanged: int = 0
    joined: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    refusals: list[RefusedFile] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    archives: list[ArchiveReport] = field(default_factory=list)

    @property
    def refused(self) -> int:
        """How many were refused."""
        return sum(self.dropped.values())


def ingest_paths(
    paths: Iterable[Path],
    *,
    store: Store,
    settings: Settings,
    source: str | Source = "ingest",
    publishers: Publishers | None = None,
    url: str | None = None,
    published: datetime | None = None,
    progress: Callable[[int, int], None] | None = None,
    on_stored: Callable[[], None] | None = None,
) -> IngestReport:
    """Parse and store files, folders and web archives; what the store has already counts as unchanged.

    An archive goes on where its last ingest ended, however that ended: the place is written with the pages before it.

    Args:
        paths: files, and folders with all below them.
        store: where to.
        settings: budgets of parsing.
        source: a name for the books, or a configured source, whose publisher and selectors then count.
        publishers: of the hosts of archived pages.
        url: where the one file named was published.
        published: aware; when, where the file does not say.
        progress: called after each commit with what is done and what there is: files, or bytes where one is an archive.
        on_stored: called after each commit that brought new versions.

    Raises:
        NotFoundError: a path does not exist; no file is stored then.
    """
    files = list_files(paths)
    name, context = _name_and_context(source)
    context = replace(context, url=url, published_at=published)

    def find_place(key: str) -> ArchivePosition | None:
        with store.read() as connection:
            return read_archive_position(connection, key)

    archives = ArchivePages(
        max_bytes=settings.crawl.max_bytes,
        publishers=publishers,
        source=None if isinstance(source, str) else source,
        find_place=find_place,
    )
    report, meter, templates = IngestReport(), _Meter(files), PageTemplates(store)
    with open_parsers(settings, templates) as parse:
        for batch in _batches(parse(files, context, archives)):
            before = report.stored
            with store.write() as connection:
                counted = [_take(connection, parsed, name) for parsed in batch]
                for key, place in _places_after(batch).items():
                    keep_archive_position(connection, key, place)
                templates.file(connection)
            for parsed, (outcome, why) in zip(batch, counted, strict=True):
                _count(report, parsed, outcome, why)
                meter.note(parsed)
            if progress is not None:
                progress(meter.done, meter.total)
            if on_stored is not None and report.stored > before:
                on_stored()
    return report


def _places_after(batch: Iterable[ParsedFile]) -> dict[str, ArchivePosition]:
    """The last place of each archive in a batch, by the archive's key."""
    parts = [parsed.part for parsed in batch if parsed.part is not None]
    return {part.key: part.place for part in parts if part.place is not None}


class _Meter:
    """What is done: bytes if one of the files is an archive, else files, as most are small and of one size."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._sizes = {path: path.stat().st_size for path in files} if any(map(is_archive, files)) else {}
        self._read = dict.fromkeys(self._sizes, 0)
        self.total = sum(self._sizes.values()) if self._sizes else len(files)
        self.done = 0

    def note(self, parsed: ParsedFile) -> None:
        """Count a file, or how far an archive was read."""
        path, part = parsed.path, parsed.part
        if not self._sizes:
            self.done += 1
        elif part is None or part.place is not None:
            read_to = min(part.place.offset, self._sizes[path]) if part and part.place else self._sizes[path]
            self.done += max(0, read_to - self._read[path])
            self._read[path] = max(read_to, self._read[path])


def _name_and_context(source: str | Source) -> tuple[str, ParseContext]:
    if isinstance(source, str):
        return source, ParseContext()
    return source.name, page_context(source, Publisher(source.publisher_name, source.family))


@contextmanager
def open_parsers(settings: Settings, templates: PageTemplates | None = None) -> Iterator[ParseAll]:
    """Yield a function that parses files on all cores in worker processes, and returns their items in order.

    Its third argument reads archives; by default from their beginning, each page published by its host. Their pages
    are read with `templates`, and teach them.
    """
    parsers = make_parsers(settings)
    from_start = ArchivePages(max_bytes=settings.crawl.max_bytes)
    parse_file = partial(_parse_file, parsers, settings.crawl.max_bytes)

    def list_jobs(
        files: Sequence[Path], context: ParseContext, archives: ArchivePages
    ) -> Iterator[tuple[Callable[[], list[ParsedFile]], int]]:
        alone = [path for path in files if not is_archive(path)]
        saved = SavedArticles(parsers, alone, context, max_bytes=settings.crawl.max_bytes)
        for path in files:
            if (first := saved.further.get(path)) is not None:
                yield partial(_note_further, path, first), 0
                continue
            if not is_archive(path):
                yield partial(parse_file, path, context, saved.joined.get(path)), 0
                continue
            articles = ArchiveArticles(parsers, path, settings.crawl.max_bytes)
            for part in archives.read(path):
                prepared = _prepare(part, templates)  # here, where the order is that of the file
                yield (
                    partial(_parse_part, articles, prepared, _job_maker(templates)),
                    len(part.page.body) if part.page else 0,
                )

    with ThreadPoolExecutor(cores(), thread_name_prefix="parse") as threads:

        def parse_all(
            files: Sequence[Path], context: ParseContext, archives: ArchivePages = from_start
        ) -> Iterator[ParsedFile]:
            return _do_in_order(threads, list_jobs(files, context, archives))

        try:
            yield parse_all
        finally:
            parsers.close()


def _parse_file(
    parsers: ParsingPool, max_bytes: int, path: Path, context: ParseContext, joined: RawPage | None
) -> list[ParsedFile]:
    try:
        page = joined or read_file(path, max_bytes=max_bytes)
    except RefusedError as error:
        return [ParsedFile(path, refused=error)]
    items = parse_items(parsers, page, context)
    return [ParsedFile(path, item.page, item.story, item.refused) for item in items]


def _parse_part(articles: ArchiveArticles, part: ArchivePart, make_job: MakeJob) -> list[ParsedFile]:
    path = articles.path
    if part.page is None:
        return [ParsedFile(path, refused=part.refused, part=part)]
    items = parse_items(articles.parsers, part.page, part.context, make_job)
    if len(items) == 1:
        whole = articles.complete(items[0], part.context)
        if whole is None:
            return [ParsedFile(path, part=part, first=path)]
        items = [whole]
    within = replace(part, place=None, skipped={})  # the place counts once all items are stored
    found = [ParsedFile(path, item.page, item.story, item.refused, within) for item in items]
    return [*found[:-1], replace(found[-1], part=part)]


def _note_further(path: Path, first: Path) -> list[ParsedFile]:
    return [ParsedFile(path, first=first)]


def _job_maker(templates: PageTemplates | None) -> MakeJob:
    return page_job if templates is None else templates.job


def _prepare(part: ArchivePart, templates: PageTemplates | None) -> ArchivePart:
    if templates is None or part.page is None:
        return part
    return replace(part, context=templates.prepare(part.page, part.context))


def _do_in_order(
    threads: ThreadPoolExecutor, jobs: Iterable[tuple[Callable[[], list[ParsedFile]], int]]
) -> Iterator[ParsedFile]:
    """The results of jobs, each given with the bytes it holds; a batch is done ahead, while the caller commits one."""
    ahead: deque[tuple[Future[list[ParsedFile]], int]] = deque()
    held = 0
    try:
        for job, size in jobs:
            ahead.append((threads.submit(job), size))
            held += size
            while len(ahead) > BATCH or (held > BATCH_BYTES and len(ahead) > 1):
                first, freed = ahead.popleft()
                held -= freed
                yield from first.result()
        while ahead:
            yield from ahead.popleft()[0].result()
    finally:
        for waiting, _ in ahead:
            waiting.cancel()


def _batches(parsed: Iterator[ParsedFile]) -> Iterator[list[ParsedFile]]:
    batch: list[ParsedFile] = []
    size = 0
    for one in parsed:
        batch.append(one)
        size += len(one.page.body) if one.part and one.page else 0
        if len(batch) == BATCH or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _take(connection: Connection, parsed: ParsedFile, source: str) -> tuple[str, str]:
    """Store one file in the batch's transaction; returns `stored`, `unchanged` or the reason of its refusal, and why."""
    if not parsed.is_item:
        return "", ""
    part = parsed.part
    if parsed.page is not None:
        item = ParsedItem(parsed.page, parsed.story, parsed.refused)
        publisher = part.publisher if part else None
        kept = keep_item(connection, item, source=source, channel=CHANNEL, publisher=publisher)
    else:
        url = part.url if part else parsed.path.resolve().as_uri()
        kept = refuse_unread(connection, parsed.refused, source=source, url=url)
    return kept.outcome, kept.why


def _count(report: IngestReport, parsed: ParsedFile, outcome: str, why: str) -> None:
    if parsed.part is not None:
        _count_part(report, parsed.path, parsed.part)
    report.joined += parsed.first is not None
    if not parsed.is_item:
        return
    report.found += 1
    if outcome == "stored":
        report.stored += 1
    elif outcome == "unchanged":
        report.unchanged += 1
    else:
        report.dropped[outcome] = report.dropped.get(outcome, 0) + 1
        if parsed.part is None or len(report.refusals) < MOST_NAMED:
            report.refusals.append(RefusedFile(_name_of(parsed), outcome, why))


def _count_part(report: IngestReport, path: Path, part: ArchivePart) -> None:
    for reason, count in part.skipped.items():
        report.skipped[reason] = report.skipped.get(reason, 0) + count
    if not report.archives or report.archives[-1].path != str(path):
        size = path.stat().st_size if path.exists() else 0
        report.archives.append(ArchiveReport(str(path), size, part.offset, part.offset))
    if part.place is not None:
        report.archives[-1].read_to = part.place.offset


def _name_of(parsed: ParsedFile) -> str:
    """The file; of a refused page of an archive also its address."""
    page = parsed.page
    return f"{parsed.path} ({page.url})" if parsed.part and page else str(parsed.path)
