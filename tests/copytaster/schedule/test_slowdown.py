"""How much less often a source is asked: by the kind of its fault, never ending, ended by one good run."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from copytaster.schedule.slowdown import CAPS, find_slowdown
from copytaster.schedule.timetable import Cron, Every, ScheduleState, decide

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
QUARTER = Every(timedelta(minutes=15))


def runs_within(days, reason, rule=QUARTER):
    """The times at which a source that always fails is asked, by the decisions of the schedule."""
    end, asked, failures = NOON + timedelta(days=days), [NOON], 1
    handled = NOON
    while handled < end:
        now = rule.next_after(handled)
        slowdown = find_slowdown(rule, reason=reason, failures=failures, last_attempt_at=asked[-1])
        decided = decide(
            "town",
            rule,
            ScheduleState(handled, slowdown=slowdown),
            now,
            grace=timedelta(hours=1),
            jitter_share=0,
        )
        assert decided.run is not None or len(decided.rows) == 1  # each due time is one row
        if decided.run is not None:
            asked.append(now)
            failures += 1
        handled = decided.handled_until
    return asked


@pytest.mark.parametrize(("reason", "cap"), CAPS.items())
def test_a_source_that_is_refused_is_asked_ever_less_and_never_given_up(reason, cap):
    asked = runs_within(7, reason)
    distances = [later - earlier for earlier, later in pairwise(asked)]
    assert distances[0] == QUARTER.interval  # one failure may be an accident
    assert distances == sorted(distances)
    assert distances[-1] == cap
    assert len(asked) < 7 * 2 + 10


@pytest.mark.parametrize("reason", ["timeout", "http-500", "dns", ""])
def test_a_fault_that_passes_by_itself_changes_nothing(reason):
    assert len(runs_within(1, reason)) == 1 + 24 * 4


def test_a_source_that_is_due_less_often_than_the_cap_keeps_its_times():
    weekly = Cron("30 6 * * mon")
    assert find_slowdown(weekly, reason="http-404", failures=9, last_attempt_at=NOON) is None


def test_one_good_run_ends_it():
    assert find_slowdown(QUARTER, reason="http-404", failures=0, last_attempt_at=NOON) is None
