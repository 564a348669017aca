"""Articles over several pages in a web archive: its records are in any order, and each holds one page.

The first page gets the others from wherever in the archive they are; their own records then give no story. An archive that
holds not all of them gives a part, with the reason.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING

from copytaster.errors import RefusedError, UnparsableError
from copytaster.identity import canonical_url
from copytaster.values import RawPage
from spiders.article_walk import complete_item
from spiders.parsing.following import list_first
from spiders.parsing.parts import split_pages
from spiders.receiving.items import parse_item
from spiders.warc.archive import open_archive
from spiders.warc.pages import address_in, page_of
from spiders.warc.records import Fault, Record, RecordReader
from spiders.warc.stream import Position

if TYPE_CHECKING:
    from pathlib import Path

    from spiders.parsing.context import ParseContext
    from spiders.receiving.items import ParsedItem
    from spiders.sandbox.pool import ParsingPool

MOST_PLACES = 200_000  # of one archive, some 30 MB; pages beyond are read alone
_MOST_INTO = 16_000_000  # bytes of a gzip member before a record: more takes too long to go there again
_MOST_KEPT = 1_000  # articles whose pages are remembered
_STATUS_OK = b" 200"
_STATUS_BYTES = 16


@dataclass(slots=True)
class ArchiveArticles:
    """Joins the pages of the articles in one archive; several threads may ask."""

    parsers: ParsingPool
    path: Path
    max_bytes: int
    _places: dict[int, Position] | None = None
    _articles: OrderedDict[str, frozenset[str]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def complete(self, item: ParsedItem, context: ParseContext) -> ParsedItem | None:
        """The item, with its further pages where it begins an article; None where it is a further page of one."""
        url = item.page.url
        for first in list_first(url):
            if canonical_url(first) != canonical_url(url) and self._place_of(first) is not None:
                if canonical_url(url) in self._pages_from(first, context):
                    return None
                break
        return complete_item(self.parsers, item, context, find=self.find, max_bytes=self.max_bytes)

    def find(self, url: str) -> RawPage:
        """The page at an address.

        Raises:
            UnparsableError: `not-archived`, or what is wrong with its record.
        """
        place = self._place_of(url)
        found: Record | Fault | RawPage | str | None = None
        if place is not None:
            with open_archive(self.path) as file:
                found = next(RecordReader(file, place, max_bytes=self.max_bytes).read(), None)
            found = page_of(found, max_bytes=self.max_bytes) if isinstance(found, Record) else None
        if not isinstance(found, RawPage) or canonical_url(found.url) != canonical_url(url):
            raise UnparsableError("the archive does not hold it", reason="not-archived", resource=url)
        return found

    def _pages_from(self, first: str, context: ParseContext) -> frozenset[str]:
        """The canonical addresses of the pages that are read with a first page, without its own."""
        with self._lock:
            known = self._articles.get(first)
        if known is None:
            known = self._read_from(first, context)
            with self._lock:
                self._articles[first] = known
                if len(self._articles) > _MOST_KEPT:
                    self._articles.popitem(last=False)
        return known

    def _read_from(self, first: str, context: ParseContext) -> frozenset[str]:
        try:
            item = parse_item(self.parsers, self.find(first), context)
            whole = complete_item(self.parsers, item, context, find=self.find, max_bytes=self.max_bytes)
        except RefusedError:
            return frozenset()
        return frozenset(canonical_url(one.url) for one in split_pages(whole.page).pages[1:])

    def _place_of(self, url: str) -> Position | None:
        with self._lock:
            if self._places is None:
                self._places = self._list_places()
            return self._places.get(_key(url))

    def _list_places(self) -> dict[int, Position]:
        """Where the pages are, by a digest of their address: read once, when the first page asks for another."""
        places: dict[int, Position] = {}
        at = Position()
        with open_archive(self.path) as file:
            for found in RecordReader(file, at, max_bytes=self.max_bytes).read():
                if isinstance(found, Record) and _may_be_page(found) and at.into < _MOST_INTO:
                    places.setdefault(_key(address_in(found)), at)
                if found.end is None or len(places) == MOST_PLACES:
                    break
                at = found.end
        return places


def _may_be_page(record: Record) -> bool:
    return (
        record.kind == "response" and record.block is not None and _STATUS_OK in record.block[:_STATUS_BYTES]
    )


def _key(url: str) -> int:
    return int.from_bytes(blake2b(canonical_url(url).encode("utf-8", "replace"), digest_size=8).digest())
