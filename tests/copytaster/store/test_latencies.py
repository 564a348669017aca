"""Wire to desk: what is counted, what is told of a source, and what stays of old days."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from copytaster.store.books import book_indexed, book_removed, book_version
from copytaster.store.latencies import (
    BOUNDS_S,
    Histogram,
    Latency,
    forget_days,
    note_latencies,
    quantile,
    read_histogram,
    read_latencies,
)
from copytaster.store.tables import in_transit, latencies

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def note(store, *seconds, source="harbour", at=NOON):
    with store.write() as connection:
        note_latencies(connection, [(source, at - timedelta(seconds=one)) for one in seconds], found_at=at)


def read(store, now=NOON):
    with store.read() as connection:
        return read_latencies(connection, now)


def histogram(store):
    with store.read() as connection:
        return read_histogram(connection)


def test_nothing_is_known_of_a_source_that_brought_nothing_or_nothing_that_was_timed(store):
    with store.write() as connection:
        note_latencies(connection, [("harbour", None)], found_at=NOON)
    assert read(store) == {}
    assert histogram(store) == Histogram([0] * (len(BOUNDS_S) + 1), 0)


def test_each_source_has_its_own_half_and_nineteen_in_twenty(store):
    note(store, *[4.0] * 90, *[25.0] * 10)
    note(store, 0.2, source="upland")
    found = read(store)
    assert found["harbour"].versions == 100
    assert 3 <= found["harbour"].p50_s <= 5
    assert 20 <= found["harbour"].p95_s <= 30
    assert found["upland"] == Latency(1, 0.25, 0.47)


@given(st.lists(st.floats(0, 100_000), min_size=1, max_size=60), st.sampled_from([0.5, 0.95]))
def test_a_quantile_is_in_the_bucket_of_the_true_one(seconds, share):
    numbers = [0] * (len(BOUNDS_S) + 1)
    edges = (0, *BOUNDS_S, BOUNDS_S[-1])
    ordered = sorted(seconds)
    for one in ordered:
        numbers[next((n for n, bound in enumerate(BOUNDS_S) if one <= bound), len(BOUNDS_S))] += 1
    true = ordered[max(0, -int(-share * len(ordered) // 1) - 1)]
    bucket = next((n for n, bound in enumerate(BOUNDS_S) if true <= bound), len(BOUNDS_S))
    assert edges[bucket] - 0.01 <= quantile(Histogram(numbers, 0), share) <= edges[bucket + 1] + 0.01


def test_a_clock_that_went_back_and_a_wait_of_days_are_counted_at_the_ends(store):
    note(store, -30, 400_000)
    found = histogram(store)
    assert (found.numbers[0], found.numbers[-1], sum(found.numbers)) == (1, 1, 2)
    assert found.seconds == pytest.approx(400_000)
    assert read(store)["harbour"].p95_s == BOUNDS_S[-1]


def test_a_source_is_told_of_today_and_yesterday_and_the_histogram_of_ever(store):
    note(store, 1, at=NOON - 2 * DAY)
    assert read(store) == {}
    note(store, 1, at=NOON - DAY)
    note(store, 1)
    assert read(store)["harbour"].versions == 2
    assert sum(histogram(store).numbers) == 3


def test_old_days_leave_and_the_histogram_never_falls(store):
    for days in range(30):
        note(store, 1, 8, at=NOON - days * DAY)
    before = histogram(store)
    with store.write() as connection:
        forget_days(connection, before=NOON - DAY)
        forget_days(connection, before=NOON - DAY)
    assert histogram(store) == before
    with store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(latencies)) == 2 * 2
    assert read(store)["harbour"].versions == 4


def test_a_day_of_a_source_takes_few_rows_however_much_it_brings(store):
    note(store, *(number / 7 for number in range(2000)))
    with store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(latencies)) <= len(BOUNDS_S) + 1


def test_what_leaves_the_store_on_its_way_is_not_timed(store):
    with store.write() as connection:
        book_version(connection, 7, "harbour", NOON, NOON)
        book_removed(connection, [7])
        book_indexed(connection, ["d1"], found_at=NOON)
        assert connection.scalar(select(func.count()).select_from(in_transit)) == 0
    assert read(store) == {}
