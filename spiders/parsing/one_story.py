"""Pages that print several texts under one headline: the next story in a box like the first one's, and live blogs.

Both show in the tree alone, in any language: boxes of one kind stand side by side, each with a heading of its own.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from spiders.parsing.main_element import blocks_inside
from spiders.parsing.wordlist import word_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spiders.parsing.blocks import PageLayout
    from spiders.parsing.page_view import PageView

_STORY_NAMES = frozenset(
    word_list("story article post entry hentry news newsitem news-item article-item post-item")
)
_LIVE_TYPE = "liveblogposting"
_LIVE_NAME = re.compile(
    r"live[-_]?(?:blog|entry|post|update|ticker|event|feed|item)|liveticker|ticker", re.IGNORECASE
)
_NEXT_NAME = re.compile(
    r"next[-_ ]?(?:story|article|post|up)|(?:story|article|post)[-_ ]?next", re.IGNORECASE
)
_SIGNED = re.compile(r"^(?i:by|von|par|por|di|door|av|af)\s[^\W\d_a-zà-ÿ][^\n]{2,50}$")  # by a name
_SIGNED_WITHIN = 3  # blocks below a heading
_HEADINGS = frozenset({"h1", "h2", "h3"})
_NEXT_CHARS = 250  # of running text that makes a neighbour another story
_OWN_CHARS = 150  # of running text in the first box, which it must hold itself
_LEAST_HEADLINE = 0.4  # of the headline's length; a shorter heading parts the story
_LEAST_ENTRIES = 3
_INTRO_CHARS = 80
_LONGEST_TREE = 20_000  # elements; of larger pages no boxes are compared
_CLOCK = re.compile(
    r"^\W{0,3}\d{1,2}\s?[:.h]\s?\d\d(?:\s?[ap]\.?m\.?)?(?:\s?uhr|\s?[A-Z]{2,4})?\W{0,3}$", re.IGNORECASE
)


def end_of_story(view: PageView) -> int:
    """The last element of the headline's box, where boxes of its kind follow that hold other stories; else -1."""
    layout = view.layout
    if view.headline_at < 0 or len(layout.elements) > _LONGEST_TREE:
        return -1
    for box in layout.ancestors(layout.blocks[view.headline_at].element):
        element = layout.elements[box]
        if not element.name and element.tag != "article":
            continue
        is_named = element.tag == "article" or _STORY_NAMES & set(element.name.lower().split())
        is_other = _is_story if is_named else _is_headed_alike
        following = [one for one in _alike(view, box) if one > box]
        others = any(is_other(view, one) for one in following) or _has_other_beside(view, box)
        if others and _text_in(view, box) >= _OWN_CHARS:
            return element.last
    return -1


def heads_another_story(view: PageView, index: int, before: Sequence[int]) -> bool:
    """True if a block is a heading like the page's headline, with text of its own above it and below it.

    Args:
        view: the page.
        index: of the block.
        before: the blocks of the story above it.
    """
    layout, scores = view.layout, view.scores
    if view.headline_at < 0 or index <= view.headline_at:
        return False
    own, here = (_heading_of(layout, at) for at in (view.headline_at, index))
    if here is None or not _is_long_enough(view, index):
        return False
    alike = own == here and (here[0] == "h1" or here[1] != "")
    if not alike and not _is_signed_alone(view, index):
        return False
    below = sum(max(0, score) for score in scores.text_scores[index + 1 :])
    above = sum(max(0, scores.text_scores[one]) for one in before)
    return below >= _NEXT_CHARS and above >= _OWN_CHARS


def _is_long_enough(view: PageView, index: int) -> bool:
    """True if a heading is another headline by its length, and not the page's own again."""
    headline, text = view.layout.blocks[view.headline_at].text, view.layout.blocks[index].text
    return text != headline and len(text) >= _LEAST_HEADLINE * len(headline)


def _is_signed_alone(view: PageView, index: int) -> bool:
    """True if a byline or a date of its own follows a heading, and few others: many such are entries of one story."""
    if not _is_signed(view, index):
        return False
    headings = (at for at in range(view.headline_at + 1, len(view.layout.blocks)) if _is_signed(view, at))
    return len(list(islice(headings, _LEAST_ENTRIES))) < _LEAST_ENTRIES


def _is_signed(view: PageView, index: int) -> bool:
    layout = view.layout
    below = range(index + 1, min(index + 1 + _SIGNED_WITHIN, len(layout.blocks)))
    return _heading_of(layout, index) is not None and any(
        view.scores.kinds[layout.blocks[at].element] in ("byline", "date")
        or (
            view.scores.kinds[layout.blocks[at].element] == ""
            and _SIGNED.match(layout.blocks[at].text) is not None
        )
        for at in below
    )


