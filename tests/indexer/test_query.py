"""Parsing what a person types."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.errors import QueryError, UsageError
from indexer.days import Span
from indexer.embedded import EmbeddedIndex
from indexer.query import ParsedQuery, Term, parse_query, read_query
from indexer.search import MAX_VALUE_LENGTH, MAX_VALUES, FacetCount, SearchQuery


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
        ("Factbox", ((plain("factbox"), plain("factbox", field="marker")),), ()),
        ("EILMELDUNG", ((plain("eilmeldung"), plain("alert", field="marker")),), ()),
        ("-EXCLUSIVE", (), (plain("exclusive"), plain("exclusive", field="marker"))),
        ("headline:exclusive focus", ((plain("exclusive", field="headline"),), (plain("focus"),)), ()),
        ('"unclosed words', ((plain("unclosed", "words", exact=True),),), ()),
        ("(strike OR walkout) docks", ((plain("strike"), plain("walkout")), (plain("docks"),)), ()),
        (
            "(aa bb) OR (cc dd)",
            (
                (plain("aa"), plain("cc")),
                (plain("aa"), plain("dd")),
                (plain("bb"), plain("cc")),
                (plain("bb"), plain("dd")),
            ),
            (),
        ),
        ("docks -(strike OR walkout)", ((plain("docks"),),), (plain("strike"), plain("walkout"))),
        ("NOT (strike) docks", ((plain("docks"),),), (plain("strike"),)),
        (
            "headline:(flood OR storm)",
            ((plain("flood", field="headline"), plain("storm", field="headline")),),
            (),
        ),
        ("EU (European Union)", ((plain("eu"),), (plain("european"),), (plain("union"),)), ()),
        ("f(x) ((y", ((plain("f", "x"),), (plain("y"),)), ()),
        ("aa) bb", ((plain("aa"),), (plain("bb"),)), ()),
    ],
)
def test_reading(text, required, excluded):
    assert parse_query(text) == ParsedQuery(required, excluded)


@pytest.mark.parametrize("field", ["slug", "dateline", "agency", "publisher", "family", "language", "marker"])
def test_names_are_looked_up_without_regard_to_spelling(field):
    assert parse_query(f'{field}:"São-Tomé"') == ParsedQuery(((plain("sao", "tome", field=field),),))
    assert parse_query(f"-{field}:São*") == ParsedQuery((), (plain("sao", prefix=True, field=field),))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-11", date(2026, 11, 1), date(2026, 11, 30)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-11-20", date(2026, 11, 20), date(2026, 11, 20)),
        ("2026-11-18..2026-11-20", date(2026, 11, 18), date(2026, 11, 20)),
        ("2025..2026-02", date(2025, 1, 1), date(2026, 2, 28)),
        ("2026-11-18..", date(2026, 11, 18), None),
        ("..2026-11-20", None, date(2026, 11, 20)),
    ],
)
def test_a_time_is_whole_days(text, first, last):
    assert parse_query(f"time:{text} flood").within == (Span(first, last),)
    assert parse_query(f"flood -time:{text}").without == (Span(first, last),)
    assert parse_query(f"flood NOT time:{text} rain").without == (Span(first, last),)


def test_days_begin_at_midnight_of_the_zone():
    since, until = Span(date(2026, 3, 29), date(2026, 3, 29)).bounds("Europe/Berlin")
    assert (since, until) == (
        datetime(2026, 3, 28, 23, tzinfo=UTC),
        datetime(2026, 3, 29, 22, tzinfo=UTC),  # the clocks went forward
    )
    assert Span(None, None).bounds("UTC") == (None, None)


def test_days_of_a_search_are_counted_in_its_zone(index, action):
    index.write([action("late", published_at="2026-11-19T23:30:00Z"), action("noon")])
    for timezone, found in (("UTC", {"noon"}), ("Europe/Berlin", {"late", "noon"})):
        page = index.search(SearchQuery("time:2026-11-20", timezone=timezone))
        assert {hit.id for hit in page.hits} == found


def test_relations_are_found_and_left_out(index, action):
    index.write(
        [
            action("a", headline="Flood", relations=["altered", "retold"]),
            action("b", headline="Flood", relations=["retelling"]),
            action("c", headline="Flood", relations=[]),
        ]
    )
    for text, found in (
        ("relation:altered", {"a"}),
        ('flood relation:"Altered"', {"a"}),
        ("relation:altered relation:retold", {"a"}),
        ("relation:altered relation:retelling", set()),
        ("-relation:altered", {"b", "c"}),
        ("flood NOT relation:retelling -relation:retold", {"c"}),
        ("relation:translated", set()),
        ("-relation:translated", {"a", "b", "c"}),
    ):
        assert {hit.id for hit in index.search(SearchQuery(text)).hits} == found, text


def test_kinds_of_copy_are_a_field_a_filter_and_a_facet(index, action):
    index.write(
        [
            action("a", headline="Flood", kind="update", kinds=["alert", "update"]),
            action("b", headline="Flood", kind="press-release", kinds=["press-release"]),
            action("c", headline="Flood"),
        ]
    )
    for text, found in (
        ("kind:update", {"a"}),
        ("flood kind:alert", {"a"}),
        ('kind:"press release"', {"b"}),
        ("-kind:press-release", {"a", "c"}),
        ("kind:obituary", set()),
    ):
        assert {hit.id for hit in index.search(SearchQuery(text)).hits} == found, text
    page = index.search(SearchQuery("flood", kinds=("update",), facets=("kind",)))
    assert {hit.id for hit in page.hits} == {"a"}
    assert {(one.value, one.count) for one in page.facets["kind"]} == {
        ("alert", 1),
        ("update", 1),
        ("press-release", 1),
    }
    with pytest.raises(QueryError, match="no kind 'novel'"):
        index.search(SearchQuery("kind:novel"))


def test_single_fields_stand_beside_the_text(index, action):
    index.write(
        [
            action("a", headline="Flood warning", body="Rain.", slugline="FLOOD/", places=["Kolm"]),
            action("b", headline="Flood", body="Rain and a warning.", slugline="RAIN/", places=["Osk"]),
        ]
    )
    for text, fields, found in (
        ("flood", (("headline", "warning"),), {"a"}),
        ("", (("headline", "flood -warning"),), {"b"}),
        ("rain", (("slug", '"flood"'),), {"a"}),
        ("", (("dateline", "kolm OR osk"), ("body", "an* warning")), {"b"}),
        ("", (("headline", "body:rain"),), {"a", "b"}),
        ("", (("slug", "flood"), ("dateline", "osk")), set()),
    ):
        page = index.search(SearchQuery(text, fields=fields))
        assert {hit.id for hit in page.hits} == found, (text, fields)


def test_owners_are_a_filter_and_a_facet(index, action):
    index.write(
        [
            action("a", publishers=["Post", "Evening"], families=["House"]),
            action("b", publishers=["Post", "Line"], families=["House", "Line"]),
            action("c", publishers=["Line"], families=["Line"]),
        ]
    )
    page = index.search(SearchQuery(families=("House",), facets=("family",)))
    assert {hit.id for hit in page.hits} == {"a", "b"}
    assert page.facets["family"] == (FacetCount("House", 2), FacetCount("Line", 2))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("time:yesterday", "not a day"),
        ("time:2026-13", "not a day"),
        ("time:2026-02-30", "not a day"),
        ("time:12:30", "not a day"),
        ("time:1066", "not a day"),
        ("flood OR time:2026", "no alternative"),
        ("flood time:2026 OR rain", "no alternative"),
        ("state:dead", "no state"),
        ("relation:alterd", "altered"),
        ("flood OR relation:altered", "no alternative"),
        ("? " * 400, "no word"),
        ("-(flood storm)", "joined by OR"),
        ("-(flood -storm)", "joined by OR"),
        ("flood OR (time:2026)", "no alternative"),
        ("(flood time:2026) OR rain", "no alternative"),
        ("(" * 9 + "flood", "brackets within brackets"),
        (" OR ".join("(aa bb cc dd)" for _ in range(4)), "too many alternatives"),
        ("()", "no word"),
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


def test_words_of_all_fields_count_together():
    fields = (("headline", "word " * 16), ("body", "word " * 16))
    assert len(read_query(SearchQuery(fields=fields)).required) == 32
    with pytest.raises(QueryError, match="32 words"):
        read_query(SearchQuery(text="word", fields=fields))


@pytest.mark.parametrize("name", ["agencies", "publishers", "families", "languages", "markers"])
def test_the_values_of_a_filter_are_limited(name):
    SearchQuery(**{name: ("x" * MAX_VALUE_LENGTH,) * MAX_VALUES})
    with pytest.raises(UsageError, match=f"at most {MAX_VALUES}"):
        SearchQuery(**{name: ("x",) * (MAX_VALUES + 1)})
    with pytest.raises(UsageError, match=f"at most {MAX_VALUE_LENGTH} characters"):
        SearchQuery(**{name: ("x" * (MAX_VALUE_LENGTH + 1),)})


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
        "slug:",
        "time:",
        "time:2026",
        "state:live",
        "relation:",
        "relation:altered",
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
