"""Where a body begins and ends: which short lines above its first paragraph and below its last belong to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.late_pattern import late_pattern
from copytaster.sentence_ends import ends_sentence
from spiders.parsing.block_scores import latin_length
from spiders.parsing.dates import is_date_line
from spiders.parsing.main_element import blocks_inside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spiders.parsing.blocks import PageLayout
    from spiders.parsing.page_view import PageView

_INLINE_TAGS = frozenset({"a", "b", "em", "font", "i", "span", "strong", "u"})
_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_LIST_TAGS = frozenset({"ul", "ol", "dl", "table"})
_SENTENCE_CHARS = 6
_LEAST_ITEMS = 2
_POINT_CHARS = 20  # of an item above the first paragraph; shorter ones are buttons and names
_LINKED = 0.5  # share of a list's letters in links from which it lists other pages
_LEAST_LINES = 3  # of results below a body ...
_COUNTING = 0.8  # ... and how many of them hold a number or begin with a mark
_QUOTATION_CHARS = 30
_COUNTS = late_pattern(r"^[-–—•·*▪►✓]\s|\d")


def trim(view: PageView, chosen: list[int]) -> list[int]:
    """Drop short lines before the first paragraph and after the last, but keep what is marked up as part of the text.

    That is sentences and headings marked up like those between, lists, tables, quotations and lines of results.
    """
    text_scores = view.scores.text_scores
    long = [position for position, index in enumerate(chosen) if text_scores[index] > 0]
    if not long:
        return chosen
    start, end = long[0], long[-1] + 1
    while start > 0 and (more := _count_above(view.layout, chosen[:start], chosen[start:])):
        start -= more
    while end < len(chosen) and (more := _count_below(view.layout, chosen[end - 1], chosen[end:])):
        end += more
    return chosen[start:end]


def find_holder(layout: PageLayout, index: int) -> int:
    """The innermost element around a block that is no link and no emphasis."""
    path = layout.ancestors(layout.blocks[index].element)
    return next((place for place in path if layout.elements[place].tag not in _INLINE_TAGS), path[-1])


def _count_above(layout: PageLayout, above: Sequence[int], body: Sequence[int]) -> int:
    """How many of the last blocks above a body belong to it."""
    if _is_beside(layout, body[0], above[-1]):
        return 1
    heading = _heading(layout, above[-1])
    if heading is not None:
        return int(any(_heading(layout, index) == heading for index in body))
    items = _items_around(layout, above[-1], above)
    return len(items) if all(len(layout.blocks[index].text) >= _POINT_CHARS for index in items) else 0


def _count_below(layout: PageLayout, paragraph: int, below: Sequence[int]) -> int:
    """How many of the first blocks below a body's last one belong to it."""
    if _is_beside(layout, paragraph, below[0]) or _is_quotation(layout, paragraph, below[0]):
        return 1
    if _heading(layout, below[0]) is not None and len(below) > 1:
        items = _count_items(layout, paragraph, below[1:])
        return 1 + items if items else 0
    return _count_items(layout, paragraph, below) or _count_results(layout, paragraph, below)


def _is_beside(layout: PageLayout, paragraph: int, index: int) -> bool:
    """True if a short block is a sentence with the same markup as the paragraph beside it."""
    one, other = layout.blocks[paragraph], layout.blocks[index]
    if latin_length(other.text) < _SENTENCE_CHARS or not ends_sentence(other.text):
        return False
    above, here = layout.elements[one.element], layout.elements[other.element]
    if _is_marked_alike(layout, paragraph, index):
        return True
    boxes = [layout.elements[element.parent] for element in (above, here) if element.parent >= 0]
    in_boxes = len(boxes) > 1 and boxes[0].tag == boxes[1].tag and boxes[0].parent == boxes[1].parent
    return in_boxes and here.tag == above.tag and here.name == above.name


def _is_marked_alike(layout: PageLayout, paragraph: int, index: int) -> bool:
    """True if two blocks are lines of one element, or elements of one kind side by side."""
    one, other = layout.blocks[paragraph].element, layout.blocks[index].element
    above, here = layout.elements[one], layout.elements[other]
    return one == other or (here.tag == above.tag and here.parent == above.parent)


def _heading(layout: PageLayout, index: int) -> tuple[str, str] | None:
    """Tag and name of the heading that a block without links is; None if it is none."""
    element = layout.elements[find_holder(layout, index)]
    linked = layout.blocks[index].link_chars
    return (element.tag, element.name) if element.tag in _HEADINGS and not linked else None


def _is_quotation(layout: PageLayout, paragraph: int, index: int) -> bool:
    """True if a block is a quotation set apart, in the paragraph's own box."""
    block = layout.blocks[index]
    path = layout.ancestors(block.element)
    quoted = next((one for one in path if layout.elements[one].tag == "blockquote"), -1)
    if quoted < 0 or block.link_chars or len(block.text) < _QUOTATION_CHARS:
        return False
    return layout.elements[quoted].parent == layout.elements[find_holder(layout, paragraph)].parent


def _items_around(layout: PageLayout, index: int, among: Sequence[int]) -> list[int]:
    """The blocks of the list or table that a block is in; none where it is in none, alone in it, or it lists other pages."""
    path = layout.ancestors(layout.blocks[index].element)
    box = next((one for one in path if layout.elements[one].tag in _LIST_TAGS), -1)
    if box < 0 or layout.elements[layout.blocks[index].element].tag == "a":
        return []
    last = layout.elements[box].last
    items = [one for one in among if box <= layout.blocks[one].element <= last]
    linked = sum(layout.blocks[one].link_chars for one in items)
    is_own = linked <= _LINKED * sum(len(layout.blocks[one].text) for one in items)
    return items if len(items) >= _LEAST_ITEMS and is_own else []


def _count_items(layout: PageLayout, paragraph: int, below: Sequence[int]) -> int:
    """How many of the blocks below a paragraph are one list or table, in the paragraph's own box."""
    items = _items_around(layout, below[0], below)
    if not items:
        return 0
    path = layout.ancestors(layout.blocks[below[0]].element)
    box = next(one for one in path if layout.elements[one].tag in _LIST_TAGS)
    around = layout.elements[box].parent
    while around >= 0 and _holds_only(layout, around, box):
        around = layout.elements[around].parent
    above = layout.elements[find_holder(layout, paragraph)]
    is_own = around >= 0 and above.tag in {"p", "div", "li"} and above.parent == around
    return len(items) if is_own else 0


def _holds_only(layout: PageLayout, outer: int, inner: int) -> bool:
    """True if nothing is printed in an element but what is printed in another inside it."""
    last = layout.elements[inner].last
    return all(inner <= layout.blocks[index].element <= last for index in blocks_inside(layout, outer))


def _count_results(layout: PageLayout, paragraph: int, below: Sequence[int]) -> int:
    """How many of the blocks right below a paragraph, marked up like it, are lines of results, prices or addresses."""
    found = 0
    for index in below:
        block = layout.blocks[index]
        follows = index == paragraph + found + 1 and _is_marked_alike(layout, paragraph, index)
        if not follows or block.link_chars or is_date_line(block.text):
            break
        found += 1
    counts = [_COUNTS.search(layout.blocks[index].text) is not None for index in below[:found]]
    lines = counts if not counts or counts[0] else counts[1:]  # without the line that names them
    return found if len(lines) >= _LEAST_LINES and sum(lines) >= _COUNTING * len(lines) else 0
