"""Which shares of the outbox a process takes, passes on and writes, on a real PostgreSQL."""

import asyncio
import threading
from datetime import UTC, datetime

import pytest

from copytaster.errors import BusyError
from copytaster.identity import name_dispatch
from copytaster.process_id import this_process
from copytaster.schedule.shares import INDEX_LEASES, SHARES
from copytaster.store import leases, outbox, workers
from copytaster.store.workers import Worker
from newsdesk import fair_part, stage_lease
from newsdesk.outbox_shares import OutboxShares
from tests.newsdesk.running_shares import PATIENCE_S, running, until

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
OTHER = "upland/0a1b2c3d/4026531836:18:99"


@pytest.fixture(autouse=True)
def _look_often(monkeypatch):
    monkeypatch.setattr(fair_part, "LOOK_S", 0.05)
    monkeypatch.setattr(stage_lease, "LOOK_S", 0.05)


@pytest.fixture
def join(shared):
    def join(holder=None, roles=("index",)):
        with shared.write() as connection:
            workers.keep_worker(connection, Worker(holder or this_process(), roles, "1.0", NOW))

    return join


def list_held(store, holder):
    with store.read() as connection:
        held = leases.list_holders(connection)
    return [name for name in INDEX_LEASES if held.get(name) == holder]


def see(_should_end, part):
    see.part = part
    return len(part.shares)


def test_a_process_alone_holds_all_and_gives_all_back_at_a_stop(shared, join):
    join()

    async def scene():
        shares = OutboxShares(shared, is_shared=True)
        assert shares.write(see, bool) == 0  # nothing is held yet
        async with running(shares):
            await until(lambda: len(shares.held) == SHARES)
            assert shares.holds_first
            assert shares.write(see, bool) == SHARES

    asyncio.run(scene())
    assert list_held(shared, this_process()) == []


def test_of_an_index_of_one_machine_one_lease_stands_for_all(shared, join):
    join()
    join(OTHER)

    async def scene():
        shares = OutboxShares(shared, is_shared=False)
        async with running(shares):
            await until(lambda: shares.holds_first)
            assert shares.write(see, bool) == 1
            assert see.part.holds(name_dispatch("any", 1))
            assert see.part.of == 1
        second = OutboxShares(shared, is_shared=False, may_take=lambda: False)
        async with running(second):
            assert not second.held

    asyncio.run(scene())


def test_what_is_more_than_fair_goes_on_once_the_slice_has_ended(shared, join):
    join()
    began, may_go_on = threading.Event(), threading.Event()
    ended = []

    def work(should_end, part):
        began.set()
        may_go_on.wait(PATIENCE_S)
        ended.append(should_end())
        with shared.write() as connection:
            shares.confirm(connection)
        return len(part.shares)

    shares = OutboxShares(shared, is_shared=True)

    async def scene():
        async with running(shares):
            await until(lambda: len(shares.held) == SHARES)
            slice_ = asyncio.create_task(asyncio.to_thread(shares.write, work, bool))
            await until(began.is_set)
            join(OTHER)
            await until(lambda: shares._part.most == SHARES // 2)
            assert len(shares.held) == SHARES
            may_go_on.set()
            assert await slice_ == SHARES  # what it wrote is settled
            await until(lambda: len(shares.held) == SHARES // 2)
            assert shares.write(see, bool) == SHARES // 2

    asyncio.run(scene())
    assert ended == [True]


def test_a_slice_whose_share_was_taken_over_settles_nothing(shared, join):
    join()
    name = name_dispatch("story", 1)
    shares = OutboxShares(shared, is_shared=True)

    def work(_should_end, part):
        with shared.read() as connection:
            (row,) = outbox.take_due(connection, now=NOW, limit=9, part=part)
        with shared.write() as connection:  # this process was frozen, and another one has followed
            for lease in INDEX_LEASES:
                leases.take(connection, lease, OTHER, now=NOW, stood_still=leases.look_at(connection, lease))
        with shared.write() as connection:
            shares.confirm(connection)
            outbox.remove_all_written(connection, [(row, row.change)])

    async def scene():
        with shared.write() as connection:
            outbox.enqueue_many(connection, [(name, 1)], at=NOW)
        async with running(shares):
            await until(lambda: len(shares.held) == SHARES)
            assert await asyncio.to_thread(shares.write, work, bool) == 0

    asyncio.run(scene())
    with shared.read() as connection:
        assert outbox.read_backlog(connection).waiting == 1


def test_a_fault_of_work_that_is_still_ours_is_no_take_over(shared, join):
    join()

    def work(_should_end, _part):
        raise BusyError("the store is busy", resource="store")

    async def scene():
        shares = OutboxShares(shared, is_shared=True)
        async with running(shares):
            await until(lambda: len(shares.held) == SHARES)
            with pytest.raises(BusyError):
                shares.write(work, bool)

    asyncio.run(scene())
