"""Tells walls from stories by what else is known: the other pages of a run, and what a page showed before.

`spiders.parsing.wall` refuses what one page alone gives away. Here no words are known: a wall says nothing of what its
entry's title says, and all walls of a source say the same. A page that shares words with its title is stored at once; only
the others wait until the run's other pages are known.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spiders.parsing.part import PARTIAL
from spiders.parsing.promise import says_nothing_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copytaster.store.revisits import KnownPage
    from copytaster.values import ParsedStory
    from spiders.items import StoryItem

SAME_SHARE = 0.8  # of the words of two walls: ids and counters differ
ALIKE = 3  # titles of pages: one story at several addresses has one
MAX_CHARS = 4_000


def find_walls(held: Sequence[StoryItem], *, known: str | None = None) -> list[StoryItem]:
    """Those of the pages that say nothing of their titles which are walls.

    Args:
        held: such pages of one run.
        known: the text of the source's walls in earlier runs.
    """
    texts = [_words_of(item.story.body) for item in held]
    walls = []
    for place, item in enumerate(held):
        titles = {
            _words_of(other.title or "")
            for other, text in zip(held, texts, strict=True)
            if _is_same(texts[place], text)
        }
        is_known = known is not None and _is_same(texts[place], _words_of(known))
        if is_known or len(titles) >= ALIKE:
            walls.append(item)
    return walls


def hides_story(known: KnownPage, story: ParsedStory) -> bool:
    """True if a page that showed a whole story shows something in its place now: a teaser, or nothing of its headline."""
    cut = PARTIAL in story.warnings and PARTIAL not in known.warnings and len(story.body) < len(known.body)
    said = not says_nothing_of(known.headline, known.body)
    return cut or (said and says_nothing_of(known.headline, story.body))


def _words_of(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text[:MAX_CHARS].casefold()))


def _is_same(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one) and len(one & other) >= SAME_SHARE * len(one | other)
