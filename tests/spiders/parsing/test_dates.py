from datetime import UTC, datetime, timedelta, timezone

import pytest

from spiders.parsing.dates import (
    believe,
    date_in_address,
    is_sane,
    parse_page_date,
    read_printed,
    writes_day_first,
)

HALF_PAST_SIX = datetime(2016, 2, 24, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2016-02-24T06:30:00Z", "+00:00"),
        ("2016-02-24T09:30:00+03:00", "+03:00"),
        ("2016-02-24T01:30:00-0500", "-05:00"),
        ("2016-02-24T06:30:00.123456789Z", "+00:00"),
        ("2016-02-24 06:30:00 UTC", "+00:00"),
        ("2016-02-24T06:30", None),
        ("2016/02/24 06:30:00", None),
        ("Wed, 24 Feb 2016 06:30:00 GMT", "+00:00"),
        ("Wed, 24 Feb 2016 01:30:00 -0500", "-05:00"),
        ("20160224063000", None),
        ("1456295400", "+00:00"),
        ("1456295400000", "+00:00"),
        ("February 24, 2016 6:30 AM", None),
        ("24.02.2016 06:30", None),
    ],
)
def test_read_moment(text, zone):
    assert parse_page_date(text) == (HALF_PAST_SIX, zone)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2016-13-40",
        "0000-00-00",
        "99999999999999",
        "24:00",
        "2016-02-24T25:61:00Z",
        "9" * 80,
        "²",
    ],
)
def test_no_moment(text):
    assert parse_page_date(text) is None


@pytest.mark.parametrize(
    ("moment", "sane"),
    [
        (datetime(1979, 12, 31, tzinfo=UTC), False),
        (datetime(1980, 1, 1, tzinfo=UTC), True),
        (datetime(2016, 2, 25, 6, 30, tzinfo=UTC), True),
        (datetime(2016, 2, 25, 6, 31, tzinfo=UTC), False),
    ],
)
def test_is_sane(moment, sane):
    assert is_sane(moment, HALF_PAST_SIX) is sane


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://x.example/2016/02/24/story", 24),
        ("https://x.example/news/20160224-story.html", 24),
        ("https://x.example/a-2016-02-24", 24),
        ("https://x.example/2016/02/31/story", None),
        ("https://x.example/item/120160224999", None),
    ],
)
def test_date_in_address(url, day):
    found = date_in_address(url)
    assert found == (datetime(2016, 2, day, tzinfo=UTC) if day else None)


def test_given_date_is_believed_when_sane():
    east = HALF_PAST_SIX.astimezone(timezone(timedelta(hours=3)))
    assert believe(east, HALF_PAST_SIX) == (HALF_PAST_SIX, "+03:00", [])
    assert believe(east + timedelta(days=2), HALF_PAST_SIX) == (None, None, ["date-out-of-range"])
    assert believe(None, HALF_PAST_SIX) == (None, None, [])


@pytest.mark.parametrize(
    ("language", "host", "day_first"),
    [
        ("en-US", "herald.example.co.uk", False),
        ("de", "zeitung.example", True),
        ("en-GB", "herald.example", True),
        ("en", "herald.example.co.uk", True),
        ("en", "herald.example", None),
        (None, "herald.example", None),
    ],
)
def test_the_habit_of_a_place_is_known_by_language_or_host(language, host, day_first):
    assert writes_day_first(language, host) is day_first


@pytest.mark.parametrize(
    ("text", "day_first", "printed"),
    [
        ("Filed 03/12/2026 10:20", None, (2026, 12, 3)),  # March is long past
        ("Filed 12/03/2026 10:20", None, (2026, 12, 3)),
        ("Filed 30/11/2026 10:20", None, (2026, 11, 30)),
        ("Filed 04/12/2026 10:20", None, (2026, 12, 4)),  # tomorrow, where it is morning already
        ("Filed 08/12/2026 10:20", None, (2026, 8, 12)),  # December 8 is to come
        ("Filed 11/12/2025 10:20", None, (2025, 11, 12)),  # both are past
        ("Filed 03/12/2026 10:20", False, (2026, 3, 12)),
        ("Filed 12/03/2026 10:20", True, (2026, 3, 12)),
    ],
)
def test_figures_of_unknown_habit_are_the_day_before_the_fetch(text, day_first, printed):
    fetched = datetime(2026, 12, 3, 12, 0, tzinfo=UTC)
    found = read_printed(text, fetched, day_first=day_first)
    assert (found.at.year, found.at.month, found.at.day) == printed
