from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from copytaster.schedule.due_runs import RunPlanner
from copytaster.schedule.load import CrawlLoad
from copytaster.schedule.shares import FIRST
from copytaster.schedule.timetable import Every
from copytaster.store import leases, ledger
from copytaster.store.ledger import Result
from copytaster.store.schedules import read_handled
from scheduler import Scheduler, SchedulerTiming, SystemClock, read_timetable
from settings import ScheduleSettings
from spiders.sources.config import parse_sources
from tests.until import folder_of, until

OFTEN = Every(timedelta(milliseconds=150))
HOURLY = Every(timedelta(hours=1))
TIMING = SchedulerTiming(drain_s=10, lease_s=1.0, gather_s=0.0, watch_s=0.05)
PATIENCE_S = 60


class Desk:
    """Collects by keeping a record; a run lasts until `gate` is open."""

    def __init__(self):
        self.calls: list[str] = []
        self.under_way: list[str] = []
        self.overlapped = False
        self.gate = asyncio.Event()
        self.changed = asyncio.Condition()
        self.ended = 0

    async def __call__(self, run):
        name = run.due.source
        self.overlapped |= name in self.under_way
        self.under_way.append(name)
        self.calls.append(name)
        await self._tell()
        try:
            await self.gate.wait()
        finally:
            self.under_way.remove(name)
            self.ended += 1
            await self._tell()
        return Result("ran", stored=1)

    async def _tell(self):
        async with self.changed:
            self.changed.notify_all()

    async def until(self, condition):
        async with asyncio.timeout(PATIENCE_S), self.changed:
            await self.changed.wait_for(condition)


def make_scheduler(store, desk, timetable, **options):
    planner = RunPlanner(store, timetable, grace=timedelta(minutes=15), jitter_share=0.0)
    return Scheduler(store, planner, desk, **({"timing": TIMING} | options))


@asynccontextmanager
async def running(*schedulers):
    tasks = [asyncio.create_task(scheduler.run()) for scheduler in schedulers]
    try:
        yield tasks
    finally:
        for scheduler in schedulers:
            scheduler.stop()
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*tasks)


async def until_stored(condition, store):
    await asyncio.to_thread(until, condition, folder_of(store))


def rows(store):
    with store.read() as connection:
        return ledger.list_runs(connection, limit=5000)


def test_what_is_due_at_once_is_planned_at_once_and_every_due_time_is_a_row(store):
    async def scene():
        desk = Desk()
        desk.gate.set()
        names = [f"source-{number}" for number in range(1000)]
        timing = SchedulerTiming(gather_s=0.3, places=1000)
        scheduler = make_scheduler(store, desk, dict.fromkeys(names, HOURLY), timing=timing)
        plan, plans = scheduler._planner.plan_runs, []

        def plan_runs(*arguments, **named):
            plans.append(plan(*arguments, **named))
            return plans[-1]

        scheduler._planner.plan_runs = plan_runs
        async with running(scheduler):
            await desk.until(lambda: len(desk.calls) == 1000)
        return plans

    plans = asyncio.run(scene())
    assert sum(bool(plan.started) for plan in plans) <= 3
    assert len(rows(store)) == 1000
    assert {row.outcome for row in rows(store)} == {"ran"}


def test_another_timetable_is_followed_while_it_runs(store):
    async def scene():
        desk = Desk()
        desk.gate.set()
        scheduler = make_scheduler(store, desk, {"kept": HOURLY, "removed": HOURLY})
        async with running(scheduler):
            await desk.until(lambda: len(desk.calls) >= 1)
            scheduler.change_timetable({"kept": HOURLY, "added": HOURLY})
            await desk.until(lambda: "added" in desk.calls)
            scheduler.change_timetable({"kept": HOURLY, "added": HOURLY, "last": HOURLY})
            await desk.until(lambda: "last" in desk.calls)
        return desk

    desk = asyncio.run(scene())
    assert sorted(desk.calls) == ["added", "kept", "last", "removed"]
    with store.read() as connection:
        assert set(read_handled(connection)) == {"kept", "added", "last"}


