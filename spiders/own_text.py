"""The text that a feed itself carries of an entry, as a page to parse: for entries whose page cannot be had, or that have none.

Many feeds carry their stories whole. Where the page is a wall, an error, gone or a teaser, this is the only copy there is;
it is stored with `extractor: feed`, and the page's own text becomes the next version once it comes.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import escape, unescape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from copytaster.values import RawPage
from spiders.parsing.part import PARTIAL

if TYPE_CHECKING:
    from copytaster.values import ParsedStory
    from spiders.feeds import FeedEntry

FEED_TEXT = "feed-text"  # how an entry ended whose page is asked for again
CUT = "partial"  # why a feed's text is taken though its page gave a story
NOT_INSTEAD_OF = frozenset(
    {"http-410", "taken-down", "embargoed", "cancelled"}
)  # there is nothing to stand in for
_MARKUP = re.compile(
    r"</?(?:p|div|br|span|a|li|ul|h\d|em|strong|b|i|blockquote)\b[^<>]{0,500}>", re.IGNORECASE
)
_BREAKS = re.compile(r"\s*\n\s*\n\s*|\r?\n")


def has_text(entry: FeedEntry) -> bool:
    """True if the feed carries a text with the entry that may be the whole story."""
    return bool(entry.text and entry.title)


def text_page(entry: FeedEntry, feed_url: str) -> RawPage:
    """The entry's text as a page at the entry's address; an entry without one gets a name of its own."""
    language = f' lang="{escape(entry.language)}"' if entry.language else ""
    text = entry.text
    if not _MARKUP.search(text) and _MARKUP.search(twice := unescape(text)):
        text = twice
    text = text if _MARKUP.search(text) else _as_paragraphs(text)
    body = (
        f"<!doctype html><html{language}><head><meta charset=utf-8><title>{escape(entry.title)}</title></head>"
        f"<body><article><h1>{escape(entry.title)}</h1>\n{text}\n</article></body></html>"
    )
    return RawPage(address_of(entry, feed_url), body.encode("utf-8", "replace"), datetime.now(UTC))


def address_of(entry: FeedEntry, feed_url: str) -> str:
    """The entry's address; of one that links nowhere a name that no page has."""
    return entry.url or f"urn:feed:{urlsplit(feed_url).hostname or 'feed'}:{entry.key[:32]}"


def as_feed_story(story: ParsedStory) -> ParsedStory | None:
    """The parsed text marked as the feed's; None for a teaser, which stands for no story."""
    if "teaser" in story.warnings:
        return None
    return replace(story, extractor="feed")


def is_cut(story: ParsedStory) -> bool:
    """True if the page printed a part of its story only."""
    return PARTIAL in story.warnings


def _as_paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in _BREAKS.split(text) if line.strip())
