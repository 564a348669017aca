"""The pages of web archives for `ingest` and `parse`: each with its publisher, its context and the place after it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from copytaster.errors import RefusedError, UnparsableError
from spiders.page_context import archived_context
from spiders.parsing.context import ParseContext
from spiders.publishers import Publishers
from spiders.warc.archive import key_of, open_archive, place_to_go_on, place_to_keep
from spiders.warc.pages import address_in, page_of
from spiders.warc.records import Fault, RecordReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

    from copytaster.store.archive_positions import ArchivePosition
    from copytaster.values import RawPage
    from spiders.publishers import Publisher
    from spiders.sources.config import Source
    from spiders.warc.records import Record
    from spiders.warc.stream import Position

DAMAGED, CUT = "archive-damaged", "archive-cut"
_SKIPPED_AT_ONCE = 10_000  # records without a page, after which the place is noted all the same


@dataclass(frozen=True, slots=True)
class ArchivePart:
    """What one record of an archive gives, with the records before it that hold no page.

    Attributes:
        key: of the archive, in the store.
        offset: of the record in the file.
        url: of the page; of a fault that of the file, with the offset.
        page, refused: one of both, or neither at the end of an archive.
        place: where reading goes on once this is stored; None where it has to be read again.
        skipped: records without a page by reason.
    """

    key: str
    offset: int
    url: str = ""
    page: RawPage | None = None
    refused: RefusedError | None = None
    publisher: Publisher | None = None
    context: ParseContext = ParseContext()  # noqa: RUF009  immutable
    place: ArchivePosition | None = None
    skipped: Mapping[str, int] = field(default_factory=dict)


class ArchivePages:
    """Reads archives.

    Args:
        max_bytes: of a page, decompressed.
        publishers: of the configured hosts; a page of another host is published by that host.
        source: a configured source, whose language and selectors count for the pages of its publisher.
        find_place: the place up to which the archive of a key was taken in.
    """

    def __init__(
        self,
        *,
        max_bytes: int,
        publishers: Publishers | None = None,
        source: Source | None = None,
        find_place: Callable[[str], ArchivePosition | None] = lambda _: None,
    ) -> None:
        self._max_bytes = max_bytes
        self._publishers = publishers or Publishers(())
        self._source = source
        self._find_place = find_place

    def read(self, path: Path) -> Iterator[ArchivePart]:
        """The parts of an archive in order; the first has the offset at which reading begins, the last that of its end."""
        try:
            file, again = open_archive(path), open_archive(path)
        except UnparsableError as error:
            yield ArchivePart("", 0, path.resolve().as_uri(), refused=error)
            return
        with file, again:
            try:
                yield from self._read(path, file, again)
            except OSError as error:
                why = UnparsableError(f"cannot be read: {error.strerror}", reason="unreadable")
                yield ArchivePart("", file.tell(), path.resolve().as_uri(), refused=why)

    def _read(self, path: Path, file: BinaryIO, again: BinaryIO) -> Iterator[ArchivePart]:
        """Read from `file`; `again` is the same one, for what precedes a place."""
        key = key_of(file)
        start = place_to_go_on(file, self._find_place(key))
        uri = path.resolve().as_uri()
        skipped: Counter[str] = Counter()
        end: Position | None = start
        yield ArchivePart(key, start.offset)
        for found in RecordReader(file, start, max_bytes=self._max_bytes).read():
            end = found.end
            part = self._take(found, key, uri)
            if isinstance(part, str):
                skipped[part] += 1
                if skipped.total() < _SKIPPED_AT_ONCE:
                    continue
                part = ArchivePart(key, found.offset)
            place = None if found.end is None else place_to_keep(again, found.end)
            yield replace(part, place=place, skipped=dict(skipped))
            skipped.clear()
        if end is not None:
            yield ArchivePart(key, end.offset, place=place_to_keep(again, end), skipped=dict(skipped))

    def _take(self, found: Record | Fault, key: str, uri: str) -> ArchivePart | str:
        """A part, or why the record holds no page."""
        if isinstance(found, Fault):
            reason = DAMAGED if found.end else CUT
            error = UnparsableError(f"at byte {found.offset}: {found.why}", reason=reason)
            return ArchivePart(key, found.offset, f"{uri}#byte={found.offset}", refused=error)
        try:
            page = page_of(found, max_bytes=self._max_bytes)
        except RefusedError as error:
            return ArchivePart(key, found.offset, address_in(found), refused=error)
        if isinstance(page, str):
            return page
        context, publisher = archived_context(page.url, self._publishers, self._source)
        return ArchivePart(key, found.offset, page.url, page, publisher=publisher, context=context)