def test_a_timetable_that_changes_while_due_sources_are_gathered_is_followed(store, monkeypatch):
    follow = Scheduler._follow_timetable
    changes = iter([{"late": HOURLY}])

    async def change_after(scheduler, lease):
        await follow(scheduler, lease)
        for timetable in changes:
            scheduler.change_timetable(timetable)

    monkeypatch.setattr(Scheduler, "_follow_timetable", change_after)

    async def scene():
        desk = Desk()
        desk.gate.set()
        async with running(make_scheduler(store, desk, {"first": HOURLY})):
            await desk.until(lambda: "late" in desk.calls)

    asyncio.run(scene())


def test_a_slow_run_is_never_overlapped_and_what_fell_due_meanwhile_is_entered(store):
    async def scene():
        desk = Desk()
        async with running(make_scheduler(store, desk, {"slow": OFTEN})):
            await desk.until(lambda: desk.calls)
            await until_stored(lambda: sum(row.outcome == "skipped" for row in rows(store)) >= 2, store)
            desk.gate.set()
            await desk.until(lambda: len(desk.calls) >= 3)
        return desk

    assert not asyncio.run(scene()).overlapped
    found = rows(store)
    assert {row.why for row in found if row.outcome == "skipped"} == {"still running"}
    assert sum(row.outcome == "ran" for row in found) >= 3
    dues = sorted(row.due_at for row in found)
    assert all(late - early == OFTEN.interval for early, late in pairwise(dues))


def test_sources_find_a_place_beside_slow_ones_and_wait_when_none_is_free(store):
    async def scene():
        desk, load = Desk(), CrawlLoad()
        timetable = {"a": HOURLY}
        planner = RunPlanner(store, timetable, grace=timedelta(minutes=15), jitter_share=0.0)
        timing = SchedulerTiming(gather_s=0.0, places=2)
        scheduler = Scheduler(store, planner, desk, timing=timing, load=load)
        async with running(scheduler):
            await desk.until(lambda: len(desk.calls) == 1)
            for name in "bcd":
                timetable[name] = HOURLY
                await scheduler._note_due(name)
                if name == "b":
                    await desk.until(lambda: len(desk.calls) == 2)
            await until_stored(lambda: load.waiting == 2, store)
            full = (load.busy, {run.source for run in rows(store)})
            desk.gate.set()
            await desk.until(lambda: len(desk.calls) == 4)
        return desk, full, load

    desk, full, load = asyncio.run(scene())
    assert full == (2, {"a", "b"})
    assert desk.calls[:2] == ["a", "b"]
    assert set(desk.calls[2:]) == {"c", "d"}
    assert (load.waiting, load.busy) == (0, 0)


@pytest.mark.parametrize("fault", [RuntimeError("the child was killed"), TimeoutError()])
def test_a_child_that_fails_is_entered_and_the_next_one_runs(store, fault):
    async def scene():
        desk = Desk()
        desk.gate.set()
        faults = [fault]

        async def crawl(run):
            if faults:
                raise faults.pop()
            return await desk(run)

        async with running(make_scheduler(store, crawl, {"a": OFTEN})):
            await desk.until(lambda: desk.ended >= 1)

    asyncio.run(scene())
    first, *_ = sorted(rows(store), key=lambda row: row.id)
    assert (first.outcome, first.why) == ("failed", str(fault) or "TimeoutError")


def test_stopping_lets_the_child_finish_and_takes_nothing_in(store):
    async def scene():
        desk, stopped = Desk(), asyncio.Event()

        async def crawl(run):
            try:
                await desk(run)
            finally:
                stopped.set()
                await desk.gate.wait()  # what it holds is finished first, and entered by the child itself
                with store.write() as connection:
                    ledger.close_run(connection, run.run_id, Result("partial"), now=datetime.now(UTC))

        scheduler = make_scheduler(store, crawl, {"a": HOURLY})
        async with running(scheduler) as (task,):
            await desk.until(lambda: desk.calls)
            scheduler.stop()
            await stopped.wait()
            assert not task.done()
            desk.gate.set()

    asyncio.run(scene())
    assert [row.outcome for row in rows(store)] == ["partial"]
    with store.read() as connection:
        seen = leases.look_at(connection, FIRST)
    assert seen is not None
    assert seen.holder == leases.NOBODY


