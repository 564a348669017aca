"""Chooses the blocks of the main element that are the story's text."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from copytaster.sentence_ends import ends_sentence
from spiders.parsing.block_scores import latin_length
from spiders.parsing.body_edges import find_holder, trim
from spiders.parsing.boilerplate import (
    follows_story,
    is_boilerplate_line,
    is_rights_line,
    opens_comments,
)
from spiders.parsing.dates import is_date_line
from spiders.parsing.invitations import is_invitation
from spiders.parsing.main_element import LEAF_TAGS, blocks_inside
from spiders.parsing.one_story import children, heads_another_story
from spiders.parsing.teasers import find_teasers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spiders.parsing.blocks import Block, PageLayout
    from spiders.parsing.page_view import PageView

Markup = tuple[tuple[str, str], ...]
_LINKED = 0.6  # share of a block's letters in links from which it is no text
_HEADING_TAGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_ALL_HEADINGS = _HEADING_TAGS | {"h1"}
_UNSAID = _ALL_HEADINGS | {"li", "td", "th"}  # of texts that need not be sentences
_ALIKE_SHARE = 0.8  # of the chosen text that stands in elements of one name ...
_ALIKE_PARAGRAPHS = 4  # ... and the least number of them
_TEASER_TITLE_CHARS = 20
_REPEATED_CHARS = 40  # a longer block that was printed before is dropped
_DIGITS = re.compile(r"\d+")
_LINKED_CHARS = 120  # of a paragraph that is one link; shorter ones are another story's title
_TOP_BLOCKS = 3  # of a body, among which the date may be printed
_GAP_BLOCKS = 8  # of unnamed clutter after which a body has ended ...
_GAP_SHARE = 0.6  # ... if so much of its running text lies before
_MOST_ENDS = 3
_GOES_ON_PARAGRAPHS = 2  # below a line that seems to end a story
_LEAD_BLOCKS = 25  # between headline and main element
_LEAD_CHARS = 80


def choose_paragraphs(view: PageView, main_element: int) -> list[int]:
    """Positions of the blocks in the main element that are the story's text, in order; all lie below the headline."""
    chosen: list[int] = []
    seen: set[str] = set()
    for index in text_blocks(view, main_element):
        text = view.layout.blocks[index].text
        if text not in seen:
            chosen.append(index)
            if len(text) > _REPEATED_CHARS:
                seen.add(text)
    chosen = _add_neighbours(view, _cut_at_gap(view, trim(view, chosen)), main_element)
    chosen = _add_alike(view, _leads(view, chosen, main_element) + chosen, main_element)
    return [
        index
        for place, index in enumerate(chosen)
        if place >= _TOP_BLOCKS or not is_date_line(view.layout.blocks[index].text)
    ]


def text_blocks(view: PageView, main_element: int) -> Iterator[int]:
    """Positions of the blocks below the headline that nothing marks as links, boilerplate or another story's teaser."""
    layout, kinds, headline_at = view.layout, view.scores.kinds, view.headline_at
    headline = layout.blocks[headline_at].text if headline_at >= 0 else ""
    begun: list[int] = []
    teaser_end = -1  # last block of a box of other stories
    ends = 0  # lines that seemed to end the story
    inside = blocks_inside(layout, main_element)
    teasers = find_teasers(layout, inside)
    for place, index in enumerate(inside):
        block = layout.blocks[index]
        if index <= max(headline_at, teaser_end) or kinds[block.element] or index in teasers:
            continue
        if begun and heads_another_story(view, index, begun):
            break
        if block.text == headline:
            continue
        if begun and follows_story(block.text):
            ends += 1
            box = _box_apart(view, index, begun, inside[place + 1 :], main_element)
            teaser_end = blocks_inside(layout, box)[-1]
            rest = [below for below in inside[place + 1 :] if below > teaser_end]
            if ends > _MOST_ENDS or not _goes_on(view, index, begun, rest, box, main_element):
                break
            continue
        if block.link_chars > _LINKED * len(block.text) and not _is_linked_paragraph(view, index, begun):
            teaser_end = _teaser_box(layout, block, main_element)
        elif not _is_line_apart(view, block.text):
            begun.append(index)
            yield index


