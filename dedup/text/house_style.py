"""House style: folds words and phrases that desks write in different ways into one spelling. The table is beside it."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

_TABLE: dict[str, Any] = tomllib.loads(
    files("dedup.text").joinpath("house_style.toml").read_text(encoding="utf-8")
)
PHRASES: dict[str, str] = _TABLE["phrases"]
_PHRASE = re.compile(
    r"\b(?:"
    + "|".join(re.escape(phrase).replace(r"\ ", r"\s") for phrase in sorted(PHRASES, key=len, reverse=True))
    + r")\b"
)
_WORDS: dict[str, str] = _TABLE["words"]
_KNOWN: dict[str, str] = _WORDS | dict.fromkeys(_TABLE["dropped"], "")


def _read_ending(row: dict[str, Any]) -> tuple[re.Pattern[str], str]:
    """(pattern of the words that end so, what takes its place) of one row of the table."""
    ends = "|".join(filter(None, row["ends"]))
    optional = "?" if "" in row["ends"] else ""
    return re.compile(rf"(\w{{{row['shortest']},30}}){row['from']}({ends}){optional}$"), rf"\1{row['to']}\2"


_RESPELLED = tuple(map(_read_ending, _TABLE["endings"]))
# Two tests without a pattern; most words fail the second, which takes a tenth of the time of the first.
_ENDINGS = tuple(row["from"] + end for row in _TABLE["endings"] for end in row["ends"])
_SHORTEST = min(map(len, _ENDINGS))
_LAST_LETTERS = frozenset(end[-_SHORTEST:] for end in _ENDINGS)


def fold_phrases(text: str) -> str:
    """Write phrases of lower-cased text in one way, e.g. `islamic state` as `isis`."""
    return _PHRASE.sub(lambda found: PHRASES[re.sub(r"\s", " ", found[0])], text)


@lru_cache(maxsize=200_000)
def fold_spelling(word: str) -> str:
    """One lower-case word in one spelling; empty for a title before a name.

    The spelling is a key for comparing, not for reading: `four` and `for` may become one, which harms nothing.
    """
    known = _KNOWN.get(word)
    if known is None and word.endswith("'s"):
        word = word[:-2]
        known = _WORDS.get(word)
    if known is not None:
        return known
    if word[-_SHORTEST:] not in _LAST_LETTERS or not word.endswith(_ENDINGS):
        return word
    for pattern, spelling in _RESPELLED:
        folded, changed = pattern.subn(spelling, word)
        if changed:
            return folded
    return word


def fold_headline(headline: str) -> str:
    """A headline for comparing: lower case, words only."""
    return " ".join(re.findall(r"\w+", headline.lower()))
