"""The worker's side of each job: bytes from outside in, a message with the result out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spiders.feeds import parse_feed
from spiders.feeds.discovery import read_front_page
from spiders.feeds.listing import read_listing
from spiders.net.compression import gunzip_file
from spiders.net.robots_rules import keep_rules
from spiders.parsing.formats import parse_and_observe
from spiders.parsing.page import find_next
from spiders.parsing.wire_file import count_items
from spiders.sandbox.feed_messages import pack_feed, pack_front_page
from spiders.sandbox.messages import pack_message, pack_story, unpack_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


_GZIP = b"\x1f\x8b"
_SITEMAP_BYTES = 52_428_800  # the most that a sitemap may have, decompressed (sitemaps.org)


def answer_job(message: dict[str, Any], body: bytes) -> bytes:
    """Do one job; raises what its reader raises."""
    return _ANSWERS[message["job"]](message, body)


def _parse_page(message: dict[str, Any], body: bytes) -> bytes:
    page, context = unpack_page(message, body)
    return pack_story(*parse_and_observe(page, context))


def _find_next(message: dict[str, Any], body: bytes) -> bytes:
    page, _ = unpack_page(message, body)
    url, names = find_next(page, message["number"])
    return pack_message({"next": url, "names": names})


def _count_items(_: dict[str, Any], body: bytes) -> bytes:
    return pack_message({"items": count_items(body)})


def _read_feed(message: dict[str, Any], body: bytes) -> bytes:
    if body.startswith(_GZIP):  # sitemaps are often kept as gzip files, which no header announces
        body = gunzip_file(body, max_bytes=_SITEMAP_BYTES, url=message["url"])
    feed = parse_feed(
        body,
        url=message["url"],
        content_type=message["content_type"],
        max_entries=message["max_entries"],
    )
    return pack_feed(feed)


def _read_listing(message: dict[str, Any], body: bytes) -> bytes:
    feed = read_listing(
        body,
        url=message["url"],
        max_entries=message["max_entries"],
        selector=message["selector"],
        is_further=message["is_further"],
    )
    return pack_feed(feed)


def _read_front_page(message: dict[str, Any], body: bytes) -> bytes:
    return pack_front_page(read_front_page(body, message["url"]))


def _keep_rules(message: dict[str, Any], body: bytes) -> bytes:
    return pack_message({"rules": keep_rules(body, message["agent"], url=message["url"])})


_ANSWERS: Mapping[str, Callable[[dict[str, Any], bytes], bytes]] = {
    "page": _parse_page,
    "next": _find_next,
    "items": _count_items,
    "feed": _read_feed,
    "listing": _read_listing,
    "front-page": _read_front_page,
    "robots": _keep_rules,
}
