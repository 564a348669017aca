"""Reads a feed of any format from the bytes of a response."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from copytaster.errors import UnparsableError
from spiders.feeds.decoding import decode
from spiders.feeds.json_feed import read_json_feed
from spiders.feeds.xml_feed import read_xml_feed

if TYPE_CHECKING:
    from spiders.feeds.feed import ParsedFeed

MAX_ENTRIES = 10_000
MAX_PROBLEMS = 100


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
        UnparsableError: reason `empty`, `not-a-feed` (an HTML page, a sitemap, another kind of
            document), `broken` (no entry of the feed can be read) or `too-complex`.
    """
    text, problems = decode(body, content_type)
    start = text.lstrip()
    if not start:
        raise UnparsableError("the response is empty", reason="empty", resource=url)
    read = read_json_feed if start.startswith(("{", "[")) else read_xml_feed
    feed = read(start, url=url, max_entries=max_entries, problems=problems)
    more = len(feed.problems) - MAX_PROBLEMS
    if more <= 0:
        return feed
    return replace(feed, problems=(*feed.problems[:MAX_PROBLEMS], f"more: {more} problems are not shown"))
