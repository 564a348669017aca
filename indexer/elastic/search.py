"""Answering a search. No state is left on the server between two pages: the cursor holds what there is to remember."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from indexer.elastic.connection import quote_name
from indexer.elastic.query_dsl import make_counts, make_query, make_sort
from indexer.highlight import find_spans, make_excerpt, mark_text
from indexer.page_cursor import After, Shown, fingerprint, read_cursor, write_cursor
from indexer.query import read_query
from indexer.search import MAX_DEPTH, FacetCount, SearchHit, SearchPage, Total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from indexer.elastic.connection import Connection
    from indexer.query import ParsedQuery, Term
    from indexer.search import Facet, SearchQuery


class _Found(NamedTuple):
    id: str
    score: float | None
    last_changed: int
    document: dict[str, Any] | None


def search_documents(
    connection: Connection, alias: str, query: SearchQuery, *, secret: bytes, stemmed: Sequence[str]
) -> SearchPage:
    """One page of hits; `stemmed` are the languages in which words are also looked for by their stems.

    Raises:
        QueryError: the text or the cursor cannot be read.
    """
    parsed = read_query(query)
    position = read_cursor(query.cursor, query, secret) if query.cursor else None
    by_relevance = query.sort == "relevance" and bool(parsed.required)
    shown = position.fingerprints if isinstance(position, Shown) else frozenset()
    # what was shown comes again and is left out here; its documents need not travel for that
    light = bool(shown or query.offset)
    body: dict[str, Any] = {
        "query": make_query(parsed, query, stemmed),
        "sort": make_sort(by_relevance=by_relevance),
        "size": len(shown) + query.offset + query.limit + 1,
        "track_total_hits": True,
        "track_scores": by_relevance,
        "_source": not light,
    }
    if counts := make_counts(query.facets, query.timezone):
        body["aggs"] = counts
    if isinstance(position, After):
        body["search_after"] = [position.last_changed, position.id]
    answer = connection.call("POST", f"/{quote_name(alias)}/_search", body)
    found = [_read_found(hit, by_relevance=by_relevance) for hit in answer["hits"]["hits"]]
    ranked = [hit for hit in found if not shown or fingerprint(hit.id) not in shown]
    reached = query.offset + query.limit
    page = ranked[query.offset : reached]
    if light:
        page = _fetch(connection, alias, page)
    following = None
    if len(ranked) > reached:
        following = _next_position(ranked[:reached], shown, by_relevance=by_relevance)
    return SearchPage(
        hits=tuple(_make_hit(hit, parsed, query) for hit in page),
        total=Total(answer["hits"]["total"]["value"], answer["hits"]["total"]["relation"]),
        facets=_read_facets(query.facets, answer),
        next=write_cursor(following, query, secret) if following else None,
    )


def _read_found(hit: dict[str, Any], *, by_relevance: bool) -> _Found:
    sort = hit["sort"]
    score = float(hit["_score"]) if by_relevance else None
    return _Found(hit["_id"], score, int(sort[1 if by_relevance else 0]), hit.get("_source"))


def _fetch(connection: Connection, alias: str, page: Sequence[_Found]) -> list[_Found]:
    if not page:
        return []
    body = {"query": {"ids": {"values": [hit.id for hit in page]}}, "size": len(page)}
    answer = connection.call("POST", f"/{quote_name(alias)}/_search", body)
    documents = {hit["_id"]: hit["_source"] for hit in answer["hits"]["hits"]}
    return [hit._replace(document=documents[hit.id]) for hit in page if hit.id in documents]


def _next_position(
    reached: Sequence[_Found], shown: frozenset[bytes], *, by_relevance: bool
) -> After | Shown | None:
    if not by_relevance:
        return After(reached[-1].last_changed, reached[-1].id)
    fingerprints = shown | {fingerprint(hit.id) for hit in reached}
    return Shown(fingerprints) if len(fingerprints) < MAX_DEPTH else None


def _read_facets(facets: Sequence[Facet], answer: dict[str, Any]) -> dict[Facet, tuple[FacetCount, ...]]:
    counted = answer.get("aggregations", {}).get("counted", {})
    return {facet: tuple(_read_counts(counted[facet]["buckets"])) for facet in facets if facet in counted}


def _read_counts(buckets: Sequence[dict[str, Any]]) -> list[FacetCount]:
    counts = [
        FacetCount(str(bucket.get("key_as_string", bucket["key"])), bucket["doc_count"]) for bucket in buckets
    ]
    return counts[:100]


def _make_hit(hit: _Found, parsed: ParsedQuery, query: SearchQuery) -> SearchHit:
    document = hit.document or {}
    headline, body = document["headline"], document["body"]
    marked = parsed.marked if query.highlight else ()
    return SearchHit(
        id=hit.id,
        document=document,
        headline=mark_text(headline, find_spans(headline, _terms_for(marked, "headline"))),
        excerpt=make_excerpt(body, find_spans(body, _terms_for(marked, "body"))),
        score=hit.score,
    )


def _terms_for(terms: Sequence[Term], place: str) -> list[Term]:
    return [term for term in terms if term.field in {None, place}]
