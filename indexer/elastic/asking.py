"""A search as a request body: what was typed becomes phrases over `words`, filters and counts. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from indexer.elastic.documents import split_words
from indexer.elastic.mapping import STEMMED, WORDS
from indexer.port import MAX_FACET_VALUES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from indexer.elastic.mapping import Profile
    from indexer.port import Facet, SearchQuery
    from indexer.query import ParsedQuery, Term

Clause = dict[str, Any]

NOTHING: Clause = {"match_none": {}}
MAX_EXPANSIONS = 1000  # words that the beginning at the end of a phrase may stand for
_PLACES = {None: ("headline", "headlines", "body"), "headline": ("headline", "headlines"), "body": ("body",)}
_STEMMED_FIELDS = {
    "headline": {"headline": 6.0, "headlines_all": 2.0},
    "body": {"body": 0.7},
    None: {"headline": 6.0, "headlines_all": 2.0, "body": 0.7},
}
_FILTERED = {
    "agency": "agencies",
    "publishers": "publishers",
    "families": "families",
    "languages": "languages",
    "markers": "markers",
    "state": "states",
}
_COUNTED = {"agency": "agency", "publisher": "publishers", "language": "languages", "marker": "markers"}
_BY_TIME = [{"last_changed": "desc"}, {"dispatch_id": "asc"}]


def make_query(parsed: ParsedQuery, query: SearchQuery, profile: Profile) -> Clause:
    """What is to be found, as a clause."""
    found: Clause = {"filter": _make_filters(query)}
    if parsed.required:
        found["must"] = [any_of([_match(term, profile) for term in group]) for group in parsed.required]
    if parsed.excluded:
        found["must_not"] = [_match(term, "core") for term in parsed.excluded]
    return {"bool": found}


def make_sort(*, by_relevance: bool) -> list[Clause]:
    """The order of hits; ties by time, then by id."""
    return [{"_score": "desc"}, *_BY_TIME] if by_relevance else list(_BY_TIME)


def make_counts(facets: Sequence[Facet], timezone: str) -> dict[str, Clause]:
    """Counts over all hits that were not merged away."""
    if not facets:
        return {}
    inner: dict[str, Clause] = {
        facet: {
            "terms": {"field": _COUNTED[facet], "size": MAX_FACET_VALUES, "shard_size": 10 * MAX_FACET_VALUES}
        }
        for facet in facets
        if facet != "day"
    }
    if "day" in facets:
        inner["day"] = {
            "date_histogram": {
                "field": "published_at",
                "calendar_interval": "day",
                "time_zone": timezone,
                "format": "yyyy-MM-dd",
                "min_doc_count": 1,
                "order": {"_key": "desc"},
            }
        }
    kept = {"bool": {"must_not": [{"term": {"state": "merged"}}]}}
    return {"counted": {"filter": kept, "aggs": inner}}


def any_of(clauses: Sequence[Clause]) -> Clause:
    """One of these, or more."""
    return clauses[0] if len(clauses) == 1 else {"bool": {"should": list(clauses), "minimum_should_match": 1}}


def _make_filters(query: SearchQuery) -> list[Clause]:
    filters: list[Clause] = [
        {"terms": {field: sorted(set(values))}}
        for field, attribute in _FILTERED.items()
        if (values := getattr(query, attribute, ()))
    ]
    times = {"gte": query.since, "lt": query.until}
    span = {comparison: _milliseconds(moment) for comparison, moment in times.items() if moment is not None}
    if span:
        filters.append({"range": {"published_at": {**span, "format": "epoch_millis"}}})
    return filters


def _match(term: Term, profile: Profile) -> Clause:
    words = split_words(term.words)
    if not words:
        return NOTHING
    clauses = [_match_in(part, words, prefix=term.prefix) for part in _parts(term)]
    if profile == "full" and len(words) == 1 and not term.exact and not term.prefix:
        clauses += _match_stems(words[0], term)
    return any_of(clauses)


def _match_in(part: str, words: Sequence[str], *, prefix: bool) -> Clause:
    field, boost = f"words.{part}", WORDS[part]
    if prefix and len(words) == 1:
        return {"prefix": {field: {"value": words[0], "boost": boost}}}
    wanted: Clause = {"query": " ".join(words), "boost": boost}
    if prefix:
        return {"match_phrase_prefix": {field: {**wanted, "max_expansions": MAX_EXPANSIONS}}}
    return {"match_phrase": {field: wanted}}


def _match_stems(word: str, term: Term) -> list[Clause]:
    fields = _STEMMED_FIELDS.get(term.field, {})
    return [
        {
            "bool": {
                "filter": [{"term": {"language": language}}],
                "must": [
                    {
                        "multi_match": {
                            "query": word,
                            "fields": [f"{field}.{language}^{boost}" for field, boost in fields.items()],
                        }
                    }
                ],
            }
        }
        for language in STEMMED
        if fields
    ]


def _parts(term: Term) -> tuple[str, ...]:
    if term.field in {"agency", "publisher"}:
        return (term.field or "",)
    places = _PLACES[term.field]
    return tuple(f"exact_{place}" for place in places) if term.exact else places


def _milliseconds(moment: datetime) -> int:
    return math.ceil(moment.timestamp()) * 1000  # documents are kept to the second
