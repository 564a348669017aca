"""Other spellings of a typed word that mean the same: umlauts, other digits, words written apart, names, parts of the world."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

from copytaster.wire.places import list_places
from indexer.analyzer import folded_words
from indexer.word_keys import list_compound_keys, list_name_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from indexer.query import ParsedQuery, Term

# a letter as typed -> how it is written without its sign
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae"})
_DIGRAPH = re.compile(r"(?<![aeiouq])(?:ae|oe|ue|aa)")
_PLAIN = {"ae": "a", "oe": "o", "ue": "u", "aa": "a"}
_ZEROS = (0x0660, 0x06F0, 0x0966, 0x09E6)  # Arabic, Persian, Devanagari, Bengali
_LETTERS_AND_DIGITS = re.compile(r"([^\W\d_]+)(\d+)|(\d+)([^\W\d_]{2,})")
_JOINED = re.compile(r"\w+(?:[-'’‐‑/]\w+)+")
_WORD = re.compile(r"\w+")
MOST_TERMS = 32  # of a query that gets more: servers bound the clauses of a query
MAX_NUMBER = 12  # digits of a number that is looked for in other scripts
MIN_WORD = 4  # letters of a word with a digraph


def add_variants(parsed: ParsedQuery) -> ParsedQuery:
    """The query with the other spellings of each word as alternatives; a quoted word has none, nor one of very many."""
    if len(parsed.marked) + len(parsed.excluded) > MOST_TERMS:
        return parsed
    return replace(
        parsed,
        required=tuple(tuple(_vary_all(group, compounds=True)) for group in parsed.required),
        excluded=tuple(_vary_all(parsed.excluded, compounds=False)),
    )


def _vary_all(terms: Sequence[Term], *, compounds: bool) -> Iterator[Term]:
    seen: set[Term] = set()
    for term in terms:
        for one in (term, *_vary(term), *_find_keys(term, compounds=compounds), *_list_places(term)):
            if one not in seen:
                seen.add(one)
                yield one


def _vary(term: Term) -> Iterator[Term]:
    if term.exact or term.field not in {None, "headline", "body"}:
        return
    if len(term.words) > 1:
        if not term.prefix and _JOINED.fullmatch(term.typed):
            yield replace(term, words=("".join(term.words),))
        return
    word = term.words[0]
    for other in _respell(word, term.typed):
        if other and other != word:
            yield replace(term, words=(other,), typed=other)
    if not term.prefix and (apart := _LETTERS_AND_DIGITS.fullmatch(word)):
        yield replace(term, words=tuple(part for part in apart.groups() if part))


def _find_keys(term: Term, *, compounds: bool) -> Iterator[Term]:
    """A term of the keys under which a word is found as a name, and as the part of a compound; what is excluded is no part."""
    letters = _WORD.findall(term.typed)
    if term.exact or term.prefix or term.field not in {None, "headline", "body"} or len(letters) != 1:
        return
    keys = list_name_keys(letters[0]) + (list_compound_keys(letters[0]) if compounds else ())
    if keys and len(term.words) == 1:
        yield replace(term, words=keys, typed="", keyed=True)


def _list_places(term: Term) -> Iterator[Term]:
    """The places of a part of the world: `dateline:"Middle East"` is every dateline there."""
    if term.field == "dateline" and not term.prefix:
        for place in list_places(" ".join(term.words)):
            yield replace(term, words=tuple(word.text for word in folded_words(place)), typed=place)


def _respell(word: str, typed: str) -> Iterator[str]:
    written_out = typed.casefold().translate(_WRITTEN_OUT).rstrip("*")
    if written_out != typed.casefold().rstrip("*"):
        yield "".join(one.text for one in folded_words(written_out)[:1])
    if word.isascii() and len(word) >= MIN_WORD:
        yield _DIGRAPH.sub(lambda found: _PLAIN[found[0]], word)
    if word.isdecimal() and len(word) <= MAX_NUMBER:
        yield from _write_digits(word)


def _write_digits(number: str) -> Iterator[str]:
    plain = "".join(str(unicodedata.decimal(digit)) for digit in number)
    yield plain
    for zero in _ZEROS:
        yield "".join(chr(zero + int(digit)) for digit in plain)
