"""A feed, and the feeds of a page, as messages between a worker and its parent.

A parent that has only pages parsed reads no feed: the readers of feeds are imported at the first one.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from copytaster.values import to_json
from spiders.sandbox.messages import pack_message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spiders.feeds.discovery import FrontPage
    from spiders.feeds.feed import FeedEntry, ParsedFeed


def pack_feed(feed: ParsedFeed) -> bytes:
    """Encode a feed."""
    return pack_message({"feed": to_json(feed)})


def unpack_feed(message: dict[str, Any]) -> ParsedFeed:
    """Decode a feed."""
    from spiders.feeds.feed import FeedPart, ParsedFeed

    fields = dict(message["feed"])
    fields["entries"] = tuple(_entry(entry) for entry in fields["entries"])
    fields["problems"] = tuple(fields["problems"])
    fields["parts"] = tuple(FeedPart(part["url"], _moment(part["changed"])) for part in fields["parts"])
    return ParsedFeed(**fields)


def pack_front_page(page: FrontPage) -> bytes:
    """Encode the feeds of a page."""
    return pack_message({"page": to_json(page)})


def unpack_front_page(message: dict[str, Any]) -> FrontPage:
    """Decode the feeds of a page."""
    from spiders.feeds.discovery import FoundFeed, FrontPage

    fields = message["page"]
    return FrontPage(tuple(FoundFeed(**feed) for feed in fields["feeds"]), fields["site_name"])


def _entry(fields: Mapping[str, Any]) -> FeedEntry:
    from spiders.feeds.feed import FeedEntry

    moments = {name: _moment(fields[name]) for name in ("published", "updated")}
    return FeedEntry(**{**fields, **moments})


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
