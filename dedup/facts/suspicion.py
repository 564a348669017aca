"""Whether two texts can differ in a fact at all: one compiled pass over the gaps between what they share."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from dedup.facts.tokens import list_signed
from dedup.text.house_style import PHRASES
from dedup.text.jit import compiled
from dedup.text.vocabulary import LANGUAGES, OPPOSED, UNIT_WORDS
from dedup.text.words import read_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from dedup.similarity.score import PairScore, Reading
    from dedup.text.words import Text

    Hashes = NDArray[np.uint64]
    Flags = NDArray[np.bool_]

_FIGURE, _NAME, _SENSE = 1, 2, 4
_NEAR = 16  # words at either end of a gap among which a negation counts
_SMALL = 6  # words of a gap that only one text has, in which a negation counts
_SPACELESS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_SIGNS = "$€£¥₽₹"
_CONTRACTED: tuple[str, ...] = (
    "do",
    "does",
    "did",
    "is",
    "are",
    "was",
    "were",
    "has",
    "have",
    "had",
    "ca",
    "wo",
    "would",
)
_CONTRACTED += ("could", "should")


def _hash_words(words: Iterable[str]) -> Hashes:
    return np.unique(read_words("\n".join(sorted(words))).words)


@cache
def _hash_known() -> tuple[Hashes, Hashes, Hashes]:
    """Words that make a figure; names that house style writes as one word, whose capitals are lost; words that turn a sense.

    At the first comparison: an import compiles nothing.
    """
    printed = (word for language in LANGUAGES.values() for word in language.printed)
    negations = (word for language in LANGUAGES.values() for word in language.printed_negations)
    contracted = (f"{verb}n't" for verb in _CONTRACTED)
    return (
        _hash_words({*UNIT_WORDS, *printed}),
        _hash_words(PHRASES),
        _hash_words({*OPPOSED, *contracted, *negations}),
    )


def may_alter(one: Reading, other: Reading, score: PairScore, bodies: tuple[str, str]) -> bool:
    """False where no number, name or negation stands between the passages that two texts share.

    Args:
        one: a text.
        other: the text that it is compared with.
        score: what they share.
        bodies: of both, as printed: currency signs and minus signs are no words.
    """
    if not score.runs or _SPACELESS.search(bodies[0][:400]) or _exchange_signs(*bodies):
        return True
    if list_signed(bodies[0]) != list_signed(bodies[1]):
        return True
    shorter, longer = one.text, other.text
    if (len(one.text), one.key) > (len(other.text), other.key):
        shorter, longer = longer, shorter
    return bool(_has_suspect(*_flag(shorter), *_flag(longer), np.array(score.runs, dtype=np.int64)))


def _exchange_signs(one: str, other: str) -> bool:
    """True if one text has more of one currency's signs, and the other more of another's."""
    differences = [one.count(sign) - other.count(sign) for sign in _SIGNS]
    return min(differences) < 0 < max(differences)


def _flag(text: Text) -> tuple[NDArray[np.uint8], int]:
    return _flag_words(text.words, text.numeric, text.named, *_hash_known()), len(text)


@compiled
def _flag_words(
    words: Hashes, numeric: Flags, named: Flags, figures: Hashes, phrases: Hashes, senses: Hashes
) -> NDArray[np.uint8]:
    flags = np.zeros(len(words), dtype=np.uint8)
    for number in range(len(words)):
        place = np.searchsorted(figures, words[number])
        if numeric[number] or (place < len(figures) and figures[place] == words[number]):
            flags[number] |= _FIGURE
        place = np.searchsorted(phrases, words[number])
        if named[number] or (place < len(phrases) and phrases[place] == words[number]):
            flags[number] |= _NAME
        place = np.searchsorted(senses, words[number])
        if place < len(senses) and senses[place] == words[number]:
            flags[number] |= _SENSE
    return flags


@compiled
def _has_suspect(
    left: NDArray[np.uint8],
    left_size: int,
    right: NDArray[np.uint8],
    right_size: int,
    runs: NDArray[np.int64],
) -> bool:
    """True if a gap has a figure, or a name, in both texts, or a negation in one of them."""
    taken = np.zeros(right_size + 1, dtype=np.uint8)
    taken[right_size] = 1
    for run in range(len(runs)):
        taken[runs[run, 1] : runs[run, 1] + runs[run, 2]] = 1
    for run in range(len(runs) + 1):
        start = runs[run - 1, 0] + runs[run - 1, 2] if run else 0
        end = runs[run, 0] if run < len(runs) else left_size
        mine, sense = _gather(left, start, end)
        after = runs[run - 1, 1] + runs[run - 1, 2] if run else 0
        until = after
        while not taken[until]:
            until += 1
        theirs, their_sense = _gather(right, after, until)
        before = runs[run, 1] if run < len(runs) else right_size
        since = before
        while since > 0 and not taken[since - 1]:
            since -= 1
        if since != after:
            more, more_sense = _gather(right, since, before)
            theirs, their_sense = theirs | more, their_sense | more_sense
        if mine & theirs & (_FIGURE | _NAME):
            return True
        sizes = end - start, max(until - after, before - since)
        if (sense or their_sense) and (min(sizes) > 0 or max(sizes) <= _SMALL):
            return True
    return False


@compiled
def _gather(flags: NDArray[np.uint8], start: int, end: int) -> tuple[int, bool]:
    """(the flags of these words together, whether a negation is near either end)."""
    together, sense = 0, False
    for place in range(start, end):
        together |= flags[place]
        if flags[place] & _SENSE and (place < start + _NEAR or place >= end - _NEAR):
            sense = True
    return together, sense
