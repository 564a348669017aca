"""Rules of retention whose names nothing has: they would keep for ever what they should take out."""

import pytest

from newsdesk.operations.retention.unfit import check_rules, find_unfit
from settings import RetentionRule, RetentionSettings
from spiders.sources.config import parse_sources

SOURCES = parse_sources(
    '[publishers."Upland Post"]\nagency = "Upland Press"\n'
    '[[source]]\nname = "harbour-wire"\npublisher = "Upland Post"\nkind = "feed"\n'
    'url = "https://upland.example/feed"\ninterval = "15m"\n'
)


def rule_of(**names):
    return RetentionSettings(rules=(RetentionRule(**names, keep_days=14),))


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"agency": "reuters"}, "did you mean 'Reuters'?"),
        ({"agency": "DPA"}, "did you mean 'dpa'?"),
        ({"agency": "Upland Pres"}, "did you mean 'Upland Press'?"),
        ({"publisher": "Upland Pst"}, "did you mean 'Upland Post'?"),
        ({"source": "harbour-wir"}, "did you mean 'harbour-wire'?"),
        ({"kind": "alerts"}, "did you mean 'alert'?"),
        ({"kind": "nonsense"}, "known: "),
        ({"agency": "Reuters", "kind": "Alert"}, "did you mean 'alert'?"),
    ],
)
def test_a_mistyped_name_is_a_fault_that_names_the_nearest(desk, names, said):
    [found] = find_unfit(desk.store, rule_of(**names), SOURCES)
    assert said in found.sentence
    assert check_rules(desk.store, rule_of(**names), SOURCES).level == "fault"


@pytest.mark.parametrize(
    "names",
    [
        {"agency": "Reuters", "kind": "alert"},
        {"agency": "Upland Press", "publisher": "Upland Post", "source": "harbour-wire"},
        {"kind": "corrected"},
        {},
    ],
)
def test_names_that_are_known_are_left_alone(desk, names):
    assert list(find_unfit(desk.store, rule_of(**names), SOURCES)) == []
    assert check_rules(desk.store, rule_of(**names), SOURCES).level == "ok"


def test_a_name_that_only_stories_have_fits_them(desk):
    desk.bring("https://gone.example/1", "copy", publisher="Gone Gazette")
    assert list(find_unfit(desk.store, rule_of(publisher="Gone Gazette"), SOURCES)) == []


def test_a_name_that_resembles_none_may_still_come(desk):
    [found] = find_unfit(desk.store, rule_of(agency="Zephyr Bulletin"), SOURCES)
    assert "Zephyr Bulletin" in found.sentence
    assert check_rules(desk.store, rule_of(agency="Zephyr Bulletin"), SOURCES).level == "note"
