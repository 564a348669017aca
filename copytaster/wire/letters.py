"""Comparison keys, dashes and letter case, shared by every grammar here."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Every mark used as a dateline's dash, mis-decoded UTF-8 and stray Windows-1252 controls among them.
DASH = r"(?:[-‐‑‒–—―⸺−﹣－_=~\x96\x97\ufffd]|â€[”“\x94\x93]|&[mn]dash;|(?<=\) )\?(?= )){1,4}"
SPACE = "[ \t\xa0\u2000-\u200f\u202a-\u202f\u2060\u2066-\u2069\u3000\ufeff]"

# Combining accents and vowel signs (Latin, Arabic, Devanagari, Bengali, Thai): letters to a reader, not to `re`.
MARKS = "\u0300-\u036f\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd\u0e31-\u0e4e"

_TRANSLATION = str.maketrans(
    {"ı": "i", "ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "ی": "ي", "ک": "ك", "ـ": ""}
)
_SENTENCE_START = re.compile(r"[\"'“”‘’«»„`´(\[¿¡<*€$£¥]{0,4}\s{0,2}([\w])")


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Key for comparing names: no case, accents, spaces or punctuation (`Agence France-Presse` -> `agencefrancepresse`)."""
    if text.isascii():
        lower = text.lower()
        return lower if lower.isalnum() else "".join(letter for letter in lower if letter.isalnum())
    decomposed = unicodedata.normalize("NFKD", text.casefold()).translate(_TRANSLATION)
    return "".join(letter for letter in decomposed if letter.isalnum())


def is_caps(word: str) -> bool:
    """Whether a word is printed in capitals (or in a script that has none); `McALLEN` and `N'Djamena` are not."""
    return not any(letter.islower() for letter in word) and any(letter.isalpha() for letter in word)


def has_case(word: str) -> bool:
    """Whether the word's script knows capitals."""
    return word.lower() != word.upper()


def starts_sentence(text: str) -> bool:
    """Whether text opens as a sentence does: capital, digit, or a letter of a script without capitals."""
    found = _SENTENCE_START.match(text)
    if found is None:
        return False
    first = found.group(1)
    return first.isdigit() or first.isupper() or not has_case(first)
