"""Where a text's words stand in the body they came from, so that what was matched can be shown as it was printed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dedup.text.words import read_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dedup.text.words import Text

_CHUNK = re.compile(r"\S+")
_RESYNC = 12  # words looked ahead where folding made other words of a phrase
_FEW = 3

Span = tuple[int, int]  # first character, end


def locate_words(body: str, text: Text) -> list[Span]:
    """The characters of each word of `text`, which was read from `body`.

    Where several words were folded into one, or one into several, each has the characters of all of them.
    """
    raw = list(_find_words(body))
    wanted = text.words.tolist()
    spans: list[Span] = []
    place = 0
    while len(spans) < len(wanted):
        at = len(spans)
        if place < len(raw) and raw[place][0] == wanted[at]:
            spans.append(raw[place][1])
            place += 1
            continue
        skip_raw, skip_text = _find_next(raw[place : place + 2 * _RESYNC], wanted[at : at + 2 * _RESYNC])
        start = raw[min(place, len(raw) - 1)][1][0] if raw else 0
        end = raw[min(place + max(skip_raw, 1), len(raw)) - 1][1][1] if raw else 0
        spans += [(start, max(start, end))] * min(max(skip_text, 0 if skip_raw else 1), len(wanted) - at)
        place += skip_raw
    return spans


def _find_words(body: str) -> Iterator[tuple[int, Span]]:
    known: dict[str, list[int]] = {}
    for found in _CHUNK.finditer(body):
        chunk, start = found[0], found.start()
        if chunk not in known:
            known[chunk] = read_words(chunk).words.tolist()
        words = known[chunk]
        width = len(chunk) / max(1, len(words))
        for place, word in enumerate(words):
            if len(words) <= _FEW:
                yield word, found.span()
            else:  # a script without spaces: pairs of characters
                yield word, (start + int(place * width), min(found.end(), start + int(place * width) + 2))


def _find_next(raw: Sequence[tuple[int, Span]], wanted: Sequence[int]) -> tuple[int, int]:
    """How many words to pass over on both sides until they agree again."""
    for distance in range(1, 2 * _RESYNC):
        for skip in range(distance + 1):
            other = distance - skip
            if skip < len(raw) and other < len(wanted) and raw[skip][0] == wanted[other]:
                return skip, other
    return min(1, len(raw)), 1


def quote(body: str, spans: Sequence[Span], start: int, end: int) -> str:
    """The words from `start` to before `end` as they were printed, on one line; empty where there are none."""
    if start >= end or start >= len(spans):
        return ""
    first, last = spans[start][0], max(span[1] for span in spans[start:end])
    return " ".join(body[first:last].split())
