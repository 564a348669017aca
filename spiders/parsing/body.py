"""Finds the body of a story: in JSON-LD, in the page's layout, or with trafilatura, in this order.

JSON-LD texts often lack paragraphs or contain captions: if the layout prints the same text, its paragraphs are used.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from copytaster.sentence_ends import ends_sentence
from spiders.parsing.block_scores import latin_length
from spiders.parsing.main_element import find_main_element
from spiders.parsing.one_story import end_of_story, live_entries
from spiders.parsing.paragraphs import choose_paragraphs
from spiders.parsing.structured import body_paragraphs

if TYPE_CHECKING:
    from copytaster.values import Extractor
    from spiders.parsing.blocks import PageLayout
    from spiders.parsing.page_view import PageView
    from spiders.parsing.structured import PageClaims

_CLAIM_CHARS = 250  # a shorter articleBody is a teaser
_ENOUGH_CHARS = 200  # of body from the layout; with less, trafilatura reads the page too
_ITEM_CHARS = 100  # of an item that is whole all the same
_NEAR_BOXES = 4  # from the headline up
_MUCH_MORE = 1.5  # times the text: the library's body is used from there on
_BROKEN_OFF = re.compile(r"(?:\.\.\.|…)[\])]?\W{0,3}$")
_EXCERPT = 0.6  # a claim of less than this share of what is printed leaves a part out
_TAIL_CHARS = 30  # letters at a claim's end, which a paragraph continues
_WORD = re.compile(r"\w+")
_MAX_LIBRARY_DEPTH = 200  # lxml loses text below 255 (2,048 with its huge-tree option) without an error
_MAX_LIBRARY_CHARS = 3_000_000


@dataclass(slots=True)
class Body:
    """The paragraphs, which extractor found them, and their positions in the layout."""

    paragraphs: list[str]
    extractor: Extractor
    main_element: int = -1
    blocks: list[int] = field(default_factory=list)
    is_live: bool = False  # entries of a live blog, in the order of the page
    end: int = -1  # the last element of the story's box, where other stories follow in boxes like it


def read_body(html: str, view: PageView, *, about: str) -> Body:
    """Return the best body of the page; it may be empty.

    Args:
        html: for trafilatura, which runs if the layout gives little text.
        view: the page.
        about: the page's title and description.
    """
    entries = live_entries(view)
    if entries:
        texts = [view.layout.blocks[index].text for index in entries]
        return Body(texts, "generic", -1, entries, is_live=True)
    claimed = body_paragraphs(_claimed(view.claims))
    main_element = find_main_element(view, about=about, claimed_body=" ".join(claimed))
    blocks = choose_paragraphs(view, main_element) if main_element >= 0 else []
    if (end := end_of_story(view)) >= 0:
        blocks = [index for index in blocks if view.layout.blocks[index].element <= end]
    printed = Body(
        [view.layout.blocks[index].text for index in blocks], "generic", main_element, blocks, end=end
    )
    if sum(map(len, claimed)) >= _CLAIM_CHARS:
        return _reconcile(claimed, printed)
    if sum(map(latin_length, printed.paragraphs)) < _ENOUGH_CHARS and not _stands_below(view, printed):
        return _compare_library(html, view.layout, printed)
    return printed


def _stands_below(view: PageView, printed: Body) -> bool:
    """True if whole sentences fill the headline's own box: a short item, to which a library adds texts of other boxes."""
    if view.headline_at < 0 or not printed.blocks:
        return False
    boxes = view.layout.ancestors(view.layout.blocks[view.headline_at].element)[1:_NEAR_BOXES]
    own = printed.main_element in boxes and view.layout.elements[printed.main_element].tag != "body"
    size = sum(map(latin_length, printed.paragraphs))
    return own and size >= _ITEM_CHARS and ends_sentence(printed.paragraphs[-1])


def _claimed(claims: PageClaims) -> str:
    body = claims.article.get("articleBody")
    body = "\n".join(part for part in body if isinstance(part, str)) if isinstance(body, list) else body
    return body if isinstance(body, str) else ""


def _reconcile(claimed: list[str], printed: Body) -> Body:
    """Choose between the text in JSON-LD and the text that the page prints."""
    said, shown = _count(claimed), _count(printed.paragraphs)
    shared = sum((said & shown).values())
    half_printed = shared > 0.85 * sum(shown.values()) and shared > 0.5 * sum(said.values())
    if shared < 0.75 * sum(said.values()) and not half_printed:
        return Body(claimed, "json-ld", printed.main_element, printed.blocks, end=printed.end)
    kept = [
        (index, text)
        for index, text in zip(printed.blocks, printed.paragraphs, strict=True)
        if _is_said(text, said)
    ]
    if not kept:
        return Body(claimed, "json-ld", printed.main_element, printed.blocks, end=printed.end)
    if _is_excerpt(claimed, printed.paragraphs) or sum(map(len, claimed)) < _EXCERPT * sum(
        map(len, printed.paragraphs)
    ):
        return printed
    return Body([text for _, text in kept], "json-ld", printed.main_element, [index for index, _ in kept])


def _is_excerpt(claimed: list[str], printed: list[str]) -> bool:
    """True if the claim is merely the beginning of what is printed: it ends in dots or inside a printed paragraph."""
    if _BROKEN_OFF.search(claimed[-1]):
        return True
    tail = _letters(claimed[-1])[-_TAIL_CHARS:]
    texts = map(_letters, printed)
    return len(tail) == _TAIL_CHARS and any(tail in text and not text.endswith(tail) for text in texts)


def _letters(text: str) -> str:
    return "".join(_WORD.findall(text.casefold()))


def _count(paragraphs: list[str]) -> Counter[str]:
    return Counter(word for text in paragraphs for word in _WORD.findall(text.casefold()))


def _is_said(text: str, said: Counter[str]) -> bool:
    words = _WORD.findall(text.casefold())
    return not words or sum(word in said for word in words) >= 0.7 * len(words)


def _compare_library(html: str, layout: PageLayout, printed: Body) -> Body:
    """Compare a short body with that of trafilatura; the longer text wins."""
    if layout.max_depth > _MAX_LIBRARY_DEPTH or len(html) > _MAX_LIBRARY_CHARS:
        return printed
    from trafilatura import extract

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it logs what it refuses
    try:
        text = extract(html, include_comments=False, include_tables=True, favor_precision=True) or ""
    except Exception:  # noqa: BLE001  a second opinion that fails in any way leaves the first
        return printed
    paragraphs = [
        bare for line in text.split("\n") if (bare := line.strip().strip("|").strip())
    ]  # of a row, its bars
    if sum(map(latin_length, paragraphs)) > _MUCH_MORE * sum(map(latin_length, printed.paragraphs)):
        return Body(paragraphs, "generic", printed.main_element, printed.blocks)
    return printed
