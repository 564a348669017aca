"""A search read once, and the page made of what an adapter found: order, hits, facets and cursor, the same for every adapter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from indexer.document_addresses import show_addresses
from indexer.highlight import find_spans, make_excerpt, mark_text
from indexer.page_cursor import After, Shown, decode_cursor, encode_cursor, hash_id
from indexer.query import read_query
from indexer.search import MAX_DEPTH, MAX_FACET_VALUES, FacetCount, SearchHit, SearchPage
from indexer.variants import add_variants

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from indexer.query import ParsedQuery, Term
    from indexer.search import Facet, SearchQuery, Total


class Ranked(Protocol):
    """A hit in its order, before its document is read."""

    @property
    def id(self) -> str:
        """Of the dispatch."""
        ...

    @property
    def news_at(self) -> int:
        """In the adapter's own unit of time."""
        ...

    @property
    def score(self) -> float | None:
        """Higher is better; None when not sorted by relevance."""
        ...


Hit = TypeVar("Hit", bound=Ranked)


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """A search, its parsed text, and where its page begins.

    Attributes:
        position: after which hit, or without which hits; None on a first or numbered page.
        by_relevance: the order of hits; False means newest first.
        secret: signs the cursor of the next page.
    """

    query: SearchQuery
    parsed: ParsedQuery
    position: After | Shown | None
    by_relevance: bool
    secret: bytes

    @property
    def end(self) -> int:
        """Hits up to the end of the page; one more shows that there is a next page."""
        return self.query.offset + self.query.limit

    @property
    def shown(self) -> frozenset[bytes]:
        """Hashed ids of the hits on the pages before, by relevance."""
        return self.position.hashes if isinstance(self.position, Shown) else frozenset()


def plan_search(query: SearchQuery, secret: bytes) -> SearchPlan:
    """Parse the text and the cursor of a search.

    Raises:
        QueryError: the text or the cursor cannot be read.
    """
    parsed = add_variants(read_query(query))
    position = decode_cursor(query.cursor, query, secret) if query.cursor else None
    by_relevance = query.sort == "relevance" and bool(parsed.required)
    return SearchPlan(query, parsed, position, by_relevance, secret)


def cut_page(plan: SearchPlan, ranked: Sequence[Hit]) -> Sequence[Hit]:
    """The hits on the page, of those ranked from the first page (or from the cursor) on."""
    return ranked[plan.query.offset : plan.end]


def make_page(
    plan: SearchPlan,
    ranked: Sequence[Ranked],
    documents: Mapping[str, Mapping[str, Any]],
    *,
    total: Total,
    facets: Mapping[Facet, tuple[FacetCount, ...]],
) -> SearchPage:
    """The page with its hits and the cursor of the next one.

    Args:
        plan: the search.
        ranked: hits in order, one more than `plan.end` if there is a next page.
        documents: by id, of the hits that `cut_page` gives; a hit whose document is gone is left out.
        total: of all hits.
        facets: counted over all hits.
    """
    hits = tuple(
        _make_hit(hit, documents[hit.id], plan) for hit in cut_page(plan, ranked) if hit.id in documents
    )
    return SearchPage(hits=hits, total=total, facets=facets, next=_make_cursor(plan, ranked))


def order_counts(facet: Facet, counts: Iterable[FacetCount]) -> tuple[FacetCount, ...]:
    """The 100 latest days, or the 100 most frequent values, equal ones by name."""
    if facet == "day":
        ordered = sorted(counts, key=lambda count: count.value, reverse=True)
    else:
        ordered = sorted(counts, key=lambda count: (-count.count, count.value))
    return tuple(ordered[:MAX_FACET_VALUES])


def _make_cursor(plan: SearchPlan, ranked: Sequence[Ranked]) -> str | None:
    if len(ranked) <= plan.end:
        return None
    reached = ranked[: plan.end]
    position: After | Shown
    if plan.by_relevance:
        position = Shown(plan.shown | {hash_id(hit.id) for hit in reached})
        if len(position.hashes) >= MAX_DEPTH:
            return None
    else:
        position = After(reached[-1].news_at, reached[-1].id)
    return encode_cursor(position, plan.query, plan.secret)


def _make_hit(hit: Ranked, document: Mapping[str, Any], plan: SearchPlan) -> SearchHit:
    headline, body = document["headline"], document["body"]
    terms = plan.parsed.marked if plan.query.highlight else ()
    languages = tuple(document.get("languages") or ())
    return SearchHit(
        id=hit.id,
        document=show_addresses(document),
        headline=mark_text(headline, find_spans(headline, _terms_in(terms, "headline"), languages)),
        excerpt=make_excerpt(body, find_spans(body, _terms_in(terms, "body"), languages)),
        score=hit.score,
    )


def _terms_in(terms: Sequence[Term], part: str) -> list[Term]:
    return [term for term in terms if term.field in {None, part}]
