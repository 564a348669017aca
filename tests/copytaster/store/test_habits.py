"""Hours are noted as runs end, learned once they are over, and a silence is measured against them."""

from datetime import UTC, datetime, timedelta

import pytest

from copytaster.habits import LEARNING_HOURS, count_class_intervals
from copytaster.store.habits import is_hour_over, learn_hours, note_hour, read_silences
from copytaster.store.ledger import Result
from copytaster.store.source_health import note_result
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
    second = crawl(store, 24, brings=lambda _: False, start=noon)
    assert measure(store, second).rings
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
