"""The page made of what an adapter found."""

from typing import NamedTuple

import pytest

from indexer.page_cursor import After, decode_cursor
from indexer.result_page import cut_page, make_page, order_counts, plan_search
from indexer.search import MAX_FACET_VALUES, FacetCount, SearchQuery, Segment, Total

KEY = b"k" * 32


class Hit(NamedTuple):
    id: str
    news_at: int
    score: float | None = None


RANKED = [Hit(f"d{number}", 100 - number, 1.0 / (number + 1)) for number in range(5)]
DOCUMENTS = {hit.id: {"headline": f"Flood {hit.id}", "body": "Water rose."} for hit in RANKED}


def make(query, ranked=RANKED, documents=DOCUMENTS):
    return make_page(plan_search(query, KEY), ranked, documents, total=Total(9), facets={})


def test_a_page_has_its_hits_in_order_and_the_cursor_of_the_next():
    query = SearchQuery("", limit=2)
    page = make(query)
    assert [hit.id for hit in page.hits] == ["d0", "d1"]
    assert decode_cursor(page.next, query, KEY) == After(99, "d1")


def test_by_relevance_the_cursor_leaves_out_every_hit_of_all_pages():
    query = SearchQuery("flood", limit=2)
    first = make(query)
    second = plan_search(SearchQuery("flood", limit=2, cursor=first.next), KEY)
    assert [second.position.has(hit.id) for hit in RANKED] == [True, True, False, False, False]
    page = make_page(second, RANKED[2:], DOCUMENTS, total=Total(9), facets={})
    third = plan_search(SearchQuery("flood", limit=2, cursor=page.next), KEY)
    assert [third.position.has(hit.id) for hit in RANKED] == [True, True, True, True, False]


@pytest.mark.parametrize(("offset", "ids", "has_next"), [(0, ["d0", "d1"], True), (3, ["d3", "d4"], False)])
def test_a_numbered_page(offset, ids, has_next):
    query = SearchQuery("", limit=2, offset=offset)
    assert [hit.id for hit in cut_page(plan_search(query, KEY), RANKED)] == ids
    assert (make(query).next is not None) is has_next


def test_a_hit_whose_document_is_gone_is_left_out():
    page = make(SearchQuery("", limit=3), documents={"d0": DOCUMENTS["d0"], "d2": DOCUMENTS["d2"]})
    assert [hit.id for hit in page.hits] == ["d0", "d2"]


@pytest.mark.parametrize(
    ("text", "highlight", "marked"),
    [("headline:flood", True, True), ("body:flood", True, False), ("flood", False, False)],
)
def test_only_terms_of_a_field_are_marked_in_it(text, highlight, marked):
    (hit,) = make(SearchQuery(text, limit=1, highlight=highlight)).hits
    assert (Segment("Flood", marked=True) in hit.headline) is marked


def test_counts_are_ordered_by_number_then_name_and_days_latest_first():
    counts = [FacetCount("b", 2), FacetCount("a", 2), FacetCount("c", 9)]
    assert [count.value for count in order_counts("agency", counts)] == ["c", "a", "b"]
    days = [FacetCount(f"2026-11-{day:02}", day % 3) for day in range(1, 31)]
    assert [count.value for count in order_counts("day", days)][:2] == ["2026-11-30", "2026-11-29"]
    many = [FacetCount(str(number), number) for number in range(300)]
    assert len(order_counts("publisher", many)) == MAX_FACET_VALUES
