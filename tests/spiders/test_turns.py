"""Turns: the most urgent one that waits is next."""

import asyncio

from spiders.turns import BACKFILL, FEED, FRESH, Turns


def test_feeds_go_before_fresh_pages_and_these_before_backfill():
    async def scene():
        turns, order = Turns(1), []

        async def work(name, urgency):
            async with turns.turn(urgency):
                order.append(name)
                await asyncio.sleep(0)

        await turns.take(FEED)
        names = [("old", BACKFILL), ("page", FRESH), ("older", BACKFILL), ("feed", FEED)]
        tasks = [asyncio.create_task(work(*name)) for name in names]
        await asyncio.sleep(0)
        assert turns.waiting == 4
        turns.give_back()
        await asyncio.gather(*tasks)
        return order, turns.waiting

    assert asyncio.run(scene()) == (["feed", "page", "old", "older"], 0)


def test_as_many_at_once_as_there_are_turns():
    async def scene():
        turns, most, now = Turns(3), 0, 0

        async def work():
            nonlocal most, now
            async with turns.turn(FRESH):
                now += 1
                most = max(most, now)
                await asyncio.sleep(0)
                now -= 1

        await asyncio.gather(*(work() for _ in range(20)))
        return most

    assert asyncio.run(scene()) == 3


def test_one_that_no_longer_waits_takes_no_turn():
    async def scene():
        turns = Turns(1)
        await turns.take(FEED)
        gone = asyncio.create_task(turns.take(FEED))
        stays = asyncio.create_task(turns.take(BACKFILL))
        await asyncio.sleep(0)
        gone.cancel()
        turns.give_back()
        await stays
        assert gone.cancelled() or gone.done()
        late = asyncio.create_task(turns.take(FEED))
        await asyncio.sleep(0)
        assert not late.done()
        turns.give_back()
        await late

    asyncio.run(scene())


def test_a_turn_handed_over_to_one_that_is_cancelled_at_that_moment_is_not_lost():
    async def scene():
        turns = Turns(1)
        await turns.take(FEED)
        gone = asyncio.create_task(turns.take(FEED))
        await asyncio.sleep(0)
        turns.give_back()
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        await turns.take(FEED)

    asyncio.run(asyncio.wait_for(scene(), 60))
