"""House style: words and phrases that desks write in different ways and mean as one. No text is cut here."""

from __future__ import annotations

import re
from functools import lru_cache

# Each phrase becomes the one word on the right, on every desk.
PHRASES = {
    "islamic state of iraq and the levant": "isis",
    "islamic state in iraq and the levant": "isis",
    "islamic state of iraq and syria": "isis",
    "islamic state in iraq and syria": "isis",
    "islamic state of iraq and greater syria": "isis",
    "islamic state": "isis",
    "per cent": "percent",
    "united states": "us",
    "united kingdom": "uk",
    "united nations": "un",
    "european union": "eu",
    "cote d'ivoire": "ivory coast",
}
_PHRASE = re.compile(
    r"\b(?:"
    + "|".join(re.escape(phrase).replace(r"\ ", r"\s") for phrase in sorted(PHRASES, key=len, reverse=True))
    + r")\b"
)

_WORDS = {
    "daesh": "isis",
    "isil": "isis",
    "da'esh": "isis",
    "%": "percent",
    "pct": "percent",
    "bn": "billion",
    "bln": "billion",
    "mn": "million",
    "mln": "million",
    "tn": "trillion",
    "trn": "trillion",
    "tln": "trillion",
    "dlr": "dollar",
    "dlrs": "dollars",
    "cts": "cents",
    "kyiv": "kiev",
    "myanmar": "burma",
    "qaeda": "qaida",
    "hezbollah": "hizbollah",
    "hizbullah": "hizbollah",
    "gaddafi": "qaddafi",
    "gadhafi": "qaddafi",
    "kadhafi": "qaddafi",
    "while": "whilst",
    "among": "amongst",
    "toward": "towards",
    "grey": "gray",
    "tonne": "ton",
    "tonnes": "tons",
    "percentage": "percent",
    "programme": "program",
    "programmes": "programs",
    "okay": "ok",
}
# Titles before names come and go with the house; so do the signs of currencies, which tokens leave out anyway.
_DROPPED = frozenset({"mr", "mrs", "ms", "messrs", "dr", "sir"})

_SUFFIXES = (
    (re.compile(r"(\w{3,30})is(e|ed|es|er|ers|ing|ation|ations)$"), r"\1iz\2"),
    (re.compile(r"(\w{3,30})ys(e|ed|es|er|ers|ing)$"), r"\1yz\2"),
    (re.compile(r"(\w{3,30})our(s|ed|ing|able|ite|ites|ful|er|ers|hood)?$"), r"\1or\2"),
    (re.compile(r"(\w{2,30})tre(s|d)?$"), r"\1ter\2"),
    (re.compile(r"(\w{3,30})ence$"), r"\1ense"),
    (re.compile(r"(\w{3,30})ll(ed|ing|er|ers)$"), r"\1l\2"),
    (re.compile(r"(\w{3,30})ogue(s)?$"), r"\1og\2"),
)
# What those reach, said so that most words are passed over without a pattern.
_ENDINGS = tuple(
    stem + end
    for stem, ends in (
        ("is", ("e", "ed", "es", "er", "ers", "ing", "ation", "ations")),
        ("ys", ("e", "ed", "es", "er", "ers", "ing")),
        ("our", ("", "s", "ed", "ing", "able", "ite", "ites", "ful", "er", "ers", "hood")),
        ("tre", ("", "s", "d")),
        ("ence", ("",)),
        ("ll", ("ed", "ing", "er", "ers")),
        ("ogue", ("", "s")),
    )
    for end in ends
)


def fold_phrases(text: str) -> str:
    """Write phrases of lower-cased text in one way, e.g. `islamic state` and `isis`."""
    return _PHRASE.sub(lambda found: PHRASES[re.sub(r"\s", " ", found[0])], text)


@lru_cache(maxsize=200_000)
def fold_word(word: str) -> str:
    """One lower-case word in one spelling; empty where the word is a matter of courtesy only.

    The spelling is a key for comparing, not for reading: `four` and `for` may fall together, which harms nothing.
    """
    if word in _DROPPED:
        return ""
    word = word.removesuffix("'s")
    known = _WORDS.get(word)
    if known is not None:
        return known
    if not word.endswith(_ENDINGS):
        return word
    for pattern, spelling in _SUFFIXES:
        folded, changed = pattern.subn(spelling, word)
        if changed:
            return folded
    return word


def fold_headline(headline: str) -> str:
    """A headline for comparing: lower case, words only."""
    return " ".join(re.findall(r"\w+", headline.lower()))
