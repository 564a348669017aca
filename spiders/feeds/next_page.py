"""Finds the next page of a list: by `rel=next`, by its label in many languages, or by the next number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from copytaster.identity import canonical_url
from spiders.feeds.entries import resolve_link

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_LINKS = 5_000
_LABEL = re.compile(
    r"(?:(?:go to |zur )?(?:next|older|more stories|load more|show more|nächste|weitere?|ältere|suivante?s?|plus anciens"
    r"|siguientes?|más antiguas|próxim[ao]s?|anteriores|successiv[oiae]|avanti|volgende|nästa|neste|næste|seuraava"
    r"|następn\w{1,3}|další|następne|sonraki|следующ\w{1,3}|дальше|επόμεν\w{1,3}|下一[页頁]|次へ|次の\w{0,5}|다음)"
    r"(?: page| posts| entries| news| stories| articles| seite| artikel| page suivante| página| pagina)?)?\s?[›»→>]{0,2}",
    re.IGNORECASE,
)
_CLASS = re.compile(r"(?:^|[\s_-])(?:next|older)(?:$|[\s_-])", re.IGNORECASE)
_NUMBER = re.compile(
    r"((?:[?&](?:page|p|pg|paged|seite|pagina|start|offset)=)|/(?:page|seite|p|pagina|strona)[/-]?)(\d{1,5})(?=$|[/&.#])",
    re.IGNORECASE,
)


def find_next_page(tree: LexborHTMLParser, base: str, url: str) -> str | None:
    """The address of the next page of this list on the same host; None if there is none."""
    for node in tree.css('link[rel~="next" i][href], a[rel~="next" i][href]')[:10]:
        if found := _usable(node, base, url):
            return found
    anchors = tree.css("a[href]")[:MAX_LINKS]
    for node in anchors:
        if (
            _is_labelled(node)
            and (found := _usable(node, base, url))
            and not _number_of(found) < _number_of(url)
        ):
            return found
    following = _number_of(url) + 1
    for node in anchors:
        found = _usable(node, base, url)
        if (
            found
            and _number_of(found) == following
            and is_page_of_list(canonical_url(found), canonical_url(url))
        ):
            return found
    return None


def is_page_of_list(one: str, other: str) -> bool:
    """True if two canonical addresses differ in the number of a page alone."""
    return _NUMBER.sub("", one).rstrip("/") == _NUMBER.sub("", other).rstrip("/")


def _usable(node: LexborNode, base: str, url: str) -> str | None:
    link = resolve_link(node.attributes.get("href"), base)
    if link is None or urlsplit(link).netloc.lower() != urlsplit(url).netloc.lower():
        return None
    link = link.partition("#")[0]
    return None if canonical_url(link) == canonical_url(url) else link


def _is_labelled(node: LexborNode) -> bool:
    attributes = node.attributes
    said = (node.text(strip=True), attributes.get("aria-label") or "", attributes.get("title") or "")
    if any(text and _LABEL.fullmatch(text.strip()) for text in said):
        return True
    return bool(_CLASS.search(attributes.get("class") or "") and len(said[0]) < 30)  # noqa: PLR2004  (no headline)


def _number_of(url: str) -> int:
    found = _NUMBER.search(url)
    return int(found[2]) if found else 1
