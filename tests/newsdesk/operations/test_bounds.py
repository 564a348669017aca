"""Bounds of a span of time: days, moments, and times ago."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from copytaster.errors import UsageError
from newsdesk.operations.bounds import moves, read_bound

NOW = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")  # there it is the 21st


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2026-11-20", "2026-11-20T00:00:00+01:00", "2026-11-21T00:00:00+01:00"),
        ("today", "2026-11-21T00:00:00+01:00", "2026-11-22T00:00:00+01:00"),
        ("yesterday", "2026-11-20T00:00:00+01:00", "2026-11-21T00:00:00+01:00"),
        ("24h", "2026-11-19T23:30:00+00:00", "2026-11-19T23:30:00+00:00"),
        ("90 min", "2026-11-20T22:00:00+00:00", "2026-11-20T22:00:00+00:00"),
        ("2w", "2026-11-06T23:30:00+00:00", "2026-11-06T23:30:00+00:00"),
        ("2026-11-20T12:00:00", "2026-11-20T12:00:00+00:00", "2026-11-20T12:00:00+00:00"),
    ],
)
def test_a_bound_is_a_day_a_moment_or_a_time_ago(text, begin, end):
    assert read_bound("since", text, BERLIN, now=NOW) == datetime.fromisoformat(begin)
    assert read_bound("until", text, BERLIN, end=True, now=NOW) == datetime.fromisoformat(end)


@pytest.mark.parametrize("text", ["24", "0h", "h", "-3d", "12345h", "3 months", "2026-13-01", "tomorrow"])
def test_anything_else_is_refused_by_name(text):
    with pytest.raises(UsageError, match="not a day or moment") as caught:
        read_bound("since", text, BERLIN, now=NOW)
    assert caught.value.resource == "since"


def test_some_bounds_move_with_the_clock():
    assert [moves(text) for text in ("24h", "today", "2026-11-20", "")] == [True, True, False, False]
