"""Sitemaps, news sitemaps and indexes of sitemaps (sitemaps.org), robots.txt as an index, and lists of addresses.

Prefixes and namespaces are often undeclared, misspelt or missing, so an element is known by its local name and its parent.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lxml import etree

from copytaster.errors import UnparsableError
from spiders.feeds.entries import (
    MAX_ID,
    MAX_TITLE,
    EntryClaim,
    bounded_text,
    check_entries,
    read_dates,
    resolve_link,
)
from spiders.feeds.feed import FeedPart, ParsedFeed
from spiders.feeds.limits import MAX_DEPTH, MAX_ELEMENTS
from spiders.feeds.prolog import ROOT_TAG
from spiders.feeds.repair import declare_prefixes, repair_references

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_PARTS = 50_000  # of an index (sitemaps.org)
ROOTS = frozenset({"urlset", "sitemapindex"})
_WITHIN = 65_536  # characters before the root element
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]{0,60}:)?(urlset|sitemapindex)(?=[\s/>])", re.IGNORECASE)
_ROBOTS_LINE = re.compile(
    r"^[ \t]{0,20}site-?maps?[ \t]{0,20}:[ \t]{0,20}(\S{1,2000})", re.IGNORECASE | re.MULTILINE
)
_ADDRESS_LINE = re.compile(r"https?://[^\s<>]{1,2000}$", re.IGNORECASE)
_OF_NEWS = frozenset({"publication_date", "title", "language", "name", "keywords"})
_EARLIEST = datetime.min.replace(tzinfo=UTC)


def is_sitemap(text: str) -> bool:
    """True if the text's first element is the root of a sitemap or of an index."""
    found = _ROOT.search(text, 0, _WITHIN)
    if found is None:
        return False
    before = re.sub(r"<[?!].{0,20000}?>", "", text[: found.start()], flags=re.DOTALL)
    return ROOT_TAG.search(before) is None


def is_list_of_addresses(text: str) -> bool:
    """True for a robots.txt that names sitemaps, and for a text with one address in each line."""
    if _ROBOTS_LINE.search(text[:_WITHIN]):
        return not text.lstrip().startswith("<")
    lines = text[:_WITHIN].split()
    return bool(lines) and all(_ADDRESS_LINE.match(line) for line in lines[:20])


def read_address_list(text: str, *, url: str, max_entries: int, problems: list[str]) -> ParsedFeed:
    """The sitemaps that a robots.txt names, or the pages that a text sitemap names."""
    named = [link for one in _ROBOTS_LINE.findall(text) if (link := resolve_link(one, url))]
    if named:
        parts = tuple(FeedPart(link) for link in dict.fromkeys(named[:MAX_PARTS]))
        return ParsedFeed("robots", "", (), problems=tuple(problems), parts=parts)
    claims = (EntryClaim(number, link=line) for number, line in enumerate(text.split(), 1))
    return _make_feed(list(islice(claims, 2 * max_entries)), "sitemap", url, max_entries, problems, cut="")


def read_sitemap(text: str, *, url: str, max_entries: int, problems: list[str]) -> ParsedFeed:
    """A sitemap or an index from its text; of one that breaks off, what precedes the break.

    A news sitemap gives title, moment, language and publisher of each page. `lastmod` is when the page changed, never when
    the story was published. The entries are the newest ones, newest first.

    Raises:
        UnparsableError: `broken`, no address can be read; `too-complex`.
    """
    root = _ROOT.search(text)
    text = text[root.start() :] if root else text
    root_name = root[1].lower() if root else ""
    whole = (
        re.search(
            rf"</(?:[\w.-]{{1,60}}:)?{root_name}\s{{0,9}}>\s*(?:<!--.*)?\Z", text, re.IGNORECASE | re.DOTALL
        )
        is not None
    )
    cut = "" if whole or text.rstrip().endswith("/>") else "truncated: it breaks off"
    blocks = _read_blocks(declare_prefixes(repair_references(text)), url)
    if root_name == "sitemapindex":
        parts = [part for block in blocks if (part := _part(block, url))]
        if not parts and cut:
            raise UnparsableError("no sitemap of this index can be read", reason="broken", resource=url)
        unique = tuple({part.url: part for part in parts}.values())
        said = [*problems, *([cut] if cut else [])]
        return ParsedFeed("sitemap-index", "", (), problems=tuple(said), partial=bool(cut), parts=unique)
    is_news = False
    claims = []
    for number, block in enumerate(blocks, 1):
        is_news = is_news or "publication_date" in block
        claims.append(_claim(number, block))
    if not claims and cut:
        raise UnparsableError("no address of this sitemap can be read", reason="broken", resource=url)
    return _make_feed(claims, "news-sitemap" if is_news else "sitemap", url, max_entries, problems, cut)


