"""Sources of one host together stay within what it may get, as far as their own ranges allow."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.schedule.host_budget import HOUR, Beat, share_hosts

MINUTE = timedelta(minutes=1)
minutes = st.integers(1, 120).map(lambda number: number * MINUTE)


@st.composite
def list_beats(draw):
    beats = []
    for number in range(draw(st.integers(1, 12))):
        interval = draw(minutes)
        longest = draw(st.none() | minutes.map(lambda more, interval=interval: interval + more))
        beats.append(Beat(f"source{number}", draw(st.sampled_from(["a", "b"])), interval, longest))
    return beats


def rate(beats, shared, host):
    return sum(HOUR / shared.get(beat.source, beat.interval) for beat in beats if beat.host == host)


@given(list_beats(), st.integers(1, 60))
def test_a_host_gets_no_more_unless_all_its_sources_wait_as_long_as_they_may(beats, per_hour):
    shared = share_hosts(beats, per_hour=per_hour)
    for beat in beats:
        longest = beat.longest or beat.interval
        assert beat.interval <= shared.get(beat.source, beat.interval) <= longest
    for host in ("a", "b"):
        at_most = sum(HOUR / (beat.longest or beat.interval) for beat in beats if beat.host == host)
        assert rate(beats, shared, host) <= max(per_hour, at_most) + 1e-9


@given(list_beats(), st.integers(1, 60))
def test_a_host_within_its_budget_is_left_alone_and_order_does_not_matter(beats, per_hour):
    shared = share_hosts(beats, per_hour=per_hour)
    assert share_hosts(reversed(beats), per_hour=per_hour) == shared
    for host in ("a", "b"):
        if rate(beats, {}, host) <= per_hour:
            assert not [beat for beat in beats if beat.host == host and beat.source in shared]


@pytest.mark.parametrize(
    ("intervals", "per_hour", "expected"),
    [
        ((5, 5, 5), 60, {}),
        ((5, 5, 5), 30, {"s0": 10}),
        ((5, 5, 5), 18, {"s0": 10, "s1": 10, "s2": 10}),
        ((5, 60), 10, {"s0": 10}),
        ((5, 5), 1, {"s0": 120, "s1": 120}),
    ],
)
def test_the_busiest_waits_first(intervals, per_hour, expected):
    beats = [Beat(f"s{place}", "a", number * MINUTE, 120 * MINUTE) for place, number in enumerate(intervals)]
    shared = share_hosts(beats, per_hour=per_hour)
    assert shared == {name: number * MINUTE for name, number in expected.items()}


def test_a_source_without_a_range_keeps_its_interval_and_counts():
    fixed = Beat("fixed", "a", MINUTE)
    ranged = Beat("ranged", "a", 5 * MINUTE, 60 * MINUTE)
    assert share_hosts([fixed, ranged], per_hour=65) == {"ranged": 20 * MINUTE}
    assert share_hosts([fixed, Beat("other", "b", 5 * MINUTE, 60 * MINUTE)], per_hour=65) == {}
