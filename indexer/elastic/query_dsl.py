"""A search as a request body: terms become phrases over `words`, the rest filters and counts. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from indexer.analyzer import WORDS, split_at_punctuation
from indexer.elastic.mapping import STEMS
from indexer.query import put_in_headline
from indexer.search import MAX_FACET_VALUES, STATES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from indexer.days import Span
    from indexer.query import ParsedQuery, Term
    from indexer.search import Facet, SearchQuery

Clause = dict[str, Any]

NOTHING: Clause = {"match_none": {}}
MAX_EXPANSIONS = 1000  # words that the prefix at the end of a phrase may match
_PARTS = {None: ("headline", "headlines", "body"), "headline": ("headline", "headlines"), "body": ("body",)}
FORMS = 2  # of a word to stem: with its accents, and without
OTHER_FORM = 0.5
IN_HEADLINE = 2.0  # by which the words of a headline that has them all count once more
MAX_STEM_CLAUSES = 800  # a server accepts 1,024 a query
_FIELDS: dict[str, str] = {
    "agency": "agency",
    "publisher": "publishers",
    "family": "families",
    "language": "languages",
    "marker": "markers",
    "relation": "relations",
    "kind": "kinds",
}


def make_query(parsed: ParsedQuery, query: SearchQuery, stemmed: Sequence[str]) -> Clause:
    """The query without its chosen filters; single words match by their stems in these languages as well."""
    found: Clause = {"filter": _make_filters(parsed, query)}
    named = put_in_headline(parsed)
    parts = len(STEMS) + (named is not None)
    languages = stemmed[: MAX_STEM_CLAUSES // (FORMS * parts * max(1, len(parsed.marked)))]
    if parsed.required:
        found["must"] = [any_clause([_match(term, languages) for term in group]) for group in parsed.required]
    if named is not None:
        whole = [any_clause([_match(term, languages) for term in group]) for group in named.required]
        found["should"] = [{"bool": {"must": whole, "boost": IN_HEADLINE}}]
    excluded = [_match(term) for term in parsed.excluded]
    excluded += [_fall_within(span, query.timezone) for span in parsed.without]
    excluded += [{"term": {_FIELDS[name]: value}} for name, value in (*parsed.not_carried, *query.without)]
    excluded += [_one_of(query.without_ids)] if query.without_ids else []
    if excluded:
        found["must_not"] = excluded
    return {"bool": found}


def make_sort(order: str, *, by_relevance: bool) -> list[Clause]:
    """The order of hits: by relevance or not, then by the time in the field `order`, then by id."""
    by_time: list[Clause] = [{order: "desc"}, {"dispatch_id": "asc"}]
    return [{"_score": "desc"}, *by_time] if by_relevance else by_time


def make_choice(query: SearchQuery, *, but: Facet | None = None) -> list[Clause]:
    """The chosen filters, of which hits must pass all; those of the filter `but` are left out."""
    return [
        {"terms": {_FIELDS[name]: sorted(set(values))}}
        for name, values in query.chosen.items()
        if name != but
    ]


def make_counts(query: SearchQuery) -> dict[str, Clause]:
    """Counts over what `make_query` finds, each facet with the filters chosen in the others; no merged dispatch counts."""
    merged = {"term": {"state": "merged"}}
    return {
        facet: {
            "filter": {"bool": {"must_not": [merged], "filter": make_choice(query, but=facet)}},
            "aggs": {facet: _make_count(facet, query.timezone)},
        }
        for facet in query.facets
    }


def _make_count(facet: Facet, timezone: str) -> Clause:
    if facet != "day":
        return {
            "terms": {"field": _FIELDS[facet], "size": MAX_FACET_VALUES, "shard_size": 10 * MAX_FACET_VALUES}
        }
    return {
        "date_histogram": {
            "field": "@timestamp",
            "calendar_interval": "day",
            "time_zone": timezone,
            "format": "yyyy-MM-dd",
            "min_doc_count": 1,
            "order": {"_key": "desc"},
        }
    }


def any_clause(clauses: Sequence[Clause]) -> Clause:
    """A clause that matches any of these."""
    return clauses[0] if len(clauses) == 1 else {"bool": {"should": list(clauses), "minimum_should_match": 1}}


def _make_filters(parsed: ParsedQuery, query: SearchQuery) -> list[Clause]:
    states = STATES if parsed.names_state else query.states
    filters: list[Clause] = [{"terms": {"state": sorted(set(states))}}]
    filters += [] if query.ids is None else [_one_of(query.ids)]
    filters += [_fall_within(span, query.timezone) for span in parsed.within]
    filters += [{"term": {_FIELDS[name]: value}} for name, value in parsed.carried]
    if query.since or query.until:
        filters.append(_fall_between(query.since, query.until))
    return filters


def _one_of(ids: Sequence[str]) -> Clause:
    return {"ids": {"values": list(ids)}}


def _fall_within(span: Span, timezone: str) -> Clause:
    return _fall_between(*span.bounds(timezone))


def _fall_between(since: datetime | None, until: datetime | None) -> Clause:
    times = {"gte": since, "lt": until}
    span = {comparison: _milliseconds(moment) for comparison, moment in times.items() if moment is not None}
    return {"range": {"@timestamp": {**span, "format": "epoch_millis"}}}


def _match(term: Term, languages: Sequence[str] = ()) -> Clause:
    if term.keyed:
        return any_clause([_match_keys(part, term.words) for part in _list_parts(term) if part != "headline"])
    words = split_at_punctuation(" ".join(term.words)).split()
    if not words:
        return NOTHING
    clauses = [_match_in(part, words, prefix=term.prefix) for part in _list_parts(term)]
    if term.languages:
        return _match_form(clauses, term.languages)
    if len(words) == 1 and not term.exact and not term.prefix:
        forms = " ".join(dict.fromkeys([term.typed.casefold(), words[0]]))  # with its accents, and without
        clauses += [_match_stem(forms, part, language) for language in languages for part in _stems_of(term)]
    return any_clause(clauses)


def _match_keys(part: str, keys: Sequence[str]) -> Clause:
    return {"terms": {f"words.{part}": list(keys), "boost": OTHER_FORM * WORDS[part]}}


def _match_form(clauses: Sequence[Clause], languages: Sequence[str]) -> Clause:
    """A form of a word: in dispatches of its language, and with less weight than the word as typed."""
    spoken = {"terms": {"words.language": list(languages)}}
    return {"bool": {"must": [any_clause(clauses)], "filter": [spoken], "boost": OTHER_FORM}}


def _match_in(part: str, words: Sequence[str], *, prefix: bool) -> Clause:
    field, boost = f"words.{part}", WORDS[part]
    if prefix and len(words) == 1:
        return {"prefix": {field: {"value": words[0], "boost": boost}}}
    wanted: Clause = {"query": " ".join(words), "boost": boost}
    if prefix:
        return {"match_phrase_prefix": {field: {**wanted, "max_expansions": MAX_EXPANSIONS}}}
    return {"match_phrase": {field: wanted}}


def _match_stem(forms: str, part: str, language: str) -> Clause:
    return {"match": {f"stems.{language}.{part}": {"query": forms, "boost": STEMS[part]}}}


def _stems_of(term: Term) -> list[str]:
    return [part for part in STEMS if term.field in {None, part}]


def _list_parts(term: Term) -> tuple[str, ...]:
    if term.field not in _PARTS:
        return (term.field or "",)
    parts = _PARTS[term.field]
    return tuple(f"exact_{part}" for part in parts) if term.exact else parts


def _milliseconds(moment: datetime) -> int:
    return math.ceil(moment.timestamp()) * 1000  # documents are kept to the second
