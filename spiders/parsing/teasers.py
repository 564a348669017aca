"""Boxes that lead to other stories in the midst of one: a heading, a line or two, and `more` as a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.sentence_ends import ends_sentence
from spiders.parsing.body_edges import find_holder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spiders.parsing.blocks import Block, PageLayout

_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_LINK_CHARS = 40  # of `more`
_MOST_BLOCKS = 4  # of a box
# Side by side and of one kind: a story's own sections do not all end in a link without a full stop.
_LEAST_BOXES = 2


def find_teasers(layout: PageLayout, blocks: Sequence[int]) -> set[int]:
    """Which of the blocks stand in boxes that lead to other stories."""
    found: dict[tuple[int, str, str], list[tuple[int, int]]] = {}
    for index in blocks:
        if _leads_on(layout.blocks[index]):
            box = layout.elements[find_holder(layout, index)].parent
            first = _first_of_box(layout, box, index)
            if first is not None:
                element = layout.elements[box]
                found.setdefault((element.parent, element.tag, element.name), []).append((first, index))
    boxes = [box for alike in found.values() if len(alike) >= _LEAST_BOXES for box in alike]
    return {index for first, last in boxes for index in range(first, last + 1)}


def _leads_on(block: Block) -> bool:
    """True if a text ends in a short link, and not as a sentence."""
    return block.ends_in_link and 0 < block.link_chars <= _LINK_CHARS and not ends_sentence(block.text)


def _first_of_box(layout: PageLayout, box: int, last: int) -> int | None:
    """The first block of a box that ends with `last`, where that is a heading; None for other boxes."""
    first = last
    while first > 0 and layout.blocks[first - 1].element > box >= 0 and last - first < _MOST_BLOCKS:
        first -= 1
    ends = last + 1 == len(layout.blocks) or layout.blocks[last + 1].element > layout.elements[box].last
    heading = layout.elements[find_holder(layout, first)].tag in _HEADINGS
    return first if box >= 0 and ends and heading and 0 < last - first < _MOST_BLOCKS else None
