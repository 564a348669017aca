"""The contract of every search index, run on each adapter."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from copytaster.errors import QueryError, UsageError
from indexer.embedded import EmbeddedIndex
from indexer.port import IndexAction
from indexer.search import FACETS, FacetCount, SearchQuery, Segment, Total


def ids(page):
    return [hit.id for hit in page.hits]


def walk(index, query_of, *, between=lambda: None):
    """Every hit over all pages, by cursor."""
    found, cursor = [], None
    while True:
        page = index.search(query_of(cursor))
        found += ids(page)
        between()
        if page.next is None:
            return found
        cursor = page.next


def test_a_newer_version_takes_the_place_of_an_older_one(index, action):
    index.write([action("d", version=2, headline="second")])
    outcome = index.write([action("d", version=1, headline="first")])
    assert [item.status for item in outcome.items] == ["done"]
    assert index.get("d")["headline"] == "second"
    index.write([action("d", version=2, headline="second, changed")])
    assert index.get("d")["headline"] == "second"
    index.write([action("d", version=3, headline="third")])
    assert index.get("d")["headline"] == "third"
    assert ids(index.search(SearchQuery("second"))) == []
    assert ids(index.search(SearchQuery("third"))) == ["d"]
    assert index.count() == 1


def test_what_left_is_removed_unless_it_is_newer(index, action):
    index.write([action("old", version=2), action("new", version=9), action("other", version=2)])
    index.remove({"old": 5, "new": 5, "unknown": 5, "story-7": 5})
    index.refresh()
    assert index.get("old") is None
    assert sorted(ids(index.search(SearchQuery("")))) == ["new", "other"]
    assert index.count() == 2
    assert index.write([action("old", version=6)]).items[0].status == "done"
    assert index.get("old") is not None


def test_the_largest_version_fits(index, action):
    assert index.write([action("d", version=2**63 - 1)]).items[0].status == "done"
    assert index.write([action("e", version=2**63)]).items[0].status == "quarantine"


@pytest.mark.parametrize(
    "poison", [b"{", b"[]", b'{"dispatch_id": "x"}', b"\xff", b'{"state": 1, "published_at": null}']
)
def test_a_poisonous_document_is_set_aside_alone(index, action, poison):
    outcome = index.write([action("a"), IndexAction("x", 1, poison), action("b")])
    assert [item.status for item in outcome.items] == ["done", "quarantine", "done"]
    assert outcome.items[1].reason
    assert index.count() == 2


def test_a_dispatch_twice_in_a_batch_keeps_the_newest(index, action):
    index.write([action("d", version=2, headline="two"), action("d", version=1, headline="one")])
    assert index.get("d")["headline"] == "two"


def test_an_unknown_id_is_none(index):
    assert index.get("nothing") is None


def test_setting_up_twice_keeps_documents(index, action):
    index.write([action("d")])
    index.setup()
    assert index.count() == 1


def test_health_says_that_searches_work(index, action):
    assert index.health().ok
    index.write([action("d")])
    assert index.health().ok
    assert index.count() == 1


def test_a_word_in_the_headline_ranks_higher(index, action):
    index.write(
        [
            action("body", headline="Quiet night", body="The flood came. " + "Nothing else was said. " * 5),
            action("head", headline="Flood", body="It came. " + "Nothing else was said. " * 5),
            action("none", headline="Drought", body="It stayed."),
        ]
    )
    page = index.search(SearchQuery("flood"))
    assert ids(page) == ["head", "body"]
    assert page.hits[0].score > page.hits[1].score > 0


def test_newest_first_with_ties_by_id(index, action):
    index.write(
        [
            action("c", news_at="2026-11-20T10:00:00Z"),
            action("a", news_at="2026-11-20T10:00:00Z"),
            action("b", news_at="2026-11-20T10:00:01Z"),
        ]
    )
    assert ids(index.search(SearchQuery(sort="newest"))) == ["b", "a", "c"]
    assert ids(index.search(SearchQuery())) == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        (datetime(2026, 11, 20, tzinfo=UTC), None, {"second", "third"}),
        (None, datetime(2026, 11, 20, tzinfo=UTC), {"first"}),
        (datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC), {"second"}),
        (
            datetime.fromisoformat("2026-11-20T01:00:00+01:00"),
            datetime.fromisoformat("2026-11-20T01:00:01+01:00"),
            {"second"},
        ),
    ],
)
@pytest.mark.parametrize("text", ["", "same"])
def test_time_range_holds_its_beginning_and_not_its_end(index, action, text, since, until, found):
    moments = {
        "first": "2026-11-19T23:59:59Z",
        "second": "2026-11-20T00:00:00Z",
        "third": "2026-11-20T23:59:59Z",
    }
    index.write([action(name, headline="same", published_at=moment) for name, moment in moments.items()])
    assert set(ids(index.search(SearchQuery(text, since=since, until=until)))) == found


def test_facets_count_every_hit_and_not_only_the_page(index, action):
    index.write(
        [
            action(
                f"d{number}",
                headline="flood" if number % 2 else "fire",
                agency="Borsa" if number % 3 else None,
                publishers=["Post", "Line"] if number % 5 else ["Post"],
                languages=["en"],
                markers=["update"] * (number == 7),
                published_at=f"2026-11-{10 + number % 4}T00:00:00Z",
            )
            for number in range(60)
        ]
    )
    for text, chosen in (("flood", [n for n in range(60) if n % 2]), ("", list(range(60)))):
        page = index.search(SearchQuery(text, limit=1, facets=FACETS))
        assert page.total == Total(len(chosen), "eq")
        assert page.facets["agency"] == (FacetCount("Borsa", sum(1 for n in chosen if n % 3)),)
        assert page.facets["publisher"] == (
            FacetCount("Post", len(chosen)),
            FacetCount("Line", sum(1 for n in chosen if n % 5)),
        )
        assert page.facets["language"] == (FacetCount("en", len(chosen)),)
        assert page.facets["marker"] == (FacetCount("update", 1),)
        days = sorted({10 + n % 4 for n in chosen}, reverse=True)
        assert page.facets["day"] == tuple(
            FacetCount(f"2026-11-{day}", sum(1 for n in chosen if 10 + n % 4 == day)) for day in days
        )


@pytest.mark.parametrize("text", ["", "flood"])
def test_a_facet_counts_what_each_further_choice_would_bring(index, action, text):
    agencies = ["Borsa", "nda", "Midi"]
    index.write(
        [
            action(
                f"d{number}",
                headline="flood",
                agency=agencies[number % 3],
                publishers=["Post"] if number % 2 else ["Line"],
            )
            for number in range(12)
        ]
    )
    page = index.search(
        SearchQuery(text, agencies=("Borsa", "nda"), publishers=("Post",), facets=("agency", "publisher"))
    )
    assert page.total == Total(4)
    assert page.facets["agency"] == (FacetCount("Borsa", 2), FacetCount("Midi", 2), FacetCount("nda", 2))
    assert page.facets["publisher"] == (FacetCount("Line", 4), FacetCount("Post", 4))
    for further, total in (("Midi", 6), ("unknown", 4)):
        more = SearchQuery(text, agencies=("Borsa", "nda", further), publishers=("Post",))
        assert index.search(more).total == Total(total)


@pytest.mark.parametrize("text", ["", "flood"])
def test_without_a_value_of_a_filter(index, action, text):
    index.write(
        [
            action("a", headline="flood", agency="Borsa", publishers=["Post", "Line"], markers=["alert"]),
            action("b", headline="flood", agency="Borsa", publishers=["Post"]),
            action("c", headline="flood", agency="nda", publishers=["Line"]),
        ]
    )

    def find(*without, **more):
        page = index.search(SearchQuery(text, without=without, facets=("agency",), **more))
        return set(ids(page)), {count.value: count.count for count in page.facets["agency"]}

    assert find() == ({"a", "b", "c"}, {"Borsa": 2, "nda": 1})
    assert find(("publisher", "Line")) == ({"b"}, {"Borsa": 1})
    assert find(("agency", "Borsa")) == ({"c"}, {"nda": 1})
    assert find(("publisher", "Line"), ("agency", "Borsa")) == (set(), {})
    assert find(("marker", "alert"), agencies=("Borsa",)) == ({"b"}, {"Borsa": 1, "nda": 1})
    assert find(("publisher", "never carried it")) == find()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("FACTBOX", {"box", "word"}),
        ("factbox flood", {"box"}),
        ("INSTANT VIEW", {"view"}),
        ("instant view", set()),
        ("EILMELDUNG", {"alert"}),
        ("eilmeldung", set()),
        ("flood -FACTBOX", {"view", "alert"}),
        ("FACTBOX OR EILMELDUNG", {"box", "word", "alert"}),
        ("body:factbox", set()),
    ],
)
def test_words_of_chips_are_found(index, action, text, found):
    index.write(
        [
            action("box", headline="Flood of the Varda", markers=["factbox"]),
            action("word", headline="How a factbox is made"),
            action("view", headline="Flood costs", markers=["instant-view"]),
            action("alert", headline="Flood reaches Kolm", markers=["alert"]),
        ]
    )
    assert set(ids(index.search(SearchQuery(text)))) == found


def test_facets_follow_what_is_rewritten_and_merged_away(index, action):
    index.write([action("a", agency="Borsa"), action("b", agency="Borsa")])
    index.write(
        [
            action("a", version=2, agency="nda"),
            action("b", version=2, state="merged", publishers=[], languages=[]),
        ]
    )
    page = index.search(SearchQuery(facets=("agency", "publisher")))
    assert page.total == Total(1)
    assert page.facets == {"agency": (FacetCount("nda", 1),), "publisher": (FacetCount("Varda Post", 1),)}


def test_facet_values_are_whole(index, action):
    index.write(
        [action("a", agency="Agence Midi"), action("b", agency="agence midi"), action("c", agency="Agence")]
    )
    page = index.search(SearchQuery(facets=("agency",)))
    assert {count.value for count in page.facets["agency"]} == {"Agence Midi", "agence midi", "Agence"}


def test_only_facets_that_were_asked_for(index, action):
    index.write([action("a", headline="flood")])
    assert index.search(SearchQuery("flood")).facets == {}
    assert set(index.search(SearchQuery("flood", facets=("day",))).facets) == {"day"}


@pytest.mark.parametrize(
    "options",
    [
        {"text": "same"},
        {"text": "same", "sort": "newest"},
        {"text": ""},
        {"text": "", "agencies": ("Borsa",)},
    ],
)
def test_a_thousand_documents_of_one_moment_are_each_found_once(index, action, options):
    index.write([action(f"d{number:04}", headline="same", agency="Borsa") for number in range(1000)])
    found = walk(index, lambda cursor: SearchQuery(**options, limit=97, cursor=cursor))
    assert len(found) == len(set(found)) == 1000


@pytest.mark.parametrize("sort", ["relevance", "newest"])
def test_no_hit_comes_twice_while_others_write(index, action, sort):
    """Every page is followed by new documents and new versions, which move scores and places."""
    index.write(
        [
            action(f"d{number:03}", headline="same " * (1 + number % 3), body="word " * number)
            for number in range(200)
        ]
    )
    rounds = iter(range(1000))

    def write_more():
        number = next(rounds)
        index.write(
            [
                action(
                    f"new{number}-{n}",
                    headline="same same " + "word " * n,
                    news_at="2026-11-21T00:00:00Z",
                )
                for n in range(9)
            ]
        )
        index.write(
            [action(f"d{number:03}", version=2, headline="same other", news_at="2026-11-22T00:00:00Z")]
        )

    found = walk(
        index, lambda cursor: SearchQuery("same", sort=sort, limit=20, cursor=cursor), between=write_more
    )
    assert len(found) == len(set(found))
    unwritten = {f"d{number:03}" for number in range(50, 200)}
    assert unwritten <= set(found)


def test_without_the_cursor_s_memory_hits_do_come_twice(index, action):
    """The control: the same walk by page numbers shows hits twice, so the test above can fail."""
    index.write([action(f"d{number:03}", headline="same") for number in range(60)])
    first = index.search(SearchQuery("same", sort="newest", limit=30))
    index.write([action("new", headline="same", news_at="2026-11-21T00:00:00Z")])
    second = index.search(SearchQuery("same", sort="newest", limit=30, offset=30))
    assert set(ids(first)) & set(ids(second))


def test_page_numbers_and_the_cursor_after_them(index, action):
    index.write([action(f"d{number:02}", headline="same") for number in range(30)])
    third = index.search(SearchQuery("same", limit=5, offset=10))
    assert ids(third) == ["d10", "d11", "d12", "d13", "d14"]
    fourth = index.search(SearchQuery("same", limit=5, cursor=third.next))
    assert ids(fourth) == ["d15", "d16", "d17", "d18", "d19"]
    assert third.total == fourth.total == Total(30)


def test_the_last_page_has_no_next(index, action):
    index.write([action(f"d{number}", headline="same") for number in range(4)])
    for text in ("", "same"):
        page = index.search(SearchQuery(text, limit=2))
        assert index.search(SearchQuery(text, limit=2, cursor=page.next)).next is None


@pytest.mark.parametrize(
    "change",
    [
        lambda cursor: cursor[:-4] + ("AAAA" if cursor[-4:] != "AAAA" else "BBBB"),
        lambda cursor: "A" + cursor[1:] if cursor[0] != "A" else "B" + cursor[1:],
        lambda _: "nonsense",
        lambda _: "é",
        lambda _: "A",
    ],
)
def test_a_forged_cursor_is_refused(index, action, change):
    index.write([action(f"d{number}", headline="same") for number in range(4)])
    cursor = index.search(SearchQuery("same", limit=2)).next
    with pytest.raises(QueryError):
        index.search(SearchQuery("same", limit=2, cursor=change(cursor)))


def test_a_cursor_is_good_for_its_own_search_only(index, action):
    index.write([action(f"d{number}", headline="same other") for number in range(4)])
    cursor = index.search(SearchQuery("same", limit=2)).next
    with pytest.raises(QueryError):
        index.search(SearchQuery("other", limit=2, cursor=cursor))
    assert index.search(SearchQuery("same", limit=1, facets=("day",), cursor=cursor)).hits


@pytest.mark.parametrize(
    "options",
    [
        {"limit": 0},
        {"limit": 101},
        {"offset": -1},
        {"offset": 990, "limit": 11},
        {"offset": 1, "cursor": "x"},
        {"since": datetime(2026, 11, 20)},  # noqa: DTZ001 - that is the point
    ],
)
def test_values_out_of_bounds_are_refused(options):
    with pytest.raises(UsageError):
        SearchQuery(**options)


def test_marks_are_pieces_of_plain_text(index, action):
    index.write([action("d", headline="<b>Flood</b> & <script>", body="A <flood>\n\nof words.")])
    hit = index.search(SearchQuery("flood")).hits[0]
    assert hit.headline == (Segment("<b>"), Segment("Flood", marked=True), Segment("</b> & <script>"))
    assert hit.excerpt == (Segment("A <"), Segment("flood", marked=True), Segment("> of words."))


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("uberfluss", ["Überfluß"]),
        ('"gates of the"', ["gates of the"]),
        ("gat*", ["gates", "gateway"]),
        ("gates OR river", ["gates", "river"]),
        ("gates -rain", ["gates"]),
        ("headline:gates", []),
    ],
)
def test_what_is_marked_in_the_excerpt(index, action, text, marked):
    index.write(
        [action("d", headline="Dam gates", body="Überfluß: the gates of the dam, a gateway to the river.")]
    )
    hit = index.search(SearchQuery(text)).hits[0]
    assert [segment.text for segment in hit.excerpt if segment.marked] == marked


def test_a_long_story_is_found_by_its_last_sentence_and_shown_there(index, action):
    body = (
        "\n\n".join(["Nothing of note was said in this paragraph at all."] * 4000)
        + "\n\nThe heron returned at dusk."
    )
    assert len(body) > 200_000
    index.write([action("long", body=body)])
    hit = index.search(SearchQuery('"heron returned"')).hits[0]
    text = "".join(segment.text for segment in hit.excerpt)
    assert "The heron returned at dusk." in text
    assert len(text) < 300


def test_without_highlight_nothing_is_marked(index, action):
    index.write([action("d", headline="Flood", body="flood " * 200)])
    hit = index.search(SearchQuery("flood", highlight=False)).hits[0]
    assert hit.headline == (Segment("Flood"),)
    assert not any(segment.marked for segment in hit.excerpt)


def test_any_order_any_repetition_same_index(index, action):
    """The same documents written in another way give the same pages, scores included.

    A server counts documents that were written over until it has merged them away, so that its scores move a little.
    """
    corpus = json.loads(json.dumps([f"flood {'rain ' * (n % 7)}{'mud' * (n % 2)}" for n in range(40)]))
    index.write([action(f"d{n:02}", version=9, headline=text) for n, text in enumerate(corpus)])
    before = index.search(SearchQuery("flood rain", limit=100, facets=FACETS))
    for version in (3, 12, 5, 12):
        for n in reversed(range(40)):
            index.write(
                [action(f"d{n:02}", version=version, headline=corpus[n] if version == 12 else "other words")]
            )
    after = index.search(SearchQuery("flood rain", limit=100, facets=FACETS))
    if isinstance(index, EmbeddedIndex):
        assert [(hit.id, hit.score) for hit in after.hits] == [(hit.id, hit.score) for hit in before.hits]
    assert {hit.id: dict(hit.document) for hit in after.hits} == {
        hit.id: dict(hit.document) for hit in before.hits
    }
    assert after.facets == before.facets


@pytest.mark.parametrize("text", ["", "same"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"])
def test_days_are_counted_where_the_desk_is(index, action, text, zone):
    """A day's count equals the hits of a search for that day, on days when the clocks change too."""
    moments = [datetime(2026, 10, 23, tzinfo=UTC) + timedelta(minutes=37 * number) for number in range(120)]
    index.write(
        [
            action(f"d{n}", headline="same", published_at=f"{moment:%Y-%m-%dT%H:%M:%SZ}")
            for n, moment in enumerate(moments)
        ]
    )
    counts = index.search(SearchQuery(text, facets=("day",), timezone=zone)).facets["day"]
    assert sum(count.count for count in counts) == 120
    for count in counts:
        begin = datetime.fromisoformat(count.value).replace(tzinfo=ZoneInfo(zone))
        day = SearchQuery(text, since=begin, until=begin + timedelta(days=1))  # by the wall clock
        assert index.search(day).total.value == count.count


def test_an_unknown_zone_is_refused():
    with pytest.raises(UsageError, match="Berlin"):
        SearchQuery(timezone="Europe/Belrin")
