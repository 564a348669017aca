"""Phrases of many languages in a table beside the code, by what they say, and looking for them in a text."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

from copytaster.late_pattern import late_pattern
from copytaster.wire.tables import read_table

Phrase = tuple[str, bool, bool]  # folded, is found inside words too, ends where a word does
_MAX_CHARS = 4_000
_WIDE = late_pattern(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff\uac00-\ud7af]"
)  # words run together
_QUOTED = late_pattern(r'"[^"]{1,600}"|“[^“”]{1,600}”|„[^„“”]{1,600}[“”]|«[^«»]{1,600}»|「[^「」]{1,600}」')


@lru_cache(maxsize=4)
def read_phrases(name: str) -> dict[str, dict[str, tuple[Phrase, ...]]]:
    """The table of this name: what is said -> language -> phrases."""
    return {
        said: {language: tuple(map(_read, phrases)) for language, phrases in fields.items()}
        for said, fields in read_table(name, Path(__file__).parent).items()
    }


def without_quotations(text: str) -> str:
    """A text, at most 4,000 characters of it, without what it quotes."""
    return _QUOTED.sub(" ", text[:_MAX_CHARS])


def fold(text: str) -> str:
    """Lower case without accents, at most 4,000 characters: forms of a word differ in them."""
    folded = text[:_MAX_CHARS].casefold().replace("’", "'")
    if folded.isascii():
        return folded
    return "".join(char for char in unicodedata.normalize("NFD", folded) if not unicodedata.combining(char))


def has_any(folded: str, name: str, said: str) -> bool:
    """True if a folded text has a phrase of the table that says this, in any language."""
    return any(find_phrase(folded, phrases) for phrases in read_phrases(name)[said].values())


def find_phrase(folded: str, phrases: tuple[Phrase, ...]) -> bool:
    """True if a folded text has one of these phrases."""
    return any(phrase in folded and _says(folded, phrase, inside, ends) for phrase, inside, ends in phrases)


def _read(phrase: str) -> Phrase:
    bare = fold(phrase.removesuffix("_"))
    return bare, _WIDE.search(phrase) is not None, phrase.endswith("_")


def _says(text: str, phrase: str, inside: bool, ends: bool) -> bool:
    at = text.find(phrase)
    while at >= 0:
        end = at + len(phrase)
        begins = inside or at == 0 or not (text[at - 1].isalnum() or (ends and text[at - 1] == "-"))
        if begins and (
            inside or not ends or end == len(text) or not (text[end].isalnum() or text[end] == "-")
        ):
            return True
        at = text.find(phrase, at + 1)
    return False
