"""Recognises pages that are no story (front pages, sections, players) by their claims or their layout."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spiders.parsing.block_scores import latin_length
from spiders.parsing.main_element import LEAF_TAGS, blocks_inside

if TYPE_CHECKING:
    from spiders.parsing.blocks import Block, PageLayout
    from spiders.parsing.body import Body
    from spiders.parsing.page_view import PageView
    from spiders.parsing.structured import PageClaims

_LISTING_TYPES = frozenset({"collectionpage", "searchresultspage", "itemlist", "videogallery", "profilepage"})
_HOME = re.compile(r"https?://[^/]{1,255}/?(?:index\.\w{2,5}|home)?/?$", re.IGNORECASE)
_HEADING_TAGS = frozenset({"h2", "h3", "h4"})
_LINKED = 0.6  # share of a heading's letters in links
_TITLE_CHARS = 20
_MANY_TITLES = 5
_PLAYER_CHARS = 300  # of text under a player; more is a story with a film


def says_story(claims: PageClaims) -> bool:
    """True if the page claims to be a story."""
    return bool(claims.article) or (claims.first("og:type") or "").lower() == "article"


def says_listing(claims: PageClaims, url: str) -> bool:
    """True if the page claims to be a list of stories, or its address is a site's home page."""
    if says_story(claims):
        return False
    kinds = _LISTING_TYPES - ({"itemlist"} if claims.others else set())  # a story may list other stories
    return bool(claims.types & kinds) or _HOME.match(url) is not None


def looks_like_listing(view: PageView, body: Body) -> bool:
    """True if linked titles outnumber the paragraphs, or a player has little text below it."""
    layout, claims = view.layout, view.claims
    if says_story(claims) or body.main_element < 0:
        return False
    if "videoobject" in claims.types or (claims.first("og:type") or "").lower().startswith("video"):
        return sum(map(latin_length, body.paragraphs)) < _PLAYER_CHARS
    inside = (layout.blocks[index] for index in blocks_inside(layout, body.main_element))
    titles = sum(_is_title(layout, block) for block in inside)
    return titles >= _MANY_TITLES and titles >= len(body.paragraphs)


def _is_title(layout: PageLayout, block: Block) -> bool:
    if len(block.text) < _TITLE_CHARS or block.link_chars <= _LINKED * len(block.text):
        return False
    path = layout.ancestors(block.element)[:3]
    return any(layout.elements[index].tag in _HEADING_TAGS & LEAF_TAGS for index in path)
