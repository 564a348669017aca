"""Which shares of the host space a process takes and passes on, on a real PostgreSQL."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from copytaster.process_id import this_process
from copytaster.schedule.due_runs import RunPlanner
from copytaster.schedule.shares import CRAWL_LEASES, SHARES, find_share
from copytaster.schedule.timetable import Every
from copytaster.store import leases, ledger, workers
from copytaster.store.ledger import Result
from copytaster.store.workers import Worker
from newsdesk import fair_part
from newsdesk.crawl_shares import CrawlShares
from newsdesk.roles import EVERY_ROLE, Role
from scheduler import Scheduler, SchedulerTiming
from spiders.publishers import site_of
from tests.newsdesk.running_shares import running, until

OTHER = "upland/0a1b2c3d/4026531836:18:99"
HOURLY = Every(timedelta(hours=1))
TIMING = SchedulerTiming(drain_s=5, lease_s=1.0, gather_s=0.0, watch_s=0.05)
SOURCES = {
    name: SimpleNamespace(url=f"http://{name}.example/feed")
    for name in ("aldhaven", "birkmouth", "corrie", "dell")
}


@pytest.fixture(autouse=True)
def _look_often(monkeypatch):
    monkeypatch.setattr(fair_part, "LOOK_S", 0.05)


def join(store, holder, roles):
    with store.write() as connection:
        workers.keep_worker(connection, Worker(holder, tuple(sorted(roles)), "1.0", datetime.now(UTC)))


def count_held(store, holder):
    with store.read() as connection:
        return sum(one == holder for one in leases.list_holders(connection).values())


def make(store, crawl, roles=frozenset({Role.CRAWL})):
    def make_scheduler(lease, may_take, is_mine):
        planner = RunPlanner(store, {}, grace=timedelta(minutes=15), jitter_share=0.0, is_mine=is_mine)
        return Scheduler(store, planner, crawl, timing=TIMING, lease=lease, may_take=may_take)

    shares = CrawlShares(store, roles, make_scheduler, SOURCES.get)
    shares.change_timetable(dict.fromkeys(SOURCES, HOURLY))
    return shares


async def collect(_run):
    return Result("ran")


def test_a_process_alone_takes_every_share_and_each_source_runs_once(shared):
    join(shared, this_process(), {Role.CRAWL})

    def all_ran():
        with shared.read() as connection:
            return sorted(run.source for run in ledger.list_runs(connection, outcome="ran")) == sorted(
                SOURCES
            )

    async def scene():
        async with running(make(shared, collect)):
            await until(all_ran)
            return count_held(shared, this_process())

    assert asyncio.run(scene()) == SHARES
    assert count_held(shared, this_process()) == 0


def test_a_process_that_joins_gets_half_once_crawls_under_way_have_ended(shared):
    join(shared, this_process(), {Role.CRAWL})
    began, gate = asyncio.Event(), asyncio.Event()
    passed = {name for name in SOURCES if find_share(site_of(SOURCES[name].url), SHARES) >= SHARES // 2}
    assert passed
    assert passed < SOURCES.keys()
    calls = []

    async def crawl(run):
        calls.append(run.due.source)
        if len(calls) == len(SOURCES):
            began.set()
        await gate.wait()
        return Result("ran")

    async def scene():
        shares = make(shared, crawl)
        async with running(shares):
            await began.wait()
            join(shared, OTHER, {Role.CRAWL})
            busy = {find_share(site_of(source.url), SHARES) for source in SOURCES.values()}
            kept = sum(share in busy or share < SHARES // 2 for share in range(SHARES))
            await until(lambda: count_held(shared, this_process()) == kept)
            gate.set()
            await until(lambda: count_held(shared, this_process()) == SHARES // 2)
        with shared.read() as connection:
            return {run.source: run.outcome for run in ledger.list_runs(connection)}

    assert asyncio.run(scene()) == dict.fromkeys(SOURCES, "ran")


@pytest.mark.parametrize(("roles", "held"), [(EVERY_ROLE, 0), (frozenset({Role.CRAWL}), SHARES // 2)])
def test_with_every_role_a_process_waits_while_another_one_has_the_first_share(shared, roles, held):
    join(shared, this_process(), roles)
    join(shared, OTHER, {Role.CRAWL})
    with shared.write() as connection:
        for name in CRAWL_LEASES[: SHARES // 2]:
            leases.take(connection, name, OTHER, now=datetime.now(UTC))

    def renew():
        with shared.write() as connection:
            for name in CRAWL_LEASES[: SHARES // 2]:
                seen = leases.look_at(connection, name)
                leases.renew(connection, leases.Lease(name, OTHER, seen.token), now=datetime.now(UTC))

    async def scene():
        async with running(make(shared, collect, roles)):
            for _ in range(20):
                await asyncio.to_thread(renew)
            await until(lambda: count_held(shared, this_process()) == held)
            return count_held(shared, OTHER)

    assert asyncio.run(scene()) == SHARES // 2


def test_sources_that_are_added_while_it_works_run(shared):
    join(shared, this_process(), {Role.CRAWL})

    def all_ran():
        with shared.read() as connection:
            return {run.source for run in ledger.list_runs(connection, outcome="ran")} == SOURCES.keys()

    async def scene():
        shares = make(shared, collect)
        shares.change_timetable({})
        async with running(shares):
            await until(lambda: count_held(shared, this_process()) == SHARES)
            shares.change_timetable(dict.fromkeys(SOURCES, HOURLY))
            await until(all_ran)

    asyncio.run(scene())
