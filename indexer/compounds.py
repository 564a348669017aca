"""The parts of compounds: Hafenarbeiterstreik is found by Hafenarbeiter and by Streik.

A word is divided where both sides are words of its language (dictionaries of simplemma), with the letters between them
that the language puts there. Prefixes and endings that are words by chance divide nothing: Unternehmen, Partnerschaft.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

from copytaster.folding import fold_letters
from copytaster.wire.places import is_city, is_region
from indexer.stems import find_stemmer, stem_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LEAST_PART, LEAST_WORD, MOST_LETTERS = 4, 8, 48
SHORT_PART, SHORT_WORD = 2, 6  # of parts that `compounds.toml` lists as short, and of compounds with one
# language of a dispatch -> the dictionary of its language
LANGUAGES = {"de": "de", "nl": "nl", "sv": "sv", "da": "da", "nb": "nb", "no": "nb", "nn": "nn"}
_GERMAN_CASE = re.compile(r"(?<=....)(?:es|en|e|s|(?<=[rl])n)$")


class Rules(NamedTuple):
    """How compounds of a language are divided; see `compounds.toml`."""

    between: tuple[str, ...]
    no_first: frozenset[str]
    no_last: frozenset[str]
    short: frozenset[str]


def list_part_stems(word: str, language: str) -> tuple[tuple[str, str], ...]:
    """(dictionary, stem) of each part of a compound in a text of this language; none if it is no compound."""
    known = LANGUAGES.get(language.partition("-")[0].casefold())
    if known is None or not SHORT_WORD <= len(word) <= MOST_LETTERS:
        return ()
    return _list_part_stems(word, known)


def divide_typed(word: str, languages: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """The parts of a typed compound, in each of these languages that divides it: at first two, then all that divide no more."""
    if not word.isalpha() or not SHORT_WORD <= len(word) <= MOST_LETTERS or is_city(word) or is_region(word):
        return
    known = (LANGUAGES.get(language.partition("-")[0].casefold()) for language in languages)
    for language in dict.fromkeys(known):
        halves = _divide(word.lower(), language) if language else None
        if language and halves:
            yield from dict.fromkeys((halves, tuple(_list_least(halves, language))))


def list_stems(word: str) -> tuple[tuple[str, str], ...]:
    """(dictionary, stem) of a typed word in each language that has compounds."""
    folded = fold_letters(word)
    if not folded.isalpha() or not folded.isascii():
        return ()
    return tuple(
        (language, stem_part(folded, language))
        for language in dict.fromkeys(LANGUAGES.values())
        if len(folded) >= LEAST_PART or folded in _list_short(language)
    )


def stem_part(folded: str, language: str) -> str:
    """The stem of one part; one that is too short for a stem stays whole.

    Of German words only endings of cases go: Bürger, whose stem would be Burg, is none.
    """
    if language == "de":
        return _GERMAN_CASE.sub("", folded)
    stemmer = find_stemmer(language)
    found = stem_word(folded, stemmer) if stemmer else folded
    return found if len(found) >= LEAST_PART else folded


@lru_cache(maxsize=100_000)
def _list_part_stems(word: str, language: str) -> tuple[tuple[str, str], ...]:
    if language == "de" and not word[0].isupper():
        return ()  # all nouns have a capital; adjectives and verbs are no compounds that anybody searches by their parts
    if is_city(word) or is_region(word):
        return ()
    parts = _list_parts(word.lower(), language)
    names = dict.fromkeys(one for part in parts for one in _name(part, language))
    return tuple(
        (language, stem) for stem in dict.fromkeys(stem_part(fold_letters(one), language) for one in names)
    )


def _name(part: str, language: str) -> Iterator[str]:
    """A part, and its first case where that is written otherwise: Häuser, Haus."""
    yield part
    if language == "de" and (word := _read_dictionary(language).get(part.capitalize())):
        yield word.lower()


def _list_parts(word: str, language: str) -> Iterator[str]:
    """All parts of a word in lower case, also those that are compounds themselves."""
    found = _divide(word, language)
    if found is None:
        return
    for part in found:
        yield part
        yield from _list_parts(part, language)


def _list_least(parts: Iterable[str], language: str) -> Iterator[str]:
    """The parts in their order, none of which is a compound itself."""
    for part in parts:
        halves = _divide(part, language)
        yield from _list_least(halves, language) if halves else (part,)


def _divide(word: str, language: str) -> tuple[str, str] | None:
    """The two parts of a word, the last one as long as can be; None where it has no two."""
    for at in range(SHORT_PART, len(word) - SHORT_PART + 1):
        first, last = word[:at], word[at:]
        if last not in _read_rules(language).no_last and _is_last(last, language):
            bare = _find_first(first, language)
            if bare is not None:
                return _share_s(bare, last, language)
    return None


def _find_first(first: str, language: str) -> str | None:
    """The first part as a word, without the letters before the second one; None if it is none."""
    rules = _read_rules(language)
    possible = [first.removesuffix(letters) for letters in rules.between if first.endswith(letters)]
    if not rules.no_first.isdisjoint(possible):
        return None
    words = (one for one in possible if len(one) >= LEAST_PART or one in rules.short)
    return next((one for one in words if _is_word(one, language) or _divide(one, language)), None)


def _share_s(first: str, last: str, language: str) -> tuple[str, str]:
    """In Scandinavia an `s` between two words belongs to neither: regering-s-kris, whose dictionaries have `skris` too."""
    if (
        language not in {"de", "nl"}
        and last[0] == "s"
        and len(last) > LEAST_PART
        and _is_last(last[1:], language)
    ):
        return first, last[1:]
    return first, last


def _is_last(word: str, language: str) -> bool:
    """True for a word that ends compounds: in German a noun, which the dictionary has with a capital."""
    if len(word) < LEAST_PART and word not in _read_rules(language).short:
        return False
    return _has(word.capitalize() if language == "de" else word, language)


def _is_word(word: str, language: str) -> bool:
    return _has(word, language) or (language == "de" and _has(word.capitalize(), language))


@lru_cache(maxsize=100_000)
def _has(word: str, language: str) -> bool:
    return word in _read_dictionary(language)


@cache
def _list_short(language: str) -> frozenset[str]:
    """The short parts, in the letters of a typed word."""
    return frozenset(map(fold_letters, _read_rules(language).short))


@cache
def _read_rules(language: str) -> Rules:
    table = tomllib.loads(resources.files("indexer").joinpath("compounds.toml").read_text(encoding="utf-8"))[
        language
    ]
    return Rules(
        tuple(table["between"].split(" ")),
        frozenset(table["no_first"].split()),
        frozenset(table["no_last"].split()),
        frozenset(table["short"].split()),
    )


@cache
def _read_dictionary(language: str) -> Mapping[str, str]:
    from simplemma.strategies.dictionaries import StreamDictionaryFactory  # only for texts that need it

    return StreamDictionaryFactory().get_dictionary(language)
