"""A crawl that is killed at any moment loses no story and stores none twice."""

import os
import random
import secrets
import signal
import sys
import threading
import time

import pytest
from sqlalchemy import select

from copytaster.store.engine import Store
from copytaster.store.tables import versions

KILLS = 12
STORIES_A_ROUND = 12


def serve_more(publisher, served):
    """Serve twelve more stories; the feed lists all of them, with a new validator."""
    for number in range(len(served), len(served) + STORIES_A_ROUND):
        served.append(f"/story-{number}")
        publisher.put_page(served[-1], f"Story {number} of the harbour", f"word{number}")
    listed = [{"path": path, "title": f"Story {number} of the harbour"} for number, path in enumerate(served)]
    publisher.put_feed("/feed", listed, headers={"ETag": f'"{len(served)}"'})


def crawl_and_kill(forker, after_s, **order):
    """Start a crawl, kill it `after_s` after its first event, and return its events."""
    forker.start(["town"], **order)
    pid = None
    events = []
    while pid is None:
        events.append(forker.read())
        pid = next((event["pid"] for event in events if event["event"] == "forked"), None)
    killer = threading.Timer(after_s, os.kill, (pid, signal.SIGKILL))
    killer.start()
    events += forker.follow()
    killer.cancel()
    killer.join()
    return events


def run_rounds(publisher, forker, order, seed, *, kills=KILLS, faults=()):
    """Kill several crawls, then finish one; returns served paths, acknowledged ids, and kills that hit."""
    chance = random.Random(seed)
    served: list[str] = []
    acknowledged: set[int] = set()
    hits = 0
    whole_s = 0.0
    for _ in range(2):  # the first is slow: it loads modules
        serve_more(publisher, served)
        began = time.monotonic()
        forker.crawl(["town"], **order)
        whole_s = time.monotonic() - began
    for _ in range(kills):
        serve_more(publisher, served)
        events = crawl_and_kill(forker, chance.uniform(0.005, whole_s), faults=faults, **order)
        acknowledged |= {event["version"] for event in events if event["event"] == "stored"}
        hits += not any(event["event"] == "ended" for event in events)
    [report] = forker.crawl(["town"], **order)
    assert report.outcome == "ran"
    return served, acknowledged, hits


@pytest.fixture
def order(publisher, crawl_settings, write_sources):
    return {"config": write_sources(town=publisher.base + "/feed"), "settings": crawl_settings()}


@pytest.fixture
def stored(crawl_settings):
    def read():
        store = Store(crawl_settings().store_url)
        with store.read() as connection:
            found = connection.execute(select(versions.c.id, versions.c.headline)).all()
        store.close()
        return found

    return read


def test_kills_lose_nothing_and_double_nothing(publisher, forker, order, stored):
    seed = secrets.randbits(32)
    sys.stdout.write(f"seed {seed}\n")
    served, acknowledged, hits = run_rounds(publisher, forker, order, seed)
    assert hits >= KILLS // 3, "hardly a kill met a crawl under way"
    headlines = sorted(row.headline for row in stored())
    assert headlines == sorted(f"Story {number} of the harbour" for number in range(len(served)))
    assert acknowledged <= {row.id for row in stored()}


def test_the_same_rounds_notice_a_spider_that_acknowledges_first(publisher, forker, order, stored):
    seed = secrets.randbits(32)
    sys.stdout.write(f"seed {seed}\n")
    served, _, hits = run_rounds(publisher, forker, order, seed, kills=KILLS // 2, faults=["hasty"])
    assert hits
    assert len(stored()) < len(served)
