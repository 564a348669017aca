"""Whether two texts found at one address are versions of one story. Pure functions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LETTERS = re.compile(r"[^\W_]+")
_NUMBERS = re.compile(r"\d+")
_GRAM = 8  # letters without blanks, in any script: a word and a half of English
_HEADLINE_GRAM = 3
_READ_CHARS = 20_000
_SHORT = 200  # letters
_NEARLY_NONE = (
    0.06  # of the shorter text's grams; a text rewritten from the ground shares more, in names and titles
)
_MUCH = 0.5
_NEARLY_WHOLE = 0.8
_ALIKE = 0.35  # of the grams of two headlines


def share_text(one: str, other: str) -> float:
    """Share of the shorter text that stands in the other, 0..1."""
    return _contained(one, other, _GRAM)


def is_brief(body: str) -> bool:
    """True if a text is as short as a notice that replaces a story, or a flash that a story replaces."""
    return len(letters_of(body)) < _SHORT


def is_other_story(headlines: Sequence[str], bodies: Sequence[str]) -> bool:
    """True if two texts share nearly nothing, neither body nor headline. Short texts decide nothing."""
    if any(map(is_brief, bodies)):
        return False
    return (
        share_text(bodies[0], bodies[1]) < _NEARLY_NONE
        and _contained(headlines[0], headlines[1], _HEADLINE_GRAM) < _ALIKE
    )


def shares_much(one: str, other: str) -> bool:
    """True if half of the shorter text or more is in the other."""
    return share_text(one, other) >= _MUCH


def is_same_story(headlines: Sequence[str], bodies: Sequence[str]) -> bool:
    """True if two texts at different addresses share so much that an id which they have in common may be believed."""
    shared = share_text(bodies[0], bodies[1])
    return shared >= _MUCH or (
        shared >= _NEARLY_NONE and _contained(headlines[0], headlines[1], _HEADLINE_GRAM) >= _ALIKE
    )


def is_one_copy(one: str, other: str) -> bool:
    """True if the shorter of two texts is nearly whole in the longer one, with every number: one copy, cut or edited."""
    if share_text(one, other) < _NEARLY_WHOLE:
        return False
    shorter, longer = sorted((one[:_READ_CHARS], other[:_READ_CHARS]), key=len)
    return set(_NUMBERS.findall(shorter)) <= set(_NUMBERS.findall(longer))


def _contained(one: str, other: str, size: int) -> float:
    ours, theirs = _grams(one, size), _grams(other, size)
    if not ours or not theirs:
        return 0.0
    return len(ours & theirs) / min(len(ours), len(theirs))


def _grams(text: str, size: int) -> set[str]:
    letters = letters_of(text)
    return {letters[at : at + size] for at in range(len(letters) - size + 1)}


def letters_of(text: str) -> str:
    """The letters and digits of a text, case folded, without blanks and signs."""
    return "".join(_LETTERS.findall(text[:_READ_CHARS].casefold()))
