"""Tells walls from stories: pages that show every reader the same text, about consent, cookies or a subscription.

No list of words: a wall says nothing of what its entry's title says, and all walls of a source say the same. A page that
shares words with its title is stored at once; only the others wait until the run's other pages are known.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spiders.items import StoryItem

TITLE_SHARE = 1 / 3  # of a title's words that a story has at least
LEAST_WORDS = 2  # of a title
SAME_SHARE = 0.8  # of the words of two walls: ids and counters differ
ALIKE = 3  # pages: two may be one story at two addresses
MAX_CHARS = 4_000
_WORD = re.compile(r"\w{4,}")
_STEM = 5  # letters that inflected forms share


def says_nothing_of(title: str | None, text: str) -> bool:
    """True if a text has hardly any of the words of its title. False for a title with too few words."""
    words = {word[:_STEM] for word in _WORD.findall((title or "").casefold())}
    if len(words) < LEAST_WORDS:
        return False
    shown = text.casefold()
    return sum(word in shown for word in words) < len(words) * TITLE_SHARE


def find_walls(held: Sequence[StoryItem], *, known: str | None = None) -> list[StoryItem]:
    """Those of the pages that say nothing of their titles which are walls.

    Args:
        held: such pages of one run.
        known: the text of the source's walls in earlier runs.
    """
    texts = [_words_of(item.story.body) for item in held]
    walls = []
    for place, item in enumerate(held):
        alike = sum(_is_same(texts[place], other) for other in texts)
        is_known = known is not None and _is_same(texts[place], _words_of(known))
        if is_known or alike >= ALIKE:
            walls.append(item)
    return walls


def _words_of(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text[:MAX_CHARS].casefold()))


def _is_same(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one) and len(one & other) >= SAME_SHARE * len(one | other)
