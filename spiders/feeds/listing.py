"""Reads a listing page as a feed: the links to stories, by a selector or by the page's own repetition, and the next page.

A list of stories is many links in one place of the layout, with titles of several words and addresses that name a page.
Menus, footers and side columns have short titles, or stand in elements that say so.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from copytaster.errors import UnparsableError
from copytaster.identity import canonical_url
from copytaster.wire.moment import read_moment
from spiders.feeds.discovery import base_of, site_name
from spiders.feeds.entries import MAX_TITLE, EntryClaim, bounded_text, check_entries, resolve_link
from spiders.feeds.feed import ParsedFeed
from spiders.feeds.next_page import find_next_page, is_page_of_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from selectolax.lexbor import LexborNode

MAX_LINKS = 5_000
FEWEST = 3  # links that make a list
TITLE_CHARS = 15
LATIN_SHARE = 0.5
_BEST_SHARE = 0.15  # of the best place's score: a page may print its stories in several places
_DEPTH = 4  # ancestors that make a place
_CHROME = frozenset({"nav", "footer", "aside", "header", "form"})
_CHROME_ROLES = frozenset({"navigation", "contentinfo", "search", "menu", "menubar", "complementary"})
_CHROME_NAME = re.compile(
    r"(?:^|[\s_-])(?:nav|menu|footer|breadcrumbs?|sidebar|share|social|cookie|consent|legal|login|advert\w{0,10}|promo)"
    r"(?=$|[\s_-])",
    re.IGNORECASE,
)
_NAMES_STORY = re.compile(
    r"/\d{4}/\d{1,2}/|\d{5}|(?:[^\W_]+[-_]){3}[^\W_]|[-_/]\d{3,}(?:$|[./])|[a-z]\d{3,}|\d[.]\w{3,5}$",
    re.IGNORECASE,
)
_LATIN = re.compile(r"[A-Za-zÀ-ɏΑ-ωА-я]")


@dataclass(frozen=True, slots=True)
class _Link:
    url: str
    title: str
    place: tuple[str, ...]
    node: LexborNode


def read_listing(
    html: bytes, *, url: str, max_entries: int, selector: str = "", is_further: bool = False
) -> ParsedFeed:
    """Read a listing page.

    Args:
        html: the page, decompressed.
        url: where it was fetched from.
        max_entries: so many links from the top are kept.
        selector: CSS of the links, or of elements that hold one each; empty where the page's repetition shall tell.
        is_further: a page behind the first one; the last of them may have one link, or none.

    Raises:
        UnparsableError: `no-links`, no list of stories is found, or the selector meets no link.
    """
    tree = LexborHTMLParser(html)
    base = base_of(tree, url)
    chosen = (
        list(_selected(tree, selector, base, url))
        if selector
        else _learned(_links(tree, base, url), fewest=1 if is_further else FEWEST)
    )
    if not chosen and not is_further:
        raise UnparsableError(
            f"the selector {selector!r} meets no link"
            if selector
            else "no list of stories is found on this page",
            reason="no-links",
            resource=url,
            hint='name the links with `selectors = { links = "h2 a" }`',
        )
    problems = []
    if len(chosen) > max_entries:
        problems.append(f"capped: {len(chosen) - max_entries} of {len(chosen)} links are left out")
    claims = [_claim(number, link) for number, link in enumerate(chosen[:max_entries], 1)]
    verdict = check_entries(claims, url=url)
    title = tree.css_first("title")
    return ParsedFeed(
        kind="listing",
        title=site_name(html) or (bounded_text(title.text(), MAX_TITLE) if title is not None else ""),
        language=(tree.root.attributes.get("lang") if tree.root is not None else None) or None,
        entries=verdict.entries,
        problems=(*problems, *verdict.problems),
        lost=verdict.lost,
        site_url=url,
        next_url=find_next_page(tree, base, url),
    )


def _claim(number: int, link: _Link) -> EntryClaim:
    printed = _moment_beside(link)
    moment = read_moment(printed) if printed else None
    known = moment is not None and not moment.is_day and moment.zone is not None
    return EntryClaim(
        number=number,
        link=link.url,
        title=link.title,
        published=moment.at if known and moment else None,
        published_zone=moment.zone if known and moment else None,
    )


def _selected(tree: LexborHTMLParser, selector: str, base: str, url: str) -> Iterator[_Link]:
    met = set()
    for node in tree.css(selector)[:MAX_LINKS]:
        found = node if node.tag == "a" else node.css_first("a[href]")
        link = resolve_link(found.attributes.get("href"), base) if found is not None else None
        page = canonical_url(link) if link else ""
        if found is None or not link or page in met or page == canonical_url(url):
            continue
        met.add(page)
        yield _Link(link.partition("#")[0], bounded_text(found.text(separator=" "), MAX_TITLE), (), found)


def _links(tree: LexborHTMLParser, base: str, url: str) -> Iterator[_Link]:
    """Every link that may lead to a story, once for each place."""
    own, here = _site(url), canonical_url(url)
    for node in tree.css("a[href]")[:MAX_LINKS]:
        link = resolve_link(node.attributes.get("href"), base)
        if link is None or _site(link) != own:
            continue
        parts = urlsplit(link)
        page = canonical_url(link)
        if (
            page == here
            or is_page_of_list(page, here)
            or not _NAMES_STORY.search(f"{parts.path}?{parts.query}")
        ):
            continue
        title = _title_of(node)
        if _is_short(title) or _is_chrome(node):
            continue
        yield _Link(link.partition("#")[0], title, _place(node), node)


def _learned(links: Iterable[_Link], *, fewest: int) -> list[_Link]:
    """The links of the places that look like lists of stories, in the order of the page, each address once."""
    listed = list(links)
    places: defaultdict[tuple[str, ...], dict[str, _Link]] = defaultdict(dict)
    for link in listed:
        places[link.place].setdefault(canonical_url(link.url), link)
    scores = {place: _score(found.values()) for place, found in places.items()}
    best = max(scores.values(), default=0.0)
    good = {place for place, score in scores.items() if score and score >= _BEST_SHARE * best}
    chosen: dict[str, _Link] = {}
    for link in listed:
        page = canonical_url(link.url)
        if link.place in good and (page not in chosen or len(link.title) > len(chosen[page].title)):
            chosen[page] = link
    return list(chosen.values()) if len(chosen) >= fewest else []


def _score(links: Iterable[_Link]) -> float:
    titles = {link.title for link in links}
    return float(sum(min(len(title), 80) for title in titles))


def _title_of(node: LexborNode) -> str:
    heading = node.css_first("h1, h2, h3, h4, h5")
    text = bounded_text((heading or node).text(separator=" "), MAX_TITLE)
    return text or bounded_text(
        node.attributes.get("title") or node.attributes.get("aria-label") or "", MAX_TITLE
    )


def _is_short(title: str) -> bool:
    """True for the label of a menu; scripts without blanks say as much in a third of the letters."""
    latin = len(_LATIN.findall(title)) >= LATIN_SHARE * len(title)
    if latin:
        return len(title) < TITLE_CHARS or len(title.split()) < FEWEST
    return len(title) < TITLE_CHARS // 2


def _is_chrome(node: LexborNode) -> bool:
    inside: LexborNode | None = node.parent
    in_story = False
    while inside is not None and inside.tag not in {"body", "html", "-undef"}:
        attributes = inside.attributes
        in_story = in_story or inside.tag in {"article", "main"}
        if inside.tag in _CHROME and not (inside.tag == "header" and in_story):
            return True
        if (attributes.get("role") or "").lower() in _CHROME_ROLES:
            return True
        if _CHROME_NAME.search(f"{attributes.get('class') or ''} {attributes.get('id') or ''}"):
            return True
        inside = inside.parent
    return False


def _place(node: LexborNode) -> tuple[str, ...]:
    """Where a link stands in the layout: tags and first classes of its nearest ancestors, without numbers."""
    place: list[str] = []
    inside: LexborNode | None = node
    while inside is not None and len(place) < _DEPTH and inside.tag not in {"body", "html", "-undef"}:
        name = (inside.attributes.get("class") or "").split()[:1]
        place.append(f"{inside.tag}.{re.sub(r'[0-9]', '', name[0])}" if name else str(inside.tag))
        inside = inside.parent
    return tuple(place)


def _moment_beside(link: _Link) -> str | None:
    """The machine-readable time in the smallest element that holds this link and no other story's."""
    inside: LexborNode | None = link.node
    own = canonical_url(link.url)
    for _ in range(_DEPTH):
        if inside is None:
            return None
        times = inside.css("time[datetime]")
        if times:
            hrefs = {resolve_link(one.attributes.get("href"), link.url) for one in inside.css("a[href]")}
            others = {
                canonical_url(href) for href in hrefs if href and _NAMES_STORY.search(urlsplit(href).path)
            }
            return times[0].attributes.get("datetime") if others <= {own} and len(times) == 1 else None
        inside = inside.parent
    return None


def _site(url: str) -> str:
    """The host without its first label where there are more than two: stories may lie on a sibling host."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    labels = host.split(".")
    return host if len(labels) < FEWEST or labels[-1].isdigit() else ".".join(labels[-2:])
