"""The kinds of sources and their spiders. A new kind needs one class and one entry here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spiders.feed_spider import FeedSpider

if TYPE_CHECKING:
    from spiders.page_spider import PageSpider

SPIDERS: dict[str, type[PageSpider]] = {"feed": FeedSpider}
