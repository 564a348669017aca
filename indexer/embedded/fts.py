"""Full-text matching: a document's words by column, and a parsed query as an FTS5 expression over them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from indexer.document_words import list_words
from indexer.word_keys import MARK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from indexer.query import ParsedQuery, Term

GAP = " \u241e "  # separates two headlines or names: no text has this word, so no phrase matches across it
_KEYS = re.compile(f"(?:^|{GAP}){MARK} .*$")
_PARTS = {None: ("headline", "headlines", "body"), "headline": ("headline", "headlines"), "body": ("body",)}


def column_words(document: Mapping[str, Any]) -> tuple[str, ...]:
    """A document's words, one text for each of `indexer.analyzer.WORDS`."""
    words = list_words(document).values()
    return tuple(found if isinstance(found, str) else GAP.join(found) for found in words)


def drop_keys(words: tuple[str, ...]) -> tuple[str, ...]:
    """Words without the keys behind them, as in a file that an earlier release made."""
    return tuple(_KEYS.sub("", text) for text in words)


def match_required(query: ParsedQuery) -> str:
    """The expression of the required terms; empty without any."""
    return " AND ".join(f"({match_any(group)})" for group in query.required)


def match_any(terms: Iterable[Term]) -> str:
    """The expression that matches any of these terms."""
    return " OR ".join(_match_term(term) for term in terms)


def _match_term(term: Term) -> str:
    # `indexer.analyzer` made these words: they hold no quotation mark, and in quotes none is an operator
    phrase = '"' + " ".join(term.words) + '"' + ("*" if term.prefix else "")
    if term.keyed:
        phrase = "(" + " OR ".join(f'"{key}"' for key in term.words) + ")"
    found = f"{{{' '.join(_columns(term))}}} : {phrase}"
    if not term.languages:
        return found
    named = " OR ".join(f'"{language}"' for language in term.languages)
    return f"({found} AND language : ({named}))"


def _columns(term: Term) -> tuple[str, ...]:
    if term.field not in _PARTS:
        return (term.field or "",)
    parts = _PARTS[term.field]
    if term.keyed:
        return tuple(part for part in parts if part != "headline")
    return tuple(f"exact_{part}" for part in parts) if term.exact else parts