def _has_other_beside(view: PageView, box: int) -> bool:
    """True if below a story's box another kind of box holds a story that is signed by another, or is named as the next one."""
    layout = view.layout
    for one in children(layout, layout.elements[box].parent):
        if one > box and _is_story(view, one):
            first = blocks_inside(layout, one)[0]
            named = _NEXT_NAME.search(layout.elements[one].name) is not None
            if _is_long_enough(view, first) and (named or _is_signed_alone(view, first)):
                return True
    return False


def _heading_of(layout: PageLayout, index: int) -> tuple[str, str] | None:
    """Tag and name of the heading that a block is in; None where it is in none."""
    for element in layout.ancestors(layout.blocks[index].element)[:3]:
        found = layout.elements[element]
        if found.tag in _HEADINGS:
            return found.tag, found.name if found.tag != "h1" else ""
    return None


def live_entries(view: PageView) -> list[int]:
    """The blocks of a live blog's entries in the order of the page, without their clocks; none where it is no live blog.

    Its entries are three boxes of one kind or more, each with a time of its own; a name or the page's JSON-LD says live.
    """
    layout = view.layout
    if len(layout.elements) > _LONGEST_TREE:
        return []
    says_live = _LIVE_TYPE in view.claims.types
    groups: dict[tuple[int, str, str], list[int]] = {}
    for index in sorted({_box_of(view, time.element, time.block) for time in layout.times}):
        if index >= 0:
            element = layout.elements[index]
            groups.setdefault((element.parent, element.tag, _first_name(element.name)), []).append(index)
    best: list[int] = []
    for (parent, _, _), boxes in groups.items():
        names = " ".join(layout.elements[index].name for index in (boxes[0], parent) if index >= 0)
        if len(boxes) >= _LEAST_ENTRIES and (says_live or _LIVE_NAME.search(names)):
            found = [block for box in boxes for block in _text_blocks(view, box)]
            if _length(view, found) > _length(view, best):
                best = found
    return [*_intro(view, best[0]), *best] if best else []


def _intro(view: PageView, first: int) -> list[int]:
    """Running text between the headline and the first entry."""
    layout, scores = view.layout, view.scores
    return [
        index
        for index in range(view.headline_at + 1, first)
        if scores.text_scores[index] >= _INTRO_CHARS and not scores.kinds[layout.blocks[index].element]
    ]


def _box_of(view: PageView, element: int, block: int) -> int:
    """The outermost box around a time that has neighbours of its own kind, below the headline; -1 without one."""
    if block <= view.headline_at:
        return -1
    found = -1
    for index in view.layout.ancestors(element)[1:]:
        if view.layout.elements[index].tag in {"body", "html", "main"}:
            break
        if len(_alike(view, index)) >= _LEAST_ENTRIES:
            found = index
    return found


def _alike(view: PageView, box: int) -> list[int]:
    """The elements beside this one, itself included, of its tag and first name."""
    elements = view.layout.elements
    wanted = elements[box].tag, _first_name(elements[box].name)
    return [
        one
        for one in children(view.layout, elements[box].parent)
        if (elements[one].tag, _first_name(elements[one].name)) == wanted
    ]


def children(layout: PageLayout, parent: int) -> Iterator[int]:
    """The elements right inside another, in order."""
    elements = layout.elements
    at, last = parent + 1, elements[parent].last if parent >= 0 else len(elements) - 1
    while at <= last:
        yield at
        at = elements[at].last + 1


def _first_name(name: str) -> str:
    return name.split(" ", 1)[0].lower()


def _is_story(view: PageView, box: int) -> bool:
    """True if a box begins with a heading that is no link, and holds running text."""
    layout = view.layout
    inside = blocks_inside(layout, box)
    if not inside or view.scores.kinds[box]:
        return False
    head = layout.blocks[inside[0]]
    path = layout.ancestors(head.element)
    tags = {layout.elements[index].tag for index in path if index >= box}
    return bool(tags & _HEADINGS) and _text_in(view, box) >= _NEXT_CHARS


def _is_headed_alike(view: PageView, box: int) -> bool:
    """True if a box is a story under a heading like the page's headline, which no part of the page's own story has."""
    layout = view.layout
    inside = blocks_inside(layout, box)
    if not inside or not _is_story(view, box):
        return False
    headline = layout.blocks[view.headline_at].text
    alike = _heading_of(layout, inside[0]) == _heading_of(layout, view.headline_at)
    return alike and len(layout.blocks[inside[0]].text) >= _LEAST_HEADLINE * len(headline)


def _text_in(view: PageView, box: int) -> int:
    return sum(max(0, view.scores.text_scores[index]) for index in blocks_inside(view.layout, box))


def _text_blocks(view: PageView, box: int) -> list[int]:
    layout, kinds = view.layout, view.scores.kinds
    return [
        index
        for index in blocks_inside(layout, box)
        if not kinds[layout.blocks[index].element]
        and not _CLOCK.match(layout.blocks[index].text)
        and layout.blocks[index].link_chars <= len(layout.blocks[index].text) / 2
    ]


def _length(view: PageView, blocks: list[int]) -> int:
    return sum(len(view.layout.blocks[index].text) for index in blocks)
