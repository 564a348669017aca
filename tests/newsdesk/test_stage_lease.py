"""The lease of a stage: one process has it, a silent one loses it with all it left open in the database."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from copytaster.errors import BusyError, CopytasterError
from copytaster.schedule import lease_keeper
from copytaster.store import leases
from copytaster.store.engine import Store
from copytaster.store.sessions import name_session
from newsdesk import stage_lease
from newsdesk.stage_lease import StageLease

PATIENCE_S = 60


@pytest.fixture
def url(postgres_server):
    made = postgres_server.make_database()
    yield made
    postgres_server.drop_database(made)


@pytest.fixture
def store(url):
    opened = Store(url)
    yield opened
    opened.close()


@pytest.fixture
def _quick(monkeypatch):
    monkeypatch.setattr(stage_lease, "LEASE_S", 0.25)
    monkeypatch.setattr(stage_lease, "LOOK_S", 0.05)


@asynccontextmanager
async def held(*many):
    tasks = [asyncio.create_task(one.run()) for one in many]
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield
    finally:
        for one in many:
            one.stop()
        await asyncio.gather(*tasks)


def make(store, holder, **more):
    taken = asyncio.Event()
    return StageLease(store, "group", holder=holder, on_taken=taken.set, **more), taken


@pytest.mark.usefixtures("_quick")
def test_one_has_it_and_the_other_follows_when_it_stops(store):
    async def scene():
        first, has_first = make(store, "a")
        second, has_second = make(store, "b")
        async with held(first):
            await has_first.wait()
            async with held(second):
                with store.write() as connection:
                    first.confirm(connection)
                with pytest.raises(BusyError), store.write() as connection:
                    second.confirm(connection)
                first.stop()
                await has_second.wait()
                with pytest.raises(BusyError), store.write() as connection:
                    first.confirm(connection)
                with store.write() as connection:
                    second.confirm(connection)

    asyncio.run(scene())


@pytest.mark.usefixtures("_quick")
def test_it_is_given_back_when_this_process_may_hold_it_no_longer(store):
    async def scene():
        may = asyncio.Event()
        may.set()
        first, has_first = make(store, "a", may_take=may.is_set)
        second, has_second = make(store, "b")
        async with held(first):
            await has_first.wait()
            async with held(second):
                may.clear()
                first.wake.set()
                await has_second.wait()
                assert not first.is_held

    asyncio.run(scene())


@pytest.mark.usefixtures("_quick")
def test_what_a_frozen_process_left_open_is_ended_before_another_takes_over(store, url, monkeypatch):
    """Without that its transaction would hold the lease for as long as it is frozen, and could commit afterwards."""
    monkeypatch.setattr("copytaster.store.engine.this_process", lambda: "frozen")
    frozen = Store(url)
    with frozen.write() as connection:
        lease = leases.take(connection, "group", "frozen", now=stage_now())

    async def follow():
        second, has_second = make(store, "b")
        async with held(second):
            await has_second.wait()

    with pytest.raises((CopytasterError, DBAPIError)), frozen.write() as connection:
        leases.confirm(connection, lease)
        leases.let_go(connection, lease)
        asyncio.run(follow())
    with pytest.raises(BusyError), frozen.write() as connection:
        leases.confirm(connection, lease)
    frozen.close()


def test_a_batch_that_confirmed_its_lease_keeps_it_while_it_is_renewed(store):
    with store.write() as connection:
        lease = leases.take(connection, "group", "a", now=stage_now())
    with store.write() as batch:
        leases.confirm(batch, lease)
        with store.write() as connection:  # does not wait for the batch
            leases.renew(connection, lease, now=stage_now())
        seen = leases.LeaseSighting("a", lease.token, 2)
        with pytest.raises(CopytasterError), store.write() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
            leases.take(connection, "group", "b", now=stage_now(), stood_still=seen)
    with store.write() as connection:
        assert leases.take(connection, "group", "b", now=stage_now(), stood_still=seen) is not None


def stage_now():
    return lease_keeper.SystemClock().now()


def test_the_name_of_a_session_fits_the_database():
    assert len(name_session("x" * 128)) < 63
    assert name_session("a") != name_session("b")
