"""Chooses the blocks of the main element that are the story's text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.sentence_ends import ends_sentence
from spiders.parsing.boilerplate import follows_story, is_boilerplate_line, is_rights_line
from spiders.parsing.main_element import LEAF_TAGS, blocks_inside

if TYPE_CHECKING:
    from spiders.parsing.blocks import Block, PageLayout
    from spiders.parsing.page_view import PageView

_LINKED = 0.6  # share of a block's letters in links from which it is no text
_HEADING_TAGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_TEASER_TITLE_CHARS = 20
_REPEATED_CHARS = 40  # a longer block that was printed before is dropped
_SENTENCE_CHARS = 12
_GAP_BLOCKS = 8  # of unnamed clutter after which a body has ended ...
_GAP_SHARE = 0.6  # ... if so much of its running text lies before
_LEAD_BLOCKS = 25  # between headline and main element
_LEAD_CHARS = 80


def choose_paragraphs(view: PageView, main_element: int) -> list[int]:
    """Positions of the blocks in the main element that are the story's text, in order; all lie below the headline."""
    layout, kinds, headline_at = view.layout, view.scores.kinds, view.headline_at
    chosen: list[int] = []
    seen: set[str] = set()
    teaser_end = -1  # last element of a box that a linked heading opened
    for index in blocks_inside(layout, main_element):
        block = layout.blocks[index]
        if index <= headline_at or block.element <= teaser_end or kinds[block.element]:
            continue
        if chosen and follows_story(block.text):
            break
        if block.link_chars > _LINKED * len(block.text):
            teaser_end = _teaser_box(layout, block, main_element)
        elif not _is_line_apart(block.text) and block.text not in seen:
            chosen.append(index)
            if len(block.text) > _REPEATED_CHARS:
                seen.add(block.text)
    chosen = _cut_at_gap(view, _trim(view, chosen))
    return _leads(view, chosen, main_element) + chosen


def _is_line_apart(text: str) -> bool:
    return is_boilerplate_line(text) or is_rights_line(text)


def _teaser_box(layout: PageLayout, block: Block, main_element: int) -> int:
    """The last element of the teaser box that a linked heading opens, or -1; its blocks belong to another story."""
    path = layout.ancestors(block.element)
    if len(block.text) < _TEASER_TITLE_CHARS or not any(
        layout.elements[i].tag in _HEADING_TAGS for i in path[:3]
    ):
        return -1
    box = next((index for index in path if layout.elements[index].tag not in LEAF_TAGS), -1)
    return layout.elements[box].last if box > main_element else -1


def _trim(view: PageView, chosen: list[int]) -> list[int]:
    """Drop short lines before the first paragraph and after the last, but keep sentences that follow the last."""
    text_scores = view.scores.text_scores
    long = [position for position, index in enumerate(chosen) if text_scores[index] > 0]
    if not long:
        return chosen
    end = long[-1] + 1
    while end < len(chosen) and _continues(view.layout, chosen[end - 1], chosen[end]):
        end += 1
    return chosen[long[0] : end]


def _continues(layout: PageLayout, before: int, index: int) -> bool:
    """True if a short block is a sentence with the same markup as the paragraph before it."""
    one, other = layout.blocks[before], layout.blocks[index]
    above, here = layout.elements[one.element], layout.elements[other.element]
    alike = one.element == other.element or (here.tag == above.tag and here.parent == above.parent)
    return alike and len(other.text) >= _SENTENCE_CHARS and ends_sentence(other.text)


def _cut_at_gap(view: PageView, chosen: list[int]) -> list[int]:
    """Drop what follows a long stretch of clutter, if most of the text comes before it."""
    kinds, text_scores = view.scores.kinds, view.scores.text_scores
    total = sum(max(0, text_scores[index]) for index in chosen)
    before, last = 0, -1
    for index in chosen:
        if text_scores[index] <= 0:
            continue
        if last >= 0 and index - last > _GAP_BLOCKS and before > _GAP_SHARE * total:
            between = view.layout.blocks[last + 1 : index]
            if sum(not kinds[block.element] for block in between) > _GAP_BLOCKS:
                return [found for found in chosen if found <= last]
        before += text_scores[index]
        last = index
    return chosen


def _leads(view: PageView, chosen: list[int], main_element: int) -> list[int]:
    """Find paragraphs between headline and main element in the same box: some layouts separate the first one."""
    layout, scores, headline_at = view.layout, view.scores, view.headline_at
    if headline_at < 0 or not chosen or chosen[0] - headline_at > _LEAD_BLOCKS:
        return []
    box = layout.ancestors(main_element)[:3][-1]
    return [
        index
        for index in range(headline_at + 1, chosen[0])
        if scores.text_scores[index] >= _LEAD_CHARS
        and layout.elements[layout.blocks[index].element].tag != "h1"
        and layout.blocks[index].element >= box
        and not scores.kinds[layout.blocks[index].element]
        and not _is_line_apart(layout.blocks[index].text)
    ]
