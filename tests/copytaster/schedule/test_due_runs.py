from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from copytaster.errors import BusyError
from copytaster.schedule.due_runs import RunPlanner
from copytaster.schedule.timetable import Cron, Every
from copytaster.store import leases, ledger
from copytaster.store.ledger import Result
from copytaster.store.tables import source_states

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FIVE = Every(5 * MINUTE)


def make_planner(store, timetable=None):
    return RunPlanner(store, timetable or {"bbc": FIVE}, grace=15 * MINUTE, jitter_share=0.0)


def take(store, holder="a", **kwargs):
    with store.write() as connection:
        return leases.take(connection, "schedule", holder, now=NOW, **kwargs)


def rows(store, **kwargs):
    with store.read() as connection:
        return ledger.list_runs(connection, limit=5000, **kwargs)


def run_all(planner, lease, plan, now):
    planner.close_runs(lease, {started.run_id: Result("ran") for started in plan.started}, now)


def test_a_thousand_sources_on_one_tick_are_a_thousand_rows(store):
    names = [f"source-{number}" for number in range(1000)]
    planner = make_planner(store, dict.fromkeys(names, FIVE))
    lease = take(store)
    assert set(planner.start(lease, NOW)) == set(names)
    plan = planner.plan_runs(lease, names, NOW)
    assert {started.due.source for started in plan.started} == set(names)
    run_all(planner, lease, plan, NOW + 4 * MINUTE)
    late = NOW + 5 * MINUTE + timedelta(seconds=5)  # a stall of five seconds costs nobody a run
    assert len(planner.plan_runs(lease, names, late).started) == 1000
    assert len(rows(store)) == 2000
    assert set(plan.look_again.values()) == {NOW + 5 * MINUTE}


def test_a_source_never_overlaps_itself(store):
    planner, lease = make_planner(store), take(store)
    first = planner.plan_runs(lease, ["bbc"], NOW)
    assert planner.plan_runs(lease, ["bbc"], NOW + 5 * MINUTE).started == ()
    run_all(planner, lease, first, NOW + 6 * MINUTE)
    assert len(planner.plan_runs(lease, ["bbc"], NOW + 10 * MINUTE).started) == 1
    assert [(run.outcome, run.why) for run in reversed(rows(store))] == [
        ("ran", None),
        ("skipped", "still running"),
        ("running", None),
    ]


def test_a_run_by_hand_counts_as_running(store):
    planner, lease = make_planner(store), take(store)
    with store.write() as connection:
        ledger.open_runs(connection, [ledger.DueTime("bbc", NOW, "command")], holder="b", now=NOW)
    assert planner.plan_runs(lease, ["bbc"], NOW).started == ()
    assert rows(store)[0].why == "still running"


def test_without_a_free_child_due_times_wait_and_are_not_lost(store):
    planner, lease = make_planner(store), take(store)
    plan = planner.plan_runs(lease, ["bbc"], NOW, admit=lambda _dues: ())
    assert plan.waiting == {"bbc"}
    assert rows(store) == []
    assert len(planner.plan_runs(lease, ["bbc"], NOW).started) == 1


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ({"paused_at": NOW, "paused_why": "moved"}, "paused: moved"),
        ({"paused_at": NOW, "paused_why": None}, "paused: by hand"),
        ({"not_before": NOW + MINUTE}, "asked to wait until 2026-03-02 12:01:00 UTC"),
    ],
)
def test_what_the_store_remembers_of_a_source_is_heeded(store, state, why):
    with store.write() as connection:
        connection.execute(source_states.insert().values(source="bbc", **state))
    planner, lease = make_planner(store), take(store)
    assert planner.plan_runs(lease, ["bbc"], NOW).started == ()
    assert [(run.outcome, run.why) for run in rows(store)] == [("skipped", why)]


