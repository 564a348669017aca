import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.backoff import Backoff


def test_plain_pauses_double_up_to_the_longest():
    backoff = Backoff(first_s=1.0, longest_s=30.0)
    assert [backoff.pause_s(failures) for failures in range(7)] == [1, 2, 4, 8, 16, 30, 30]


@pytest.mark.parametrize(("jitter", "least"), [(0.0, 4.0), (0.5, 2.0), (1.0, 0.0)])
def test_jitter_is_the_share_left_to_chance(jitter, least):
    backoff = Backoff(first_s=1.0, longest_s=30.0, jitter=jitter)
    assert backoff.pause_s(2, draw=lambda: 0.0) == backoff.limit_s(2) == 4.0
    assert backoff.pause_s(2, draw=lambda: 1.0) == least


def test_jitter_spreads_those_who_failed_together():
    backoff = Backoff(first_s=1.0, longest_s=60.0, jitter=1.0)
    assert len({backoff.pause_s(5) for _ in range(20)}) > 1


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_no_pause_is_longer_than_the_longest(failures, drawn):
    backoff = Backoff(first_s=1.0, longest_s=60.0, jitter=1.0)
    assert 0 <= backoff.pause_s(failures, draw=lambda: drawn) <= 60
