"""What a text says that pages in a story's place say: about consent, signing in, robots, errors, offers; in many languages.

The phrases are a table, `wall_words.txt`. No phrase alone makes a page a wall: stories are written about all of these things.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

from copytaster.late_pattern import late_pattern
from copytaster.wire.tables import read_table
from spiders.parsing.language import find_language

_SAME = {"nb": "no", "nn": "no"}
_OWN_SCRIPT = frozenset(
    {"ar", "el", "fa", "he", "hi", "ja", "ko", "zh"}
)  # words of no other language look so
READER = "reader"  # the topic of words that speak to whoever reads
_MAX_CHARS = 4_000
_WIDE = late_pattern(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff\uac00-\ud7af]"
)  # words run together
_QUOTED = late_pattern(r'"[^"]{1,600}"|“[^“”]{1,600}”|„[^„“”]{1,600}[“”]|«[^«»]{1,600}»|「[^「」]{1,600}」')
_POLITE = late_pattern(
    r"(?<=[^\W\d_] )(?:Sie|Ihnen|Ihr(?:e[mnrs]?)?)\b"
)  # German; at a sentence's start it may be "she"


def topics_of(text: str) -> frozenset[str]:
    """The topics of the table that a text has a phrase of, at most 4,000 characters of it read."""
    folded = _fold(text)
    return frozenset(topic for topic in _table() if topic != READER and _has(folded, topic))


def has_topic(text: str, topic: str) -> bool:
    """True if a text has a phrase of this topic, in any language."""
    return _has(_fold(text), topic)


def speaks_to_reader(text: str, language: str | None) -> bool:
    """True if a text addresses whoever reads it, outside of what it quotes; stories seldom do.

    Words of address are short, and other words in other languages: those of the text's own language alone count, if the
    table has that one.
    """
    bare = _QUOTED.sub(" ", text[:_MAX_CHARS])
    code = (language or find_language(bare) or "").lower()[:2]
    folded, known = _fold(bare), _table()[READER]
    own = _SAME.get(code, code)
    languages = {own, *_OWN_SCRIPT} if own in known else set(known)
    return any(_find(folded, known[one]) for one in languages) or _POLITE.search(bare) is not None


def _has(folded: str, topic: str) -> bool:
    return any(_find(folded, phrases) for phrases in _table()[topic].values())


def _fold(text: str) -> str:
    """Lower case without accents: forms of a word differ in them."""
    folded = text[:_MAX_CHARS].casefold().replace("’", "'")
    if folded.isascii():
        return folded
    return "".join(char for char in unicodedata.normalize("NFD", folded) if not unicodedata.combining(char))


def _find(folded: str, phrases: tuple[tuple[str, bool, bool], ...]) -> bool:
    return any(phrase in folded and _says(folded, phrase, inside, ends) for phrase, inside, ends in phrases)


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, tuple[tuple[str, bool, bool], ...]]]:
    """Topic -> language -> (phrase, is found inside words too, ends where a word does)."""
    return {
        topic: {language: tuple(map(_read, phrases)) for language, phrases in fields.items()}
        for topic, fields in read_table("wall_words", Path(__file__).parent).items()
    }


def _read(phrase: str) -> tuple[str, bool, bool]:
    bare = _fold(phrase.removesuffix("_"))
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
