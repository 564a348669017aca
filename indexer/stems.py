"""The stems of words in the languages for which there is a Snowball stemmer: words of one stem are forms of one word."""

from __future__ import annotations

import threading
from functools import lru_cache

import Stemmer

# language of a document -> its stemmer; Bulgarian and Latvian have none
STEMMERS = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "hi": "hindi",
    "hu": "hungarian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
}
MIN_STEM = 3  # letters: a shorter one is the stem of too many words
_made = threading.local()  # a stemmer is for one thread at a time


def find_stemmer(language: str) -> str | None:
    """The name of the stemmer for a language code such as `de-AT`; None where there is none."""
    return STEMMERS.get(language.partition("-")[0].casefold())


def stem_word(word: str, stemmer: str) -> str:
    """The stem of a folded word."""
    if not hasattr(_made, stemmer):
        setattr(_made, stemmer, Stemmer.Stemmer(stemmer))
    found: str = getattr(_made, stemmer).stemWord(word)
    return found


@lru_cache(maxsize=4096)
def find_beginning(word: str, stemmer: str) -> str | None:
    """The letters with which every form of a word begins; None where the word has no stem to speak of.

    A stemmer may change the last letter of what it leaves: happy, happi.
    """
    stem = stem_word(word, stemmer)
    if len(stem) < MIN_STEM or not word.isalpha():
        return None
    shared = next(
        (at for at, pair in enumerate(zip(word, stem, strict=False)) if pair[0] != pair[1]), len(stem)
    )
    begin = word[: max(MIN_STEM, min(shared, len(stem) - 1))]
    return begin if len(begin) >= MIN_STEM else None
