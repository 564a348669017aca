"""How long the rules of a host hold in a process that lives for days."""

import asyncio
import gc
import weakref
from datetime import UTC, datetime, timedelta

import pytest

from copytaster.store.robots import KeptRobots
from spiders.net.robots import FAILURE_KEPT_S, RobotsMiddleware, SiteRules

KEPT_S = 7200
PATIENCE_S = 60


class Spy(RobotsMiddleware):
    """Counts what it reads; fails while told to."""

    def __init__(self):
        self.rules, self.read, self.fails = {}, 0, False

    async def _read(self, origin):
        self.read += 1
        clock = asyncio.get_running_loop().time()
        await asyncio.get_running_loop().run_in_executor(None, int)  # others come meanwhile
        if self.fails:
            raise OSError(origin)
        now = datetime.now(UTC)
        kept = KeptRobots(origin, 404, b"", None, None, now, now + timedelta(seconds=KEPT_S))
        return SiteRules(kept, None, clock + KEPT_S)


async def find(spy):
    return await asyncio.gather(
        *(spy._find_rules("https://a.example").reading for _ in range(3)), return_exceptions=True
    )


@pytest.mark.parametrize(("fails", "kept_s"), [(True, FAILURE_KEPT_S), (False, KEPT_S)])
def test_rules_are_read_once_and_again_when_they_are_too_old(monkeypatch, fails, kept_s):
    async def play():
        loop = asyncio.get_running_loop()
        start, ahead = loop.time, 0.0
        monkeypatch.setattr(loop, "time", lambda: start() + ahead)
        spy = Spy()
        spy.fails = fails
        reads = []
        for ahead in (0.0, kept_s - 30, kept_s + 1):  # noqa: B007 - the clock reads it
            await find(spy)
            reads.append(spy.read)
        return reads

    assert asyncio.run(play()) == [1, 1, 2]


def test_a_host_that_failed_once_is_served_a_minute_later(monkeypatch):
    async def play():
        loop = asyncio.get_running_loop()
        start, ahead = loop.time, 0.0
        monkeypatch.setattr(loop, "time", lambda: start() + ahead)
        spy = Spy()
        spy.fails = True
        assert all(isinstance(answer, OSError) for answer in await find(spy))
        spy.fails, ahead = False, FAILURE_KEPT_S + 1
        return [site.rules for site in await find(spy)]

    assert asyncio.run(play()) == [None] * 3


class Crawl:
    """A crawl with its spider; `keep_rules` is what the parser's process answers."""

    def __init__(self):
        self.spider, self.robots, self.fails = self, {}, False
        self.settings = {"USER_AGENT": "tester"}

    async def keep_rules(self, body, _url, _source):
        return body.decode()

    async def read(self, _find):
        if self.fails:
            raise OSError("no answer")
        now = datetime.now(UTC)
        hour = timedelta(hours=1)
        return KeptRobots("https://a.example", 200, RULES, None, None, now - hour, now + hour)


class Rules(dict):
    """The rules of hosts, by host."""

    def __init__(self):
        self.is_forgotten = asyncio.Event()

    def __delitem__(self, origin):
        super().__delitem__(origin)
        self.is_forgotten.set()


RULES = b"User-agent: *\nDisallow: /members/\n"


@pytest.mark.parametrize("fails", [False, True])
def test_rules_that_outlive_a_crawl_do_not_keep_it(monkeypatch, fails):
    monkeypatch.setattr("spiders.net.robots.FAILURE_KEPT_S", 0.0)

    async def play():
        crawl, rules = Crawl(), Rules()
        crawl.fails = fails
        robots = RobotsMiddleware(crawl, crawl)
        robots.rules = rules
        (answer,) = await asyncio.gather(
            robots._find_rules("https://a.example").reading, return_exceptions=True
        )
        assert isinstance(answer, OSError if fails else SiteRules)
        alive = weakref.ref(crawl)
        del crawl, robots, answer
        if fails:
            await asyncio.wait_for(rules.is_forgotten.wait(), PATIENCE_S)
        gc.collect()
        return alive(), rules

    alive, rules = asyncio.run(play())
    assert alive is None
    if not fails:
        assert not rules["https://a.example"].reading.result().rules.allowed("/members/x", "tester")
