"""A text in sentences, and which sentence of the agency's a copy's sentence rewrites."""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from copytaster.wire.letters import fold
from dedup.facts.tokens import Token, read_tokens
from dedup.text.sentences import divide
from dedup.text.vocabulary import SAME_NAMES, choose_language, fold_word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dedup.text.vocabulary import Language

MOST_CHARACTERS = 600  # of a sentence; a longer one is cut
MOST_SENTENCES = 400
NEIGHBOURS = 5  # words next to a difference that are read with it
_INSIDE = re.compile(r"[a-zß-öø-ÿα-ωа-яёіїє,;)0-9][ -]")
_BEFORE = re.compile(r"(?:(?<![\w-])([\w-]+) )?([\w-]+)[ -]\Z")
_AFTER = re.compile(r" [A-ZÄÖÜ][\w-]{2,}")
_WORDS = re.compile(r"[\u3400-\u9fff]|\w+")
_QUOTES = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "\u00ad": None}
)


class Sentence:
    """One sentence as printed.

    Args:
        text: of it.
        number: its place in the text, from 0; the headline is -1.
        passages: the text.
    """

    def __init__(self, text: str, number: int, passages: Passages) -> None:
        self.text = text
        self.number = number
        self.passages = passages

    @cached_property
    def tokens(self) -> list[Token]:
        """Its words, names and figures."""
        return read_tokens(self.text, self.passages.language)

    @cached_property
    def keys(self) -> list[str]:
        """By what it is aligned."""
        return [token.key for token in self.tokens]

    @cached_property
    def words(self) -> Counter[str]:
        """Its words as printed, without their order: cheap, to find the sentence of another text that is like it."""
        return Counter(_WORDS.findall(self.text))

    @cached_property
    def size(self) -> int:
        """How many words it has, as printed."""
        return self.words.total()

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Its keys."""
        return frozenset(self.keys)


def cut_alike(one: Sentence, other: Sentence) -> tuple[Sentence, Sentence, int]:
    """Both without their equal beginnings and ends, but for a few words; and how many words were cut."""
    mine, theirs = one.text, other.text
    start = _step_back(mine, _count_equal(mine, theirs))
    rest, their_rest = mine[start:], theirs[start:]
    end = _count_equal(rest[::-1], their_rest[::-1])
    end = _step_back(rest[::-1], end)
    if not start and not end:
        return one, other, 0
    outside = len(_WORDS.findall(mine[:start])) + len(_WORDS.findall(mine[len(mine) - end :]))
    return (
        Sentence(rest[: len(rest) - end], one.number, one.passages),
        Sentence(their_rest[: len(their_rest) - end], other.number, other.passages),
        outside,
    )


def _count_equal(one: str, other: str) -> int:
    """Equal characters at the beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _step_back(text: str, end: int) -> int:
    """The beginning of the last few whole words before `end`; 0 where there are no more."""
    for _ in range(NEIGHBOURS + 1):
        end = text.rfind(" ", 0, max(0, end))
        if end < 0:
            return 0
    return end + 1


class Passages:
    """A version's headline and body by sentences.

    Args:
        headline: of the version.
        body: of the version.
    """

    def __init__(self, headline: str, body: str) -> None:
        self.headline = headline
        self._body = body
        self._names: dict[str, bool] = {}
        self._printed = divide(body, most=MOST_SENTENCES)
        self.plain = {_simplify(text): number for number, text in reversed(list(enumerate(self._printed)))}
        self._made: dict[int, Sentence] = {}

    @cached_property
    def language(self) -> Language:
        """Of the body; a copy is given that of the text it is compared with."""
        words = _WORDS.findall(self._body[:600].lower())
        return choose_language(map(fold_word, words))

    def prints_as_name(self, word: str) -> bool:
        """Whether the text has this word inside a sentence with its capital: after a small letter, a comma or a figure."""
        if word not in self._names:
            found = re.finditer(rf"(?<=[ -]){re.escape(word)}(?!\w)", self._body)
            inside = [one for one in found if _INSIDE.match(self._body, max(0, one.start() - 2))]
            self._names[word] = bool(inside) and (
                not self.language.determiners or self._is_name_among_nouns(word, inside)
            )
        return self._names[word]

    def _is_name_among_nouns(self, word: str, found: Sequence[re.Match[str]]) -> bool:
        """Whether a capital of a language that gives one to every noun says that it is a name.

        A known name is; so is a word that stands beside another capital somewhere (Anna Berg, Kanzler Merz) and nowhere
        behind an article.
        """
        if fold(word) in SAME_NAMES:
            return True
        befores = [_BEFORE.search(self._body[max(0, one.start() - 60) : one.start()]) for one in found]
        words = [(before[1], before[2]) if before else (None, "") for before in befores]
        if any(fold_word(near) in self.language.determiners for _, near in words):
            return False
        return any(self._is_beside_capital(one, near) for one, near in zip(found, words, strict=True))

    def _is_beside_capital(self, one: re.Match[str], near: tuple[str | None, str]) -> bool:
        further, before = near
        determined = fold_word(further or "") in self.language.determiners
        if before[:1].isupper() and further is not None and not determined:
            return True
        after = _AFTER.match(self._body, one.end())
        return bool(after) and fold_word(before) not in self.language.determiners

    def get(self, number: int) -> Sentence:
        """The sentence of a number, read once; -1 gives the headline."""
        if number not in self._made:
            text = self.headline if number < 0 else self._printed[number]
            self._made[number] = Sentence(text[:MOST_CHARACTERS], number, self)
        return self._made[number]

    def list_others(self, known: Mapping[str, int]) -> list[int]:
        """The numbers of the sentences that are not word for word among `known`, in reading order."""
        return [
            number
            for text, number in sorted(self.plain.items(), key=lambda pair: pair[1])
            if text not in known
        ]


def _simplify(text: str) -> str:
    if not text.isascii():
        text = text.translate(_QUOTES)
    return " ".join(text.lower().split())