def _goes_on(
    view: PageView, line: int, before: list[int], below: list[int], box: int, main_element: int
) -> bool:
    """True if the story goes on below a line that opens other stories or comments.

    Its paragraphs `below` the line's own box then are marked up like those above. Comments may be too, so a line that opens
    them ends the story unless most of the text is below it.
    """
    layout, scores = view.layout, view.scores
    markup = _marks_of(view, before, main_element)
    alike = [scores.text_scores[index] for index in below if _goes_with(view, index, markup, main_element)]
    if opens_comments(layout.blocks[line].text):
        return sum(alike) > sum(max(0, scores.text_scores[index]) for index in before)
    is_box = layout.elements[box].tag not in LEAF_TAGS
    return len(alike) >= (1 if is_box else _GOES_ON_PARAGRAPHS)


def _box_apart(view: PageView, line: int, before: list[int], below: list[int], main_element: int) -> int:
    """The outermost element around a line that holds nothing of the story's text above it, nor of what goes on as that does."""
    layout = view.layout
    markup = _marks_of(view, before, main_element)
    goes_on = next((index for index in below if _goes_with(view, index, markup, main_element)), -1)
    others = {layout.blocks[index].element for index in (before[-1], goes_on) if index >= 0}
    path = layout.ancestors(layout.blocks[line].element)
    box = path[0]
    for one in path[1:]:
        if one <= main_element or any(one <= other <= layout.elements[one].last for other in others):
            break
        box = one
    return box


def _goes_with(view: PageView, index: int, markup: set[Markup], main_element: int) -> bool:
    """True if a block is a sentence marked up like a story's text, and in no box that a link opens."""
    layout, block = view.layout, view.layout.blocks[index]
    if (
        view.scores.text_scores[index] <= 0
        or view.scores.kinds[block.element]
        or not ends_sentence(block.text)
    ):
        return False
    if _mark_of(view, index, main_element) not in markup:
        return False
    box = layout.elements[find_holder(layout, index)].parent
    first = layout.blocks[next(iter(blocks_inside(layout, box)), index)]
    return first.link_chars <= _LINKED * len(first.text)


def _marks_of(view: PageView, blocks: list[int], main_element: int) -> set[Markup]:
    return {_mark_of(view, index, main_element) for index in blocks if view.scores.text_scores[index] > 0}


def _mark_of(view: PageView, index: int, main_element: int) -> Markup:
    """Tags and names of the elements around a block, up to the main element, without numbers."""
    layout = view.layout
    path = layout.ancestors(layout.blocks[index].element)
    around = (layout.elements[one] for one in path if one > main_element)
    return tuple((element.tag, _DIGITS.sub("", element.name)) for element in around)


def _is_linked_paragraph(view: PageView, index: int, before: list[int]) -> bool:
    """True if a link is a whole paragraph of sentences, marked up like one above it."""
    layout, block = view.layout, view.layout.blocks[index]
    if latin_length(block.text) < _LINKED_CHARS or not ends_sentence(block.text):
        return False
    holder = find_holder(layout, index)
    return layout.elements[holder].tag == "p" and any(
        layout.elements[other].tag == "p" and layout.elements[other].parent == layout.elements[holder].parent
        for other in (find_holder(layout, one) for one in before[-2:])
    )


def _is_line_apart(view: PageView, text: str) -> bool:
    return is_boilerplate_line(text) or is_rights_line(text) or is_invitation(text, view.claims.language)


def _teaser_box(layout: PageLayout, block: Block, main_element: int) -> int:
    """The last block of the teaser box that a linked heading opens, or -1; its blocks belong to another story."""
    path = layout.ancestors(block.element)
    if len(block.text) < _TEASER_TITLE_CHARS or not any(
        layout.elements[i].tag in _HEADING_TAGS for i in path[:3]
    ):
        return -1
    box = next((index for index in path if layout.elements[index].tag not in LEAF_TAGS), -1)
    return blocks_inside(layout, box)[-1] if box > main_element else -1


def _cut_at_gap(view: PageView, chosen: list[int]) -> list[int]:
    """Drop what follows a long stretch of clutter, if most of the text comes before it.

    Short lines marked up like the paragraphs around them are no clutter: recipes, results, questions.
    """
    kinds, text_scores = view.scores.kinds, view.scores.text_scores
    total = sum(max(0, text_scores[index]) for index in chosen)
    before, last = 0, -1
    for index in chosen:
        if text_scores[index] <= 0:
            continue
        if last >= 0 and index - last > _GAP_BLOCKS and before > _GAP_SHARE * total:
            own = _markup(view.layout, last)
            clutter = [
                place
                for place in range(last + 1, index)
                if not kinds[view.layout.blocks[place].element]
                and not (own == _markup(view.layout, index) == _markup(view.layout, place))
            ]
            if len(clutter) > _GAP_BLOCKS:
                return [found for found in chosen if found <= last]
        before += text_scores[index]
        last = index
    return chosen


