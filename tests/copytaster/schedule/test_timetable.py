from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.errors import ConfigurationError
from copytaster.schedule.timetable import (
    ROWS_A_SOURCE,
    Cron,
    Every,
    ScheduleState,
    decide,
    due_times,
    starts_at,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FIVE = Every(timedelta(minutes=5))
MINUTE = timedelta(minutes=1)
GRACE = 15 * MINUTE


def judge(rule, standing, now=NOW, *, grace=timedelta(minutes=15), jitter_share=0.0):
    return decide("bbc", rule, standing, now, grace=grace, jitter_share=jitter_share)


def moments(rule, start, count):
    found = []
    for _ in range(count):
        start = rule.next_after(start)
        found.append(start)
    return found


@pytest.mark.parametrize(
    ("expression", "zone", "start", "due"),
    [
        ("30 6 * * mon-fri", "UTC", "2026-03-06T07:00", ["2026-03-09T06:30", "2026-03-10T06:30"]),
        ("0 7 * * sun", "UTC", "2026-03-02T00:00", ["2026-03-08T07:00"]),
        # clocks leap from 01:00 to 02:00 UTC+1: 01:30 does not exist and is due an hour later by the clock
        ("30 1 * * *", "Europe/London", "2026-03-28T12:00", ["2026-03-29T01:30", "2026-03-30T00:30"]),
        # clocks go back from 02:00 to 01:00: 01:30 comes twice and is due at its first occurrence only
        ("30 1 * * *", "Europe/London", "2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),
        # from within the repeated hour the same time is not due again
        ("30 1 * * *", "Europe/London", "2026-10-25T01:10", ["2026-10-26T01:30"]),
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-02T12:00", ["2026-10-02T15:45", "2026-10-03T15:45"]),
        # an hour that nobody named: every occurrence counts, none is doubled
        (
            "*/30 * * * *",
            "Europe/London",
            "2026-10-25T00:10",
            ["2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30", "2026-10-25T02:00"],
        ),
        ("*/30 * * * *", "Europe/London", "2026-03-29T00:40", ["2026-03-29T01:00", "2026-03-29T01:30"]),
    ],
)
def test_cron_follows_the_local_clock(expression, zone, start, due):
    found = moments(Cron(expression, zone), datetime.fromisoformat(f"{start}+00:00"), len(due))
    assert [f"{moment:%Y-%m-%dT%H:%M}" for moment in found] == due


POLLING = {  # how often, in minutes
    "0 * * * *": 60,
    "0 */1 * * *": 60,
    "0 0-23 * * *": 60,
    "0 0-23/1 * * *": 60,
    f"0 {','.join(map(str, range(24)))} * * *": 60,
    "*/10 1-5 * * *": 10,
    "0-59/10 1,2,3,4,5 * * *": 10,
    "5-59/20 0-12 * * mon-sun": 20,
    "0,15,30,45 */1 * * *": 15,
    "0 */2 * * *": 120,
    "30 */3 * * *": 180,
    "0 1-4 * * *": 60,
}


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize(("expression", "minutes"), POLLING.items())
def test_a_rule_that_polls_is_never_blind_when_clocks_change(expression, minutes, zone):
    place = ZoneInfo(zone)
    changes = [
        day
        for day in (datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=number) for number in range(365))
        if day.astimezone(place).utcoffset() != (day + timedelta(days=1)).astimezone(place).utcoffset()
    ]
    assert len(changes) == 2
    for change in changes:
        times = moments(Cron(expression, zone), change, 2000 // minutes)
        waits = {late - early for early, late in pairwise(times) if late - early < timedelta(hours=10)}
        assert max(waits) <= timedelta(minutes=minutes), waits


@pytest.mark.parametrize("expression", ["30 2 * * *", "30 2,14 * * *", "0 6,12,18 * * *", "0 2,3 * * *"])
def test_times_that_a_person_chose_are_due_once_when_clocks_go_back(expression):
    times = moments(Cron(expression, "Europe/Berlin"), datetime(2026, 10, 24, 12, tzinfo=UTC), 8)
    local = [f"{moment.astimezone(ZoneInfo('Europe/Berlin')):%Y-%m-%d %H:%M}" for moment in times]
    assert len(set(local)) == len(local)


@pytest.mark.parametrize(
    ("expression", "zone"),
    [("61 * * * *", "UTC"), ("* * * *", "UTC"), ("0 7 * * someday", "UTC"), ("0 7 * * *", "Europe/Atlantis")],
)
def test_what_cannot_be_read_is_refused_by_name(expression, zone):
    with pytest.raises(ConfigurationError, match=expression.replace("*", r"\*")):
        Cron(expression, zone)


def test_a_date_that_never_comes_is_refused():
    with pytest.raises(ConfigurationError, match="ever comes"):
        Cron("0 7 30 feb *").next_after(NOW)


@given(
    start=st.integers(0, 6 * 365 * 24 * 60),
    rule=st.sampled_from(
        [
            Cron("*/20 * * * *", "America/New_York"),
            Cron("0 1,2,3 * * *", "Europe/Paris"),
            Cron("30 2 * * *", "Australia/Lord_Howe"),
            FIVE,
        ]
    ),
)
def test_due_times_only_ever_go_forward(start, rule):
    found = moments(rule, NOW + timedelta(minutes=start), 30)
    assert all(late > early for early, late in pairwise(found))


@given(days=st.integers(0, 3000))
def test_a_daily_time_is_due_once_on_every_local_day(days):
    rule = Cron("30 2 * * *", "Europe/Berlin")
    start = datetime(2024, 1, 1, 12, tzinfo=UTC) + timedelta(days=days)
    first, second = moments(rule, start, 2)
    assert timedelta(hours=22) < second - first < timedelta(hours=26)


def test_a_new_interval_begins_now_and_a_new_cron_waits_for_its_time():
    assert judge(FIVE, ScheduleState(None)).run.due_at == NOW
    waiting = judge(Cron("0 7 * * *"), ScheduleState(None))
    assert (waiting.run, waiting.rows, waiting.handled_until) == (None, (), NOW)


def test_sources_that_begin_together_do_not_fall_due_together():
    names = [f"source-{number}" for number in range(1000)]
    first = {
        name: decide(name, FIVE, ScheduleState(None), NOW, grace=GRACE, jitter_share=0.1) for name in names
    }
    assert {verdict.run.due_at for verdict in first.values()} == {NOW}
    nexts = [FIVE.next_after(verdict.handled_until) - NOW for verdict in first.values()]
    assert min(nexts) >= 0.1 * FIVE.interval
    assert max(nexts) <= FIVE.interval
    tenths = Counter(int((gap / FIVE.interval - 0.1) / 0.09) for gap in nexts)
    assert all(60 <= tenths[number] <= 140 for number in range(10))
    again = {
        name: decide(
            name,
            FIVE,
            ScheduleState(verdict.handled_until),
            NOW + 3 * FIVE.interval,
            grace=GRACE,
            jitter_share=0.0,
        )
        for name, verdict in first.items()
    }
    for name, verdict in again.items():  # from then on every interval, and no due time twice
        due = [row.due_at for row in verdict.rows] + [verdict.run.due_at]
        assert due == [first[name].handled_until + number * FIVE.interval for number in (1, 2, 3)]
        assert due[0] > NOW


def test_nothing_due_is_nothing_done():
    verdict = judge(FIVE, ScheduleState(NOW - 4 * MINUTE))
    assert (verdict.run, verdict.rows, verdict.handled_until) == (None, (), NOW - 4 * MINUTE)


@pytest.mark.parametrize(
    ("late", "trigger", "why"),
    [
        (timedelta(0), "schedule", None),
        (timedelta(seconds=1), "schedule", None),
        (timedelta(minutes=15), "schedule", None),
        (timedelta(hours=3), "catch-up", "late by 3:00:00"),
    ],
)
def test_a_late_run_names_its_delay(late, trigger, why):
    due = NOW - late
    verdict = judge(Every(timedelta(days=1)), ScheduleState(due - timedelta(days=1)))
    assert (verdict.run.due_at, verdict.run.trigger, verdict.run.why) == (due, trigger, why)


def test_what_was_missed_is_made_up_for_by_one_run():
    verdict = judge(FIVE, ScheduleState(NOW - 23 * MINUTE))
    assert verdict.run.due_at == NOW - 3 * MINUTE
    assert [row.due_at for row in verdict.rows] == [NOW - n * MINUTE for n in (18, 13, 8)]
    assert {row.outcome for row in verdict.rows} == {"missed"}
    assert "made up for by the run due 2026-03-02 11:57:00 UTC" in verdict.rows[0].why


def test_years_of_missed_due_times_are_bounded():
    standing = ScheduleState(NOW - timedelta(days=3650))
    for rule in (FIVE, Cron("*/5 * * * *")):
        verdict = judge(rule, standing)
        assert verdict.run.due_at == NOW
        assert len(verdict.rows) == ROWS_A_SOURCE
        assert verdict.rows[0].why.startswith("this and every due time until")
        assert verdict.rows[0].due_at == rule.next_after(NOW - timedelta(days=3650))


@pytest.mark.parametrize(
    ("standing", "why"),
    [
        (ScheduleState(NOW - 5 * MINUTE, running=True), "still running"),
        (ScheduleState(NOW - 5 * MINUTE, paused="gone for good"), "paused: gone for good"),
        (
            ScheduleState(NOW - 5 * MINUTE, not_before=NOW + MINUTE),
            "asked to wait until 2026-03-02 12:01:00 UTC",
        ),
    ],
)
def test_a_reason_against_skips_and_is_kept(standing, why):
    verdict = judge(FIVE, standing)
    assert verdict.run is None
    assert [(row.due_at, row.outcome, row.why) for row in verdict.rows] == [(NOW, "skipped", why)]
    assert judge(FIVE, ScheduleState(None, running=True)).rows[0].why == "still running"


def test_a_wait_that_is_over_stands_in_nobodys_way():
    assert judge(FIVE, ScheduleState(NOW - 5 * MINUTE, not_before=NOW)).run is not None


@given(share=st.floats(0, 0.5), number=st.integers(0, 10_000))
def test_jitter_stays_within_its_share_and_is_the_same_on_every_reckoning(share, number):
    due = NOW + 5 * MINUTE * number
    start = starts_at("bbc", FIVE, due, share)
    assert due <= start <= due + FIVE.interval * share
    assert start == starts_at("bbc", FIVE, due, share)


def test_jitter_spreads_sources_and_spares_times_that_a_person_chose():
    starts = {starts_at(f"source-{number}", FIVE, NOW, 0.1) for number in range(100)}
    assert len(starts) == 100
    assert starts_at("bbc", Cron("0 12 * * *"), NOW, 0.1) == NOW


def test_a_due_time_waits_for_its_jitter():
    start = starts_at("bbc", FIVE, NOW, 0.5)
    assert start > NOW
    standing = ScheduleState(NOW - 5 * MINUTE)
    assert judge(FIVE, standing, NOW, jitter_share=0.5).run is None
    assert judge(FIVE, standing, start, jitter_share=0.5).run.due_at == NOW


@given(
    jumps=st.lists(
        st.one_of(
            st.integers(-3650, 3650).map(lambda days: timedelta(days=days)), st.just(timedelta(hours=1))
        ),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_the_clock_does_no_source_waits_longer_than_two_intervals(jumps):
    now, handled = NOW, None
    for jump in jumps:
        now += jump
        runs = []
        for _ in range(2):
            now += FIVE.interval
            verdict = judge(FIVE, ScheduleState(handled), now)
            handled = verdict.handled_until
            assert handled <= now
            runs += [verdict.run.due_at] if verdict.run is not None else []
        assert runs
        assert len(runs) == len(set(runs))


@pytest.mark.parametrize("rule", [FIVE, Cron("*/5 * * * *")])
def test_nothing_is_due_in_an_empty_span(rule):
    assert due_times(rule, NOW, NOW) == ([], None)
