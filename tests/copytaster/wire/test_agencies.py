"""Agency names in many spellings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.wire.agencies import (
    AGENCY_NAMES,
    agency_of_publisher,
    canonical_agency,
    match_agency,
    may_name_agency,
    named_agencies,
)
from copytaster.wire.agency_table import AGENCIES

REQUIRED = [
    "Reuters",
    "AP",
    "AFP",
    "dpa",
    "AAP",
    "PTI",
    "CP",
    "UPI",
    "PA",
    "Xinhua",
    "IANS",
    "EFE",
    "ANSA",
    "ANI",
    "TASS",
    "Yonhap",
    "Kyodo",
    "CTK",
    "AKI",
    "Bloomberg",
    "SID",
    "APA",
    "sda",
]


@pytest.mark.parametrize("name", [*REQUIRED, "RIA Novosti"])
def test_knows_the_agencies_of_the_trade(name):
    assert name in AGENCY_NAMES
    assert canonical_agency(name, in_dateline=True) == name


@pytest.mark.parametrize(
    ("printed", "name"),
    [(spelling, row.name) for row in AGENCIES for spelling in row.spellings],
)
def test_every_spelling_in_the_table_leads_to_an_agency(printed, name):
    found = canonical_agency(printed, in_dateline=True)
    assert found is not None
    assert found == name or canonical_agency(found, in_dateline=True) == found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The Associated Press", "AP"),
        ("THE ASSOCIATED PRESS", "AP"),
        ("(AP)", "AP"),
        ("Agence France-Presse", "AFP"),
        ("Afp", "AFP"),
        ("Reuters Staff", "Reuters"),
        ("REUTERS", "Reuters"),
        ("Thomson Reuters", "Reuters"),
        ("dpa/tmn", "dpa"),
        ("dpa-AFX", "dpa"),
        ("KNA/iz", "KNA"),
        ("Press Trust of India", "PTI"),
        ("ИТАР-ТАСС", "TASS"),
        ("أ ف ب", "AFP"),
        ("أ.ف.ب", "AFP"),
        ("新华社", "Xinhua"),
        ("Keystone-ATS", "sda"),
        ("Der Kurier mit dpa", "dpa"),
        ("Le Courrier.fr avec AFP", "AFP"),
        ("Source: Reuters", "Reuters"),
        ("Ann Poe", None),
        ("Ann Poe/AFP", None),
        ("Reuters said it was raining", None),
        ("AP Photo", None),
        ("Ap", None),
        ("Sid", None),
        ("Getty Images", None),
        ("The mayor, who spoke to AFP, left", None),
        ("", None),
    ],
)
def test_names_whole_phrases_only(text, name):
    assert canonical_agency(text) == name


@pytest.mark.parametrize(
    ("publisher", "name"),
    [
        ("reuters.com", "Reuters"),
        ("www.reuters.com", "Reuters"),
        ("https://uk.reuters.com/article/x", "Reuters"),
        ("apnews.com", "AP"),
        ("AP News", "AP"),
        ("en.yna.co.kr", "Yonhap"),
        ("news.example.com", None),
        ("notreuters.com", None),
        ("reuters.com.evil.example", None),
        ("reuters.online", None),
        ("ap.news", None),
        ("U.P.I.", "UPI"),
        ("أ.ف.ب", "AFP"),
        ("Oakvale Herald", None),
        ("http://[broken", None),
        ("", None),
    ],
)
def test_knows_publishers_that_are_agencies(publisher, name):
    assert agency_of_publisher(publisher) == name


def test_hosts_belong_to_one_agency_each():
    hosts = [host for row in AGENCIES for host in row.hosts]
    assert len(hosts) == len(set(hosts))


def test_lists_every_agency_in_a_line():
    assert named_agencies("With files from AFP, the Associated Press and Reuters") == ("AFP", "AP", "Reuters")


def test_longest_spelling_wins():
    found = match_agency("Associated Press of Pakistan said")
    assert found is not None
    assert found.name == "APP"


@given(st.text(max_size=120))
def test_never_raises(text):
    name = canonical_agency(text)
    assert name is None or name in AGENCY_NAMES
    assert agency_of_publisher(text) is None or agency_of_publisher(text) in AGENCY_NAMES


SPELLINGS = sorted({spelling for row in AGENCIES for spelling in (row.name, *row.spellings)})


@given(
    st.sampled_from(SPELLINGS),
    st.text(" abcXYZ.,:;()/-éßжш", max_size=20),
    st.text(" abcXYZ.,:;()/-éßжш", max_size=20),
)
def test_the_quick_test_misses_no_agency(spelling, before, after):
    text = f"{before} {spelling} {after}"
    assert may_name_agency(text) or not named_agencies(text)


@pytest.mark.parametrize("text", ["", "12 October", "Jane Müller", "Женя Щукина", "Ωρίων Ψ"])
def test_the_quick_test_says_no(text):
    assert not may_name_agency(text)
