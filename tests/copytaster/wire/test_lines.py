"""One line in, one JSON object out."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.wire.lines import credit_line, dateline_line, headline_line, read_context_date


def test_dateline_with_a_context_for_all_lines():
    assert dateline_line("LIMA, Peru, May 7 (Reuters) - Rain fell\n", date(2016, 5, 8)) == {
        "dateline": {
            "raw": "LIMA, Peru, May 7 (Reuters) -",
            "places": ["LIMA"],
            "region": "Peru",
            "date": "2016-05-07",
            "agency": "Reuters",
        },
        "rest": "Rain fell",
    }


def test_a_line_s_own_context_comes_first():
    assert (
        dateline_line("LIMA, May 7 - Rain fell\t2011-05-09", date(2016, 5, 8))["dateline"]["date"]
        == "2011-05-07"
    )


def test_without_context_no_year():
    assert dateline_line("LIMA, May 7 - Rain fell")["dateline"]["date"] == "--05-07"


def test_an_empty_context_is_none():
    assert dateline_line("LIMA, May 7 - Rain fell\t")["dateline"]["date"] == "--05-07"


def test_no_dateline():
    assert dateline_line("Rain fell in Lima") == {"dateline": None, "rest": "Rain fell in Lima"}


def test_headline():
    assert headline_line("UPDATE 2-Rain falls\n") == {
        "headline": "Rain falls",
        "markers": [{"class": "version", "kind": "update", "number": 2, "text": "UPDATE 2-"}],
    }


def test_credit():
    found = credit_line("Rain fell, he said. (Reporting by Ann Poe; Editing by Bob Roe)")
    assert found["agency"] == "Reuters"
    assert found["confidence"] == pytest.approx(0.8)
    assert [(piece["kind"], piece["agency"]) for piece in found["evidence"]] == [("signoff", "Reuters")]


def test_no_credit():
    assert credit_line("Reuters reported rain.") == {"agency": None, "confidence": 0.0, "evidence": []}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2016-02-24", date(2016, 2, 24)),
        ("2016-02-24T10:00:00Z", date(2016, 2, 24)),
        ("20160224", date(2016, 2, 24)),
        ("20160224T0", date(2016, 2, 24)),
        ("February 24, 2016", date(2016, 2, 24)),
        ("2016", date(2016, 7, 2)),
        ("", None),
        ("rain", None),
        ("20169999", None),
    ],
)
def test_reads_dates_as_people_write_them(text, expected):
    assert read_context_date(text) == expected


@pytest.mark.parametrize("year", range(1985, 2031))
@pytest.mark.parametrize("day", ["Jan 1", "Feb 28", "Jul 2", "Dec 31"])
def test_a_year_alone_gives_every_day_that_year(year, day):
    assert dateline_line(f"LIMA, {day} (Reuters) - Rain\t{year}")["dateline"]["date"].startswith(str(year))


@given(st.text(max_size=200))
def test_every_line_has_its_json(text):
    for read in (dateline_line, headline_line, credit_line):
        assert json.loads(json.dumps(read(text)))
