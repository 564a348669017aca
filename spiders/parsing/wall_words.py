"""What a text says that pages in a story's place say: about consent, signing in, robots, errors, offers; in many languages.

The phrases are a table, `wall_words.txt`. No phrase alone makes a page a wall: stories are written about all of these things.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from copytaster.wire.tables import read_table

READER = "reader"  # the topic of words that speak to whoever reads
_MAX_CHARS = 4_000
_WIDE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff\uac00-\ud7af]"
)  # words run together
_QUOTED = re.compile(r'"[^"]{1,600}"|“[^“”]{1,600}”|„[^„“”]{1,600}[“”]|«[^«»]{1,600}»|「[^「」]{1,600}」')
_POLITE = re.compile(
    r"(?<=[^\W\d_] )(?:Sie|Ihnen|Ihr(?:e[mnrs]?)?)\b"
)  # German; at a sentence's start it may be "she"


def topics_of(text: str) -> frozenset[str]:
    """The topics of the table that a text has a phrase of, at most 4,000 characters of it read."""
    folded = _fold(text)
    return frozenset(topic for topic in _table() if _find(folded, topic))


def has_topic(text: str, topic: str) -> bool:
    """True if a text has a phrase of this topic."""
    return _find(_fold(text), topic)


def speaks_to_reader(text: str) -> bool:
    """True if a text addresses whoever reads it, outside of what it quotes; stories seldom do."""
    bare = _QUOTED.sub(" ", text[:_MAX_CHARS])
    return has_topic(bare, READER) or _POLITE.search(bare) is not None


def _fold(text: str) -> str:
    return text[:_MAX_CHARS].casefold().replace("’", "'")


def _find(folded: str, topic: str) -> bool:
    for phrase, inside, ends in _table()[topic]:
        if phrase in folded and _says(folded, phrase, inside, ends):
            return True
    return False


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[tuple[str, bool, bool], ...]]:
    """Topic -> (phrase, is found inside words too, ends where a word does)."""
    return {
        topic: tuple(
            (bare, _WIDE.search(bare) is not None, phrase.endswith("_"))
            for values in fields.values()
            for phrase in values
            if (bare := phrase.removesuffix("_").casefold().replace("’", "'"))
        )
        for topic, fields in read_table("wall_words", Path(__file__).parent).items()
    }


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
