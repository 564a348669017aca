"""A search that finds nothing, in every adapter: words put right, pasted leads, and what would find something."""

import pytest

from indexer.helped_search import search_helped
from indexer.search import SearchQuery

VALE = (
    "The government said on Monday that the elections in Vale ended in a draw after both camps had counted 340 votes. "
    "A second round follows in June."
)


@pytest.fixture
def filled(index, action):
    index.write(
        [
            action(
                "vale",
                headline="Government elections end in draw",
                body=VALE,
                language="en",
                agency="Norrland Wire",
            ),
            action("quay", headline="North quay to be rebuilt", body="Two piers had sunk.", language="en"),
            action(
                "wahl",
                headline="Wahlen in Vale",
                body="Die Regierung zählt.",
                languages=["de"],
                language="de",
            ),
            action(
                "brand",
                headline="Brand in Müllverbrennungsanlage",
                body="Ein Wagen der Arbeiter am Hafen fing Feuer, der Streik geht weiter.",
                languages=["de"],
                language="de",
            ),
        ]
    )
    return index


def find(index, text, **options):
    return {hit.id for hit in search_helped(index, SearchQuery(text, **options)).page.hits}


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("goverment", {"vale"}),
        ("govrenment electoins", {"vale"}),
        ("north quya", {"quay"}),
        ("(quay OR goverment) draw", {"vale"}),
        ("election", {"vale"}),
        ("pier", {"quay"}),
        ("Wahl", {"wahl"}),
        ("Müllverbrennung", {"brand"}),
        ("hafenarbeiterstreik", {"brand"}),
        ("Streik headline:Müllverbrennung", {"brand"}),
        ("Verbrennungswagen", {"brand"}),
        ("Hafenregierung", set()),  # a harbour in one dispatch, a government in the other
        ("kajstrejk", set()),  # of a language that no dispatch has
        ("sinking zebras", set()),
        (VALE.replace("340", "341"), {"vale"}),
        (f"{VALE} {VALE}", {"vale"}),
        ("Vale said nothing. " * 100 + VALE, {"vale"}),
        ("the elections in Vale ended in a draw, our reporter writes", {"vale"}),
    ],
)
def test_what_was_meant_is_found_in_every_adapter(filled, text, ids):
    assert find(filled, text) == ids


def test_the_word_put_right_is_named(filled):
    helped = search_helped(filled, SearchQuery("goverment draw"))
    assert (helped.followed.kind, helped.followed.named, helped.query.text) == (
        "word",
        "government draw",
        "government draw",
    )
    offered = search_helped(filled, SearchQuery("goverment draw"), follow=False)
    assert (offered.page.hits, offered.followed) == ((), None)
    assert [(offer.kind, offer.query.text, offer.total) for offer in offered.offers] == [
        ("word", "government draw", 1)
    ]


def test_parts_of_a_compound_are_named_beside_what_has_the_compound(filled, action):
    filled.write(
        [action("streik", headline="Hafenstreik endet", body="Am Kai.", languages=["de"], language="de")]
    )
    helped = search_helped(filled, SearchQuery("Hafenstreik"))
    assert [hit.id for hit in helped.page.hits] == ["streik"]
    assert [(offer.kind, offer.query.text, offer.total) for offer in helped.offers] == [
        ("parts", "(hafen streik)", 2)
    ]


def test_filters_and_words_that_leave_nothing_are_named(filled):
    helped = search_helped(filled, SearchQuery("draw", agencies=("Nobody",)))
    assert [(offer.kind, offer.named, offer.total) for offer in helped.offers] == [("filter", "agency", 1)]
    helped = search_helped(filled, SearchQuery("zebras draw"))
    assert [(offer.kind, offer.named, offer.total) for offer in helped.offers] == [("less", "draw", 1)]


def test_a_search_that_finds_enough_is_left_alone(filled):
    helped = search_helped(filled, SearchQuery("quay"))
    assert (helped.followed, helped.offers) == (None, ())


def test_all_words_in_the_headline_come_first(index, action):
    index.write(
        [
            action(
                "body",
                headline="Markets",
                body="The quay and the ferry. " * 5,
                published_at="2026-11-20T13:00:00Z",
            ),
            action(
                "head",
                headline="Ferry rams quay in fog and several boats are lost at sea",
                body="It was dark.",
            ),
        ]
    )
    assert [hit.id for hit in index.search(SearchQuery("quay ferry")).hits] == ["head", "body"]


def test_near_words_and_their_documents(filled):
    near = filled.find_near(["goverment", "quay", "xq"])
    assert near["goverment"] == {"government": 1}
    assert near["quay"] == {"quay": 1}
    assert near["xq"] == {}
