"""The facts that two aligned sentences give differently, in the places where one has what the other has not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal, NamedTuple

from dedup.facts.names import are_same, is_agency
from dedup.facts.sentences import cut_alike
from dedup.text.vocabulary import AFFIRMING, AUXILIARIES, FALLING, OPPOSITES, ROUGH, TITLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dedup.facts.sentences import Sentence
    from dedup.facts.tokens import Token

FactKind = Literal["number", "name", "negation"]

SAME_MEASURE = 0.06  # converted or rounded figures differ by no more
NEAR_WORDS = 8  # of a place in which figures are compared though other words differ there too
ALIGNED = 0.6  # of the shorter sentence's words
ALIGNED_FOR_SENSE = 0.75
FALLING_NEAR = 3  # words before a figure among which a fall is named
SENSE_WORDS = 3  # of a place in which a negation comes or goes


@dataclass(frozen=True, slots=True)
class Reading:
    """One fact that two sentences give differently: what each prints."""

    kind: FactKind
    agency: str
    copy: str


class Slot(NamedTuple):
    """A place between equal words: what either sentence prints there.

    Attributes:
        before, after: equal words next to it; where both sentences begin or end there, 2.
    """

    agency: Sequence[Token]
    copy: Sequence[Token]
    before: int
    after: int
    span: tuple[int, int]
    copy_span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Alignment:
    """Two sentences word by word, without their equal beginnings and ends.

    Attributes:
        outside: words in those.
    """

    agency: Sentence
    copy: Sentence
    pairs: Sequence[tuple[int, int]]
    slots: Sequence[Slot]
    outside: int

    @property
    def share(self) -> float:
        """Equal words, as a share of the shorter sentence."""
        least = min(len(self.agency.tokens), len(self.copy.tokens))
        return (len(self.pairs) + self.outside) / max(1, least + self.outside)


def align(agency: Sentence, copy: Sentence) -> Alignment:
    """The equal words of two sentences, and the places between them."""
    agency, copy, outside = cut_alike(agency, copy)
    mine, theirs = agency.keys, copy.keys
    blocks = _find_blocks(mine, theirs)
    pairs = [(at + step, other + step) for at, other, size in blocks for step in range(size)]
    slots, here, there, before = [], 0, 0, 0
    for at, other, size in [*blocks, (len(mine), len(theirs), 0)]:
        if at > here or other > there:
            begins, ends = here == 0 and there == 0, at == len(mine) and other == len(theirs)
            slots.append(
                Slot(
                    agency.tokens[here:at],
                    copy.tokens[there:other],
                    2 if begins else before,
                    2 if ends else size,
                    (here, at),
                    (there, other),
                )
            )
        here, there, before = at + size, other + size, size
    return Alignment(agency, copy, pairs, slots, outside)


def _find_blocks(mine: Sequence[str], theirs: Sequence[str]) -> list[tuple[int, int, int]]:
    """Runs of equal words; common beginnings and ends are found without the matcher."""
    least = min(len(mine), len(theirs))
    start = next((n for n in range(least) if mine[n] != theirs[n]), least)
    end = next((n for n in range(least - start) if mine[-1 - n] != theirs[-1 - n]), least - start)
    middle = SequenceMatcher(
        None, mine[start : len(mine) - end], theirs[start : len(theirs) - end], autojunk=False
    )
    blocks = [(0, 0, start)] if start else []
    blocks += [(start + at, start + other, size) for at, other, size in middle.get_matching_blocks() if size]
    blocks += [(len(mine) - end, len(theirs) - end, end)] if end else []
    joined: list[tuple[int, int, int]] = []
    for at, other, size in blocks:
        if joined and joined[-1][0] + joined[-1][2] == at and joined[-1][1] + joined[-1][2] == other:
            joined[-1] = (joined[-1][0], joined[-1][1], joined[-1][2] + size)
        else:
            joined.append((at, other, size))
    return joined


def find_readings(found: Alignment) -> list[Reading]:
    """The facts that differ, in the order of the copy; empty where the sentences are not aligned well enough."""
    if found.share < ALIGNED:
        return []
    placed = [*_compare_units(found)]
    for slot in found.slots:
        place = slot.copy_span[0]
        placed += [(place, reading) for reading in _compare_numbers(found, slot)]
        placed += [(place, reading) for reading in _compare_names(found, slot)]
        placed += [(place, reading) for reading in _compare_sense(found, slot)]
    return [reading for _, reading in sorted(placed, key=lambda pair: pair[0])]


def _print(sentence: Sentence, tokens: Sequence[Token]) -> str:
    return sentence.text[tokens[0].start : tokens[-1].end] if tokens else ""


# --- numbers -----------------------------------------------------------------------------------------------


def _compare_units(found: Alignment) -> Iterator[tuple[int, Reading]]:
    """Equal figures with other units: 3 km and 3 miles."""
    for at, other in found.pairs:
        mine, theirs = found.agency.tokens[at], found.copy.tokens[other]
        if not _is_same_unit(mine, theirs) and _is_number(mine) and _is_number(theirs):
            yield (
                other,
                Reading("number", _print(found.agency, [mine]), _print(found.copy, [theirs])),
            )


def _compare_numbers(found: Alignment, slot: Slot) -> Iterator[Reading]:
    mine, theirs = _list_numbers(slot.agency), _list_numbers(slot.copy)
    shared = Counter(token.key for token in mine) & Counter(token.key for token in theirs)
    mine, theirs = _leave_out(mine, shared), _leave_out(theirs, shared)
    if not mine or len(mine) != len(theirs) or not (slot.before and slot.after):
        return
    tight = all(_goes_with_numbers(token) for token in (*slot.agency, *slot.copy))
    near = len(mine) == 1 and max(len(slot.agency), len(slot.copy)) <= NEAR_WORDS
    if _is_cut_off(found, slot):
        return
    for one, other in zip(mine, theirs, strict=True):
        elsewhere = other.key in found.agency.vocabulary or one.key in found.copy.vocabulary
        if one.value == -other.value and not _is_sign_alone(found, slot):
            continue
        if (tight or (near and not elsewhere)) and not _is_same_measure(one, other):
            yield Reading("number", _print(found.agency, [one]), _print(found.copy, [other]))


def _is_sign_alone(found: Alignment, slot: Slot) -> bool:
    """Whether nothing but a minus sign comes or goes; to fall 3 percent and to fall -3 percent are one thing."""
    start = slot.copy_span[0]
    before = found.copy.keys[max(0, start - FALLING_NEAR) : start]
    return len(slot.agency) == len(slot.copy) == 1 and FALLING.isdisjoint(before)


def _is_same_unit(one: Token, other: Token) -> bool:
    """Whether two figures are of one unit, as far as both name one; pounds are money or a weight."""
    if one.unit is None or other.unit is None or one.unit == other.unit:
        return True
    return {one.unit.name, other.unit.name} == {"pound", "gbp"}


def _is_number(token: Token) -> bool:
    return token.kind == "number"


def _list_numbers(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if _is_number(token)]


def _leave_out(tokens: Sequence[Token], shared: Counter[str]) -> list[Token]:
    left = Counter(shared)
    kept = []
    for token in tokens:
        if left[token.key]:
            left[token.key] -= 1
        else:
            kept.append(token)
    return kept


def _goes_with_numbers(token: Token) -> bool:
    return _is_number(token) or token.key in ROUGH


def _is_cut_off(found: Alignment, slot: Slot) -> bool:
    """True where one of the sentences breaks off at its last figure."""
    sides = ((found.agency, slot.span), (found.copy, slot.copy_span))
    return any(span[1] == len(side.tokens) and side.text.rstrip()[-1:].isalnum() for side, span in sides)


def _is_same_measure(one: Token, other: Token) -> bool:
    """Whether two figures may be one measure: converted, or rounded by the copy. The agency's is the first."""
    mine, theirs = one.value, other.value
    if one.unit and other.unit and not _is_same_unit(one, other):
        if one.unit.dimension != other.unit.dimension:
            return False
        if one.unit.dimension in {"money", "heat"}:
            return True  # at rates, or on scales, that are not ours to know
        mine, theirs = mine * one.unit.factor, theirs * other.unit.factor
        return abs(mine - theirs) <= SAME_MEASURE * max(abs(mine), abs(theirs))
    return _is_rounded(mine, theirs)


