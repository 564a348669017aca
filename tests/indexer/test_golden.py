"""The same searches find the same dispatches in every adapter."""

import tomllib
from pathlib import Path

import pytest

from indexer.search import SearchQuery

GOLDEN = tomllib.loads(Path(__file__).with_name("golden.toml").read_text(encoding="utf-8"))


@pytest.fixture
def filled(index, action):
    index.write([action(fields.pop("id"), **fields) for fields in map(dict, GOLDEN["document"])])
    return index


def find(index, text, **options):
    return {hit.id for hit in index.search(SearchQuery(text, limit=100, **options)).hits}


def test_there_are_enough_golden_queries():
    assert len(GOLDEN["query"]) >= 100


def test_every_golden_query(filled):
    wrong = {
        case["text"]: (found, set(case["ids"]))
        for case in GOLDEN["query"]
        if (found := find(filled, case["text"])) != set(case["ids"])
    }
    assert not wrong


def test_an_empty_text_finds_all_but_what_was_merged_away(filled):
    assert find(filled, " ") == {document["id"] for document in GOLDEN["document"]} - {"gone"}


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({"agencies": ("Norrland Wire",)}, {"dam", "truce", "lodz"}),
        ({"agencies": ("norrland wire",)}, set()),
        ({"agencies": ("Norrland",)}, set()),
        ({"agencies": ("nda", "Agence Midi")}, {"muenchen", "actor"}),
        ({"agencies": ("Norrland Wire",), "publishers": ("Kolm Telegraph",)}, {"dam", "truce"}),
        ({"languages": ("zh", "ja")}, {"beijiang", "minato"}),
        ({"markers": ("corrected",)}, {"muller"}),
        ({"states": ("withdrawn",)}, {"killed"}),
        ({"states": ("merged",)}, {"gone"}),
        ({"ids": ("dam", "lodz", "nowhere", "gone")}, {"dam", "lodz"}),
        ({"ids": ()}, set()),
        ({"ids": ("dam", "lodz"), "without_ids": ("lodz", "nowhere")}, {"dam"}),
        ({"languages": ("zh", "ja"), "without_ids": ("minato",)}, {"beijiang"}),
        (
            {"ids": ("dam", "lodz"), "agencies": ("Norrland Wire",), "publishers": ("Kolm Telegraph",)},
            {"dam"},
        ),
    ],
)
def test_filters_are_exact(filled, options, ids):
    assert find(filled, "", **options) == ids


def test_filters_narrow_a_text(filled):
    assert find(filled, "tram", states=("live",)) == {"lodz"}
    assert find(filled, "tram", ids=("lodz", "dam")) == {"lodz"}
    assert find(filled, "tram", ids=("dam",)) == set()
    assert find(filled, "tram", without_ids=("lodz",), states=("live",)) == set()
    assert find(filled, "bank", agencies=("Borsa",), publishers=("Varda Post",)) == {"rates-old"}
