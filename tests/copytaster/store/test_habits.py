"""Hours are noted as runs end, learned once they are over, and a silence is measured against them."""

from datetime import UTC, datetime, timedelta

import pytest

from copytaster.class_habits import count_class_intervals
from copytaster.habits import LEARNING_HOURS, choose_interval
from copytaster.store.habits import choose_intervals, learn_hours
from copytaster.store.ledger import Result
from copytaster.store.silences import read_silences
from copytaster.store.source_health import note_result
from copytaster.store.source_hours import is_hour_over, note_hour, read_intervals
from copytaster.store.tables import source_hours

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
WEEKS = 4


def crawl(store, hours, *, brings, start=MONDAY):
    """A run in the middle of each hour of a source that brings something when `brings(moment)`."""
    with store.write() as connection:
        for number in range(hours):
            now = start + timedelta(hours=number, minutes=30)
            new = int(brings(now))
            note_result(connection, "harbour", Result("ran", found=2, usable=2), new=new, now=now)
            learn_hours(connection, {}, now=now)
    return start + timedelta(hours=hours)


def measure(store, now):
    with store.read() as connection:
        return read_silences(connection, now)["harbour"]


def by_day(moment):
    return moment.weekday() < 5 and 7 <= moment.hour < 19


def test_nothing_is_known_before_two_weeks(store):
    now = crawl(store, LEARNING_HOURS - 1, brings=by_day)
    assert not measure(store, now).is_known
    now = crawl(store, 3, brings=by_day, start=now)
    assert measure(store, now).is_known


def test_nights_and_weekends_are_no_silence_and_a_working_day_is(store):
    now = crawl(store, WEEKS * 168, brings=by_day)
    morning = crawl(store, 6, brings=lambda _: False, start=now)
    assert not measure(store, morning).rings
    noon = crawl(store, 6, brings=lambda _: False, start=morning)
    assert not measure(store, noon).rings, "one day may be a day off, where no peers say otherwise"
    assert measure(store, noon).expected is None
    second = crawl(store, 24, brings=lambda _: False, start=noon)
    assert measure(store, second).rings
    assert timedelta(hours=1) <= measure(store, second).expected <= timedelta(days=7)
    assert measure(store, crawl(store, 1, brings=lambda _: True, start=second)).surprise == 0


def test_a_weekend_without_news_does_not_ring_where_none_comes_at_weekends(store):
    friday = crawl(store, WEEKS * 168 - 2 * 24, brings=by_day)
    sunday = crawl(store, 47, brings=lambda _: False, start=friday)
    assert not measure(store, sunday).rings


def test_an_hour_in_which_nobody_crawled_says_nothing(store):
    now = crawl(store, WEEKS * 168, brings=by_day)
    before = measure(store, now).surprise
    with store.write() as connection:
        note_hour(connection, "other", brought=False, now=now + timedelta(hours=20))
        learn_hours(connection, {}, now=now + timedelta(hours=21))
    assert measure(store, now + timedelta(hours=21)).surprise == pytest.approx(before, abs=0.2)


def test_news_is_noted_by_the_quarter_and_learned_once(store):
    with store.write() as connection:
        for minute, brought in ((1, True), (16, False), (44, True)):
            note_hour(connection, "harbour", brought=brought, now=MONDAY + timedelta(minutes=minute))
        assert [row.news for row in connection.execute(source_hours.select())] == [0b101]
        assert not is_hour_over(connection, MONDAY + timedelta(minutes=59))
        assert is_hour_over(connection, MONDAY + timedelta(hours=1))
        assert learn_hours(connection, {}, now=MONDAY + timedelta(hours=1)) == 1
        assert learn_hours(connection, {}, now=MONDAY + timedelta(hours=1)) == 0


@pytest.mark.parametrize(
    ("since", "hours", "interval_h", "intervals"),
    [(MONDAY, 24, 0.25, 3.0), (MONDAY + timedelta(days=5), 48, 0.25, 1.0), (MONDAY, 72, 24, 1.0)],
)
def test_the_class_counts_weekends_and_rare_schedules_as_slow(since, hours, interval_h, intervals):
    now = since + timedelta(hours=hours)
    assert count_class_intervals(since, now, timedelta(hours=interval_h)) == pytest.approx(intervals)


SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=3)
RANGE = {"harbour": (SHORTEST, LONGEST)}


def choose(store, now, ranges=RANGE):
    """Whether an interval changed, and what is chosen for the source."""
    with store.write() as connection:
        return choose_intervals(connection, ranges, now=now), read_intervals(connection).get("harbour")


def test_a_source_that_brings_news_by_day_is_requested_less_often_at_night(store):
    now = crawl(store, LEARNING_HOURS - 1, brings=by_day)
    assert choose(store, now) == (False, None), "nothing is known yet"
    evening = crawl(store, WEEKS * 168 - LEARNING_HOURS + 1 - 4, brings=by_day, start=now)  # Sunday, 20:00
    changed, at_night = choose(store, evening)
    assert changed
    noon = crawl(store, 16, brings=by_day, start=evening)
    changed, at_noon = choose(store, noon)
    assert changed
    assert SHORTEST < at_noon < at_night <= LONGEST
    assert choose(store, noon) == (False, at_noon)


def test_a_source_without_a_range_keeps_its_own_interval(store):
    now = crawl(store, WEEKS * 168, brings=by_day)
    assert choose(store, now)[1] is not None
    assert choose(store, now, {}) == (True, None)


@pytest.mark.parametrize(
    ("longest", "expected", "minutes"),
    [(180, 0.5, 5), (180, 1, 10), (180, 3, 20), (180, 168, 160), (5, 168, 5), (9, 168, 5), (10, 168, 10)],
)
def test_an_interval_doubles_as_far_as_range_and_habits_allow(longest, expected, minutes):
    found = choose_interval(SHORTEST, timedelta(minutes=longest), timedelta(hours=expected))
    assert found == timedelta(minutes=minutes)