def _is_rounded(exact: float, rough: float) -> bool:
    """True if `rough` is `exact` with fewer figures."""
    figures = len(_figures(rough))
    if figures >= len(_figures(exact)) or not rough:
        return False
    return float(f"{exact:.{max(1, figures)}g}") == rough and abs(exact - rough) <= SAME_MEASURE * abs(exact)


def _figures(value: float) -> str:
    return f"{abs(value):.12g}".replace(".", "").strip("0")


# --- names -------------------------------------------------------------------------------------------------


def _compare_names(found: Alignment, slot: Slot) -> Iterator[Reading]:
    if not (slot.before and slot.after and slot.agency and slot.copy):
        return
    mine, theirs = _list_names(found.agency, slot.agency), _list_names(found.copy, slot.copy)
    if not mine or not theirs:
        return
    if any(token.key in found.copy.vocabulary for token in mine) or any(
        token.key in found.agency.vocabulary for token in theirs
    ):
        return  # in another place of the sentence: an exchange of order
    words = [_print(found.agency, [token]) for token in mine]
    if is_agency(mine_whole := _print(found.agency, mine)) or is_agency(_print(found.copy, theirs)):
        return
    if not are_same(words, [_print(found.copy, [token]) for token in theirs]):
        yield Reading("name", mine_whole, _print(found.copy, theirs))


