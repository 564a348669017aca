"""The worker's side of each job: bytes from outside in, a message with the result out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spiders.feeds import parse_feed
from spiders.parsing.formats import parse
from spiders.sandbox.feed_messages import pack_feed
from spiders.sandbox.messages import pack_story, unpack_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def answer_job(message: dict[str, Any], body: bytes) -> bytes:
    """Do one job; raises what its reader raises."""
    return _ANSWERS[message["job"]](message, body)


def _parse_page(message: dict[str, Any], body: bytes) -> bytes:
    page, context = unpack_page(message, body)
    return pack_story(parse(page, context))


def _read_feed(message: dict[str, Any], body: bytes) -> bytes:
    feed = parse_feed(
        body,
        url=message["url"],
        content_type=message["content_type"],
        max_entries=message["max_entries"],
    )
    return pack_feed(feed)


_ANSWERS: Mapping[str, Callable[[dict[str, Any], bytes], bytes]] = {"page": _parse_page, "feed": _read_feed}
