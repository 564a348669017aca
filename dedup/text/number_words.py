"""Figures out of digits and words: `3 million`, `three hundred and five`, `einundzwanzig`, `quatre-vingt-dix`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from dedup.text.vocabulary import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dedup.text.vocabulary import Language

_TEN, _HUNDRED, _THOUSAND = 10, 100, 1000
_SCORE = 20
_COMPOUND = {
    "de": re.compile(r"(?:(?P<thousands>\w*?)tausend)?(?:(?P<hundreds>\w*?)hundert)?(?:und)?(?P<rest>\w*)"),
    "nl": re.compile(r"(?:(?P<thousands>\w*?)duizend)?(?:(?P<hundreds>\w*?)honderd)?(?:en)?(?P<rest>\w*)"),
}
_JOINERS = {"de": "und", "nl": "en"}  # between a unit and its ten
_COUNTED_IN = ("en", "de", "fr", "es")  # in others a count is a name elsewhere: `otto`, `sei`


def read_figure(
    keys: Sequence[str], values: Sequence[float | None], place: int, language: Language
) -> tuple[float, int] | None:
    """(value, end) of the figure that begins at `place`, or None.

    Args:
        keys: of all pieces of the sentence.
        values: of those that are digits.
        place: where to read.
        language: of the words.
    """
    total, current, end = 0.0, _first(keys, values, place, language), place
    if current is None:
        return None
    end, is_digits = place + 1, values[place] is not None
    if keys[place] in language.hundreds or keys[place] in language.magnitudes:
        end, current = place, None  # a bare hundred or million
    while end < len(keys):
        after = end + 1 if keys[end] in language.joiners and end + 1 < len(keys) and end > place else end
        key = keys[after]
        if key in language.hundreds and (current or 1) < _HUNDRED and not (after > end):
            current = (current or 1) * _HUNDRED
        elif key in language.magnitudes and after == end:
            magnitude = language.magnitudes[key]
            total, current = _multiply(total, current, magnitude)
        elif values[after] is None and not is_digits and (joined := _join(current, total, key, language)):
            current = joined
        else:
            break
        end = after + 1
    return total + (current or 0), end


def list_counts() -> Iterator[str]:
    """Words that count and name nobody, whatever the language of the text: `siebzig`, `einundzwanzig`, `dozens`."""
    for language in map(LANGUAGES.__getitem__, _COUNTED_IN):
        yield from language.counts
    german = LANGUAGES["de"]
    units = [word for word in german.numbers if 0 < german.numbers[word] < _TEN]
    tens = [word for word in german.numbers if _read_ten(word, "de")]
    yield from (f"{unit}{_JOINERS['de']}{ten}" for unit in ("ein", *units) for ten in tens)


@lru_cache(maxsize=65_536)
def may_begin(key: str, code: str) -> bool:
    """False for a word with which no figure begins."""
    language = LANGUAGES[code]
    known = key in language.hundreds or key in language.magnitudes or key in language.ones
    return known or read_number_word(key, code) is not None


def _first(
    keys: Sequence[str], values: Sequence[float | None], place: int, language: Language
) -> float | None:
    """The value that a figure may begin with."""
    if values[place] is not None:
        return values[place]
    key = keys[place]
    multiplies = key in language.hundreds or key in language.magnitudes
    if multiplies:
        return 1.0 if len(key) > 1 and (key in language.hundreds or _is_bare(key, language)) else None
    if key in language.ones and place + 1 < len(keys):
        after = keys[place + 1]
        return 1.0 if after in language.hundreds or after in language.magnitudes else None
    return read_number_word(key, language.code)


def _is_bare(key: str, language: Language) -> bool:
    """True for a magnitude that stands for a figure alone: a thousand in languages that say no `one` before it."""
    return language.code in {"es", "fr", "it", "pt", "ru", "uk", "de", "zh"} and language.magnitudes[
        key
    ] == float(_THOUSAND)


def _multiply(total: float, current: float | None, magnitude: float) -> tuple[float, float | None]:
    if current is None and total and total < magnitude:
        return total * magnitude, None  # mil millones
    return total + (1 if current is None else current) * magnitude, None


def _join(current: float | None, total: float, key: str, language: Language) -> float | None:
    """The value of the words so far and one more, or None where that one begins another figure."""
    value = read_number_word(key, language.code)
    if not value or value != int(value):
        return None
    if current is None:
        return value if total and value < _THOUSAND else None
    if current % _HUNDRED == 0 and current and value < _HUNDRED:
        return current + value
    if language.code == "fr" and current % _HUNDRED == 4 and value == _SCORE:  # noqa: PLR2004 - quatre-vingts
        return current - 4 + 4 * _SCORE
    tens = current % _HUNDRED
    least = _SCORE if language.code != "fr" or tens not in {60, 80} else 0
    if tens >= _SCORE and tens % _TEN == 0 and value < (_TEN if least else _SCORE):
        return current + value
    return None


@lru_cache(maxsize=16_384)
def read_number_word(key: str, code: str) -> float | None:
    """The value of one word, compounds included, or None."""
    numbers = LANGUAGES[code].numbers
    if key in numbers:
        return numbers[key]
    if code not in _COMPOUND or len(key) < len("acht") + 1:
        return None
    return _read_compound(key, code)


def _read_compound(key: str, code: str) -> float | None:
    found = _COMPOUND[code].fullmatch(key)
    if found is None:
        return None
    total = 0.0
    for part, factor in (("thousands", _THOUSAND), ("hundreds", _HUNDRED)):
        if found[part] is not None:
            before = read_small(found[part], code) if found[part] else 1
            if before is None:
                return None
            total += before * factor
    rest = read_small(found["rest"], code) if found["rest"] else 0
    return None if rest is None else total + rest


def read_small(word: str, code: str) -> float | None:
    """The value of a word under a hundred."""
    if known := _read_unit(word, code):
        return known
    joiner = _JOINERS[code]
    at = word.find(joiner, 1)
    while at > 0:
        unit, ten = _read_unit(word[:at], code), _read_ten(word[at + len(joiner) :], code)
        if unit and ten and unit < _TEN:
            return unit + ten
        at = word.find(joiner, at + 1)
    return None


def _read_unit(word: str, code: str) -> float | None:
    language = LANGUAGES[code]
    return 1.0 if word in language.ones else language.numbers.get(word)


def _read_ten(word: str, code: str) -> float | None:
    value = LANGUAGES[code].numbers.get(word)
    return value if value and value >= _SCORE and value % _TEN == 0 else None
