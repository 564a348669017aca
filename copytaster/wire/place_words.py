"""One place name in an opening: which words belong to it, and in which letter case it is printed."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from copytaster.wire.letters import MARKS, SPACE, fold, has_case, is_caps
from copytaster.wire.months import is_weekday, months_of
from copytaster.wire.places import is_city
from copytaster.wire.tables import read_table

PlaceStyle = Literal["caps", "mixed", "lower", "uncased"]

WORD = re.compile(rf"['’‘ʼ]?[^\W\d_](?:[^\W_]|[{MARKS}]|['’‘`´.](?=[^\W_])|-(?=[^\W_]))*")
GAP = re.compile(rf"{SPACE}{{1,3}}")
BEFORE_DAY = re.compile(rf"\.?{SPACE}{{0,2}}\d")
_ANY_GAP = re.compile(rf"{SPACE}{{0,3}}")
_MOST_WORDS = 6
_ABBREVIATED = frozenset(("st", "ste", "ft", "mt", "pt", "s"))
_TABLE = read_table("place_words")
PARTICLES = frozenset(_TABLE["particles"]["words"])
NO_PLACES = frozenset(map(fold, _TABLE["no places"]["words"]))  # they open lines like datelines do


class PlaceName(NamedTuple):
    """A place as printed, where it ends, and its letter case."""

    name: str
    end: int
    style: PlaceStyle


def read_place(text: str, start: int) -> PlaceName | None:
    """One place name: words of one letter case, particles between them, until another word follows."""
    first = WORD.match(text, start)
    if first is None:
        return None
    word, style = first.group(), _style_of(first.group())
    if word.startswith("Mc") and is_caps(word[2:]):
        style = "caps"
    if style is None or is_weekday(word):
        return None
    if "-" in word and style == "mixed" and is_caps(word.split("-")[0]) and is_city(word.split("-")[0]):
        city = word.split("-")[0]
        return PlaceName(city, start + len(city), "caps")
    end = _with_abbreviation_dot(text, first.end(), word)
    for _ in range(_MOST_WORDS - 1):
        extended = _extend_place(text, end, style) or _extend_to_city(text, start, end)
        if extended is None:
            break
        end = extended
    name = text[start:end]
    return None if months_of(name) and not is_city(name) else PlaceName(name, end, style)


def is_label(name: str) -> bool:
    """Whether a name is made of words that open lines without being a place: `BREAKING NEWS`, `File`, `Today`."""
    return all(fold(part) in NO_PLACES for part in name.split())


def _extend_to_city(text: str, start: int, end: int) -> int | None:
    """`La paz`, `New york`: a careless keyboard's capitals."""
    gap = GAP.match(text, end)
    following = WORD.match(text, gap.end()) if gap else None
    return following.end() if following and is_city(text[start : following.end()]) else None


def _extend_place(text: str, end: int, style: PlaceStyle) -> int | None:
    gap = GAP.match(text, end)
    following = WORD.match(text, gap.end()) if gap else None
    if following is None:
        return None
    word = following.group()
    if word == "AND" and style == "caps":
        return None
    if months_of(word) and BEFORE_DAY.match(text, following.end()):
        return None
    if word.lower() in PARTICLES and not (style == "caps" and is_caps(word)):
        after = GAP.match(text, following.end())
        beyond = WORD.match(text, after.end()) if after else None
        return (
            following.end()
            if beyond and (_fits(beyond.group(), style) or beyond.group() in PARTICLES)
            else None
        )
    if not _fits(word, style) or (style == "uncased" and months_of(word)):
        return None
    return _with_abbreviation_dot(text, following.end(), word)


def _style_of(word: str) -> PlaceStyle | None:
    if not has_case(word):
        return "uncased" if len(word) > 1 else None
    letters = [letter for letter in word if letter.isalpha()]
    if is_caps(word) and len(letters) > 1:
        return "caps"
    if word[0].isupper() or word[:2].strip("'’‘")[:1].isupper() or "-" in word[:4]:
        return "mixed"
    return "lower"


def _fits(word: str, style: PlaceStyle) -> bool:
    if style == "caps":
        return is_caps(word) or (word.startswith("Mc") and is_caps(word[2:]))
    if style == "mixed":
        return word[0].isupper() and not (is_caps(word) and len(word) > 2)
    if style == "uncased":
        return not has_case(word)
    return word.islower()


def _with_abbreviation_dot(text: str, end: int, word: str) -> int:
    dotted = text[end : end + 1] == "." and (fold(word) in _ABBREVIATED or "." in word)
    return end + 1 if dotted else end


def skip(text: str, start: int) -> int:
    """Where the blanks at `start` end."""
    gap = _ANY_GAP.match(text, start)
    return gap.end() if gap else start
