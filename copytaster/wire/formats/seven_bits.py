"""National letters of transmissions of seven bits (ISO 646): each country printed its own in place of the braces."""

from __future__ import annotations

import re

_BRACES = "[\\]{|}~"
_LETTERS = {
    "de": "ÄÖÜäöüß",
    "sv": "ÄÖÅäöå~",
    "da": "ÆØÅæøå~",
}
_WORDS = {
    "de": frozenset("der die das und ist nicht mit von den dem ein eine auf sich".split()),
    "sv": frozenset("och att det som är av på för inte den ett med".split()),
    "da": frozenset("og det som er af på for ikke den et med til".split()),
}
_IN_WORD = re.compile(r"(?<=[A-Za-z])[\[\\\]{|}~](?=[a-z])|(?<![A-Za-z\[{(])[\[\\\]](?=[a-z]{2})")
_LEAST = 3  # braces within words; fewer may be a slip
_LEAST_WORDS = 3


def mend_letters(text: str) -> str:
    """The text with letters in place of the braces within its words; the same text where they are braces."""
    if not text.isascii() or len(_IN_WORD.findall(text)) < _LEAST:
        return text
    words = re.findall(r"[a-z]+", text.lower())
    seen = {code: sum(word in own for word in words) for code, own in _WORDS.items()}
    code = max(seen, key=lambda one: seen[one])
    if seen[code] < _LEAST_WORDS:
        return text
    return text.translate(str.maketrans(_BRACES, _LETTERS[code]))