def _make_feed(
    claims: list[EntryClaim], kind: str, url: str, max_entries: int, problems: list[str], cut: str
) -> ParsedFeed:
    nameless = [claim for claim in claims if not claim.link]
    ordered = sorted(
        (claim for claim in claims if claim.link),
        key=lambda claim: claim.published or claim.updated or _EARLIEST,
        reverse=True,  # stable: the undated keep the order of the file, which is newest first by custom
    )
    said = list(problems)
    if len(ordered) > max_entries:
        said.append(f"capped: {len(ordered) - max_entries} older of {len(ordered)} addresses are left out")
    said += [cut] if cut else []
    said += [f"no-address: entry {claim.number}" for claim in nameless]
    verdict = check_entries(ordered[:max_entries], url=url)
    names = {claim.source_publisher for claim in claims if claim.source_publisher}
    return ParsedFeed(
        kind=kind,
        title=names.pop() if len(names) == 1 else "",
        entries=verdict.entries,
        problems=(*said, *verdict.problems),
        lost=len(nameless) + verdict.lost,
        partial=bool(cut) or bool(nameless),
    )


def _read_blocks(text: str, url: str) -> Iterator[Mapping[str, str]]:
    """The values of each `url` or `sitemap` element: its own `loc` and `lastmod`, and those of its `news` element."""
    parser = etree.XMLPullParser(
        events=("start", "end"),
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    block: dict[str, str] = {}
    path: list[str] = []
    elements = 0
    for start in range(0, len(text), _WITHIN):
        try:
            parser.feed(text[start : start + _WITHIN].encode("utf-8", "replace"))
        except etree.XMLSyntaxError:
            return
        for event, element in parser.read_events():
            name = _local(element)
            if event == "start":
                path.append(name)
                elements += 1
                if elements > MAX_ELEMENTS or len(path) > MAX_DEPTH:
                    raise UnparsableError("it is built to be expensive", reason="too-complex", resource=url)
                if name in {"url", "sitemap"}:
                    block = {}
                continue
            path = path[:-1]
            _note(block, name, path, (element.text or "").strip())
            if name in {"url", "sitemap"}:
                yield block
                block = {}
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]


def _note(block: dict[str, str], name: str, path: list[str], text: str) -> None:
    parent = path[-1] if path else ""
    own = name in {"loc", "lastmod"} and parent in {"url", "sitemap"}
    of_news = name in _OF_NEWS and parent in {"news", "publication", "url"}
    if text and (own or of_news):
        block.setdefault(name, text)


def _local(element: etree._Element) -> str:
    name = element.tag if isinstance(element.tag, str) else ""
    return name.rpartition("}")[2].rpartition(":")[2].strip().lower()


def _part(block: Mapping[str, str], url: str) -> FeedPart | None:
    link = resolve_link(block.get("loc"), url)
    if link is None:
        return None
    changed = read_dates(None, block.get("lastmod"), language=None)[1]
    return FeedPart(link, changed.at if changed else None)


def _claim(number: int, block: Mapping[str, str]) -> EntryClaim:
    language = block.get("language")
    published, updated, unread = read_dates(
        block.get("publication_date"), block.get("lastmod"), language=language
    )
    printed = published if block.get("publication_date") else None
    title = bounded_text(block.get("title", ""), MAX_TITLE)
    return EntryClaim(
        number=number,
        link=block.get("loc", "")[:MAX_ID] or None,
        title=title,
        published=printed.at if printed else None,
        published_zone=printed.zone if printed else None,
        updated=updated.at if updated else None,
        unread_date=unread,
        source_publisher=bounded_text(block.get("name", ""), MAX_TITLE) or None,
        language=language,
    )


def names_news(url: str) -> bool:
    """True if the address of a sitemap says that it lists news."""
    return (
        re.search(r"news|nachricht|noticia|actu|latest|breaking", urlsplit(url).path, re.IGNORECASE)
        is not None
    )
