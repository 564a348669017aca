"""Two processes that lead to one host: the second waits, and then counts the delay from the first one's last request."""

import asyncio
import time
from datetime import timedelta

from sqlalchemy import select

from copytaster.store.host_claims import Claim
from copytaster.store.tables import host_claims
from spiders.middlewares import Gates, HostGate
from spiders.net.host_claims import HostClaims

HOST = "outlet.example"
ONE, TWO = "harbour/0a1b2c3d/4026531836:17:99", "upland/0a1b2c3d/4026531836:18:99"
CLAIM_S, DELAY_S, PATIENCE_S = 1.0, 0.3, 60


class Request:
    url = f"http://{HOST}/a"

    def __init__(self):
        self.meta = {}


def make_gate(store, holder):
    return HostGate(Gates(1), HostClaims(store, holder=holder, claim_s=CLAIM_S), DELAY_S)


def read_end(store):
    with store.read() as connection:
        return connection.scalar(select(host_claims.c.until).where(host_claims.c.host == HOST))


async def request(gate, sent, name):
    asked = Request()
    await gate.process_request(asked)
    sent.append((name, time.monotonic()))
    return asked


def test_requests_of_two_processes_to_one_host_keep_its_pace(shared):
    async def scene():
        one, two = make_gate(shared, ONE), make_gate(shared, TWO)
        sent = []
        async with asyncio.timeout(PATIENCE_S):
            held = await request(one, sent, ONE)
            waiting = asyncio.create_task(request(two, sent, TWO))
            first = await asyncio.to_thread(read_end, shared)
            while await asyncio.to_thread(read_end, shared) < first + 2 * timedelta(seconds=CLAIM_S):
                pass
            is_alone = not waiting.done()
            one.process_exception(held, OSError())
            two.process_exception(await waiting, OSError())
        return is_alone, sent

    is_alone, sent = asyncio.run(scene())
    assert is_alone
    assert [name for name, _ in sent] == [ONE, TWO]


def test_a_claim_that_was_lost_meanwhile_is_claimed_again_before_the_next_request(shared):
    async def scene():
        claims, others = HostClaims(shared, holder=ONE, claim_s=0.0), HostClaims(shared, holder=TWO)
        async with asyncio.timeout(PATIENCE_S):
            assert await asyncio.to_thread(claims._claim, HOST) is Claim.KEPT
            await others.hold(HOST)
        return claims.holds(HOST), others.holds(HOST), others.taken_at(HOST) <= time.monotonic()

    assert asyncio.run(scene()) == (False, True, True)


def test_on_a_file_nobody_claims_anything(store):
    claims = HostClaims(store)
    assert claims.holds(HOST)
    asyncio.run(claims.hold(HOST))