def test_what_outlasts_the_drain_is_ended_and_entered_as_failed(store):
    async def scene():
        desk, never = Desk(), asyncio.Event()

        async def crawl(run):
            try:
                return await desk(run)
            finally:
                await never.wait()

        async with running(
            make_scheduler(store, crawl, {"a": HOURLY}, timing=SchedulerTiming(drain_s=0.05, gather_s=0))
        ):
            await desk.until(lambda: desk.calls)

    asyncio.run(scene())
    (row,) = rows(store)
    assert (row.outcome, row.why) == ("failed", "stopped before its end: the service was shutting down")


@pytest.mark.parametrize("many", [2, 4])
def test_of_several_schedulers_one_acts_and_the_next_takes_over(store, many):
    async def scene():
        desk = Desk()
        desk.gate.set()
        # names from elsewhere: nobody can look whether their process lives
        schedulers = [
            make_scheduler(store, desk, {"a": OFTEN}, holder=f"elsewhere:{number}:1")
            for number in range(many)
        ]
        async with running(*schedulers):
            await desk.until(lambda: len(desk.calls) >= 3)
            acting = [scheduler for scheduler in schedulers if scheduler.is_active]
            assert len(acting) == 1
            acting[0].stop()
            seen = len(desk.calls)
            await desk.until(lambda: len(desk.calls) >= seen + 3)
            assert len([scheduler for scheduler in schedulers if scheduler.is_active]) == 1

    asyncio.run(scene())
    dues = [row.due_at for row in rows(store)]
    assert len(dues) == len(set(dues)) >= 6
    assert all(late - early == OFTEN.interval for early, late in pairwise(sorted(dues)))


def test_a_holder_that_fell_silent_is_followed_and_its_run_is_refused(store):
    async def scene():
        asleep, desk = Desk(), Desk()
        desk.gate.set()
        with store.write() as connection:
            silent = leases.take(connection, FIRST, "elsewhere:1:1", now=datetime.now(UTC))
        assert silent is not None
        planner = RunPlanner(store, {"a": OFTEN}, grace=timedelta(minutes=15), jitter_share=0.0)
        plan = planner.plan_runs(silent, ["a"], datetime.now(UTC))
        begun = asyncio.get_running_loop().time()
        async with running(make_scheduler(store, desk, {"a": OFTEN}, holder="elsewhere:2:1")):
            await desk.until(lambda: desk.calls)
            assert asyncio.get_running_loop().time() - begun >= TIMING.lease_s
            woken = make_scheduler(store, asleep, {"a": OFTEN})
            await woken._crawls._close_runs(silent, {plan.started[0].run_id: Result("ran")})
        return plan.started[0].run_id

    run_id = asyncio.run(scene())
    (first,) = [row for row in rows(store) if row.id == run_id]
    assert first.outcome == "failed"
    assert "is gone" in first.why


class StoppedClock(SystemClock):
    """The machine's clocks, but no time passes by which a standby would take over."""

    def steady(self):
        return 0.0


def test_losing_the_lease_ends_the_child_and_stands_by(store):
    async def scene():
        desk = Desk()
        scheduler = make_scheduler(store, desk, {"a": HOURLY}, holder="elsewhere:1:1", clock=StoppedClock())
        async with running(scheduler):
            await desk.until(lambda: desk.calls)
            with store.write() as connection:
                seen = leases.look_at(connection, FIRST)
                leases.take(connection, FIRST, "elsewhere:2:1", now=datetime.now(UTC), stood_still=seen)
            await desk.until(lambda: desk.ended == 1)
            await until_stored(lambda: not scheduler.is_active, store)

    asyncio.run(scene())
    assert [row.outcome for row in rows(store)] == ["running"]  # whoever follows ends it


class JumpingClock(SystemClock):
    """The machine's clocks, with the one of the wall set at will."""

    def __init__(self):
        self.jump = timedelta(0)

    def now(self):
        return super().now() + self.jump


@pytest.mark.parametrize("jump", [timedelta(days=3650), timedelta(days=-3650), timedelta(hours=-1)])
def test_a_clock_that_is_set_stops_nothing_and_repeats_nothing(store, jump):
    async def scene():
        desk, clock = Desk(), JumpingClock()
        desk.gate.set()
        async with running(make_scheduler(store, desk, {"a": OFTEN}, clock=clock)):
            await desk.until(lambda: len(desk.calls) >= 2)
            clock.jump = jump
            seen = len(desk.calls)
            await desk.until(lambda: len(desk.calls) >= seen + 3)

    asyncio.run(scene())
    ran = [row.due_at for row in rows(store) if row.outcome == "ran"]
    assert len(ran) == len(set(ran))