def _list_names(sentence: Sentence, tokens: Sequence[Token]) -> list[Token]:
    """The names in a place that has nothing but names, titles and figures, from the first to the last; else none."""
    if any(not _goes_with_names(token) for token in tokens):
        return []
    named = [number for number, token in enumerate(tokens) if _is_name(sentence, token)]
    if not named:
        return []
    return [token for token in tokens[named[0] :] if token.kind == "name"]


def _is_name(sentence: Sentence, token: Token) -> bool:
    """True for a capital that says that it is a name: inside the sentence, or seen inside another."""
    if token.kind != "name" or token.key in TITLES:
        return False
    return sentence.passages.prints_as_name(_print(sentence, [token]))


def _goes_with_names(token: Token) -> bool:
    return token.kind != "word" or token.key in TITLES or token.key in ROUGH


# --- negations ---------------------------------------------------------------------------------------------


def _compare_sense(found: Alignment, slot: Slot) -> Iterator[Reading]:
    if found.share < ALIGNED_FOR_SENSE or not (slot.before and slot.after):
        return
    if max(len(slot.agency), len(slot.copy)) > SENSE_WORDS:
        return
    keys, their_keys = _list_sense(slot.agency), _list_sense(slot.copy)
    opposite = len(keys) == len(their_keys) == 1 and frozenset((*keys, *their_keys)) in OPPOSITES
    if opposite or _is_denied(found, slot, keys, their_keys) or _is_denied(found, slot, their_keys, keys):
        yield Reading(
            "negation",
            _print_around(found.agency, slot.span),
            _print_around(found.copy, slot.copy_span),
        )


def _list_sense(tokens: Sequence[Token]) -> list[str]:
    """The keys of these tokens; a word in capitals inside a sentence is an abbreviation, and no negation."""
    return [token.key if token.kind == "word" or token.start == 0 else token.key.upper() for token in tokens]


def _is_denied(found: Alignment, slot: Slot, keys: Sequence[str], others: Sequence[str]) -> bool:
    """Whether the first has a negation in this place, and the other says the same without."""
    language = found.copy.passages.language
    if not any(key in language.negations for key in keys):
        return False
    if any(key in language.negations or key in language.refusals for key in others):
        return False
    if any(key in language.negations for key in _list_neighbours(found, slot)):
        return False  # not not: a slip
    counts = [sum(key in language.negations for key in side.keys) for side in (found.agency, found.copy)]
    rest = [key for key in keys if key not in language.negations and key not in AUXILIARIES]
    their_rest = [key for key in others if key not in AUXILIARIES]
    return counts[0] != counts[1] and _is_same_verb(rest, their_rest)


def _list_neighbours(found: Alignment, slot: Slot) -> list[str]:
    start, end = slot.copy_span
    return [*found.copy.keys[max(0, start - 1) : start], *found.copy.keys[end : end + 1]]


def _is_same_verb(rest: Sequence[str], others: Sequence[str]) -> bool:
    """Whether what stands beside the negation is the same in both, in another form at most."""
    if max(len(rest), len(others)) > 1:
        return False
    if not rest:
        return not others or others[0] in AFFIRMING
    return not others or (rest[0] != others[0] and rest[0][:2] == others[0][:2])


def _print_around(sentence: Sentence, span: tuple[int, int]) -> str:
    """The words of a place with one on either side."""
    start, end = max(0, span[0] - 1), min(len(sentence.tokens), span[1] + 1)
    return _print(sentence, sentence.tokens[start:end])
