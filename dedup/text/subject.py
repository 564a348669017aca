"""What a version is about: the names in its lead, and the words of its headline, as hashes of folded words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dedup.text.words import FUNCTION, KIND_BITS, WEEKDAY, hash_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.text.words import Text

_LEAD = 40  # words
# German writes every noun with a capital. Behind one of these words it is a thing, not a name.
_BEFORE_NOUNS = hash_words("der die das dem den des ein eine einem einen einer eines zum zur beim vom im am")
_CAPITALISED = re.compile(r"[^\W\d_]*[A-ZÀ-ÖØ-ÞΑ-ΩА-Я][\w&.'’-]*")
_LONGEST = 300  # characters of a headline that are read


def _name_nothing() -> NDArray[np.uint64]:
    return np.empty(0, dtype=np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """Hashes, sorted and without repeats.

    Attributes:
        names: of the lead: capitalised inside a sentence somewhere, or in the headline too.
        actors: those names that the headline has too; all where it has none.
        headline: its words, without function words and weekdays.
    """

    names: NDArray[np.uint64] = field(default_factory=_name_nothing)
    actors: NDArray[np.uint64] = field(default_factory=_name_nothing)
    headline: NDArray[np.uint64] = field(default_factory=_name_nothing)


def read_subject(headline: str, body: str, text: Text) -> Subject:
    """The subject of a version.

    A word that begins a lead is capitalised whatever it is. It is a name if the headline has it with a capital too, and
    the text never without.

    Args:
        headline: without markers.
        body: as printed.
        text: the words of the body that are the story's own.
    """
    lead = text.words[:_LEAD]
    kinds = lead & np.uint64(KIND_BITS)
    named = text.named[:_LEAD] & (kinds != WEEKDAY)
    words = hash_words(headline[:_LONGEST])
    capitalised = [
        word for word in _CAPITALISED.findall(headline[:_LONGEST]) if f" {word.lower()} " not in body
    ]
    if capitalised:
        told = hash_words(" ".join(capitalised))
        named |= np.isin(lead, told) & (kinds != WEEKDAY) & (kinds != FUNCTION)
    named[1:] &= ~np.isin(lead[:-1], _BEFORE_NOUNS)
    names = np.unique(lead[named])
    actors = names[np.isin(names, words)]
    return Subject(names, actors if len(actors) else names, np.unique(_keep_content(words)))


def _keep_content(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    kinds = words & np.uint64(KIND_BITS)
    content: NDArray[np.uint64] = words[(kinds != FUNCTION) & (kinds != WEEKDAY)]
    return content
