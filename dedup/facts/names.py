"""Whether two names mean one thing: spellings, transliterations, abbreviations, a country and its people."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from copytaster.wire.agency_table import AGENCIES
from copytaster.wire.letters import fold
from dedup.text.house_style import fold_phrases, fold_spelling
from dedup.text.vocabulary import SAME_NAMES, TITLES

if TYPE_CHECKING:
    from collections.abc import Sequence

# letters that transliterations, or scanners, exchange, the longer ones first
_ALIKE = (
    ("rn", "m"),
    ("sch", "sh"),
    ("tch", "ch"),
    ("kh", "h"),
    ("ph", "f"),
    ("gh", "g"),
    ("ck", "k"),
    ("ae", "a"),
    ("oe", "o"),
    ("ue", "u"),
    ("ou", "u"),
    ("oo", "u"),
    ("ee", "i"),
    ("dj", "j"),
    ("zh", "j"),
    ("q", "k"),
    ("c", "k"),
    ("w", "v"),
    ("y", "i"),
    ("x", "ks"),
)
_AGENCIES = frozenset(fold(name) for row in AGENCIES for name in (row.name, *row.spellings))
_DOUBLED = re.compile(r"(.)\1+")
_VOWELS = re.compile(r"[aeiouаеиоуыэюяіїє]")
_ENDINGS = 3  # letters that an inflection may exchange
_STEM = 4
_SHORT, _LONG = 5, 7  # letters of a name in which one letter, or two, may differ
_SUFFIXES = ("s", "es", "n", "an", "ian", "ean", "ese", "i", "ish", "er", "ers", "ans", "ians", "is")


def are_same(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two printed names may mean one thing; each is given by its words. A part of a name means the whole."""
    mine, theirs = _drop_titles(one), _drop_titles(other)
    whole, their_whole = _fold_name(one), _fold_name(other)
    known, their_known = (
        SAME_NAMES.get(whole, SAME_NAMES.get(_fold_name(mine))),
        SAME_NAMES.get(their_whole, SAME_NAMES.get(_fold_name(theirs))),
    )
    if whole == their_whole:
        return True
    if known is not None and their_known is not None:
        return known == their_known
    if _is_acronym(one, their_whole) or _is_acronym(other, whole):
        return True
    return any(_is_variant(fold(word), fold(their_word)) for word in mine for their_word in theirs)


def is_agency(name: str) -> bool:
    """True for the name of a news agency: houses put their own service in the place of another's."""
    return fold(name) in _AGENCIES


def _drop_titles(words: Sequence[str]) -> list[str]:
    return [word for word in words if fold(word) not in TITLES] or list(words)


def _fold_name(words: Sequence[str]) -> str:
    """A key of the whole name in house style."""
    phrase = fold_phrases(" ".join(words).lower().replace(".", ""))
    return fold("".join(map(fold_spelling, phrase.split())))


def _is_acronym(words: Sequence[str], short: str) -> bool:
    """True if `short` is made of the first letters of these words."""
    return len(words) > 1 and len(short) > 1 and "".join(fold(word)[:1] for word in words) == short


@lru_cache(maxsize=16_384)
def _is_variant(one: str, other: str) -> bool:
    """Whether two words are one name in another spelling, transliteration or inflection."""
    if one == other:
        return True
    known, their_known = SAME_NAMES.get(one), SAME_NAMES.get(other)
    if known is not None and their_known is not None:
        return known == their_known
    if _is_inflected(one, other):
        return True
    mine, theirs = _sound(one), _sound(other)
    least = min(len(mine), len(theirs))
    distance = min(_count_edits(mine, theirs), _count_edits(one, other))
    if _VOWELS.sub("", mine) == _VOWELS.sub("", theirs):
        return distance <= (2 if least >= _LONG else 1)
    return distance <= (2 if least > _LONG else 1) and least >= _SHORT  # a slip


def _is_inflected(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    if (
        len(short) >= _STEM - (long == f"{short}s")
        and long.startswith(short)
        and long[len(short) :] in _SUFFIXES
    ):
        return True  # a country and its people, a genitive
    if one.isascii() or other.isascii():
        return False
    stem = max(_STEM, min(len(one), len(other)) - _ENDINGS)  # Cyrillic, Greek: cases
    return one[:stem] == other[:stem]


@lru_cache(maxsize=16_384)
def _sound(word: str) -> str:
    for letters, sound in _ALIKE:
        word = word.replace(letters, sound)
    return _DOUBLED.sub(r"\1", word)


def _count_edits(one: str, other: str) -> int:
    """Letters to change, add or remove to make one word of the other (Levenshtein); 3 stands for more."""
    if abs(len(one) - len(other)) > 2:  # noqa: PLR2004
        return 3
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, start=1):
        before, row[0] = row[0], number
        for place, their_letter in enumerate(other, start=1):
            change = before + (letter != their_letter)
            before, row[place] = row[place], min(change, row[place] + 1, row[place - 1] + 1)
    return min(3, row[-1])
