"""The words by which figures, negations, units and names are recognised, in each language. The tables are beside it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from copytaster.wire.letters import fold
from dedup.text.house_style import fold_spelling

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FOLDER = files("dedup.text")
_TABLE: dict[str, Any] = tomllib.loads(_FOLDER.joinpath("words.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=65_536)
def fold_word(word: str) -> str:
    """The key of a word: no case, no accents, one spelling; empty for a title that comes and goes with the house."""
    return fold_spelling(fold(word))


def _fold_all(words: Iterable[str]) -> frozenset[str]:
    return frozenset(map(fold_word, words)) - {""}


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """One language's words, as keys.

    Attributes:
        common: by which a text of this language is recognised.
        numbers: word -> its value under a thousand.
        magnitudes: word -> what it multiplies by.
        hundreds: words that multiply by a hundred.
        joiners: between the words of one figure.
        ones: articles that mean one before a hundred or a magnitude.
        refusals: verbs that say no without a negation.
        determiners: words before nouns, of a language that writes every noun with a capital; else none.
        printed, printed_negations: the words of figures, and negations, with accents.
        counts: the words of figures, without magnitudes and ordinals, and counts that name no figure, with accents.
    """

    code: str
    common: frozenset[str]
    numbers: Mapping[str, float]
    magnitudes: Mapping[str, float]
    hundreds: frozenset[str]
    joiners: frozenset[str]
    ones: frozenset[str]
    negations: frozenset[str]
    refusals: frozenset[str]
    determiners: frozenset[str]
    printed: frozenset[str]
    printed_negations: frozenset[str]
    counts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure: its dimension, and how much of the dimension's base it is."""

    name: str
    dimension: str
    factor: float


def _read_values(rows: Mapping[str, str]) -> dict[str, float]:
    return {fold_word(word): float(value) for value, words in rows.items() for word in words.split()}


def _read_language(code: str, row: Mapping[str, Any]) -> Language:
    numbers, ordinals, magnitudes = (
        frozenset(" ".join(row.get(name, {}).values()).split())
        for name in ("numbers", "ordinals", "magnitudes")
    )
    return Language(
        code,
        common=_fold_all(row["common"]),
        numbers=_read_values(row["numbers"]) | _read_values(row.get("ordinals", {})),
        magnitudes=_read_values(row["magnitudes"]),
        hundreds=_fold_all(row["hundreds"]),
        joiners=_fold_all(row["joiners"]),
        ones=_fold_all(row["ones"]),
        negations=_fold_all(row["negations"]),
        refusals=_fold_all(row["refusals"]),
        determiners=_fold_all(row.get("determiners", ())),
        printed=numbers | ordinals | magnitudes | frozenset(row["hundreds"]),
        printed_negations=frozenset(row["negations"]),
        counts=numbers | frozenset(row.get("many", ())),
    )


LANGUAGES = {code: _read_language(code, row) for code, row in _TABLE["languages"].items()}
ENGLISH = LANGUAGES["en"]
NUMERALS = {sign: float(value) for value, signs in _TABLE["numerals"].items() for sign in signs.split()}
AMBIGUOUS = frozenset(map(fold, _TABLE["ambiguous"]["words"]))  # cts is none of the words it is spelled as
UNITS = {
    (fold_word(word) if word.isalpha() else word): Unit(name, dimension, factor)
    for name, (dimension, factor, words) in _TABLE["units"].items()
    for word in words
}
UNIT_WORDS = frozenset(word for _, _, words in _TABLE["units"].values() for word in words)
CLOCK = _fold_all(_TABLE["clock"]["words"])
ROUGH = _fold_all(_TABLE["rough"]["words"])
TITLES = _fold_all(_TABLE["titles"]["words"])
AFFIRMING = _fold_all(_TABLE["affirming"]["words"])
FALLING = _fold_all(_TABLE["falling"]["words"])
OPPOSITES = frozenset(frozenset(map(fold_word, pair)) for pair in _TABLE["opposites"]["pairs"])
OPPOSED: frozenset[str] = frozenset().union(*OPPOSITES)
AUXILIARIES = _fold_all(_TABLE["auxiliaries"]["words"])
_SCRIPTS = (("\u024f", "en"), ("\u052f", "ru"), ("\u077f", "ar"), ("\u33ff", "en"), ("\u9fff", "zh"))
ATTACHED = frozenset(
    ("k", "m", "b", "c", "f", "h")
)  # a magnitude or unit only where it follows its figure at once


def choose_language(keys: Iterable[str]) -> Language:
    """The language of which most common words are among these keys; where none is, one of the same script."""
    found = set(keys)
    best = max(LANGUAGES.values(), key=lambda language: len(language.common & found))
    if best.common & found:
        return best
    first = min("".join(found)[:1], "\uffff")
    return next((LANGUAGES[code] for last, code in _SCRIPTS if first <= last), ENGLISH)


def _read_same_names() -> dict[str, int]:
    lines = _FOLDER.joinpath("same_names.txt").read_text(encoding="utf-8").splitlines()
    table: dict[str, int] = {}
    for number, line in enumerate(lines):
        if line and not line.startswith("#"):
            for name in line.split("|"):
                table.setdefault(fold(name), number)
    return table


SAME_NAMES = _read_same_names()
