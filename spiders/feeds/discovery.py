"""Finds the feeds of a page: those it declares, those it links to, and guesses at usual paths."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from copytaster.identity import canonical_url
from spiders.feeds.entries import bounded_text, resolve_link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborNode

How = Literal["link", "anchor", "guess"]
MAX_FOUND = 40
_TYPES = {
    "application/rss+xml": "rss",
    "application/atom+xml": "atom",
    "application/rdf+xml": "rss",
    "application/feed+json": "json",
}
_LOOSE_TYPES = frozenset({"application/xml", "text/xml", "application/json"})
_LOOKS_LIKE_FEED = re.compile(
    r"\.(?:rss|atom|rdf)$|/(?:rss|feeds?|atom)(?:/|$|\.)|(?:rss|feed|atom)[\w-]{0,30}\.(?:xml|json)$",
    re.IGNORECASE,
)
_COMMENTS = re.compile(r"comment|kommentar|commentaire|coment[aá]r", re.IGNORECASE)
_USUAL_PLACES = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json")


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """An address that may be a feed; `how` says where it was found; `guess` means a usual path, not requested yet."""

    url: str
    how: How
    kind: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class FrontPage:
    """The possible feeds of a page, likeliest first, and the name that the site gives itself."""

    feeds: tuple[FoundFeed, ...]
    site_name: str | None = None


def read_front_page(html: bytes, url: str) -> FrontPage:
    """Read a page for the feeds that it leads to."""
    return FrontPage(find_feeds(html, url), site_name(html))


def find_feeds(html: bytes, url: str) -> tuple[FoundFeed, ...]:
    """List the possible feeds of a page, likeliest first: declared, linked, guessed; comment feeds last."""
    tree = LexborHTMLParser(html)
    base = base_of(tree, url)
    found: dict[str, FoundFeed] = {}
    for feed in (*_named(tree, base), *_linked(tree, base), *_usual(url)):
        found.setdefault(canonical_url(feed.url), feed)
    ranked = sorted(found.values(), key=_is_about_comments)
    return tuple(ranked[:MAX_FOUND])


def site_name(html: bytes) -> str | None:
    """The site's own name (`og:site_name`), or None."""
    node = LexborHTMLParser(html).css_first('meta[property="og:site_name"]')
    return bounded_text(_attribute(node, "content"), 200) or None if node is not None else None


def base_of(tree: LexborHTMLParser, url: str) -> str:
    """The address against which the links of a page are resolved."""
    node = tree.css_first("base[href]")
    return resolve_link(_attribute(node, "href"), url) or url if node is not None else url


def _attribute(node: LexborNode, name: str) -> str:
    return node.attributes.get(name) or ""


def _named(tree: LexborHTMLParser, base: str) -> Iterator[FoundFeed]:
    for node in tree.css("link[href]"):
        relations = _attribute(node, "rel").lower().split()
        if not {"alternate", "feed"} & set(relations):
            continue
        media = _attribute(node, "type").partition(";")[0].strip().lower()
        link = resolve_link(_attribute(node, "href"), base)
        loose = media in _LOOSE_TYPES and link is not None and _LOOKS_LIKE_FEED.search(urlsplit(link).path)
        if link and (media in _TYPES or loose or "feed" in relations):
            title = bounded_text(_attribute(node, "title"), 200)
            yield FoundFeed(link, "link", _TYPES.get(media), title or None)


def _linked(tree: LexborHTMLParser, base: str) -> Iterator[FoundFeed]:
    for node in tree.css("a[href]"):
        link = resolve_link(_attribute(node, "href"), base)
        if link is None or len(link) > 500:  # noqa: PLR2004  (no feed has an address that long)
            continue
        if _LOOKS_LIKE_FEED.search(urlsplit(link).path):
            yield FoundFeed(link.partition("#")[0], "anchor", None, bounded_text(node.text(), 200) or None)


def _usual(url: str) -> Iterator[FoundFeed]:
    for place in _USUAL_PLACES:
        yield FoundFeed(urljoin(url, place), "guess")


def _is_about_comments(feed: FoundFeed) -> bool:
    return bool(_COMMENTS.search(f"{urlsplit(feed.url).path} {feed.title or ''}"))
