"""What is matched: a document's words by column, and a parsed query as an FTS5 expression over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from indexer.analyzer import both_texts, names_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from indexer.query import ParsedQuery, Term

GAP = " \u241e "  # between two headlines or names: no word of any text, so no phrase reaches across
_PLACES = {None: ("headline", "headlines", "body"), "headline": ("headline", "headlines"), "body": ("body",)}


def words_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    """A document's words, one text for each of `indexer.analyzer.WORDS`."""
    headline = document["headline"]
    others = [both_texts(text) for text in document["headlines_all"] if text != headline]
    folded_headline, exact_headline = both_texts(headline)
    folded_body, exact_body = both_texts(document["body"])
    return (
        folded_headline,
        GAP.join(folded for folded, _ in others),
        folded_body,
        exact_headline,
        GAP.join(exact for _, exact in others),
        exact_body,
        *map(GAP.join, names_of(document).values()),
    )


def match_required(query: ParsedQuery) -> str:
    """The expression of what must be found; empty where nothing must."""
    return " AND ".join(f"({match_any(group)})" for group in query.required)


def match_any(terms: Iterable[Term]) -> str:
    """The expression that one of these terms is found."""
    return " OR ".join(_match_term(term) for term in terms)


def _match_term(term: Term) -> str:
    # only words made by `indexer.analyzer` come here: they hold no quotation mark, and quoted they are no operator
    phrase = '"' + " ".join(term.words) + '"' + ("*" if term.prefix else "")
    return f"{{{' '.join(_columns(term))}}} : {phrase}"


def _columns(term: Term) -> tuple[str, ...]:
    if term.field not in _PLACES:
        return (term.field or "",)
    places = _PLACES[term.field]
    return tuple(f"exact_{place}" for place in places) if term.exact else places
