"""Which blocks of a story's container are its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spiders.parsing.boilerplate import follows_story, is_furniture_line, is_rights_line
from spiders.parsing.main_element import LEAF_TAGS, blocks_inside

if TYPE_CHECKING:
    from spiders.parsing.block_scores import Judged
    from spiders.parsing.blocks import Block, Layout

_LINKED = 0.6  # share of a block's letters in links from which it is no text
_HEADING_TAGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_TEASER_TITLE_CHARS = 20
_REPEATED_CHARS = 40  # a longer block that was printed before is dropped
_SENTENCE_CHARS = 12
_SENTENCE_END = (".", "!", "?", "”", '"', "。", "؟", "।")
_GAP_BLOCKS = 8  # of unnamed clutter after which a body has ended ...
_GAP_SHARE = 0.6  # ... if so much of its prose stands before
_LEAD_BLOCKS = 25  # between headline and container
_LEAD_CHARS = 80


def pick_blocks(layout: Layout, judged: Judged, container: int, after: int) -> list[int]:
    """Positions of the container's blocks that are the story's text, in order.

    Args:
        layout: the page.
        judged: its blocks' worth.
        container: the element that holds the story.
        after: position of the headline's block; only what stands below it is text. -1 for none.
    """
    picked: list[int] = []
    seen: set[str] = set()
    teaser_end = -1  # last element of a box that a linked heading opened
    for index in blocks_inside(layout, container):
        block = layout.blocks[index]
        if index <= after or block.element <= teaser_end or judged.kinds[block.element]:
            continue
        if picked and follows_story(block.text):
            break
        if block.link_chars > _LINKED * len(block.text):
            teaser_end = _teaser_box(layout, block, container)
        elif not _is_line_apart(block.text) and block.text not in seen:
            picked.append(index)
            if len(block.text) > _REPEATED_CHARS:
                seen.add(block.text)
    picked = _cut_at_gap(layout, judged, _trim(layout, judged, picked))
    return _leads(layout, judged, picked, container, after) + picked


def _is_line_apart(text: str) -> bool:
    return is_furniture_line(text) or is_rights_line(text)


def _teaser_box(layout: Layout, block: Block, container: int) -> int:
    """The last element of the box that a linked heading is the title of, or -1: what follows in it sells that story."""
    path = layout.ancestors(block.element)
    if len(block.text) < _TEASER_TITLE_CHARS or not any(
        layout.elements[i].tag in _HEADING_TAGS for i in path[:3]
    ):
        return -1
    box = next((index for index in path if layout.elements[index].tag not in LEAF_TAGS), -1)
    return layout.elements[box].last if box > container else -1


def _trim(layout: Layout, judged: Judged, picked: list[int]) -> list[int]:
    """Without the short lines before the first paragraph and after the last, unless a last one is a sentence."""
    long = [place for place, index in enumerate(picked) if judged.prose[index] > 0]
    if not long:
        return picked
    end = long[-1] + 1
    while end < len(picked) and _continues(layout, picked[end - 1], picked[end]):
        end += 1
    return picked[long[0] : end]


def _continues(layout: Layout, before: int, index: int) -> bool:
    """Whether a short block is a sentence set like the paragraph before it."""
    one, other = layout.blocks[before], layout.blocks[index]
    above, here = layout.elements[one.element], layout.elements[other.element]
    alike = one.element == other.element or (here.tag == above.tag and here.parent == above.parent)
    return alike and len(other.text) >= _SENTENCE_CHARS and other.text.endswith(_SENTENCE_END)


def _cut_at_gap(layout: Layout, judged: Judged, picked: list[int]) -> list[int]:
    """Without what follows a long stretch of clutter, where that is less than what stands before."""
    total = sum(max(0, judged.prose[index]) for index in picked)
    before, last = 0, -1
    for index in picked:
        if judged.prose[index] <= 0:
            continue
        if last >= 0 and index - last > _GAP_BLOCKS and before > _GAP_SHARE * total:
            between = layout.blocks[last + 1 : index]
            if sum(not judged.kinds[block.element] for block in between) > _GAP_BLOCKS:
                return [found for found in picked if found <= last]
        before += judged.prose[index]
        last = index
    return picked


def _leads(layout: Layout, judged: Judged, picked: list[int], container: int, after: int) -> list[int]:
    """Paragraphs between headline and container, in the same box: some layouts set the first one apart."""
    if after < 0 or not picked or picked[0] - after > _LEAD_BLOCKS:
        return []
    box = layout.ancestors(container)[:3][-1]
    return [
        index
        for index in range(after + 1, picked[0])
        if judged.prose[index] >= _LEAD_CHARS
        and layout.elements[layout.blocks[index].element].tag != "h1"
        and layout.blocks[index].element >= box
        and not judged.kinds[layout.blocks[index].element]
        and not _is_line_apart(layout.blocks[index].text)
    ]
