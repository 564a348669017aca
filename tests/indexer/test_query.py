"""What is typed, read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.errors import QueryError
from indexer.embedded import EmbeddedIndex
from indexer.port import SearchQuery
from indexer.query import ParsedQuery, Term, parse_query


def plain(*words, **more):
    return Term(words, **more)


@pytest.mark.parametrize(
    ("text", "required", "excluded"),
    [
        ("", (), ()),
        ("grain Corridor", ((plain("grain"),), (plain("corridor"),)), ()),
        ('"has died"', ((plain("has", "died", exact=True),),), ()),
        ("a OR b c", ((plain("a"), plain("b")), (plain("c"),)), ()),
        ("OR a OR", ((plain("a"),),), ()),
        ("a -b NOT c", ((plain("a"),),), (plain("b"), plain("c"))),
        ("-b", (), (plain("b"),)),
        ("prot*", ((plain("prot", prefix=True),),), ()),
        ("cease-fire", ((plain("cease", "fire"),),), ()),
        ("headline:flood", ((plain("flood", field="headline"),),), ()),
        ('agency:"Al Dafa"', ((plain("al", "dafa", field="agency"),),), ()),
        ("12:30 said:no", ((plain("12", "30"),), (plain("said", "no"),)), ()),
        ("5 per cent", ((plain("5"),), (plain("percent"),)), ()),
        ('"unclosed words', ((plain("unclosed", "words", exact=True),),), ()),
    ],
)
def test_reading(text, required, excluded):
    assert parse_query(text) == ParsedQuery(required, excluded)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x" * 513, "512"),
        ("word " * 33, "32 words"),
        ('"' + "word " * 33 + '"', "32 words"),
        ("?!", "no word"),
        ('""', "no word"),
        ("a*", "beginning"),
    ],
)
def test_what_cannot_be_searched_is_refused(text, says):
    with pytest.raises(QueryError, match=says):
        parse_query(text)


def test_the_bounds_themselves_are_accepted():
    assert len(parse_query("word " * 32).required) == 32
    assert parse_query("x" * 512)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    index = EmbeddedIndex(tmp_path_factory.mktemp("small") / "index.sqlite")
    index.setup()
    yield index
    index.close()


FRAGMENTS = st.sampled_from(
    [
        '"',
        "*",
        "-",
        "OR",
        "AND",
        "NOT",
        "NEAR(",
        ")",
        ":",
        "headline:",
        "{",
        "}",
        "^",
        "+",
        "'",
        "a",
        "b c",
        "中",
        "%",
        "\0",
    ]
)


@given(st.lists(FRAGMENTS | st.text(max_size=4), max_size=20).map("".join))
def test_no_text_is_an_error_of_the_index(small, text):
    try:
        query = parse_query(text)
    except QueryError:
        return
    page = small.search(SearchQuery(text))
    assert page.total.value == 0
    assert bool(query) == bool(text.strip())
