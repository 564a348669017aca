"""Whether a page keeps what a title promised of it: the one measure by which every search for walls goes."""

from __future__ import annotations

import re

LEAST_WORDS = 2  # of a title; one with fewer promises nothing
TITLE_SHARE = 1 / 3  # of a title's words that a story has at least
_WORD = re.compile(r"\w{4,}")
_STEM = 5  # letters that inflected forms share


def says_nothing_of(title: str | None, text: str) -> bool:
    """True if a text has hardly any of the words of its title. False for a title with too few words."""
    words = {word[:_STEM] for word in _WORD.findall((title or "").casefold())}
    if len(words) < LEAST_WORDS:
        return False
    shown = text.casefold()
    return sum(word in shown for word in words) < len(words) * TITLE_SHARE
