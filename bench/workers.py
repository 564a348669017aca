"""`python -m bench workers`: pages a second with 1, 2 and 4 crawl workers on one PostgreSQL, and what of it the store takes.

Feeds lie on hosts of every share, without a delay between requests. Time counts from the moment at which the sources are
there: workers have started and hold their shares. A page is requested, parsed and stored; grouping is another role.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench import postgres
from bench.soak.crawl_hosts import serve_hosts
from bench.soak.crawl_newsroom import CrawlNewsroom, list_descendants, read_stored, working, write_sources
from copytaster.logs import set_up
from copytaster.store.engine import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.postgres import Postgres

WORKERS = (1, 2, 4)
FEEDS = 16
TICKS_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Speed:
    """What so many workers did; processor seconds a page of the workers, and of PostgreSQL."""

    workers: int
    pages: int
    seconds: float
    crawl_cpu_s: float
    store_cpu_s: float

    def describe(self) -> str:
        """As it is printed."""
        cpu_s = self.crawl_cpu_s + self.store_cpu_s
        return (
            f"{self.workers} workers: {self.pages} pages, {self.pages / self.seconds:.1f} a second with "
            f"{cpu_s / self.seconds:.2f} cores; {1000 * cpu_s / self.pages:.0f} ms of processor time a page, of which "
            f"PostgreSQL {100 * self.store_cpu_s / cpu_s:.0f} %"
        )


def main(options: Sequence[str] = ()) -> list[dict[str, float]]:
    """Measure, print a table, return the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench workers", description=__doc__)
    parser.add_argument("--pages", type=int, default=640, help="pages that each run reads (default 640)")
    chosen = parser.parse_args(options)
    set_up("CRITICAL", "text")
    if reason := postgres.why_not():
        print(f"SKIPPED: {reason}")
        return []
    with postgres.running() as server:
        speeds = []
        for workers in WORKERS:
            speeds.append(measure(server, workers, chosen.pages))
            print(speeds[-1].describe(), flush=True)
    return [asdict(speed) for speed in speeds]


def measure(server: Postgres, workers: int, pages: int) -> Speed:
    """Let so many workers read so many pages."""
    stories = max(1, pages // FEEDS)
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_hosts(FEEDS, stories, at_once=stories, shared="") as hosts,
        closing(Store(server.make_database())) as store,
    ):
        config = write_sources(Path(folder), hosts, store.url, delay_s=0.0)
        whole = config.read_text()
        config.write_text(whole.partition("[[source]]")[0])
        newsroom = CrawlNewsroom(config, store, server, seed=1)
        with working(newsroom, workers):
            crawl_s, store_s = _sum_cpu_s(newsroom.pids), _sum_cpu_s(_list_of_server(server))
            begun = time.perf_counter()
            config.write_text(whole)
            newsroom.wait(lambda: hosts.is_whole and hosts.listed <= read_stored(store)[0])
            seconds = time.perf_counter() - begun
            return Speed(
                workers,
                len(hosts.listed),
                seconds,
                _sum_cpu_s(newsroom.pids) - crawl_s,
                _sum_cpu_s(_list_of_server(server)) - store_s,
            )


def _list_of_server(server: Postgres) -> list[int]:
    return [server.pid, *list_descendants(server.pid)]


def _sum_cpu_s(pids: Iterable[int]) -> float:
    """Of these processes and of their children that have ended."""
    ticks = 0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / TICKS_S
