"""What a version is about: the names in its lead, and the words of its headline, as hashes of folded words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dedup.text.jit import compiled
from dedup.text.number_words import list_counts
from dedup.text.words import FUNCTION, KIND_BITS, WEEKDAY, hash_words, sort_hashes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.text.words import Text

    Hashes = NDArray[np.uint64]

_LEAD = 40  # words
# German writes every noun with a capital. Behind one of these words it is a thing, not a name.
_BEFORE_NOUNS = hash_words("der die das dem den des ein eine einem einen einer eines zum zur beim vom im am")
# Counts in words are capitalised where they begin a sentence, and in headlines; they name nobody.
_COUNTS = hash_words(" ".join(list_counts()))
_CAPITALISED = re.compile(r"[^\W\d_]*[A-ZÀ-ÖØ-ÞΑ-ΩА-Я][\w&.'’-]*")
_LONGEST = 300  # characters of a headline that are read
_KINDS, _FUNCTION, _WEEKDAY = np.uint64(KIND_BITS), np.uint64(FUNCTION), np.uint64(WEEKDAY)
_NOTHING = np.empty(0, dtype=np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """Hashes, sorted and without repeats.

    Attributes:
        names: of the lead: capitalised inside a sentence somewhere, or in the headline too.
        actors: those names that the headline has too; all where it has none.
        headline: its words, without function words and weekdays.
    """

    names: Hashes = field(default_factory=lambda: _NOTHING)
    actors: Hashes = field(default_factory=lambda: _NOTHING)
    headline: Hashes = field(default_factory=lambda: _NOTHING)

    @property
    def arrays(self) -> tuple[Hashes, Hashes, Hashes]:
        """(names, actors, headline), as compiled functions take them."""
        return self.names, self.actors, self.headline


def read_subject(headline: str, body: str, text: Text) -> Subject:
    """The subject of a version.

    A word that begins a lead is capitalised whatever it is. It is a name if the headline has it with a capital too, and
    the text never without.

    Args:
        headline: without markers.
        body: as printed.
        text: the words of the body that are the story's own.
    """
    words = hash_words(headline[:_LONGEST]) if headline else _NOTHING
    told = _NOTHING
    if headline:
        capitalised = [
            word for word in _CAPITALISED.findall(headline[:_LONGEST]) if f" {word.lower()} " not in body
        ]
        told = hash_words(" ".join(capitalised)) if capitalised else _NOTHING
    return Subject(*_find_names(text.words[:_LEAD], text.named[:_LEAD], words, told, _BEFORE_NOUNS, _COUNTS))


@compiled
def _find_names(
    lead: Hashes,
    named: NDArray[np.bool_],
    headline: Hashes,
    told: Hashes,
    before_nouns: Hashes,
    counts: Hashes,
) -> tuple[Hashes, Hashes, Hashes]:
    """The arrays of a `Subject`. `told` are the capitalised words of the headline."""
    names, content = np.empty(len(lead), dtype=np.uint64), np.empty(len(headline), dtype=np.uint64)
    count = count_content = 0
    for position in range(len(lead)):
        kind = lead[position] & _KINDS
        is_name = named[position] or (kind != _FUNCTION and _has(told, lead[position]))
        if is_name and (position and _has(before_nouns, lead[position - 1])):
            is_name = False
        if is_name and kind != _WEEKDAY and not _has(counts, lead[position]):
            names[count] = lead[position]
            count += 1
    for word in headline:
        if word & _KINDS != _FUNCTION and word & _KINDS != _WEEKDAY:
            content[count_content] = word
            count_content += 1
    names = sort_hashes(names[:count])
    actors, count = np.empty(len(names), dtype=np.uint64), 0
    for name in names:
        if _has(headline, name):
            actors[count] = name
            count += 1
    return names, actors[:count].copy() if count else names, sort_hashes(content[:count_content])


@compiled
def _has(some: Hashes, wanted: np.uint64) -> bool:
    for one in some:  # noqa: SIM110 -- compiled
        if one == wanted:
            return True
    return False
