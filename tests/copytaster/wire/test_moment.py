from datetime import UTC, datetime, timedelta

import pytest

from copytaster.wire.moment import read_moment

EVENING = datetime(2026, 11, 20, 20, 18, tzinfo=UTC)
LOCAL = [  # 20:18 of that day, no zone printed
    "Nov 20 2026 08:18:00 PM",
    "2026-11-20 08:18:00 PM",
    "20.11.2026 20:18",
    "20/11/2026 20:18:00",
    "11/20/2026 8:18 PM",
    "20-Nov-2026 20:18",
    "Fri, 11/20/2026 - 20:18",
    "Friday, November 20, 2026 - 20:18",
    "Fr, 20 Nov 2026 20:18:00",
    "20 de noviembre de 2026, 8:18 p. m.",
    "20 novembre 2026 à 20h18",
    "20. November 2026, 20:18 Uhr",
    "20 novembre 2026 ore 20.18",
    "20 de novembro de 2026 às 20h18",
    "20 november 2026 20:18",
    "20 marras 2026 20:18",
    "20 ноября 2026, 20:18",
    "20 Νοεμβρίου 2026, 8:18 μ.μ.",
    "20 Kasım 2026 20:18",
    "2026. november 20. 20:18",
    "2026年11月20日 20時18分",
    "2026年11月20日 午後8時18分",
    "2026年11月20日下午8:18",
    "2026年11月20日20时18分",
    "2026. 11. 20. 20:18",
    "2026년 11월 20일 오후 8:18",
    "٢٠ نوفمبر ٢٠٢٦ 8:18 م",
    "8:18 pm, November 20, 2026",
    "By J. Reed, Friday November 20, 2026 8:18 pm",
    "2026-11-20T20:18:00 XYZT",
]
ZONED = [
    ("Fri, 20 Nov 2026 21:18:00 +0100", "+01:00"),
    ("ven, 20 nov 2026 21:18:00 +0100", "+01:00"),
    ("2026-11-20T21:18:00.000+01", "+01:00"),
    ("2026-11-20 21:18:00 CET", "+01:00"),
    ("20.11.2026, 21:18 Uhr MEZ", "+01:00"),
    ("Nov. 20, 2026, 3:18 p.m. ET", "-05:00"),
    ("3:18 p.m. EST, Nov. 20, 2026", "-05:00"),
    ("Fri, 20 Nov 2026 20:18:00 GMT", "+00:00"),
    ("2026-11-20 23:18 (UTC+3)", "+03:00"),
    ("20 ноября 2026, 23:18 МСК", "+03:00"),
    ("20.11.2026 23:18 (мск)", "+03:00"),
    ("23:18, 20 ноября 2026 (MSK)", "+03:00"),
    ("Updated 2018 GMT November 20, 2026", "+00:00"),
    ("11.20.26, 3:18 PM ET", "-05:00"),
    ("J. Reed, 11.20.2026, 3:18 p.m. EST", "-05:00"),
    ("2026-11-20 15:18 America/New_York", "-05:00"),
]


@pytest.mark.parametrize("text", LOCAL)
def test_a_time_without_a_zone_says_so(text):
    assert read_moment(text) == (EVENING, None, False)


@pytest.mark.parametrize(("text", "zone"), ZONED)
def test_a_zone_is_read(text, zone):
    assert read_moment(text) == (EVENING, zone, False)


def test_an_american_clock_turns_a_dotted_date_round():
    assert read_moment("10.06.04, 11:30 AM ET").at == datetime(2004, 10, 6, 15, 30, tzinfo=UTC)
    assert read_moment("10.06.04, 11:30 Uhr").at == datetime(2004, 6, 10, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["November 20, 2026 1018 people", "20 Nov 2026 2460 GMT", "20 Nov 2026 12018 GMT"]
)
def test_a_number_is_no_time(text):
    assert read_moment(text).is_day


@pytest.mark.parametrize(("month", "zone"), [(7, "-04:00"), (12, "-05:00")])
def test_a_zone_of_a_place_follows_its_clock(month, zone):
    assert read_moment(f"2026-{month:02}-01 10:00 ET").zone == zone


@pytest.mark.parametrize("text", ["2026-11-20", "20 Nov 2026", "2026-11-20T00:00:00+00:00", "20.11.2026"])
def test_a_day_says_so(text):
    found = read_moment(text)
    assert (found.at, found.is_day) == (datetime(2026, 11, 20, tzinfo=UTC), True)


@pytest.mark.parametrize(("day_first", "month"), [(True, 11), (False, 5)])
def test_figures_are_read_by_the_habit_of_the_place(day_first, month):
    assert read_moment("05/11/2026", day_first=day_first).at.month == month


def test_figures_of_unknown_habit_are_not_read():
    assert read_moment("05/11/2026") is None


@pytest.mark.parametrize(("latest", "month"), [(12, 11), (10, 10)])
def test_a_name_of_two_months_is_the_last_one_past(latest, month):
    now = datetime(2026, latest, 28, tzinfo=UTC)
    assert read_moment("20 listopada 2026", latest=now).at.month == month


@pytest.mark.parametrize(
    "text", ["", "soon", "3 hours ago", "20 November", "2026-13-40", "31.02.2026", "12:30"]
)
def test_what_is_no_moment(text):
    assert read_moment(text) is None


@pytest.mark.parametrize(
    ("text", "now", "year"),
    [
        ("29 February, 20:18", datetime(2028, 3, 2, tzinfo=UTC), 2028),
        ("Dec 30, 20:18", datetime(2027, 1, 3, tzinfo=UTC), 2026),
        ("January 1, 20:18", datetime(2026, 12, 31, 23, tzinfo=UTC), 2027),
        ("29 February, 20:18", datetime(2027, 3, 2, tzinfo=UTC), None),
        ("Dec 20, 20:18", datetime(2027, 1, 3, tzinfo=UTC), None),
        ("March 5, 20:18", datetime(2027, 3, 3, tzinfo=UTC), None),
    ],
)
def test_a_recent_day_gets_its_year(text, now, year):
    found = read_moment(text, latest=now, recent=timedelta(days=7))
    assert (found and found.at.year) == year
    assert read_moment(text, latest=now) is None
