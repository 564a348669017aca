"""Finds the language of a story: the declared one, checked against the text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spiders.parsing.language_model import load_identifier
from spiders.parsing.wordlist import word_list

if TYPE_CHECKING:
    from pathlib import Path

    from py3langid.langid import LanguageIdentifier

_NEWS_LANGUAGES = word_list(
    "ar az be bg bn bs ca cs da de el en es et eu fa fi fr gl gu he hi hr hu hy id is it ja ka kk km kn ko lt lv mk ml"
    " mn mr ms ne nl no pa pl ps pt ro ru si sk sl sq sr sv sw ta te th tl tr uk ur vi zh"
)
_ALIASES = {
    "nb": "no",
    "nn": "no",
    "iw": "he",
    "in": "id",
    "cn": "zh",
    "jp": "ja",
    "gr": "el",
    "cz": "cs",
    "ua": "uk",
}
_SAMPLE_CHARS = 800  # of 314 stories none is read otherwise by 1,500; 600 do as well
_CODE_CHARS = 2
_GUESS_CHARS = 40  # of text from which on a guess is used
_SURE = 0.95
_SURE_CHARS = 200  # of text from which on a guess overrides the declaration
_CLOSE = (  # declared and detected may differ inside one of these
    frozenset({"hr", "bs", "sr"}),
    frozenset({"ms", "id"}),
    frozenset({"no", "da"}),
    frozenset({"cs", "sk"}),
    frozenset({"gl", "pt", "es"}),
    frozenset({"bg", "mk"}),
    frozenset({"hi", "mr", "ne"}),
)
_CODE = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_].{0,20})?\s*$")


def normalise_language(code: str | None) -> str | None:
    """`en_US`, `EN-gb` -> `en`; None for what is no language code."""
    match = _CODE.match(code) if code else None
    if match is None:
        return None
    short = match[1].lower()
    return _ALIASES.get(short, short) if len(short) == _CODE_CHARS else None


def find_language(text: str, *declared: str | None) -> str | None:
    """Return the first declared language, unless a long enough text is clearly in another."""
    claims = [code for code in map(normalise_language, declared) if code]
    if len(text) < _SURE_CHARS:
        return claims[0] if claims else (_detect(text)[0] if len(text) >= _GUESS_CHARS else None)
    detected, certainty = _detect(text)
    if not claims:
        return detected
    if detected in claims:
        return detected
    if claims[0] not in _NEWS_LANGUAGES or any({detected, claims[0]} <= group for group in _CLOSE):
        return claims[0]
    return detected if certainty > _SURE else claims[0]


def _detect(text: str) -> tuple[str, float]:
    language, certainty = load_language_model().classify(text[:_SAMPLE_CHARS])
    return str(language), float(certainty)


class _Model:
    """The identifier of this process, once it is loaded."""

    identifier: LanguageIdentifier | None = None


def load_language_model(folder: Path | None = None) -> LanguageIdentifier:
    """Load the model, unless it is loaded; see `load_identifier`. The first text loads it without a folder."""
    if _Model.identifier is None:
        _Model.identifier = load_identifier(sorted(_NEWS_LANGUAGES), folder)
    return _Model.identifier