def test_after_a_standstill_one_run_makes_up_for_all_that_was_missed(store):
    first = make_planner(store)
    lease = take(store)
    run_all(first, lease, first.plan_runs(lease, ["bbc"], NOW), NOW)
    later = NOW + 31 * MINUTE
    second = make_planner(store)
    assert second.start(lease, later)["bbc"] <= later
    plan = second.plan_runs(lease, ["bbc"], later)
    assert [started.due.due_at for started in plan.started] == [NOW + 30 * MINUTE]
    outcomes = [(run.due_at, run.outcome) for run in rows(store)]
    assert sorted(outcomes) == [
        (NOW, "ran"),
        *((NOW + n * MINUTE, "missed") for n in (5, 10, 15, 20, 25)),
        (NOW + 30 * MINUTE, "running"),
    ]


def test_who_takes_over_ends_the_runs_of_whoever_acted_before_and_the_woken_is_refused(store):
    planner, asleep = make_planner(store), take(store, "a")
    plan = planner.plan_runs(asleep, ["bbc"], NOW)
    with store.read() as connection:
        seen = leases.look_at(connection, "schedule")
    follower = take(store, "b", stood_still=seen)
    planner.start(follower, NOW + MINUTE)
    assert [run.outcome for run in rows(store)] == ["failed"]
    for write in (
        lambda: run_all(planner, asleep, plan, NOW),
        lambda: planner.plan_runs(asleep, ["bbc"], NOW + 5 * MINUTE),
        lambda: planner.start(asleep, NOW),
        lambda: planner.shift_clock(asleep, MINUTE, NOW),
    ):
        with pytest.raises(BusyError):
            write()
    assert [run.outcome for run in rows(store)] == ["failed"]
    assert len(planner.plan_runs(follower, ["bbc"], NOW + 5 * MINUTE).started) == 1


def test_without_the_check_of_the_token_the_woken_would_write(store, monkeypatch):
    """The control of the test before: the refusal comes from the check, from nothing else."""
    planner, asleep = make_planner(store), take(store, "a")
    with store.read() as connection:
        seen = leases.look_at(connection, "schedule")
    take(store, "b", stood_still=seen)
    monkeypatch.setattr(leases, "check", lambda *_: None)
    assert len(planner.plan_runs(asleep, ["bbc"], NOW).started) == 1


def test_two_that_both_believe_they_hold_it_run_each_tick_once(store):
    timetable = {f"source-{number}": FIVE for number in range(20)}
    holders = [[make_planner(store, timetable), take(store, "a")], [make_planner(store, timetable), None]]
    ticks, taken_over = 30, 0
    for tick in range(ticks):
        now = NOW + tick * FIVE.interval
        if tick % 7 == 6:
            with store.read() as connection:
                seen = leases.look_at(connection, "schedule")
            new = int(str(seen and seen.holder) == "a")
            holders[new][1] = take(store, "ab"[new], stood_still=seen)
            taken_over += 1
        for planner, lease in holders:
            if lease is None:
                continue
            try:
                run_all(planner, lease, planner.plan_runs(lease, timetable, now), now)
            except BusyError:
                continue
    found = [(run.source, run.due_at) for run in rows(store, outcome="ran")]
    assert taken_over
    assert len(found) == len(set(found)) == ticks * len(timetable)


@pytest.mark.parametrize("seed", range(8))
def test_clock_jumps_repeat_no_run_and_lose_no_source(store, seed):
    chance = random.Random(seed)
    timetable = {"every": FIVE, "cron": Cron("*/5 * * * *", "Europe/London"), "daily": Cron("30 1 * * *")}
    planner, lease = make_planner(store, timetable), take(store)
    now = NOW
    run_all(planner, lease, planner.plan_runs(lease, timetable, now), now)
    for _ in range(5):
        jump = chance.choice([1, -1]) * chance.choice([5 * MINUTE, 60 * MINUTE, timedelta(days=3650)])
        jump += timedelta(microseconds=chance.randrange(1, 1000))
        now += jump
        planner.shift_clock(lease, jump, now)
        before = len(rows(store, source="every", outcome="ran"))
        for _ in range(4):
            now += 5 * MINUTE
            run_all(planner, lease, planner.plan_runs(lease, timetable, now), now)
        assert len(rows(store, source="every", outcome="ran")) == before + 4
    ran = [(run.source, run.due_at) for run in rows(store) if run.outcome == "ran"]
    assert len(ran) == len(set(ran))
    assert not rows(store, source="every", outcome="missed")


