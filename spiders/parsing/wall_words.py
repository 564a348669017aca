"""What a text says that pages in a story's place say: about consent, signing in, robots, errors, offers; in many languages.

The phrases are a table, `wall_words.txt`. No phrase alone makes a page a wall: stories are written about all of these things.
"""

from __future__ import annotations

from copytaster.late_pattern import late_pattern
from spiders.parsing.language import find_language
from spiders.parsing.phrases import find_phrase, fold, has_any, read_phrases, without_quotations

_SAME = {"nb": "no", "nn": "no"}
_OWN_SCRIPT = frozenset(
    {"ar", "el", "fa", "he", "hi", "ja", "ko", "zh"}
)  # words of no other language look so
READER = "reader"  # the topic of words that speak to whoever reads
_NAME = "wall_words"
_POLITE = late_pattern(
    r"(?<=[^\W\d_] )(?:Sie|Ihnen|Ihr(?:e[mnrs]?)?)\b"
)  # German; at a sentence's start it may be "she"


def topics_of(text: str) -> frozenset[str]:
    """The topics of the table that a text has a phrase of, at most 4,000 characters of it read."""
    folded = fold(text)
    return frozenset(
        topic for topic in read_phrases(_NAME) if topic != READER and has_any(folded, _NAME, topic)
    )


def has_topic(text: str, topic: str) -> bool:
    """True if a text has a phrase of this topic, in any language."""
    return has_any(fold(text), _NAME, topic)


def speaks_to_reader(text: str, language: str | None) -> bool:
    """True if a text addresses whoever reads it, outside of what it quotes; stories seldom do.

    Words of address are short, and other words in other languages: those of the text's own language alone count, if the
    table has that one.
    """
    bare = without_quotations(text)
    code = (language or find_language(bare) or "").lower()[:2]
    folded, known = fold(bare), read_phrases(_NAME)[READER]
    own = _SAME.get(code, code)
    languages = {own, *_OWN_SCRIPT} if own in known else set(known)
    return any(find_phrase(folded, known[one]) for one in languages) or _POLITE.search(bare) is not None
