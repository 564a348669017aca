"""What each day's versions became, when that is unlike other days, and what reviewed joins say of all."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from copytaster.errors import CopytasterError
from copytaster.store.group_days import GroupDay, read_group_days, sum_outcomes
from copytaster.store.reviews import Review, keep_review, list_joins, list_reviews, read_join
from newsdesk.operations.alerts.conditions import list_conditions
from newsdesk.operations.group_health import (
    DAYS,
    LEAST_DAYS,
    LEAST_REVIEWED,
    LEAST_VERSIONS,
    Precision,
    find_drift,
    read_group_health,
)
from settings import Settings

NOW = datetime.now(UTC)
TIMES = {"since": NOW - timedelta(days=1), "until": NOW + timedelta(days=1)}


@pytest.fixture
def carried(desk):
    """Two stories: one of three outlets, one of its own."""
    for outlet in ("Early", "Second", "Third"):
        desk.bring(f"https://{outlet.lower()}.example/ferry", "the ferry", publisher=f"{outlet} Post")
    desk.bring("https://early.example/lamp", "the lamp")
    desk.work()
    return desk


def make_days(shares, versions=1_000):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        GroupDay(
            (start + timedelta(days=number)).date().isoformat(),
            versions - round(versions * share),
            {"runs": round(versions * share)},
            0,
        )
        for number, share in enumerate(shares)
    ]


def test_a_day_says_what_its_versions_became(carried):
    with carried.store.read() as connection:
        (day,) = read_group_days(connection, 1, now=datetime.now(UTC))
        assert sum_outcomes(connection) == {"founded": 2, **day.joined}
    assert (day.founded, day.versions, day.merged, day.split) == (2, 4, 0, 0)
    assert day.join_share == 0.5


def test_what_was_rolled_back_is_not_counted(desk, monkeypatch):
    desk.bring("https://early.example/ferry", "the ferry")
    with monkeypatch.context() as patched:
        patched.setattr("dedup.grouping.grouper.count_outcomes", _fail)
        with pytest.raises(CopytasterError):
            desk.work()
    desk.work()
    with desk.store.read() as connection:
        assert sum_outcomes(connection) == {"founded": 1}


def _fail(*_, **__):
    raise CopytasterError("no room")


@pytest.mark.parametrize("seed", range(20))
def test_days_that_differ_by_chance_are_no_drift(seed):
    chance = random.Random(seed)
    shares = [0.55 + chance.gauss(0, 0.04) for _ in range(DAYS + 1)]
    for length in range(1, len(shares) + 1):
        assert find_drift(make_days(shares[:length])) is None


@pytest.mark.parametrize("share", [0.0, 0.95])
def test_a_day_without_joins_or_with_far_more_is_drift(share):
    usual = [0.5, 0.55, 0.6, 0.52, 0.58, 0.53, 0.57] * 2
    found = find_drift(make_days([*usual, share]))
    assert found is not None
    assert found.low < min(usual)
    assert max(usual) < found.high
    assert f"{share:.0%} of 1,000 versions joined" in str(found)
    assert find_drift(make_days([*usual[:-1], share])) is None, f"fewer than {LEAST_DAYS} days"
    few = make_days([share], versions=LEAST_VERSIONS - 1)[0]
    assert find_drift([*make_days(usual), few]) is None


def test_joins_are_those_beside_another_story(carried):
    with carried.store.read() as connection:
        joins = list(list_joins(connection, **TIMES))
        found = [read_join(connection, version) for version in joins]
    assert len(joins) == 2
    assert {dispatch for dispatch, _, _ in found} == {found[0][0]}
    assert all(joined.publisher != beside.publisher for _, joined, beside in found)


def test_a_reviewed_join_is_not_drawn_again_and_a_later_answer_counts(carried):
    with carried.store.write() as connection:
        first, second = list_joins(connection, **TIMES)
        dispatch, _, beside = read_join(connection, first)
        for is_right in (False, True):
            keep_review(connection, Review(first, beside.version_id, dispatch, is_right, "ada", NOW))
    with carried.store.read() as connection:
        assert list(list_joins(connection, **TIMES)) == [second]
        assert [one.is_right for one in list_reviews(connection, since=NOW - timedelta(hours=1))] == [True]
        assert read_group_health(connection).precision == Precision(1, 1)


@pytest.mark.parametrize(
    ("right", "reviewed", "low", "high"), [(0, 0, 0.0, 1.0), (50, 50, 0.9287, 1.0), (45, 50, 0.7864, 0.9565)]
)
def test_the_interval_is_wilsons(right, reviewed, low, high):
    assert Precision(right, reviewed).interval == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(("wrong", "rings"), [(0, False), (1, False), (8, True)])
def test_many_wrong_joins_ring(desk, wrong, rings):
    with desk.store.write() as connection:
        for number in range(LEAST_REVIEWED):
            keep_review(connection, Review(number, 0, "d1", number >= wrong, "ada", NOW))
    with desk.store.read() as connection:
        kinds = {one.kind for one in list_conditions(connection, Settings(), (), (), NOW)}
    assert ("grouping" in kinds) is rings
