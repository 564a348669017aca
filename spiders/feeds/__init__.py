"""Reads feeds: RSS 0.9x, 1.0, 2.0, Atom, JSON Feed, sitemaps and listing pages. Takes bytes, returns values, fetches nothing."""

from spiders.feeds.feed import FeedEntry, FeedPart, ParsedFeed
from spiders.feeds.reading import parse_feed

__all__ = ["FeedEntry", "FeedPart", "ParsedFeed", "parse_feed"]
