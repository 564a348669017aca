"""Reads feeds: RSS 0.9x, 1.0, 2.0, Atom and JSON Feed. Takes bytes, returns values, fetches nothing."""

from spiders.feeds.feed import FeedEntry, ParsedFeed
from spiders.feeds.reading import parse_feed

__all__ = ["FeedEntry", "ParsedFeed", "parse_feed"]
