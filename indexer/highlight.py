"""Marking the matches of a search in a text. Makes segments of plain text; whoever shows them escapes them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from indexer.analyzer import PlacedWords, join_breaks
from indexer.search import Segment
from indexer.word_keys import find_keyed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from indexer.query import Term

Span = tuple[int, int]
EXCERPT = 240  # characters
BEFORE = 60  # of them before the first mark
_LINE_BREAKS = re.compile(r"[\r\n]+")
LONGEST_WORD = 40  # characters to give up at most so that an excerpt begins and ends between words


def find_spans(text: str, terms: Sequence[Term], languages: Sequence[str] = ()) -> list[Span]:
    """Start and end of each match of the terms in a text of these languages, in order, overlaps joined."""
    spans = [span for term in terms if term.keyed for span in find_keyed(text, term.words, languages)]
    for exact in (False, True):
        wanted = [term for term in terms if term.exact is exact and not term.keyed]
        if wanted:
            words = PlacedWords(text, exact=exact)
            spans += [span for term in wanted for span in _find_term(words, term)]
    return _join_overlaps(sorted(spans))


def mark_text(text: str, spans: Sequence[Span]) -> tuple[Segment, ...]:
    """The whole text in segments."""
    segments: list[Segment] = []
    position = 0
    for start, end in spans:
        if position < start:
            segments.append(Segment(text[position:start]))
        segments.append(Segment(text[start:end], marked=True))
        position = end
    if position < len(text):
        segments.append(Segment(text[position:]))
    return tuple(segments)


def make_excerpt(text: str, spans: Sequence[Span]) -> tuple[Segment, ...]:
    """About 240 characters with the most matches, or the beginning without any."""
    start = _best_start(spans)
    begin = 0 if start <= BEFORE else _between_words(text, start - BEFORE, start)
    end = len(text) if len(text) <= begin + EXCERPT else _between_words_back(text, begin + EXCERPT)
    kept = [(first - begin, min(last, end) - begin) for first, last in spans if begin <= first < end]
    segments = [Segment(_on_one_line(piece.text), piece.marked) for piece in mark_text(text[begin:end], kept)]
    if begin:
        segments.insert(0, Segment("… "))
    if end < len(text):
        segments.append(Segment(" …"))
    return tuple(segments)


def _find_term(words: PlacedWords, term: Term) -> list[Span]:
    pattern = _compile(tuple(map(join_breaks, term.words)), term.prefix)
    found: list[Span] = []
    match = pattern.search(words.joined)
    while match:
        start, end = match.span()
        if start == 0 or words.joined[start - 1] == " ":
            found.append(words.find(start, end))
        match = pattern.search(words.joined, start + 1)
    return found


@lru_cache(maxsize=256)
def _compile(words: tuple[str, ...], prefix: bool) -> re.Pattern[str]:
    """Matches these words in a row; with `prefix` the last one is the beginning of a word, which matches whole.

    The caller checks the character before the match: `re` searches faster for a pattern that begins with a letter.
    """
    return re.compile(" +".join(map(re.escape, words)) + ("[^ ]*+" if prefix else "(?![^ ])"))


def _join_overlaps(spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _best_start(spans: Sequence[Span]) -> int:
    best = best_count = last = 0
    for number, (start, _) in enumerate(spans):
        while last < len(spans) and spans[last][1] <= start + EXCERPT - BEFORE:
            last += 1
        if last - number > best_count:
            best, best_count = start, last - number
    return best


def _on_one_line(text: str) -> str:
    return _LINE_BREAKS.sub(" ", text)


def _between_words(text: str, start: int, limit: int) -> int:
    space = text.find(" ", start, min(limit, start + LONGEST_WORD))
    return start if space < 0 else space + 1


def _between_words_back(text: str, end: int) -> int:
    space = text.rfind(" ", end - LONGEST_WORD, end)
    return end if space < 0 else space
