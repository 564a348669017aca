"""What every character is to grouping: a letter, a digit, a mark, or one that only the patterns of `words` read."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Characters = NDArray[np.uint16]
    Kinds = NDArray[np.uint8]

_MARKS = frozenset('\n"%“”„«»\ue000\ue001')  # tokens of one character

# What a character is, in bits.
DIGIT, LETTER, WORD, SPACE, CAPITAL, ENDS_QUOTATION, MARK, HARD = 1, 2, 4, 8, 16, 32, 64, 128
_PLANE = 1 << 16
_HARD_RANGES = (
    (0x0900, 0x1E00),  # scripts of India, of South-East Asia, parts of Korean syllables
    (0x3040, 0xA000),  # kana, Han
    (0xD800, 0xE000),  # halves of characters beyond the first plane
)
_SYLLABLES = slice(0xAC00, 0xD7A4)  # of Korean, each a letter of its own: a sixth of all characters
_HARD_ONES = frozenset(
    "Σ\u02bc\u00ad\u200b\u200c\u200d\ufeff٫٬\u05c0\u05c3\u05c6\u06dd\u06de\u06e9"
)  # their form depends on their neighbours, or they are taken out
_CAPITALS = ((0x41, 0x5A), (0xC0, 0xD6), (0xD8, 0xDE), (0x391, 0x3A9), (0x410, 0x42F))


@cache
def classify_characters() -> tuple[Kinds, Characters]:
    """(what every character is, what it becomes) of the 65,536 characters of the first plane."""
    kinds, plain = np.zeros(_PLANE, dtype=np.uint8), np.arange(_PLANE, dtype=np.uint16)
    for first, end in _HARD_RANGES:
        kinds[first:end] = HARD
    kinds[_SYLLABLES] = LETTER | WORD
    for code in range(_PLANE):
        if kinds[code]:
            continue
        character = chr(code)
        normal = unicodedata.normalize("NFKC", character)
        lower = normal.lower()
        stays = normal == character or (normal == " " and character.isspace())
        if (
            not stays
            or len(lower) != 1
            or unicodedata.category(character).startswith("M")
            or character in _HARD_ONES
        ):
            kinds[code] = HARD
            continue
        kinds[code] = _kind_of(character, normal)
        plain[code] = ord(lower)
    kinds[kinds[plain] & HARD > 0] = HARD
    return kinds, plain


def _kind_of(character: str, normal: str) -> int:
    kind = DIGIT * character.isdecimal() | SPACE * normal.isspace()
    kind |= LETTER * (character.isalnum() and not character.isdecimal())
    kind |= WORD * (character.isalnum() or character == "_") | MARK * (character in _MARKS)
    kind |= CAPITAL * any(first <= ord(character) <= last for first, last in _CAPITALS)
    return kind | ENDS_QUOTATION * (normal.isspace() or character in ".,;:!?)")
