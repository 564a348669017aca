"""Texts beside each other: rows of what corresponds, the words that differ, and which of those are numbers and names."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from rapidfuzz.distance import LCSseq

from dedup.facts.sentences import Passages
from dedup.facts.tokens import read_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dedup.facts.tokens import Token
    from dedup.text.vocabulary import Language

Mark = Literal["same", "changed", "number", "name"]

MOST_WORDS = 6_000  # of a text that are compared
CHANCE = 4  # so few equal words between longer differences are no correspondence


@dataclass(frozen=True, slots=True)
class Stretch:
    """Characters of a text as printed; `number` and `name`: what another text has nowhere."""

    text: str
    mark: Mark


Cell = tuple[tuple[Stretch, ...], ...]  # paragraphs


@dataclass(frozen=True, slots=True)
class Row:
    """What corresponds, a cell for each text; a text without a counterpart has an empty cell."""

    cells: tuple[Cell, ...]
    is_same: bool


@dataclass(frozen=True, slots=True)
class OnlyHere:
    """The numbers and names that one text alone has, as printed, each once."""

    numbers: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlignedTexts:
    """Two or three texts in rows.

    Attributes:
        only: of each text what it alone has.
        shares: of each text the share of its words that the first one has too, in this order; 1 for the first.
        left_out: of each text the words at its end that were not compared and are not shown.
    """

    rows: tuple[Row, ...]
    only: tuple[OnlyHere, ...]
    shares: tuple[float, ...]
    left_out: tuple[int, ...]


class _Block(NamedTuple):
    """A run of equal words: where it begins in the first text, and in the other one."""

    mine: int
    theirs: int
    size: int


class _Gap(NamedTuple):
    """What is between two runs: words from `mine` to before `mine_end`, and the same of the other text."""

    mine: int
    mine_end: int
    theirs: int
    theirs_end: int


class _Printed:
    """A text as words in order; `breaks` are the words at which a paragraph begins, and the end."""

    def __init__(self, body: str, passages: Passages, language: Language) -> None:
        self.body = body
        self.passages = passages
        self.tokens: list[Token] = []
        self._begins: dict[int, int] = {}
        self.left_out = 0
        start = 0
        for line in body.split("\n"):
            found = read_tokens(line, language)
            kept = found[: MOST_WORDS - len(self.tokens)]
            self.left_out += len(found) - len(kept)
            if kept:
                self._begins[len(self.tokens)] = start
            self.tokens += [
                token._replace(start=token.start + start, end=token.end + start) for token in kept
            ]
            start += len(line) + 1
        self.keys = [token.key for token in self.tokens]
        self.vocabulary = frozenset(self.keys)
        self.breaks = [*self._begins, len(self.tokens)] if self.tokens else [0]
        self._end = self.tokens[-1].end if self.left_out and self.tokens else len(body)

    def start(self, word: int) -> int:
        """The character at which a word begins, or its paragraph, if it is the first one."""
        if word >= len(self.tokens):
            return self._end
        return self._begins.get(word, self.tokens[word].start)

    def mark(self, word: int, others: Sequence[_Printed]) -> Mark:
        """What a word is that has no counterpart."""
        token = self.tokens[word]
        if all(token.key in other.vocabulary for other in others):
            return "changed"
        if token.kind in {"number", "clock"}:
            return "number"
        printed = self.body[token.start : token.end]
        return "name" if token.kind == "name" and self.passages.prints_as_name(printed) else "changed"

    def cut(self, first: int, last: int, marks: Sequence[Mark]) -> Cell:
        """The words from `first` to before `last` as printed, by paragraphs."""
        if first >= last:
            return ()
        stretches = [Stretch("", "same")]
        here = self.start(first)
        for word in range(first, last):
            token, mark = self.tokens[word], marks[word]
            self._add(stretches, self.body[here : token.start], token, mark)
            here = token.end
        stretches.append(Stretch(self.body[here : self.start(last)], "same"))
        return tuple(_split_paragraphs(stretches))

    def _add(self, stretches: list[Stretch], between: str, token: Token, mark: Mark) -> None:
        text, last = self.body[token.start : token.end], stretches[-1]
        if last.mark == mark and "\n" not in between:
            stretches[-1] = Stretch(f"{last.text}{between}{text}", mark)
        elif between and last.mark == "same":
            stretches[-1] = Stretch(last.text + between, "same")
            stretches.append(Stretch(text, mark))
        else:
            stretches += [Stretch(between, "same"), Stretch(text, mark)]


def align_texts(texts: Sequence[tuple[str, str]]) -> AlignedTexts:
    """Two or three texts in rows, along the paragraphs of the first.

    Words count as equal without regard to case, accents, house style and punctuation; figures by their value.

    Args:
        texts: (headline, body) of each; the headline only helps to know names.
    """
    passages = [Passages(headline, body) for headline, body in texts]
    language = passages[0].language
    for one in passages[1:]:
        one.language = language
    read = [_Printed(body, one, language) for (_, body), one in zip(texts, passages, strict=True)]
    first, others = read[0], read[1:]
    found = [_match(first.keys, other.keys) for other in others]
    equal = [
        _find_equal(found, len(first.tokens)),
        *(
            frozenset(block.theirs + step for block in blocks for step in range(block.size))
            for blocks in found
        ),
    ]
    marks = [
        _mark(one, same, _list_rivals(read, number))
        for number, (one, same) in enumerate(zip(read, equal, strict=True))
    ]
    cuts = list(_find_cuts(first, others, found))
    return AlignedTexts(
        rows=tuple(_make_rows(read, marks, cuts)),
        only=tuple(_list_only(one, mark) for one, mark in zip(read, marks, strict=True)),
        shares=(
            1.0,
            *(len(same) / max(1, len(one.tokens)) for one, same in zip(others, equal[1:], strict=True)),
        ),
        left_out=tuple(one.left_out for one in read),
    )


def _list_rivals(read: Sequence[_Printed], number: int) -> list[_Printed]:
    """The texts with which one is compared: the first with all, each other one with the first."""
    return [read[0]] if number else list(read[1:])


def _find_equal(found: Sequence[Sequence[_Block]], words: int) -> frozenset[int]:
    """The words of the first text that every other text has."""
    equal = frozenset(range(words))
    for blocks in found:
        equal &= frozenset(block.mine + step for block in blocks for step in range(block.size))
    return equal


def _mark(read: _Printed, equal: frozenset[int], others: Sequence[_Printed]) -> list[Mark]:
    return ["same" if word in equal else read.mark(word, others) for word in range(len(read.tokens))]


def _match(mine: Sequence[str], theirs: Sequence[str]) -> list[_Block]:
    operations = LCSseq.opcodes(mine, theirs)
    blocks = [
        _Block(one.src_start, one.dest_start, one.src_end - one.src_start)
        for one in operations
        if one.tag == "equal"
    ]
    return list(_drop_chance(blocks, len(mine), len(theirs)))


def _drop_chance(blocks: Sequence[_Block], mine: int, theirs: int) -> Iterator[_Block]:
    """The runs without those few words that two different passages have by chance."""
    here, there = 0, 0
    for block, after in pairwise([*blocks, _Block(mine, theirs, 0)]):
        before = max(block.mine - here, block.theirs - there)
        behind = max(after.mine - block.mine, after.theirs - block.theirs) - block.size
        if block.size < CHANCE and block.size <= min(before, behind):
            continue
        yield block
        here, there = block.mine + block.size, block.theirs + block.size


def _find_cuts(
    first: _Printed, others: Sequence[_Printed], found: Sequence[Sequence[_Block]]
) -> Iterator[tuple[int, ...]]:
    """Where rows begin and end, as a word of each text: at the paragraphs of the first, and around what only others have."""
    reached = [0] * len(others)
    gaps = [
        _list_gaps(blocks, len(first.tokens), len(other.tokens))
        for blocks, other in zip(found, others, strict=True)
    ]
    for word in first.breaks if first.breaks[0] == 0 else [0, *first.breaks]:
        places = [_find_places(word, one, other) for one, other in zip(gaps, others, strict=True)]
        if not all(places):
            continue
        for step in range(max(map(len, places))):
            reached = [
                max(before, one[min(step, len(one) - 1)]) for before, one in zip(reached, places, strict=True)
            ]
            yield (word, *reached)


def _list_gaps(blocks: Sequence[_Block], mine: int, theirs: int) -> list[_Gap]:
    begin, end = _Block(0, 0, 0), _Block(mine, theirs, 0)
    return [
        _Gap(one.mine + one.size, other.mine, one.theirs + one.size, other.theirs)
        for one, other in pairwise([begin, *blocks, end])
    ]


def _find_places(word: int, gaps: Sequence[_Gap], other: _Printed) -> list[int]:
    """The words of the other text at which a row may begin where one of the first text does; none if nothing corresponds.

    Several where only the other text has paragraphs there.
    """
    number = bisect_left(gaps, word, key=lambda gap: gap.mine_end)
    gap = gaps[number]
    if word < gap.mine:  # inside a run of equal words
        return [gap.theirs - (gap.mine - word)]
    breaks = other.breaks[bisect_left(other.breaks, gap.theirs) : bisect_right(other.breaks, gap.theirs_end)]
    if gap.mine == gap.mine_end:
        return breaks or [0 if not word else gap.theirs_end]
    if word in (gap.mine, gap.mine_end):
        return [gap.theirs if word == gap.mine else gap.theirs_end]
    inside = [one for one in breaks if gap.theirs < one < gap.theirs_end]
    share = (word - gap.mine) / (gap.mine_end - gap.mine)
    wanted = gap.theirs + share * (gap.theirs_end - gap.theirs)
    return [min(inside, key=lambda one: abs(one - wanted))] if inside else []


def _make_rows(
    read: Sequence[_Printed], marks: Sequence[Sequence[Mark]], cuts: Sequence[tuple[int, ...]]
) -> Iterator[Row]:
    for begin, end in pairwise(cuts):
        spans = list(zip(read, marks, begin, end, strict=True))
        cells = tuple(one.cut(start, stop, mark) for one, mark, start, stop in spans)
        if any(cells):
            same = all(set(mark[start:stop]) == {"same"} for _, mark, start, stop in spans)
            yield Row(cells, is_same=same)


def _list_only(read: _Printed, marks: Sequence[Mark]) -> OnlyHere:
    paragraphs = read.cut(0, len(read.tokens), marks)
    found = [stretch for paragraph in paragraphs for stretch in paragraph]
    numbers, names = (
        tuple(dict.fromkeys(stretch.text for stretch in found if stretch.mark == kind))
        for kind in ("number", "name")
    )
    return OnlyHere(numbers, names)


def _split_paragraphs(stretches: Sequence[Stretch]) -> Iterator[tuple[Stretch, ...]]:
    paragraph: list[Stretch] = []
    for stretch in stretches:
        lines = stretch.text.split("\n")
        for number, line in enumerate(lines):
            if number and any(one.text.strip() for one in paragraph):
                yield tuple(paragraph)
                paragraph = []
            if line and paragraph and paragraph[-1].mark == stretch.mark == "same":
                paragraph[-1] = Stretch(paragraph[-1].text + line, "same")
            elif line:
                paragraph.append(Stretch(line, stretch.mark))
    if any(one.text.strip() for one in paragraph):
        yield tuple(paragraph)
