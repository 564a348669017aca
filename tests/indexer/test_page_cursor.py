"""Cursors: what they carry, and that none is valid for another query, altered, or under another key."""

import pytest

from copytaster.errors import QueryError
from indexer.page_cursor import After, Shown, decode_cursor, encode_cursor, hash_id
from indexer.search import SearchQuery

KEY = b"k" * 32
QUERY = SearchQuery("flood", publishers=("Varda Post",))
POSITIONS = [After(-5, "d1"), After(1_700_000_000_000, "dé"), Shown(frozenset(map(hash_id, ("a", "b", "c"))))]


@pytest.mark.parametrize("position", POSITIONS)
def test_a_cursor_carries_its_position(position):
    assert decode_cursor(encode_cursor(position, QUERY, KEY), QUERY, KEY) == position


@pytest.mark.parametrize("position", POSITIONS)
def test_a_cursor_is_valid_for_its_query_and_key_only(position):
    cursor = encode_cursor(position, QUERY, KEY)
    altered = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    for wrong, query, key in [
        (cursor, SearchQuery("floods", publishers=("Varda Post",)), KEY),
        (cursor, QUERY, b"j" * 32),
        (altered, QUERY, KEY),
        (cursor[:-3], QUERY, KEY),
        ("ü", QUERY, KEY),
    ]:
        with pytest.raises(QueryError):
            decode_cursor(wrong, query, key)


def test_how_pages_look_may_change_between_two_pages():
    cursor = encode_cursor(POSITIONS[0], QUERY, KEY)
    other = SearchQuery("flood", publishers=("Varda Post",), limit=3, facets=("day",), highlight=False)
    assert decode_cursor(cursor, other, KEY) == POSITIONS[0]


def test_shown_knows_the_ids_of_earlier_pages():
    assert POSITIONS[2].has("b")
    assert not POSITIONS[2].has("d")
    assert not Shown(frozenset()).has("b")
