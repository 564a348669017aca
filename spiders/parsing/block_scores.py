"""Scores each block of a page as running text, and reads the kind of each element from its names."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copytaster.late_pattern import late_pattern
from copytaster.sentence_ends import CLOSING, ends_sentence
from spiders.parsing.boilerplate import name_kind, name_words

if TYPE_CHECKING:
    from spiders.parsing.blocks import Block, Element, PageLayout

_PARAGRAPH_CHARS = 80  # from this length on a block is running text
_SENTENCE_CHARS = 40  # from this length on it is running text if it ends like a sentence
_LONG_CHARS = 400  # a paragraph of this length may hold many links
_LEADS_ON = (":", ";", ")", "]")  # ends of lines that are text too
_CLUTTER_CHARS = 30  # the most a short line subtracts
_LINKS_CHARS = 120  # the most a line of links subtracts
_KEEPS_SHARE = 0.4  # with a larger share of the running text an element named like boilerplate is none
_SIDE_KEEPS_SHARE = 0.7  # the same for tags that mean boilerplate
_ARTICLE_SHARE = 0.2  # of all running text: an `article` with more is no boilerplate, whatever encloses it
_SIDE_TAGS = frozenset({"nav", "footer", "aside", "menu", "dialog", "fieldset"})
_BODY_TAGS = frozenset({"body", "html", "main", "article", "h1"})
_FRAMED_TAGS = frozenset({"table", "blockquote", "pre"})
_CAPTION_TAGS = frozenset({"figure", "figcaption", "caption"})
_MOST_FOLDS = 50  # hidden boxes of a page that are looked into
_FOLDED = 2  # paragraphs of a hidden box that goes on with a story
_WIDE = late_pattern("[\u3040-\u9fff]")
_COUNTER = late_pattern(r"\d{1,3}\s?(?:/|of|von|de|из)\s?\d{1,3}\b")
_GALLERY_COUNTERS = 3


@dataclass(slots=True)
class BlockScores:
    """Scores of a layout's blocks and kinds of its elements.

    Attributes:
        text_scores: per block, letters of running text; negative for other text.
        kinds: per element, its own or its ancestor's: `boilerplate`, `caption`, `byline`, `date` or nothing.
    """

    text_scores: list[int]
    kinds: list[str]


def latin_length(text: str) -> int:
    """Length in Latin letters; a Chinese or Japanese character counts as three."""
    head = text[:300]
    wide = len(_WIDE.findall(head)) if not head.isascii() else 0
    return len(text) + (2 * wide * len(text) // len(head) if wide else 0)


def score_blocks(layout: PageLayout) -> BlockScores:
    """Score every block, and pass the kinds of elements down the tree."""
    text_scores = [_weigh(block) for block in layout.blocks]
    held = [0] * len(layout.elements)
    for block, weight in zip(layout.blocks, text_scores, strict=True):
        held[block.element] += max(0, weight)
    for index in range(len(held) - 1, 0, -1):
        held[layout.elements[index].parent] += held[index]
    galleries = _find_galleries(layout)
    framed = _find_framed(layout) | _find_folds(layout, text_scores)
    kinds: list[str] = []
    for index, element in enumerate(layout.elements):
        above = kinds[element.parent] if element.parent >= 0 else ""
        share = held[index] / max(1, held[0])
        kind = above if index in framed else _kind(element, above, share)
        kinds.append("caption" if index in galleries else kind)
    return BlockScores(text_scores, kinds)


def _weigh(block: Block) -> int:
    size = latin_length(block.text)
    if block.link_chars > 0.5 * len(block.text):
        return -min(size, _LINKS_CHARS)
    if size >= _PARAGRAPH_CHARS or (size >= _SENTENCE_CHARS and _is_said(block.text)):
        return size - (2 if size < _LONG_CHARS else 1) * block.link_chars
    return -min(size, _CLUTTER_CHARS)


def _is_said(text: str) -> bool:
    return text.endswith((*_LEADS_ON, *CLOSING)) or ends_sentence(text)


def _kind(element: Element, above: str, share: float) -> str:
    """An element's kind, from its names, its parent's kind and its share of the page's running text."""
    if above in ("boilerplate", "caption"):
        in_window = element.tag == "article" and share > _ARTICLE_SHARE  # a story in a pop-up
        return "" if in_window else above
    own = _own_kind(element)
    if share > (_SIDE_KEEPS_SHARE if element.tag in _SIDE_TAGS else _KEEPS_SHARE):
        own = ""
    return own or above


def _own_kind(element: Element) -> str:
    if element.tag in _BODY_TAGS:
        return ""
    if element.hidden or element.tag in _SIDE_TAGS:
        return "boilerplate"
    return "caption" if element.tag in _CAPTION_TAGS else name_kind(element.name)


def _find_framed(layout: PageLayout) -> set[int]:
    """Find the figures that frame a table, a quotation or lines of text instead of a picture."""
    found: set[int] = set()
    for index, element in enumerate(layout.elements):
        if element.tag in _FRAMED_TAGS:
            found.update(one for one in layout.ancestors(index)[1:] if layout.elements[one].tag == "figure")
    return found


def _find_folds(layout: PageLayout, text_scores: list[int]) -> set[int]:
    """Find the hidden boxes that go on with the text right above them, in its markup: `read more` shows them."""
    hidden = [index for index, element in enumerate(layout.elements) if _is_hidden(element)][:_MOST_FOLDS]
    found: set[int] = set()
    for box in hidden:
        last = layout.elements[box].last
        inside = [index for index, block in enumerate(layout.blocks) if box <= block.element <= last]
        if not inside or inside[0] == 0:
            continue
        above, first = (layout.blocks[index].element for index in (inside[0] - 1, inside[0]))
        is_next = above >= layout.elements[box].parent and text_scores[inside[0] - 1] > 0
        alike = layout.elements[above].tag == layout.elements[first].tag or first == box
        said = [index for index in inside if text_scores[index] > 0]
        if (
            is_next
            and alike
            and len(said) >= _FOLDED
            and not any(text_scores[i] < -_CLUTTER_CHARS for i in inside)
        ):
            found.add(box)
    return found


def _is_hidden(element: Element) -> bool:
    return element.tag == "div" and (element.hidden or "hide" in name_words(element.name))


def _find_galleries(layout: PageLayout) -> set[int]:
    """Find lists whose items number pictures: `3/44`."""
    counts: Counter[int] = Counter()
    for block in layout.blocks:
        if _COUNTER.match(block.text):
            lists = (
                i for i in layout.ancestors(block.element) if layout.elements[i].tag in ("ul", "ol", "dl")
            )
            counts.update([next(lists, -1)])
    return {index for index, count in counts.items() if index >= 0 and count >= _GALLERY_COUNTERS}
