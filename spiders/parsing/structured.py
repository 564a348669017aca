"""Reads the claims of a page about itself: JSON-LD, meta tags, links. Checks none of them, but bounds each.

A claim beyond its bound is left out, never cut: the page itself then gives what the claim would have.
"""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import dataclass, field
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeGuard

from spiders.parsing.loose_json import read_loosely
from spiders.parsing.own_article import Description, ThisPage, agreement, choose_article
from spiders.parsing.wordlist import word_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from selectolax.lexbor import LexborHTMLParser, LexborNode

_ARTICLE_TYPES = frozenset(
    word_list(
        """article newsarticle reportagenewsarticle analysisnewsarticle backgroundnewsarticle opinionnewsarticle
    reviewnewsarticle liveblogposting blogposting report satiricalarticle advertisercontentarticle
    askpublicnewsarticle scholarlyarticle techarticle socialmediaposting"""
    )
)
_PART_KEYS = frozenset(
    word_list("itemListElement hasPart mentions about citation isPartOf isBasedOn subjectOf")
)
_OTHERS_KEYS = frozenset(word_list("liveBlogUpdate comment review relatedLink"))
_MAX_HEADINGS = 5
_MAX_NODES = 5_000  # read of one JSON-LD block
_MAX_BLOCKS = 100
_MAX_BLOCK_CHARS = 1_000_000  # of one block
_MAX_ALL_CHARS = 4_000_000  # of all blocks
_MAX_BODY_CHARS = 200_000  # of an articleBody; long stories have 20,000
_MAX_TEXT_CHARS = 10_000  # of any other text
_REFERRED = frozenset({"author", "creator", "publisher", "sourceOrganization", "provider", "copyrightHolder"})
_MAX_ITEMS = 100  # of a list of authors, keywords, images
_MAX_META = 1_000  # tags
_MAX_SCOPE_DEPTH = 30
_OF_ANOTHER = 0.4  # share of common words below which microdata is of another story
_CONTROL = re.compile(r"[\x00-\x1f]")
_TRAILING_COMMA = re.compile(r",\s{0,20}([}\]])")
_HTML_COMMENT = re.compile(
    r"^\s{0,50}(?:<!--|//\s?<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s?\]\]>|\]\]>)[\s;]{0,50}$"
)
_TAG = re.compile(r"<[^<>]{1,500}>")
_PARAGRAPH_TAG = re.compile(r"</?(?:p|br|div|li|h\d)\b[^<>]{0,200}>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PageClaims:
    """The page's claims; empty where it makes none.

    Attributes:
        article: the JSON-LD object of the page's own story, or an empty dict.
        types: every JSON-LD type on the page, lower case.
        others: number of described articles that are other stories.
        meta: meta tags by lower-case name or property, the first of each.
        canonical: the canonical link as printed.
        language: of the `html` tag.
        title: text of the `title` tag.
        capped: True if a claim in JSON-LD was too long, too deep or too many, and was left out.
    """

    article: dict[str, Any] = field(default_factory=dict)
    types: frozenset[str] = frozenset()
    others: int = 0
    meta: dict[str, str] = field(default_factory=dict)
    canonical: str | None = None
    language: str | None = None
    title: str = ""
    capped: bool = False

    def first(self, *names: str) -> str | None:
        """The first of these meta tags that is not empty."""
        return next((self.meta[name] for name in names if self.meta.get(name)), None)

    def text(self, *path: str) -> str | None:
        """A plain text in the JSON-LD article: `text("publisher", "name")`; the first of a list."""
        value: Any = self.article
        for step in path:
            value = value[0] if isinstance(value, list) and value else value
            value = value.get(step) if isinstance(value, dict) else None
        value = value[0] if isinstance(value, list) and value else value
        if isinstance(value, dict):
            value = value.get("name") or value.get("@value")
        return strip_markup(value) or None if _is_short(value) else None

    def names(self, key: str) -> list[str]:
        """Names under a key of the JSON-LD article that holds a text, an object, or a list of either."""
        value = self.article.get(key)
        found = []
        for item in value[:_MAX_ITEMS] if isinstance(value, list) else [value]:
            name = item.get("name") if isinstance(item, dict) else item
            texts = name[:_MAX_ITEMS] if isinstance(name, list) else [name]
            found += [strip_markup(text) for text in texts if _is_short(text)]
        return [name for name in found if name]


def read_claims(tree: LexborHTMLParser, *, url: str = "", feed_title: str | None = None) -> PageClaims:
    """Collect the claims; nearly-JSON is read as far as it goes.

    Args:
        tree: the page.
        url: its address, by which the JSON-LD may name it.
        feed_title: the headline that its feed gives.
    """
    blocks, left_out = _read_blocks(tree)
    objects = [item for block in blocks for item in _objects(block)]
    title = tree.css_first("title")
    canonical = tree.css_first('link[rel~="canonical" i]')
    canonical_link = canonical.attributes.get("href") if canonical is not None else None
    said_title = " ".join(title.text().split()) if title is not None else ""
    headings = [node.text(separator=" ") for node in tree.css("h1")[:_MAX_HEADINGS]]
    meta = _read_meta(tree, [*headings, said_title])
    this = ThisPage(
        tuple(filter(None, (url, canonical_link, meta.get("og:url")))),
        tuple(filter(None, (*headings, meta.get("og:title"), said_title, feed_title))),
    )
    articles = [one for one in objects if types_of(one.item) & _ARTICLE_TYPES]
    own = choose_article(articles, this)
    article = {key: value for key, value in own.items() if _is_bounded(key, value)}
    article |= {key: _follow(article[key], objects) for key in _REFERRED & article.keys()}
    html = tree.css_first("html")
    return PageClaims(
        article=article,
        types=frozenset(kind for one in objects for kind in types_of(one.item)),
        others=len(articles) - bool(own),
        meta=meta,
        canonical=canonical_link,
        language=(html.attributes.get("lang") or html.attributes.get("xml:lang"))
        if html is not None
        else None,
        title=said_title,
        capped=left_out or len(article) < len(own),
    )


def _follow(value: Any, objects: Sequence[Description]) -> Any:
    """The objects that references of a graph mean: `{"@id": "#ada"}`."""
    values = value if isinstance(value, list) else [value]
    wanted = {
        one["@id"]
        for one in values
        if isinstance(one, dict) and "name" not in one and _is_short(one.get("@id"))
    }
    if not wanted:
        return value
    meant = {
        one.item["@id"]: one.item
        for one in objects
        if "name" in one.item and isinstance(one.item.get("@id"), str) and one.item["@id"] in wanted
    }
    return [
        meant.get(one.get("@id"), one) if isinstance(one, dict) and "name" not in one else one
        for one in values
    ]


def strip_markup(text: str) -> str:
    """Turn a JSON-LD value with markup or doubly escaped entities into one line of text."""
    return " ".join(unescape(unescape(_TAG.sub(" ", text))).split())


def body_paragraphs(text: str) -> list[str]:
    """Split an `articleBody` into paragraphs at markup or line breaks."""
    parted = _PARAGRAPH_TAG.sub("\n", unescape(text))
    return [line for line in (strip_markup(part) for part in re.split(r"[\r\n]+", parted)) if line]


def _read_meta(tree: LexborHTMLParser, titles: list[str]) -> dict[str, str]:
    """The meta tags, without those inside the description of another story."""
    meta: dict[str, str] = {}
    for node in tree.css("meta[content], meta[value]")[:_MAX_META]:
        attributes = node.attributes
        name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
        content = attributes.get("content") or attributes.get("value")
        if not (name and content and content.strip()) or len(content) > _MAX_TEXT_CHARS:
            continue
        is_named = "itemprop" not in attributes or "name" in attributes or "property" in attributes
        if is_named or not _is_of_another(node, titles):
            meta.setdefault(name.strip().lower(), " ".join(unescape(content).split()))
    return meta


def _is_of_another(node: LexborNode, titles: list[str]) -> bool:
    """True if microdata around a tag describes a story whose headline is none of the page's titles."""
    scope = node.parent
    for _ in range(_MAX_SCOPE_DEPTH):
        if scope is None or "itemscope" in scope.attributes:
            break
        scope = scope.parent
    if scope is None or "itemscope" not in scope.attributes:
        return False
    named = scope.css_first('[itemprop~="headline"]')
    headline = (named.attributes.get("content") or named.text(separator=" ")) if named is not None else ""
    return bool(headline.strip()) and all(
        agreement(headline, title) < _OF_ANOTHER for title in titles if title
    )


def _is_short(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) <= _MAX_TEXT_CHARS


def _is_bounded(key: str, value: Any) -> bool:
    """False for a claim that is too long to be one."""
    if key == "articleBody":
        parts = value if isinstance(value, list) else [value]
        return sum(len(part) for part in parts if isinstance(part, str)) <= _MAX_BODY_CHARS
    if isinstance(value, list):
        return len(value) <= _MAX_NODES
    return not isinstance(value, str) or len(value) <= _MAX_TEXT_CHARS


def _read_blocks(tree: LexborHTMLParser) -> tuple[list[Any], bool]:
    """Load the JSON-LD blocks; returns also whether some were too large, too deep or too many."""
    scripts = tree.css('script[type*="ld+json" i]')
    left_out = len(scripts) > _MAX_BLOCKS
    blocks = []
    room = _MAX_ALL_CHARS
    for script in scripts[:_MAX_BLOCKS]:
        text = script.text(deep=True) or ""
        if len(text) > min(_MAX_BLOCK_CHARS, room):
            left_out = True
            continue
        room -= len(text)
        try:
            blocks.append(_load(text))
        except RecursionError:
            left_out = True
    return blocks, left_out


def _load(text: str) -> Any:
    """Load a block, loosely where it is not quite JSON; None if nothing can be read.

    Raises:
        RecursionError: it is nested too deep.
    """
    text = _HTML_COMMENT.sub("", text).strip()
    if not text:
        return None
    for mended in (text, _TRAILING_COMMA.sub(r"\1", _CONTROL.sub(" ", text))):
        try:
            loaded = json.loads(mended, strict=False)
            return json.loads(loaded, strict=False) if isinstance(loaded, str) else loaded
        except ValueError:
            continue
    return read_loosely(text) or None


def _objects(data: Any) -> Iterator[Description]:
    """Yield every object in the data, outermost first, without recursion; live updates and comments are left out."""
    waiting: deque[tuple[Any, bool]] = deque([(data, False)])
    seen = 0
    while waiting and seen < _MAX_NODES:
        item, nested = waiting.popleft()
        seen += 1
        room = _MAX_NODES - len(waiting)
        if isinstance(item, dict):
            yield Description(item, nested)
            inner = (
                (value, nested or key in _PART_KEYS)
                for key, value in item.items()
                if isinstance(value, (dict, list)) and key not in _OTHERS_KEYS
            )
            waiting.extend(islice(inner, room))
        elif isinstance(item, list):
            waiting.extend(islice(((value, nested) for value in item), room))


def types_of(item: dict[str, Any]) -> frozenset[str]:
    """The object's types, lower case and without their vocabulary."""
    kinds = item.get("@type")
    return frozenset(
        kind.rsplit("/", 1)[-1].rsplit(":", 1)[-1].lower()
        for kind in (kinds if isinstance(kinds, list) else [kinds])
        if isinstance(kind, str)
    )
