"""What survives when a text is reworded or translated: numbers, names, places, quotations; how far two texts agree in them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from anyascii import anyascii

from dedup.relations.names import make_key, read_names
from dedup.relations.numbers import read_numbers, strength
from dedup.relations.quotes import match_quotes, read_quotes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ALIKE = 0.5  # of the letters of two spellings of a name; keys without vowels make some names one
_SUBJECT_KEPT = 0.7  # of the names of both leads
_ROUNDED, _ERROR = 1000, 0.005  # a number of a thousand and more may be rounded, by half a per cent at most


@dataclass(frozen=True, slots=True)
class Facts:
    """The distinct numbers of a text, its names and places as printed, by their keys, in the order of the text; its quotations."""

    numbers: tuple[float, ...]
    names: Mapping[str, str]
    quotes: Mapping[int, str]


def read_facts(text: str, language: str | None, places: Sequence[str] = ()) -> Facts:
    """The facts of a headline and body, and of the places of the dateline."""
    text = text if text.isascii() else unicodedata.normalize("NFKC", text)
    numbers = dict.fromkeys(number for number in read_numbers(text, language) if number > 1)
    named = {key: place for place in places if (key := make_key(place))}
    return Facts(tuple(numbers), named | read_names(text), read_quotes(text))


@dataclass(frozen=True, slots=True)
class Agreement:
    """The facts of two texts, compared.

    Attributes:
        numbers, names: in both; names by their keys.
        quotes: (earlier, later) as printed, of quotations in both.
        only_earlier, only_later: numbers that one text alone has.
        proof: what the numbers in common prove, a full number counting one.
        against: what both texts have in numbers of their own: each states another figure.
        names_share: names in common, of the text that has fewer.
    """

    numbers: tuple[float, ...]
    names: tuple[str, ...]
    quotes: tuple[tuple[str, str], ...]
    only_earlier: tuple[float, ...]
    only_later: tuple[float, ...]
    proof: float
    against: float
    names_share: float

    @property
    def share(self) -> float:
        """Numbers in common, of the text that has fewer, by what they prove; 1 where a text has none."""
        whole = self.proof + self.against
        return self.proof / whole if whole else 1.0


def compare_facts(earlier: Facts, later: Facts) -> Agreement:
    """Compare the facts of two texts."""
    common = tuple(one for one in later.numbers if _is_among(one, earlier.numbers))
    only_later = tuple(one for one in later.numbers if one not in common)
    only_earlier = tuple(one for one in earlier.numbers if not _is_among(one, later.numbers))
    names = tuple(name for name in later.names if name in earlier.names)
    fewer = min(len(earlier.names), len(later.names))
    return Agreement(
        numbers=common,
        names=names,
        quotes=match_quotes(earlier.quotes, later.quotes),
        only_earlier=only_earlier,
        only_later=only_later,
        proof=sum(map(strength, common)),
        against=min(sum(map(strength, only_earlier)), sum(map(strength, only_later))),
        names_share=len(names) / fewer if fewer else 1.0,
    )


def _is_among(number: float, others: Sequence[float]) -> bool:
    """True if one of the others is this number, or one of the two is the other rounded: `1.27 million`, `1,268,000`."""
    return number in others or any(_rounds(number, other) or _rounds(other, number) for other in others)


def _rounds(number: float, exact: float) -> bool:
    """True if a number is this one with fewer digits; 11:39 does not round 11:36."""
    if number < _ROUNDED or abs(number - exact) > _ERROR * number:
        return False
    digits = len(f"{number:.15g}".replace(".", "").rstrip("0"))
    return float(f"{exact:.{digits}g}") == number


def names_two_subjects(
    earlier: Mapping[str, str], later: Mapping[str, str], facts: tuple[Facts, Facts]
) -> bool:
    """True if each lead names somebody whom the other text has nowhere, and few of their names are in both.

    Args:
        earlier: the names of its lead by their keys.
        later: the same of the later text, in the same language.
        facts: of both texts.
    """
    kept_earlier, kept_later = _count_kept(earlier, facts[1]), _count_kept(later, facts[0])
    every = len(earlier) + len(later)
    alone = kept_earlier < len(earlier) and kept_later < len(later)
    return alone and kept_earlier + kept_later < _SUBJECT_KEPT * every


def _count_kept(names: Mapping[str, str], facts: Facts) -> int:
    return sum(key in facts.names and _are_alike(name, facts.names[key]) for key, name in names.items())


def _are_alike(one: str, other: str) -> bool:
    spelled = (anyascii(one).casefold(), anyascii(other).casefold())
    return SequenceMatcher(None, *spelled, autojunk=False).ratio() >= _ALIKE
