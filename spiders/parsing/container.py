"""Where on a page the story's text stands: the element that holds it, and the blocks in it that are text."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spiders.parsing.furniture import follows_story, is_furniture_line, is_rights_line, name_kind

if TYPE_CHECKING:
    from spiders.parsing.blocks import Block, Layout

_PROSE_END = tuple(".!?…\"”’'»)]。！？」:;")
_KEEPS_SHARE = 0.4  # a subtree named like furniture that holds more than this share of all prose is none
_HEIR_SHARE = 0.8  # of its parent's score: the child then is the container
_NAMED_HEIR_SHARE = 0.5  # the same for a child that says it holds a story
_LEAF_TAGS = frozenset("p li h1 h2 h3 h4 h5 h6 a b i em font span strong blockquote pre dd dt tr tbody".split())
_COUNTER = re.compile(r"\d{1,3}\s?(?:/|of|von|de|из)\s?\d{1,3}\b")
_ARTICLE_SHARE = 0.2
_HEADING_TAGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_TEASER_TITLE_CHARS = 20
_LEAD_BLOCKS = 25
_GAP_BLOCKS = 8  # of unnamed clutter after which a body has ended
_GAP_SHARE = 0.6  # of all prose that must stand before it
_LEAD_CHARS = 80
_CLUTTER = 0.2  # weight of short and linked lines against prose
_CANDIDATES = 5
_WORD = re.compile(r"\w{3,}")
_NO_STORY = re.compile(
    r"\bcookies\b|ad ?blocker|privacy polic|personal information|your browser|javascript|indices are", re.IGNORECASE
)
_BODY_NAME = re.compile(
    r"article[-_]?(?:body|text|content)|story[-_]?(?:body|text|content)|(?:entry|post)[-_]?(?:content|body)|bodytext"
    r"|body[-_]?text|main[-_]?text",
    re.IGNORECASE,
)


def measure(text: str) -> int:
    """Length in Latin letters' worth: a Chinese or Japanese character says about three of them."""
    head = text[:300]
    wide = sum("\u3040" <= char <= "\u9fff" for char in head)
    return len(text) + (2 * wide * len(text) // len(head) if wide else 0)


@dataclass(slots=True)
class Judged:
    """What each block and element of a layout is worth."""

    prose: list[int]  # per block: characters of prose, or negative for what is not
    kinds: list[str]  # per element: inherited kind, `furniture`, `caption`, `byline`, `date` or nothing


def judge(layout: Layout) -> Judged:
    """Weigh every block, and pass what names say down the tree."""
    prose = [_prose(block) for block in layout.blocks]
    held = [0] * len(layout.elements)
    for block, weight in zip(layout.blocks, prose, strict=True):
        if weight > 0:
            held[block.element] += weight
    for index in range(len(held) - 1, 0, -1):
        held[layout.elements[index].parent] += held[index]
    galleries = _galleries(layout)
    kinds: list[str] = []
    for index, element in enumerate(layout.elements):
        kind = kinds[element.parent] if element.parent >= 0 else ""
        if kind not in ("furniture", "caption"):
            own = _element_kind(element.tag, element.name, hidden=element.hidden)
            keeps = 0.7 if element.tag in ("nav", "footer", "aside") else _KEEPS_SHARE
            if held[index] > keeps * held[0]:
                own = ""
            kind = own or (kind if kind in ("byline", "date") else "")
        elif element.tag == "article" and held[index] > _ARTICLE_SHARE * held[0]:
            kind = ""  # a story in a pop-up window
        if index in galleries:
            kind = "caption"
        kinds.append(kind)
    return Judged(prose, kinds)


def _galleries(layout: Layout) -> set[int]:
    """Lists whose items count pictures: `3/44`."""
    counts: Counter[int] = Counter()
    for block in layout.blocks:
        if _COUNTER.match(block.text):
            for index in layout.ancestors(block.element):
                if layout.elements[index].tag in ("ul", "ol", "dl"):
                    counts[index] += 1
                    break
    return {index for index, count in counts.items() if count > 2}


def _element_kind(tag: str, name: str, *, hidden: bool) -> str:
    if tag in ("body", "html", "main", "article", "h1"):
        return ""
    if hidden or tag in ("nav", "footer", "aside", "menu", "dialog", "fieldset"):
        return "furniture"
    if tag in ("figure", "figcaption", "caption"):
        return "caption"
    kind = name_kind(name)
    return "" if kind == "body" else kind


def _prose(block: Block) -> int:
    size = measure(block.text)
    if block.link_chars > 0.5 * len(block.text):
        return -min(size, 120)
    if size >= 80 or (size >= 40 and block.text.endswith(_PROSE_END)):
        return size - 2 * block.link_chars if size < 400 else size - block.link_chars
    return -min(size, 30)


def find_container(layout: Layout, judged: Judged, *, about: str, claimed_body: str, headline_at: int) -> int:
    """The element that holds the story, or -1.

    Args:
        about: the page's title and description: the right text shares their words.
        claimed_body: the text a page's JSON-LD gives, or nothing.
        headline_at: position of the block that prints the headline, or -1; stories seldom stand above theirs.
    """
    if not layout.elements:
        return -1
    score = _scores(layout, judged, headline_at)
    children: dict[int, list[int]] = {}
    for index in range(1, len(score)):
        children.setdefault(layout.elements[index].parent, []).append(index)
    about_words = {word[:6] for word in _WORD.findall(about.casefold())}
    claimed_words = set(_WORD.findall(claimed_body.casefold()))
    best, best_rank = -1, 0.0
    for container in _candidates(layout, score, children):
        blocks = _inside(layout, container)
        text = " ".join(layout.blocks[index].text for index in blocks if judged.prose[index] > 0)
        affinity = _affinity(text, about_words, claimed_words)
        if any(_BODY_NAME.search(layout.elements[index].name) for index in layout.ancestors(container)[:2]):
            affinity *= 1.5
        rank = affinity * score[container] ** 0.7
        if rank > best_rank:
            best, best_rank = container, rank
    return best


def _scores(layout: Layout, judged: Judged, after: int) -> list[float]:
    """Per element: prose in it, after the headline, less clutter."""
    score = [0.0] * len(layout.elements)
    for block, weight in zip(layout.blocks[after + 1 :], judged.prose[after + 1 :], strict=True):
        if judged.kinds[block.element] in ("furniture", "caption"):
            weight = 0
        elif weight > 0 and _NO_STORY.search(block.text):
            weight = 0
        score[block.element] += weight if weight > 0 else _CLUTTER * weight
    for index in range(len(score) - 1, 0, -1):
        score[layout.elements[index].parent] += score[index]
    return score


def _candidates(layout: Layout, score: list[float], children: dict[int, list[int]]) -> list[int]:
    """The best containers, none inside another."""
    found: list[int] = []
    taken: set[int] = set()
    hopeful = [i for i, element in enumerate(layout.elements) if score[i] > 0 and element.tag not in _LEAF_TAGS]
    order = sorted(hopeful, key=lambda i: (-score[i], -i))
    for index in order:
        if len(found) == _CANDIDATES:
            break
        if index in taken or any(f <= index <= layout.elements[f].last for f in found):
            continue
        best = index
        best = _descend(layout, score, children, best)
        found.append(best)
        taken.update(layout.ancestors(best))
    return found


def _descend(layout: Layout, score: list[float], children: dict[int, list[int]], start: int) -> int:
    """From an element to the innermost that still holds nearly all of its text, or that says it holds the story."""
    best = here = start
    while True:
        heir = max(children.get(here, ()), key=lambda i: score[i], default=-1)
        if heir < 0 or score[heir] < _HEIR_SHARE * score[here]:
            named = _named_inside(layout, score, best)
            if named < 0:
                return best
            best = here = named
        else:
            here = heir
            if layout.elements[heir].tag not in _LEAF_TAGS:
                best = heir


def _named_inside(layout: Layout, score: list[float], container: int) -> int:
    """The element in a container that is named like a story's body and holds half of its text, or -1."""
    enough = _NAMED_HEIR_SHARE * score[container]
    found = -1
    for index in range(container + 1, layout.elements[container].last + 1):
        element = layout.elements[index]
        if score[index] < enough or element.tag in _LEAF_TAGS:
            continue
        if (element.tag in ("article", "main") or _BODY_NAME.search(element.name)) and (
            found < 0 or score[index] > score[found]
        ):
            found = index
    return found


def _affinity(text: str, about_words: set[str], claimed_words: set[str]) -> float:
    said = set(_WORD.findall(text.casefold()))
    if len(claimed_words) > 40:
        return 0.05 + len(said & claimed_words) / len(claimed_words)
    if not about_words:
        return 1.0
    return 0.25 + len({word[:6] for word in said} & about_words) / len(about_words)


def anchor(layout: Layout, judged: Judged, headline_at: int) -> int:
    """The headline's position where the story can stand below it, else -1: some pages print it last."""
    if headline_at < 0:
        return -1
    path = layout.ancestors(layout.blocks[headline_at].element)[:3]
    share = 0.07 if any(layout.elements[index].tag == "h1" for index in path) else 0.25
    weights = [weight for weight in judged.prose if weight > 0]
    below = sum(weight for weight in judged.prose[headline_at + 1 :] if weight > 0)
    return headline_at if below >= share * sum(weights) else -1


def _inside(layout: Layout, container: int) -> list[int]:
    last = layout.elements[container].last
    return [index for index, block in enumerate(layout.blocks) if container <= block.element <= last]


def pick_blocks(layout: Layout, judged: Judged, container: int, after: int) -> list[int]:
    """Positions of the container's blocks that are the story's text, below the headline."""
    picked: list[int] = []
    seen: set[str] = set()
    teaser_end = -1  # last element of a box that a linked heading opened
    for index in _inside(layout, container):
        block = layout.blocks[index]
        if index <= after or block.element <= teaser_end:
            continue
        if judged.kinds[block.element] in ("furniture", "caption", "byline", "date"):
            continue
        if picked and follows_story(block.text):
            break
        if is_furniture_line(block.text) or is_rights_line(block.text) or block.text in seen:
            continue
        if block.link_chars > 0.6 * len(block.text):
            teaser_end = _teaser_box(layout, block, container)
            continue
        if len(block.text) > 40:
            seen.add(block.text)
        picked.append(index)
    picked = _cut_at_gap(layout, judged, _trim(judged, picked))
    return _leads(layout, judged, picked, container, after) + picked


def _cut_at_gap(layout: Layout, judged: Judged, picked: list[int]) -> list[int]:
    """Without what follows a long stretch of clutter, where that is less than what stands before."""
    total = sum(max(0, judged.prose[index]) for index in picked)
    before, last = 0, -1
    for index in picked:
        if judged.prose[index] <= 0:
            continue
        between = layout.blocks[last + 1 : index] if last >= 0 else []
        if len(between) > _GAP_BLOCKS and before > _GAP_SHARE * total:
            unnamed = sum(not judged.kinds[block.element] for block in between)
            if unnamed > _GAP_BLOCKS:
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
        and layout.blocks[index].element >= box
        and not judged.kinds[layout.blocks[index].element]
        and not is_rights_line(layout.blocks[index].text)
        and not is_furniture_line(layout.blocks[index].text)
    ]


def _teaser_box(layout: Layout, block: Block, container: int) -> int:
    """The last element of the box that a linked heading is the title of, or -1: what follows in it sells that story."""
    if len(block.text) < _TEASER_TITLE_CHARS:
        return -1
    path = layout.ancestors(block.element)
    if not any(layout.elements[index].tag in _HEADING_TAGS for index in path[:3]):
        return -1
    box = next((index for index in path if layout.elements[index].tag not in _LEAF_TAGS), -1)
    return layout.elements[box].last if box > container else -1


def _trim(judged: Judged, picked: list[int]) -> list[int]:
    """Without the short lines before the first paragraph and after the last."""
    long = [place for place, index in enumerate(picked) if judged.prose[index] > 0]
    if not long:
        return picked
    return picked[long[0] : long[-1] + 1]
