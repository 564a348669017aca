"""Days and dates in copy follow the moment of filing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from newsdesk.demo.dates import fill_dates, write_date

THURSDAY = datetime(2026, 3, 12, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("said on {day}", "en", "said on Thursday"),
        ("since {day-2} and until {day+4}", "en", "since Tuesday and until Monday"),
        ("on {date+20}", "en", "on April 1"),
        ("am {day} und am {day+3}", "de", "am Donnerstag und am Sonntag"),
        ("يوم {day}", "ar", "يوم الخميس"),
        ("{days} stay {as} they are", "en", "{days} stay {as} they are"),
    ],
)
def test_fills_days(text, language, expected):
    assert fill_dates(text, THURSDAY, language) == expected


@pytest.mark.parametrize(
    ("moment", "language", "expected"),
    [
        (datetime(2016, 2, 24, tzinfo=UTC), "en", "Feb 24"),
        (datetime(2016, 9, 3, tzinfo=UTC), "en", "Sept 3"),
        (datetime(2016, 2, 24, tzinfo=UTC), "de", "24. Februar"),
        (datetime(2016, 2, 24, tzinfo=UTC), "ar", "24 فبراير"),
    ],
)
def test_writes_dates_as_datelines_do(moment, language, expected):
    assert write_date(moment, language) == expected