def _add_neighbours(view: PageView, chosen: list[int], main_element: int) -> list[int]:
    """Add the text of boxes beside the main element that go on as it does: of its tag and name but for a number, all prose.

    Boxes without running text may part them: an advertisement, a picture.
    """
    layout = view.layout
    own = layout.elements[main_element]
    if own.parent < 0 or own.tag in {"body", "article", "td"} or not chosen:
        return chosen
    beside = list(children(layout, own.parent))
    place = beside.index(main_element)
    found = list(chosen)
    above = beside[:place][::-1] if view.headline_at >= 0 else []
    for boxes in (beside[place + 1 :], above):
        for at in boxes:
            inside = [
                index
                for index in blocks_inside(layout, at)
                if index > view.headline_at and not view.scores.kinds[layout.blocks[index].element]
            ]
            if not any(view.scores.text_scores[index] > 0 for index in inside):
                continue
            if not _is_beside(view, at, main_element, inside, chosen) or not _is_prose(view, inside):
                break
            found += inside
    return sorted(found)


def _is_beside(view: PageView, at: int, main_element: int, inside: list[int], chosen: list[int]) -> bool:
    """True if a box has the tag and name of the main element, or is a paragraph like those in it."""
    box, own = view.layout.elements[at], view.layout.elements[main_element]
    if (box.tag, _DIGITS.sub("", box.name)) == (own.tag, _DIGITS.sub("", own.name)):
        return True
    return at > main_element and {_mark_of(view, index, own.parent) for index in inside} <= _marks_of(
        view, chosen, main_element
    )


def _is_prose(view: PageView, blocks: list[int]) -> bool:
    """True if blocks are sentences, with headings and lists between them, and none of them is a line of links."""
    layout = view.layout
    tags = [layout.elements[find_holder(layout, index)].tag for index in blocks]
    texts = [layout.blocks[index] for index in blocks]
    return (
        tags[0] not in _ALL_HEADINGS
        and all(ends_sentence(text.text) or tag in _UNSAID for text, tag in zip(texts, tags, strict=True))
        and all(text.link_chars <= _LINKED * len(text.text) for text in texts)
    )


def _add_alike(view: PageView, chosen: list[int], main_element: int) -> list[int]:
    """Add paragraphs outside the main element that bear the name of those inside: some layouts part a story in boxes.

    Below the main element a heading ends the search: another story may print its paragraphs under the same name.
    """
    layout, scores = view.layout, view.scores
    name = _paragraph_name(view, chosen)
    if name is None or view.headline_at < 0:
        return chosen
    taken = set(chosen)
    texts = {layout.blocks[index].text for index in chosen}
    last = layout.elements[main_element].last
    found: list[int] = []
    for index in range(view.headline_at + 1, len(layout.blocks)):
        block = layout.blocks[index]
        if main_element <= block.element <= last:
            continue
        element = layout.elements[block.element]
        if block.element > last and (follows_story(block.text) or element.tag in _ALL_HEADINGS):
            break
        if (
            (element.tag, element.name) == name
            and index not in taken
            and scores.text_scores[index] > 0
            and not scores.kinds[block.element]
            and block.text not in texts
            and not _is_line_apart(view, block.text)
        ):
            found.append(index)
    return sorted([*chosen, *found])


def _paragraph_name(view: PageView, chosen: list[int]) -> tuple[str, str] | None:
    """Tag and name of nearly all chosen paragraphs; None where they bear none."""
    size: Counter[tuple[str, str]] = Counter()
    many: Counter[tuple[str, str]] = Counter()
    for index in chosen:
        element = view.layout.elements[view.layout.blocks[index].element]
        size[element.tag, element.name] += max(0, view.scores.text_scores[index])
        many[element.tag, element.name] += 1
    (best, most), *_ = size.most_common(1) or [(("", ""), 0)]
    alike = most > _ALIKE_SHARE * sum(size.values()) and many[best] >= _ALIKE_PARAGRAPHS
    return best if best[1] and alike else None


def _markup(layout: PageLayout, index: int) -> tuple[int, str, str]:
    """(the innermost element around a block that is more than a paragraph, the block's own tag and name)."""
    path = layout.ancestors(layout.blocks[index].element)
    own = layout.elements[path[0]]
    box = next((place for place in path if layout.elements[place].tag not in LEAF_TAGS), -1)
    return box, own.tag, own.name


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
        and not _is_line_apart(view, layout.blocks[index].text)
    ]