def test_a_store_that_fails_for_a_while_delays_and_is_told(store):
    noted: list[Exception | None] = []

    async def scene():
        desk = Desk()
        desk.gate.set()
        scheduler = make_scheduler(store, desk, {"a": OFTEN}, note=noted.append)
        handle, faults = scheduler._planner.plan_runs, [OSError("disk I/O error")]

        def fail_once(*args, **kwargs):
            if faults:
                raise faults.pop()
            return handle(*args, **kwargs)

        scheduler._planner.plan_runs = fail_once
        async with running(scheduler):
            await desk.until(lambda: desk.calls)
            await until_stored(lambda: noted[-1] is None, store)

    asyncio.run(scene())
    assert str(noted[0]) == "disk I/O error"
    assert noted[-1] is None
    assert {row.outcome for row in rows(store)} == {"ran"}


def test_the_timetable_names_what_is_switched_on():
    sources = parse_sources(
        """
        [[source]]
        name = "a"
        publisher = "A"
        kind = "feed"
        url = "https://a.example/feed"
        interval = "10m"
        [[source]]
        name = "b"
        publisher = "B"
        kind = "feed"
        url = "https://b.example/feed"
        cron = "30 6 * * mon-fri"
        [[source]]
        name = "c"
        publisher = "C"
        kind = "feed"
        url = "https://c.example/feed"
        cron = "30 6 * * sun"
        timezone = "Asia/Tokyo"
        [[source]]
        name = "d"
        publisher = "D"
        kind = "feed"
        url = "https://d.example/feed"
        interval = "10m"
        enabled = false
        """
    )
    found = read_timetable(sources, ScheduleSettings(timezone="Europe/Berlin"))
    assert {name: str(rule) for name, rule in found.items()} == {
        "a": "every 0:10:00",
        "b": "cron 30 6 * * mon-fri Europe/Berlin",
        "c": "cron 30 6 * * sun Asia/Tokyo",
    }


def test_an_interval_has_a_floor():
    source = parse_sources(
        '[[source]]\nname = "a"\npublisher = "A"\nurl = "https://a.example/"\ninterval = "1s"\n'
    )
    assert str(read_timetable(source, ScheduleSettings())["a"]) == "every 0:00:10"
    assert str(read_timetable(source, ScheduleSettings(shortest_interval_s=0.5))["a"]) == "every 0:00:01"


@pytest.mark.parametrize(
    ("range_s", "chosen_minutes", "rule"),
    [
        ('interval = "5m"\nlongest_interval = "1h"', 20, "every 0:20:00"),
        ('interval = "5m"\nlongest_interval = "10m"', 20, "every 0:10:00"),
        ('interval = "30m"\nlongest_interval = "1h"', 20, "every 0:30:00"),
        ('interval = "5m"', 20, "every 0:05:00"),
    ],
)
def test_a_chosen_interval_stays_within_the_range_of_today(range_s, chosen_minutes, rule):
    source = parse_sources(
        f'[[source]]\nname = "a"\npublisher = "A"\nurl = "https://a.example/"\n{range_s}\n'
    )
    chosen = {"a": timedelta(minutes=chosen_minutes)}
    assert str(read_timetable(source, ScheduleSettings(), chosen)["a"]) == rule


def test_sources_of_one_host_share_what_it_may_get():
    blocks = [
        f'[[source]]\nname = "s{number}"\npublisher = "A"\nurl = "https://a.example/{number}"\n'
        'interval = "1m"\nlongest_interval = "1h"\n'
        for number in range(4)
    ]
    other = '[[source]]\nname = "other"\npublisher = "B"\nurl = "https://b.example/"\ninterval = "1m"\nlongest_interval = "1h"\n'
    sources = parse_sources("".join([*blocks, other]))
    rules = read_timetable(sources, ScheduleSettings())
    assert str(rules["other"]) == "every 0:01:00"
    assert {str(rules[f"s{number}"]) for number in range(4)} == {"every 0:04:00"}
    rules = read_timetable(sources, ScheduleSettings(lists_per_host_an_hour=240))
    assert {str(rule) for rule in rules.values()} == {"every 0:01:00"}
