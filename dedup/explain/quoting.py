"""Finds the characters of a text's words in the body they came from, and quotes matches as they were printed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dedup.text.words import read_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dedup.text.words import Text

_CHUNK = re.compile(r"\S+")
_RESYNC = 12  # words to look ahead where a folded phrase has another number of words
_FEW = 3  # words of one chunk; a chunk of more is of a script without spaces

Span = tuple[int, int]  # first character, end


def locate_words(body: str, text: Text) -> list[Span]:
    """The span of each word of `text`, which was read from `body`.

    Where several words were folded into one, or one into several, each has the span of all of them.
    """
    raw = list(_find_words(body))
    wanted = text.words.tolist()
    spans: list[Span] = []
    here = 0
    while len(spans) < len(wanted):
        at = len(spans)
        if here < len(raw) and raw[here][0] == wanted[at]:
            spans.append(raw[here][1])
            here += 1
            continue
        skip_raw, skip_text = _find_next(raw[here : here + 2 * _RESYNC], wanted[at : at + 2 * _RESYNC])
        start = raw[min(here, len(raw) - 1)][1][0] if raw else 0
        end = raw[min(here + max(skip_raw, 1), len(raw)) - 1][1][1] if raw else 0
        spans += [(start, max(start, end))] * min(max(skip_text, 0 if skip_raw else 1), len(wanted) - at)
        here += skip_raw
    return spans


def _find_words(body: str) -> Iterator[tuple[int, Span]]:
    known: dict[str, list[int]] = {}
    for found in _CHUNK.finditer(body):
        chunk, start = found[0], found.start()
        if chunk not in known:
            known[chunk] = read_words(chunk).words.tolist()
        words = known[chunk]
        width = len(chunk) / max(1, len(words))
        for index, word in enumerate(words):
            if len(words) <= _FEW:
                yield word, found.span()
            else:  # pairs of characters
                yield word, (start + int(index * width), min(found.end(), start + int(index * width) + 2))


def _find_next(raw: Sequence[tuple[int, Span]], wanted: Sequence[int]) -> tuple[int, int]:
    """How many words to skip in `raw` and in `wanted` until the two agree again."""
    for distance in range(1, 2 * _RESYNC):
        for skip in range(distance + 1):
            other = distance - skip
            if skip < len(raw) and other < len(wanted) and raw[skip][0] == wanted[other]:
                return skip, other
    return min(1, len(raw)), 1


def quote(body: str, spans: Sequence[Span], start: int, end: int) -> str:
    """The words from `start` up to `end` as they were printed, on one line; empty where there are none."""
    if start >= end or start >= len(spans):
        return ""
    first, last = spans[start][0], max(span[1] for span in spans[start:end])
    return " ".join(body[first:last].split())
