"""A search of a server's index. The server keeps no state between two pages: the cursor holds what the next one needs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from indexer.elastic.connection import quote_name
from indexer.elastic.forms import add_server_forms
from indexer.elastic.query_dsl import make_choice, make_counts, make_query, make_sort
from indexer.page_cursor import After, hash_id
from indexer.result_page import SearchPlan, cut_page, make_page, order_counts, plan_search
from indexer.search import FacetCount, Total

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from indexer.elastic.connection import Connection
    from indexer.search import Facet, SearchPage, SearchQuery


class IndexTraits(NamedTuple):
    """What a search must know of the live index.

    Attributes:
        stemmed: the languages in which single words also match by their stems.
        order: the field with the time by which lists are ordered, which every document has.
    """

    stemmed: tuple[str, ...]
    order: str


class _Found(NamedTuple):
    """A hit; `news_at`, the time in the order of lists, in milliseconds since 1970, `document` None where it was not fetched."""

    id: str
    score: float | None
    news_at: int
    document: dict[str, Any] | None


def search_alias(
    connection: Connection, alias: str, query: SearchQuery, *, secret: bytes, traits: IndexTraits
) -> SearchPage:
    """One page of hits.

    Raises:
        QueryError: the text or the cursor cannot be read.
    """
    plan = plan_search(query, secret)
    if not traits.stemmed:
        plan = replace(plan, parsed=add_server_forms(connection, alias, plan.parsed))
    # hits of earlier pages come again and are skipped here; their documents need not travel for that
    light = bool(plan.shown or query.offset)
    body = _make_body(plan, traits, light=light)
    response = connection.call("POST", f"/{quote_name(alias)}/_search", body)
    found = [_read_found(hit, by_relevance=plan.by_relevance) for hit in response["hits"]["hits"]]
    ranked = [hit for hit in found if not plan.shown or hash_id(hit.id) not in plan.shown]
    page = cut_page(plan, ranked)
    documents = _fetch_documents(connection, alias, page) if light else _list_documents(page)
    total = response["hits"]["total"]
    return make_page(
        plan,
        ranked,
        documents,
        total=Total(total["value"], total["relation"]),
        facets=_read_facets(query.facets, response),
    )


def _make_body(plan: SearchPlan, traits: IndexTraits, *, light: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "query": make_query(plan.parsed, plan.query, traits.stemmed),
        "sort": make_sort(traits.order, by_relevance=plan.by_relevance),
        "size": len(plan.shown) + plan.end + 1,
        "track_total_hits": True,
        "track_scores": plan.by_relevance,
        "_source": not light,
    }
    if counts := make_counts(plan.query):
        body["aggs"] = counts
    if choice := make_choice(plan.query):  # after counting: a facet counts what its other values would bring
        body["post_filter"] = {"bool": {"filter": choice}}
    if isinstance(plan.position, After):
        body["search_after"] = [plan.position.news_at, plan.position.id]
    return body


def _read_found(hit: dict[str, Any], *, by_relevance: bool) -> _Found:
    sort = hit["sort"]
    score = float(hit["_score"]) if by_relevance else None
    return _Found(hit["_id"], score, int(sort[1 if by_relevance else 0]), hit.get("_source"))


def _list_documents(page: Sequence[_Found]) -> dict[str, Mapping[str, Any]]:
    return {hit.id: hit.document or {} for hit in page}


def _fetch_documents(
    connection: Connection, alias: str, page: Sequence[_Found]
) -> dict[str, Mapping[str, Any]]:
    if not page:
        return {}
    body = {"query": {"ids": {"values": [hit.id for hit in page]}}, "size": len(page)}
    response = connection.call("POST", f"/{quote_name(alias)}/_search", body)
    return {hit["_id"]: hit["_source"] for hit in response["hits"]["hits"]}


def _read_facets(facets: Sequence[Facet], response: dict[str, Any]) -> dict[Facet, tuple[FacetCount, ...]]:
    counted = response.get("aggregations", {})
    return {
        facet: order_counts(facet, _read_counts(counted[facet][facet]["buckets"]))
        for facet in facets
        if facet in counted
    }


def _read_counts(buckets: Sequence[dict[str, Any]]) -> list[FacetCount]:
    return [
        FacetCount(str(bucket.get("key_as_string", bucket["key"])), bucket["doc_count"]) for bucket in buckets
    ]
