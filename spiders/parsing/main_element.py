"""Finds the element of a page that holds the story."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spiders.parsing.wordlist import word_list

if TYPE_CHECKING:
    from spiders.parsing.block_scores import BlockScores
    from spiders.parsing.blocks import PageLayout
    from spiders.parsing.page_view import PageView

LEAF_TAGS = frozenset(
    word_list("p li h1 h2 h3 h4 h5 h6 a b i em font span strong blockquote pre dd dt tr tbody")
)
_HEIR_SHARE = 0.8  # of its parent's score: the child then is the main element
_NAMED_HEIR_SHARE = 0.5  # the same for an element whose name says that it holds a story
_CLUTTER = 0.2  # weight of short and linked lines against running text
_LINKED = 0.5  # share of a line's letters in links from which it is one
_CANDIDATES = 5
_SIZE_POWER = 0.7  # twice the text counts 1.6 times: what it is about matters more than how much it is
_NAMED_BONUS = 1.5
_CLAIM_WORDS = 40  # distinct ones; a shorter claimed body is not compared
_H1_SHARE = 0.07  # of the page's running text that must lie below a heading for it to be the story's
_HEADING_SHARE = 0.25
_WORD = re.compile(r"\w{3,}")
_STEM_CHARS = 6
_NO_STORY = re.compile(
    r"\bcookies\b|ad ?blocker|privacy polic|personal information|your browser|javascript|indices are",
    re.IGNORECASE,
)
_BODY_NAME = re.compile(
    r"article[-_]?(?:body|text|content)|story[-_]?(?:body|text|content)|(?:entry|post)[-_]?(?:content|body)|bodytext"
    r"|body[-_]?text|main[-_]?text",
    re.IGNORECASE,
)


def find_body_start(layout: PageLayout, scores: BlockScores, headline_at: int) -> int:
    """Return the headline's position if enough running text lies below it, else -1: some pages print it last."""
    if headline_at < 0:
        return -1
    path = layout.ancestors(layout.blocks[headline_at].element)[:3]
    share = _H1_SHARE if any(layout.elements[index].tag == "h1" for index in path) else _HEADING_SHARE
    below = sum(weight for weight in scores.text_scores[headline_at + 1 :] if weight > 0)
    return headline_at if below >= share * sum(weight for weight in scores.text_scores if weight > 0) else -1


def find_main_element(view: PageView, *, about: str, claimed_body: str) -> int:
    """Find the element that holds the story; -1 if there is none.

    Its text is long, free of clutter, and shares words with the page's title and description (`about`) or with the
    body in its JSON-LD (`claimed_body`). Only blocks below the headline count. Where links outweigh the text in
    every element, they are left out of account: a short story among long lists.
    """
    if not view.layout.elements:
        return -1
    found = _find(view, _score(view), about, claimed_body)
    return found if found >= 0 else _find(view, _score(view, link_weight=0.0), about, claimed_body)


def _find(view: PageView, score: list[float], about: str, claimed_body: str) -> int:
    layout, text_scores = view.layout, view.scores.text_scores
    heirs = [-1] * len(score)  # the child of each element with the best score
    for index in range(1, len(score)):
        parent = layout.elements[index].parent
        if heirs[parent] < 0 or score[index] > score[heirs[parent]]:
            heirs[parent] = index
    about_stems = {word[:_STEM_CHARS] for word in _WORD.findall(about.casefold())}
    claimed_words = set(_WORD.findall(claimed_body.casefold()))
    best, best_rank = -1, 0.0
    for candidate in _candidates(layout, score, heirs):
        held = (index for index in blocks_inside(layout, candidate) if text_scores[index] > 0)
        said = set(_WORD.findall(" ".join(layout.blocks[index].text for index in held).casefold()))
        rank = _affinity(said, about_stems, claimed_words) * score[candidate] ** _SIZE_POWER
        if any(_BODY_NAME.search(layout.elements[index].name) for index in layout.ancestors(candidate)[:2]):
            rank *= _NAMED_BONUS
        if rank > best_rank:
            best, best_rank = candidate, rank
    return best


def blocks_inside(layout: PageLayout, element: int) -> list[int]:
    """Positions of the blocks inside an element."""
    last = layout.elements[element].last
    return [index for index, block in enumerate(layout.blocks) if element <= block.element <= last]


def _score(view: PageView, *, link_weight: float = _CLUTTER) -> list[float]:
    """Per element: running text in it below the headline, less clutter."""
    layout, kinds, text_scores = view.layout, view.scores.kinds, view.scores.text_scores
    score = [0.0] * len(layout.elements)
    for index in range(view.headline_at + 1, len(layout.blocks)):
        block, weight = layout.blocks[index], text_scores[index]
        if kinds[block.element] in ("boilerplate", "caption"):
            continue
        if weight > 0 and _NO_STORY.search(block.text):
            continue
        clutter = link_weight if block.link_chars > _LINKED * len(block.text) else _CLUTTER
        score[block.element] += weight if weight > 0 else clutter * weight
    for index in range(len(score) - 1, 0, -1):
        score[layout.elements[index].parent] += score[index]
    return score


def _candidates(layout: PageLayout, score: list[float], heirs: list[int]) -> list[int]:
    """The best elements, none inside another."""
    hopeful = [
        i for i, element in enumerate(layout.elements) if score[i] > 0 and element.tag not in LEAF_TAGS
    ]
    found: list[int] = []
    taken: set[int] = set()
    for index in sorted(hopeful, key=lambda i: (-score[i], -i)):
        if len(found) == _CANDIDATES:
            break
        if index in taken or any(one <= index <= layout.elements[one].last for one in found):
            continue
        best = _descend(layout, score, heirs, index)
        found.append(best)
        taken.update(layout.ancestors(best))
    return found


def _descend(layout: PageLayout, score: list[float], heirs: list[int], start: int) -> int:
    """Go down to the innermost element that holds nearly all of the text, or whose name says that it holds a story."""
    best = here = start
    while True:
        heir = heirs[here]
        if heir < 0 or score[heir] < _HEIR_SHARE * score[here]:
            named = _named_inside(layout, score, best)
            if named < 0:
                return best
            best = here = named
        else:
            here = heir
            if layout.elements[heir].tag not in LEAF_TAGS:
                best = heir


def _named_inside(layout: PageLayout, score: list[float], outer: int) -> int:
    """The element inside `outer` that is named like a story's body and holds half of its text, or -1."""
    enough = _NAMED_HEIR_SHARE * score[outer]
    found = -1
    for index in range(outer + 1, layout.elements[outer].last + 1):
        element = layout.elements[index]
        if score[index] < enough or element.tag in LEAF_TAGS or (found >= 0 and score[index] <= score[found]):
            continue
        if element.tag in ("article", "main") or _BODY_NAME.search(element.name):
            found = index
    return found


def _affinity(said: set[str], about_stems: set[str], claimed_words: set[str]) -> float:
    """Share of the claimed words that a text contains, about 0..1."""
    if len(claimed_words) > _CLAIM_WORDS:
        return 0.05 + len(said & claimed_words) / len(claimed_words)
    if not about_stems:
        return 1.0
    return 0.25 + len({word[:_STEM_CHARS] for word in said} & about_stems) / len(about_stems)
