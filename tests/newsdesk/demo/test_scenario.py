"""Dispatch files parse into the wires and pages that they describe."""

from __future__ import annotations

from copy import deepcopy

import pytest

from copytaster.errors import ConfigurationError
from newsdesk.demo.outlets import load_outlets
from newsdesk.demo.scenario import Printing, ScriptedPage, parse_dispatch

ENTRY = {
    "place": "YORK",
    "hours": 2,
    "headline": "Bakers agree",
    "headlines": ["Bread peace"],
    "body": "One.\n\nTwo\nlines.\n\nThree.",
    "copies": [
        {"at": "harbour-post", "minutes": 30, "headline": 1, "then": [{"appears": 60, "of": 1}]},
        {"at": "harbour-post", "appears": 90, "headline": "By hand"},
    ],
    "versions": [
        {"marker": "UPDATE 1-", "headline": "Bakers sign", "appears": 50, "body": "New.\n\n@2-3"},
        {"marker": "CORRECTED-", "appears": 80, "page": "same", "body": "@1\n\n@3"},
    ],
}


def read(**changes):
    return parse_dispatch("bakers", {**deepcopy(ENTRY), **changes}, load_outlets())


def test_later_versions_keep_paragraphs_of_the_one_before():
    texts = [wire.paragraphs for wire in read().wires]
    assert texts == [("One.", "Two lines.", "Three."), ("New.", "Two lines.", "Three."), ("New.", "Three.")]


def test_a_version_takes_a_new_page_or_the_one_before():
    own = [page for page in read().pages if page.outlet == "norvane"]
    assert [[printing.wire for printing in page.printings] for page in own] == [[0], [1, 2]]
    assert [printing.offset_s for page in own for printing in page.printings] == [-7200, 50, 80]


def test_copies_are_timed_from_the_filing_or_from_the_start():
    copies = [page for page in read().pages if page.outlet == "harbour-post"]
    assert [[printing.offset_s for printing in page.printings] for page in copies] == [[-5400, 60], [90]]
    assert [[printing.headline for printing in page.printings] for page in copies] == [
        ["Bread peace", "Bakers sign"],
        ["By hand"],
    ]
    assert copies[0].path != copies[1].path


def test_an_unknown_outlet_is_named_with_the_nearest_one():
    with pytest.raises(ConfigurationError, match="harbour-post"):
        read(copies=[{"at": "harbor-post", "minutes": 5}])


@pytest.mark.parametrize(("elapsed", "expected"), [(0, None), (10, 0), (29.9, 0), (30, 1)])
def test_a_page_shows_its_latest_printing(elapsed, expected):
    page = ScriptedPage("harbour-post", "/x", 1, (Printing(10, 0), Printing(30, 1)))
    printing = page.printing_at(elapsed)
    assert (printing.wire if printing else None) == expected
