"""Quotations of a text, and which two texts have in common: in one language a quotation is kept word for word."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import xxhash

from copytaster.wire.letters import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORDS, _SIGNS = 6, 12  # in a row that make two quotations one; signs where no spaces divide words
_LEAST, _LONGEST = 12, 600  # characters: shorter ones are titles, longer ones a mark that was never closed
_QUOTED = re.compile(
    rf"[“„]([^“”„\n]{{{_LEAST},{_LONGEST}}})[”“]|«([^«»\n]{{{_LEAST},{_LONGEST}}})»|「([^「」\n]{{{_LEAST},{_LONGEST}}})」"
    rf"|(?<!\w)\"([^\"\n]{{{_LEAST},{_LONGEST}}})\"(?!\w)"
)
_SIGN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_WORD = re.compile(rf"{_SIGN.pattern}|[^\W_]+")


def read_quotes(text: str) -> dict[int, str]:
    """Hash of six words or twelve signs in a row -> the quotation that has them first, as printed."""
    quotes: dict[int, str] = {}
    for found in _QUOTED.finditer(text):
        printed = next(filter(None, found.groups()))
        words = [fold(word) for word in _WORD.findall(printed)]
        length = _SIGNS if _SIGN.search(printed) else _WORDS
        for start in range(len(words) - length + 1):
            key = xxhash.xxh3_64_intdigest(" ".join(words[start : start + length]).encode()) >> 1
            quotes.setdefault(key, printed)
    return quotes


def match_quotes(earlier: Mapping[int, str], later: Mapping[int, str]) -> tuple[tuple[str, str], ...]:
    """(earlier, later) of the quotations in both, in the order of the later text."""
    pairs = {quote: earlier[key] for key, quote in reversed(list(later.items())) if key in earlier}
    return tuple((pairs[quote], quote) for quote in dict.fromkeys(later.values()) if quote in pairs)
