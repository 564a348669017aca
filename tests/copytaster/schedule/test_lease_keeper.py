"""When a process takes a lease whose holder is silent."""

import asyncio
from datetime import UTC, datetime

import pytest

from copytaster.schedule.lease_keeper import LeaseKeeper
from copytaster.store import leases

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEASE_S = 15.0
SILENT = "upland/0a1b2c3d/4026531836:18:99"


class Clock:
    def __init__(self):
        self.seconds = 0.0

    def now(self):
        return NOON

    def steady(self):
        return self.seconds


@pytest.mark.parametrize("may_take", [True, False])
def test_silence_counts_from_the_first_look_whether_or_not_it_might_take_the_lease_then(store, may_take):
    clock = Clock()
    keeper = LeaseKeeper(store, "schedule/2", lease_s=LEASE_S, clock=clock, holder="own")
    with store.write() as connection:
        leases.take(connection, "schedule/2", SILENT, now=NOON)
    assert asyncio.run(keeper.try_to_take(may_take=may_take)) is None
    assert keeper.sees_other
    clock.seconds = LEASE_S - 1
    assert asyncio.run(keeper.try_to_take()) is None
    clock.seconds = LEASE_S
    assert asyncio.run(keeper.try_to_take(may_take=False)) is None
    assert asyncio.run(keeper.try_to_take()).holder == "own"


def test_a_free_lease_that_it_may_not_take_is_left(store):
    keeper = LeaseKeeper(store, "schedule/2", lease_s=LEASE_S, clock=Clock(), holder="own")
    with store.write() as connection:
        lease = leases.take(connection, "schedule/2", SILENT, now=NOON)
        leases.let_go(connection, lease)
    assert asyncio.run(keeper.try_to_take(may_take=False)) is None
    assert not keeper.sees_other
    assert asyncio.run(keeper.try_to_take()).holder == "own"