def test_a_changed_rule_misses_nothing_it_never_promised(store):
    lease = take(store)
    planner = make_planner(store, {"a": Every(timedelta(days=1)), "b": Cron("0 7 * * *"), "gone": FIVE})
    run_all(planner, lease, planner.plan_runs(lease, planner.timetable, NOW), NOW)
    later = NOW + timedelta(hours=20)
    changed = make_planner(store, {"a": FIVE, "b": Cron("*/5 * * * *")})
    again = changed.start(lease, later)
    assert again == {"a": later, "b": later + 5 * MINUTE}
    plan = changed.plan_runs(lease, changed.timetable, later)
    assert [started.due.source for started in plan.started] == ["a"]
    assert not rows(store, outcome="missed")


def test_a_source_that_left_the_timetable_is_planned_no_more(store):
    planner, lease = make_planner(store, {"bbc": FIVE, "gone": FIVE}), take(store)
    first = planner.plan_runs(lease, ["bbc", "gone"], NOW)
    jobs = planner.change_timetable(lease, {"bbc": FIVE, "new": FIVE}, NOW + MINUTE)
    assert jobs == {"bbc": NOW + 5 * MINUTE, "new": NOW + MINUTE}
    run_all(planner, lease, first, NOW + 2 * MINUTE)
    later = planner.plan_runs(lease, ["gone", "new"], NOW + 6 * MINUTE)
    assert [started.due.source for started in later.started] == ["new"]
    assert {run.source: run.outcome for run in rows(store)} == {"bbc": "ran", "gone": "ran", "new": "running"}


def test_a_timetable_is_kept_when_the_lease_is_lost(store):
    planner, lease = make_planner(store), take(store)
    with store.write() as connection:
        leases.let_go(connection, lease)
    with pytest.raises(BusyError):
        planner.change_timetable(lease, {"new": FIVE}, NOW)
    assert set(planner.timetable) == {"bbc"}


def test_a_planning_reads_what_is_due_and_no_other_source(store):
    names = [f"source-{number}" for number in range(1200)]
    planner = make_planner(store, dict.fromkeys(names, FIVE))
    lease = take(store)
    planner.start(lease, NOW)
    run_all(planner, lease, planner.plan_runs(lease, names, NOW), NOW + MINUTE)
    with store.write() as connection:
        connection.execute(
            source_states.insert(),
            [
                {"source": name, "paused_at": NOW, "validators_lie": False, "failures": 0}
                for name in names[:2]
            ],
        )
    plan = planner.plan_runs(lease, names[1:3], NOW + 5 * MINUTE)
    assert [started.due.source for started in plan.started] == names[2:3]
    assert set(plan.look_again) == set(names[1:3])
    assert [run.why for run in rows(store, source=names[1], outcome="skipped")] == ["paused: by hand"]


def test_the_next_due_time_of_a_new_source_is_known_when_its_run_starts(store):
    planner = RunPlanner(store, {"bbc": FIVE}, grace=15 * MINUTE, jitter_share=0.1)
    lease = take(store)
    planner.start(lease, NOW)
    [started] = planner.plan_runs(lease, ["bbc"], NOW).started
    assert (started.due.due_at, started.planned_at) == (NOW, NOW)
    assert NOW + 0.1 * FIVE.interval <= started.next_at <= NOW + FIVE.interval
    planner.close_runs(lease, {started.run_id: Result("ran")}, NOW + MINUTE / 10)
    assert planner.plan_runs(lease, ["bbc"], started.next_at - timedelta(seconds=1)).started == ()
    [second] = planner.plan_runs(lease, ["bbc"], started.next_at + 0.1 * FIVE.interval).started
    assert second.due.due_at == started.next_at
