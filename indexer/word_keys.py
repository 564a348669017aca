"""The keys of a word beside its letters: of names in every spelling, and of the parts of compounds.

Adapters index the keys of a document's words behind the words themselves, with those of `headlines` and of `body`. A key has
a sign that no word has, so that none is taken for the other.
"""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import TYPE_CHECKING

from indexer.compounds import list_part_stems, list_stems
from indexer.romanised import list_printed_keys, list_typed_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MARK = "\u2248"  # in every key, in no word; by itself before the keys of a text
WITHOUT_KEYS = (
    "names in other spellings, and parts of compounds, are not found in documents of an earlier release"
)
RELEASE = 2  # raise it with every change of a key: an index that lacks it has to be rebuilt
_PRINTED = re.compile(r"[^\W\d_]{4,}")


def name_release() -> str:
    """The release of the keys and of the dictionaries that divide compounds: others give other keys."""
    return f"{RELEASE} {version('simplemma')}"


def list_keys(text: str, languages: Sequence[str]) -> list[str]:
    """The keys of a text in these languages as one text, which begins with the mark; no text where there are none."""
    found: dict[str, None] = {}
    for word in dict.fromkeys(_PRINTED.findall(text)):
        found |= dict.fromkeys(_list_printed(word, languages))
    return [f"{MARK} {' '.join(found)}"] if found else []


def find_keyed(text: str, keys: Sequence[str], languages: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Start and end of each word of a text in these languages that has one of the keys."""
    wanted = set(keys)
    for found in _PRINTED.finditer(text):
        if not wanted.isdisjoint(_list_printed(found[0], languages)):
            yield found.span()


def list_name_keys(typed: str) -> tuple[str, ...]:
    """The keys of a typed word as a name."""
    return tuple(MARK + key for key in list_typed_keys(typed))


def list_compound_keys(typed: str) -> tuple[str, ...]:
    """The keys of a typed word as the part of a compound."""
    return tuple(f"{dictionary}{MARK}{stem}" for dictionary, stem in list_stems(typed))


def _list_printed(word: str, languages: Sequence[str]) -> Iterator[str]:
    for key in list_printed_keys(word, languages):
        yield MARK + key
    for language in languages:
        for dictionary, stem in list_part_stems(word, language):
            yield f"{dictionary}{MARK}{stem}"
