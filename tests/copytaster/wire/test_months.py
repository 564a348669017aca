"""Dates as printed in many languages."""

from datetime import date

import pytest

from copytaster.wire.months import iso_date, read_date


@pytest.mark.parametrize(
    "printed",
    [
        "Feb 24",
        "Feb. 24",
        "February 24th",
        "24 Feb",
        "24 February",
        "24. Februar",
        "24 février",
        "24 fév",
        "24 de febrero",
        "24 feb.",
        "24 febbraio",
        "24 de fevereiro",
        "24 februari",
        "24 лютого",
        "24 февраля",
        "24 фев",
        "24 lutego",
        "24. února",
        "24. veljače",
        "24 Şubat",
        "24 Φεβρουαρίου",
        "24 فبراير",
        "24 فبراير شباط",
        "24 شباط",
        "24 फरवरी",
        "2月24日",
        "Thursday, Feb 24",
        "február 24.",
        "24 Februari",
        "24 helmikuuta",
        "24/2",
    ],
)
def test_the_same_day_in_many_languages(printed):
    found = read_date(printed, 0)
    assert found is not None
    assert iso_date(found, date(2016, 3, 1)) == "2016-02-24"


@pytest.mark.parametrize(
    "printed",
    [
        "Feb 24, 2014",
        "24 February 2014",
        "24. Februar 2014",
        "24-02-2014",
        "24.02.2014",
        "2014-02-24",
        "2014. február 24.",
        "2014年2月24日",
        "24 de febrero de 2014",
        "24 февраля 2014 г.",
    ],
)
def test_a_printed_year_stands(printed):
    found = read_date(printed, 0)
    assert found is not None
    assert iso_date(found, date(2016, 3, 1)) == "2014-02-24"
    assert iso_date(found, None) == "2014-02-24"


@pytest.mark.parametrize(
    "text", ["", "Monday", "24 men", "2016", "Marching 24", "32 May", "0 May", "1.5 million", "maybe 3"]
)
def test_other_text_is_no_day(text):
    found = read_date(text, 0)
    assert found is None or iso_date(found, date(2016, 3, 1)) is None


@pytest.mark.parametrize(
    ("printed", "context", "expected"),
    [("24 listopada", date(2015, 11, 25), "2015-11-24"), ("24 listopada", date(2015, 10, 25), "2015-10-24")],
)
def test_a_name_of_two_months_is_the_nearer_one(printed, context, expected):
    found = read_date(printed, 0)
    assert found is not None
    assert iso_date(found, context) == expected


def test_a_day_without_month_is_near_the_context():
    found = read_date("30日", 0)
    assert found is not None
    assert iso_date(found, date(2016, 7, 1)) == "2016-06-30"
    assert iso_date(found, None) is None
