"""Reads a feed or sitemap of any format from the bytes of a response."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from copytaster.errors import UnparsableError
from spiders.feeds.decoding import decode
from spiders.feeds.json_feed import read_json_feed
from spiders.feeds.sitemap import is_list_of_addresses, is_sitemap, read_address_list, read_sitemap
from spiders.feeds.xml_feed import read_xml_feed

if TYPE_CHECKING:
    from collections.abc import Callable

    from spiders.feeds.feed import ParsedFeed

MAX_ENTRIES = 10_000
MAX_PROBLEMS = 100
_ROBOTS = re.compile(r"(?:#[^\n]{0,500}\s{0,9}){0,99}(?:user-?agent|disallow|allow)\s{0,9}:", re.IGNORECASE)


def parse_feed(
    body: bytes, *, url: str, content_type: str | None = None, max_entries: int = MAX_ENTRIES
) -> ParsedFeed:
    """Read a feed. The usable entries of a broken feed are kept, the others are listed in its problems.

    Args:
        body: the response's bytes, decompressed.
        url: where it was fetched from; relative links are resolved against it.
        content_type: the header; only its charset is used.
        max_entries: the feed's first entries up to this number are kept.

    Raises:
        UnparsableError: reason `empty`, `not-a-feed` (an HTML page, another kind of document), `broken` (no entry of the
            feed can be read) or `too-complex`.
    """
    text, problems = decode(body, content_type)
    start = text.lstrip()
    if not start:
        raise UnparsableError("the response is empty", reason="empty", resource=url)
    if _ROBOTS.match(start) and not is_list_of_addresses(start):
        raise UnparsableError(
            "this robots.txt names no sitemap",
            reason="not-a-feed",
            resource=url,
            hint="give the address of the sitemap, or of a page that lists the stories",
        )
    feed = _choose_reader(start)(start, url=url, max_entries=max_entries, problems=problems)
    more = len(feed.problems) - MAX_PROBLEMS
    if more <= 0:
        return feed
    return replace(feed, problems=(*feed.problems[:MAX_PROBLEMS], f"more: {more} problems are not shown"))


def _choose_reader(text: str) -> Callable[..., ParsedFeed]:
    if text.startswith(("{", "[")):
        return read_json_feed
    if is_sitemap(text):
        return read_sitemap
    return read_address_list if is_list_of_addresses(text) else read_xml_feed
