"""Crawl workers on one PostgreSQL, killed, frozen and cut off: nothing lost, nothing doubled, no host requested too fast."""

from __future__ import annotations

import random
import tempfile
from contextlib import closing
from pathlib import Path
from statistics import median

from bench import postgres
from bench.soak.crawl_hosts import serve_hosts
from bench.soak.crawl_newsroom import (
    DELAY_S,
    GUARDED,
    UNGUARDED,
    CrawlNewsroom,
    read_stored,
    working,
    write_sources,
)
from bench.soak.trial import Outcome, Trial
from copytaster.store.engine import Store

FAULTS = ("kill", "freeze", "restart", "kill_crawl")
FEEDS = 8  # one a share
STORIES = 6  # that each feed lists in the end, and as many more for each round of faults
MANY = 8  # faults, from which on there are four workers and each freeze lasts half a minute
FROZEN_S = 30.0


def run(size: int, seed: int) -> Outcome:
    """`size` faults in turn while feeds list ever more stories."""
    return _try(size, seed, GUARDED)


def control(size: int, seed: int) -> Outcome:
    """No fault, but each worker paces hosts by itself: those that feeds of several lead to."""
    return _try(0, seed + size, UNGUARDED)


TRIAL = Trial(
    name="crawl-workers",
    promise="crawl workers killed, frozen 30 s, their store restarted: 0 lost, 0 doubled, the pace of every host kept",
    run=run,
    control=control,
    short=len(FAULTS),
    long=40,
)


def _try(size: int, seed: int, module: tuple[str, ...]) -> Outcome:
    if reason := postgres.why_not():
        return Outcome(0, 0, "", skipped=reason)
    faults = [FAULTS[number % len(FAULTS)] for number in range(size)]
    random.Random(seed).shuffle(faults)
    workers, frozen_s = (4, FROZEN_S) if size >= MANY else (2, 0.0)
    stories = STORIES * (1 + size // len(FAULTS))
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_hosts(FEEDS, stories) as hosts,
        postgres.running() as server,
        closing(Store(server.make_database())) as store,
    ):
        config = write_sources(Path(folder), hosts, store.url)
        newsroom = CrawlNewsroom(config, store, server, seed, module)
        with working(newsroom, workers):
            for fault in faults:
                newsroom.strike(fault, frozen_s=frozen_s)
            newsroom.wait(lambda: hosts.is_whole and hosts.listed <= read_stored(store)[0])
        stored, doubled, overlapping = read_stored(store)
        lost = len(hosts.listed - stored)
        hasty, requests = hosts.count_hasty(DELAY_S / 2), hosts.count_requests()
    wrong = lost + doubled + overlapping + hasty
    injected = max(1, size)
    figures = {"back (s)": median(newsroom.back_s), "back at most (s)": max(newsroom.back_s)} if size else {}
    return Outcome(
        injected,
        max(0, injected - wrong),
        f"{workers} workers, stories {len(stored)}: lost {lost}, doubled {doubled}; a source taken twice at once "
        f"{overlapping}; requests {requests}, too soon after another to the same host {hasty}",
        figures,
    )
