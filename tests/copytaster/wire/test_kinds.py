"""Kinds of copy: from labels of headlines, genres and slugs; words that wires and pages use for other things say nothing."""

import pytest

from copytaster.wire.kinds import KINDS, is_press_release_wire, kind_of


@pytest.mark.parametrize(
    ("headline", "kind"),
    [
        ("Analysis: what the cut means", "analysis"), ("Obituary: Ana Reed, dancer", "obituary"),
        ("Ana Reed, dancer \u2013 obituary", "obituary"), ("Nachruf: Der letzte Lotse", "obituary"),
        ("LIVE: Storm hits the coast", "live-blog"), ("Storm hits the coast - as it happened", "live-blog"),
        ("Kommentar: Es reicht", "opinion"), ("Opinion | We must act", "opinion"), ("Factbox: five dates", "fact-box"),
        ("En direct | La gr\u00e8ve s'\u00e9tend", "live-blog"), ("Pressemitteilung: Werk w\u00e4chst", "press-release"),
    ],
)  # fmt: skip
def test_a_label_in_a_headline_says_the_kind(headline, kind):
    assert kind_of((), headline=headline, of_page=True) == kind


@pytest.mark.parametrize(
    "headline",
    ["Talks fail: minister resigns", "Lead: price of a metal falls", "Update: sale closed", "Budget: who pays", "Calls to kill the bill"],
)  # fmt: skip
def test_other_words_before_a_colon_say_none(headline):
    assert kind_of((), headline=headline, of_page=True) is None


def test_of_several_kinds_the_one_that_says_most():
    assert kind_of((), called="Update\nObituary") == "obituary"
    assert kind_of((), called="kill\nobituary") == "kill" == KINDS[0]
    assert kind_of((), called="lead", of_page=True) is None


@pytest.mark.parametrize("name", ["PR Newswire", "BUSINESS WIRE", "news aktuell", "GlobeNewswire", "APA-OTS"])
def test_press_release_wires(name):
    assert is_press_release_wire(name)


@pytest.mark.parametrize("name", ["Reuters", "APA", "dpa", "AAP Newswire", "Dow Jones Newswires", ""])
def test_agencies_are_none(name):
    assert not is_press_release_wire(name)
