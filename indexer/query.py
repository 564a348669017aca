"""The query language: what a person types, read into values. Nothing of it reaches an index unread.

grain corridor       all of the words, without regard to case and accents
"has died"           these words in this order, spelled so: accents, hyphens, stop words count, case does not
strike OR walkout    one of the two
-football  NOT x     without it
protest*             words that begin so
headline:flood       in the headlines; also body:, agency:, publisher:
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from copytaster.errors import QueryError
from indexer.words import exact_words, folded_words

Field = Literal["headline", "body", "agency", "publisher"]

MAX_CHARACTERS = 512
MAX_WORDS = 32
MIN_PREFIX = 2

_CLAUSE = re.compile(
    r"(?P<minus>(?<!\S)-(?=\S))?(?:(?P<field>headline|body|agency|publisher):(?=\S))?"
    r"""(?:["“”„«»](?P<quoted>[^"“”„«»]*)(?:["“”„«»]|$)|(?P<plain>(?i:per\s{1,3}cent)(?!\w)|[^\s"“”„«»]+))"""
)


@dataclass(frozen=True, slots=True)
class Term:
    """One word, or several in this order.

    Attributes:
        words: as `indexer.words` gives them, exact or folded.
        exact: spelled so, accents and hyphens included.
        prefix: the last word may go on.
        field: where to look; None means headlines and body.
    """

    words: tuple[str, ...]
    exact: bool = False
    prefix: bool = False
    field: Field | None = None


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """Every group of `required` must have one of its terms found, and none of `excluded`."""

    required: tuple[tuple[Term, ...], ...] = ()
    excluded: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.required or self.excluded)

    @property
    def marked(self) -> tuple[Term, ...]:
        """The terms to mark in a text that was found."""
        return tuple(term for group in self.required for term in group)


def parse_query(text: str) -> ParsedQuery:
    """Read what was typed; an empty text gives an empty query, which finds all.

    Raises:
        QueryError: longer than 512 characters, more than 32 words, no word in it, or a prefix too short.
    """
    if len(text) > MAX_CHARACTERS:
        raise QueryError(f"longer than {MAX_CHARACTERS} characters", resource="query", hint="search for less")
    groups: list[list[Term]] = []
    excluded: list[Term] = []
    alternative = negated = False
    for clause in _CLAUSE.finditer(text):
        operator = _read_operator(clause)
        if operator is not None:
            alternative = operator == "OR" and bool(groups)
            negated = operator == "NOT"
            continue
        term = _read_term(clause)
        if term is not None and (negated or clause["minus"]):
            excluded.append(term)
        elif term is not None and alternative:
            groups[-1].append(term)
        elif term is not None:
            groups.append([term])
        alternative = negated = False
    query = ParsedQuery(tuple(map(tuple, groups)), tuple(excluded))
    _check(query, text)
    return query


def _read_operator(clause: re.Match[str]) -> str | None:
    plain = clause["plain"]
    bare = clause["minus"] is None and clause["field"] is None
    return plain if bare and plain in {"OR", "AND", "NOT"} else None


def _read_term(clause: re.Match[str]) -> Term | None:
    field, plain = clause["field"], clause["plain"]
    if plain is None:
        return _quoted_term(clause["quoted"], field)
    prefix = plain.endswith("*")
    words = tuple(word.text for word in folded_words(plain))
    if not words:
        return None
    if prefix and len(words[-1]) < MIN_PREFIX and words[-1].isascii():
        raise QueryError(
            f"{plain!r} is too short a beginning", resource="query", hint="two letters or more before the *"
        )
    return Term(words, prefix=prefix, field=cast("Field | None", field))


def _quoted_term(quoted: str, field: str | None) -> Term | None:
    is_name = field in {"agency", "publisher"}  # names are looked up without regard to case and accents
    words = tuple(word.text for word in (folded_words(quoted) if is_name else exact_words(quoted)))
    return Term(words, exact=not is_name, field=cast("Field | None", field)) if words else None


def _check(query: ParsedQuery, text: str) -> None:
    terms = (*query.marked, *query.excluded)
    if sum(1 for term in terms for word in term.words if len(word) > 1 or word.isascii()) > MAX_WORDS:
        raise QueryError(f"more than {MAX_WORDS} words", resource="query", hint="search for less")
    if text.strip() and not query:
        raise QueryError("no word to search for", resource="query")
