"""Which sentence of a text another one rewrites, by the words they share, and whether the two can differ in a fact at all."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from dedup.facts.tokens import list_signed
from dedup.text.number_words import read_number_word
from dedup.text.vocabulary import OPPOSED, UNITS, fold_word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dedup.facts.sentences import Sentence
    from dedup.text.vocabulary import Language

LEAST_SHARED = 0.5  # of both sentences' words together
SURE = 0.8
LEAST_WORDS = 3
CANDIDATES = 3  # sentences that are measured
MOST_SHARING = 24  # sentences; a word in more of them leads to none


class Haystack:
    """Sentences of one text, found by their words."""

    def __init__(self, sentences: Iterable[Sentence]) -> None:
        self._sentences = list(sentences)
        self._next = 0

    @cached_property
    def _with(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number, sentence in enumerate(self._sentences):
            for word in sentence.words:
                found.setdefault(word, []).append(number)
        return found

    def find_nearest(self, sentence: Sentence) -> Sentence | None:
        """The sentence that shares the largest part of its words, the first of two; None where none shares half.

        Copies keep the order: the sentence after the one found last is tried first.
        """
        if len(sentence.words) < LEAST_WORDS:
            return None
        if self._next < len(self._sentences) and self._measure(sentence, self._next) >= SURE:
            self._next += 1
            return self._sentences[self._next - 1]
        found = (self._with.get(word, ()) for word in sentence.words)
        shared = Counter(chain.from_iterable(some for some in found if len(some) <= MOST_SHARING))
        nearest = sorted(shared, key=lambda number: (-shared[number], number))[:CANDIDATES]
        best = max(((self._measure(sentence, number), -number) for number in nearest), default=(0.0, 0))
        if best[0] < LEAST_SHARED:
            return None
        self._next = 1 - best[1]
        return self._sentences[-best[1]]

    def _measure(self, sentence: Sentence, number: int) -> float:
        """Shared words as a share of both sentences (Dice)."""
        mine, theirs = sentence.words, self._sentences[number].words
        shared = 0
        for word in mine.keys() & theirs.keys():
            shared += min(mine[word], theirs[word])
        return 2 * shared / max(1, sentence.size + self._sentences[number].size)


def may_differ(one: Sentence, other: Sentence) -> bool:
    """False where the words that only one of the two has cannot be two readings of a fact."""
    mine, theirs = one.words - other.words, other.words - one.words
    if list_signed(one.text) != list_signed(other.text):
        return True
    language = one.passages.language
    if any(_is_sense(word, language) for word in (*mine, *theirs)):
        return True
    numbers = [any(_is_figure(word, language) for word in side) for side in (mine, theirs)]
    names = [any(word[:1].isupper() for word in side) for side in (mine, theirs)]
    return all(numbers) or all(names)


def _is_figure(word: str, language: Language) -> bool:
    key = fold_word(word)
    return (
        word[:1].isdecimal()
        or any(letter.isdecimal() for letter in word)
        or key in UNITS
        or key in language.magnitudes
        or key in language.hundreds
        or read_number_word(key, language.code) is not None
    )


def _is_sense(word: str, language: Language) -> bool:
    key = fold_word(word)
    return key in language.negations or key in OPPOSED or key in {"t", "cannot"}
