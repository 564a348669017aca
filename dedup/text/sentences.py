"""Divides a text into sentences, in any language. The table of abbreviations is beside it."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING, Any

from copytaster.sentence_ends import SPACELESS
from copytaster.wire.months import months_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_TABLE: dict[str, Any] = tomllib.loads(
    files("dedup.text").joinpath("sentences.toml").read_text(encoding="utf-8")
)
_ABBREVIATED = frozenset(_TABLE["abbreviated"])
_BEFORE_FIGURE = frozenset(_TABLE["before_figure"])
_BEFORE_ORDINAL = frozenset(_TABLE["before_ordinal"])
_END = re.compile(rf"[.!?…]+[\"'”’“»)\]」』]*\s+|[{SPACELESS}]+[\"'”’»)\]」』）]*\s*|\n\s*")
_FIRST_LETTER = re.compile(r"[\"“”«„'‘(\[–—-]*\s?([^\W\d_])")
_LAST_WORD = re.compile(r"[^\W_]+\Z")
_WORD = re.compile(r"[^\W\d_]+")
_BEFORE_INITIAL = ' \t\n\u00a0.(«„“"-–'
_LONGEST_WORD = max(map(len, _ABBREVIATED | _BEFORE_FIGURE)) + 1
_DAY_DIGITS = 2


def divide(text: str, *, most: int, by_line: bool = False) -> list[str]:
    """The first sentences of a text, without the space around them; paragraphs end sentences.

    Args:
        text: to divide.
        most: sentences to give.
        by_line: every line break ends a sentence, also one before a small letter.
    """
    sentences = (one.strip() for one in _cut(text, by_line=by_line))
    return list(islice((one for one in sentences if any(map(str.isalnum, one))), most))


def _cut(text: str, *, by_line: bool) -> Iterator[str]:
    start = 0
    for found in _END.finditer(text):
        if (by_line and "\n" in found[0]) or _ends(text, found):
            yield text[start : found.end()]
            start = found.end()
    yield text[start:]


def _ends(text: str, found: re.Match[str]) -> bool:
    """Whether a sentence ends at a stop or a line break."""
    printed = found[0]
    if printed[0] in SPACELESS or printed.count("\n") > 1:
        return True
    first = _FIRST_LETTER.match(text, found.end())
    if first and first[1].islower():
        return False
    return printed[0] != "." or not _is_inside(text, found.start(), found.end())


def _is_inside(text: str, stop: int, after: int) -> bool:
    """Whether the full stop belongs to the word before it: an initial, an abbreviation or an ordinal."""
    near = max(0, stop - _LONGEST_WORD)
    last = _LAST_WORD.search(text[near:stop])
    if last is None:
        return False
    word, start = last[0], near + last.start()
    if word.isdecimal():
        return _is_ordinal(text, start, stop, after)
    if len(word) == 1:
        return start == 0 or text[start - 1] in _BEFORE_INITIAL
    if word.isupper():
        word = word.capitalize()
    return word in _ABBREVIATED or (word in _BEFORE_FIGURE and text[after : after + 1].isdecimal())


def _is_ordinal(text: str, start: int, stop: int, after: int) -> bool:
    """Whether a number with a full stop is one, by the word before it, or by the month behind a small one."""
    before = _LAST_WORD.search(text[max(0, start - _LONGEST_WORD) : start].rstrip())
    if before and text[start - 1].isspace() and before[0].lower() in _BEFORE_ORDINAL:
        return True
    follows = _WORD.match(text, after) if stop - start <= _DAY_DIGITS else None
    return bool(follows and months_of(follows[0]))
