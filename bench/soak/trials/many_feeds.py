"""Ten thousand feeds, each on a host of its own, every 15 minutes: each due time is one row and starts within a minute."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any, Self

from bench.soak.feed_hosts import ETAG, ROBOTS, address_of, kind_of, write_feed
from bench.soak.trial import Outcome, Trial
from copytaster.schedule.due_runs import RunPlanner, StartedRun
from copytaster.schedule.timetable import starts_at
from copytaster.store import ledger
from copytaster.store.engine import Store
from copytaster.store.entries import EntrySeen
from copytaster.store.robots import KeptRobots, keep_robots
from copytaster.store.schedules import HandledSource, keep_handled
from copytaster.store.source_cursor import Cursor, keep_cursor
from copytaster.store.tables import entries
from scheduler import Scheduler, SchedulerTiming, read_timetable
from settings import CrawlSettings, Settings
from spiders.feeds import parse_feed
from spiders.net.robots_lifetime import LONGEST, origin_of
from spiders.process.desk import CrawlDesk
from spiders.sources.config import Sources, parse_sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from copytaster.schedule.timetable import Rule
    from spiders.run_report import RunReport

INTERVAL = timedelta(minutes=15)
RATE = 10_000 / INTERVAL.total_seconds()  # due times a second; fewer feeds are due in a shorter time
LIMIT_S = 60.0  # the promised p95 of start delays
LIMIT_BYTES = 1_500_000_000
MEASURED_FROM = 1_000  # feeds; with fewer the start of the process is all that a p95 says
PATIENCE_S = 600.0  # after the last due time
CONTROL_S = 2.0
LOOK_S = 2.0


def run(size: int, seed: int) -> Outcome:
    """`size` feeds at the rate of ten thousand in 15 minutes, until each has had its due time."""
    return _try(size, SchedulerTiming(drain_s=5.0), PATIENCE_S, seed)


def control(size: int, seed: int) -> Outcome:
    """One crawl at a time, as if each source waited for the one before."""
    return _try(min(size, 300), SchedulerTiming(drain_s=1.0, places=1), CONTROL_S, seed)


TRIAL = Trial(
    name="many-feeds",
    promise="10,000 feeds every 15 minutes: each due time is one row and runs, p95 of the delay < 60 s, memory < 1.5 GB",
    run=run,
    control=control,
    short=60,
    long=10_000,
)


@dataclass(slots=True)
class _Use:
    """What the processes of the service used; the server of the feeds is none of them."""

    cpu_s: float = 0.0
    peak_bytes: int = 0


def _try(size: int, timing: SchedulerTiming, patience_s: float, _seed: int) -> Outcome:
    with tempfile.TemporaryDirectory() as folder, _Hosts() as hosts:
        settings, sources = _configure(Path(folder), hosts.port, size)
        store = Store(settings.store_url)
        try:
            timetable = read_timetable(sources, settings.schedule)
            dues = _make_past(store, sources, timetable)
            use = asyncio.run(_crawl(store, settings, sources, timetable, timing, patience_s))
            with store.read() as connection:
                runs = ledger.list_runs(connection, limit=1_000_000)
        finally:
            store.close()
        answered = hosts.close()
    return _judge(runs, dues, timetable, settings, use, answered)


def _configure(folder: Path, port: int, size: int) -> tuple[Settings, Sources]:
    text = "".join(
        f'[[source]]\nname = "port-{number}"\npublisher = "Port {number}"\nkind = "feed"\ninterval = "15m"\n'
        f'url = "http://{address_of(number)}:{port}/{number}/feed"\n'
        for number in range(size)
    )
    crawl = CrawlSettings(allow_addresses=(ip_network("127.0.0.0/8"),))
    settings = Settings(data_dir=folder / "data", log_level="CRITICAL", crawl=crawl)
    return settings, parse_sources(text, resource="sources.toml")


def _make_past(store: Store, sources: Sources, timetable: Mapping[str, Rule]) -> dict[str, datetime]:
    """Keep of each feed what the run of 15 minutes ago left; returns when each falls due, evenly from now on."""
    begin = datetime.now(UTC) + timedelta(seconds=1)
    dues = {}
    for start in range(0, len(list(sources)), 500):
        with store.write() as connection:
            rows: list[HandledSource] = []
            known: list[dict[str, Any]] = []
            for number, source in list(enumerate(sources))[start : start + 500]:
                due = begin + timedelta(seconds=number / RATE)
                dues[source.name] = due
                rows.append(HandledSource(source.name, str(timetable[source.name]), due - INTERVAL))
                keep_cursor(connection, source.name, _cursor_of(number), now=due - INTERVAL)
                keep_robots(connection, _robots_of(number, source.url, begin))
                known += [
                    _row_of(source.name, entry, due - INTERVAL)
                    for entry in _known_entries(number, source.url)
                ]
            keep_handled(connection, rows)
            connection.execute(entries.insert(), known)
    return dues


def _cursor_of(number: int) -> Cursor:
    return Cursor(etag=ETAG) if kind_of(number) == "same" else Cursor()


def _robots_of(number: int, url: str, now: datetime) -> KeptRobots:
    """Fetched within the last day, as those of a service that has run for longer: one in 96 expires in an interval."""
    age = LONGEST * (number * 0.618 % 1)
    return KeptRobots(origin_of(url), 200, ROBOTS, None, None, now - age, now - age + LONGEST)


def _known_entries(number: int, url: str) -> Iterator[EntrySeen]:
    if kind_of(number) == "same":  # its list is not sent again; that it had one is known by an entry
        yield EntrySeen(f"{number}", url, "", None, None)
        return
    body = write_feed(number, url.rsplit("/", 2)[0], new=False)
    for entry in parse_feed(body, url=url, content_type=None, max_entries=100).entries:
        yield EntrySeen(entry.key, str(entry.url), entry.digest, None, None)


def _row_of(source: str, entry: EntrySeen, at: datetime) -> dict[str, Any]:
    return {
        "source": source,
        "entry": entry.key,
        "url": entry.url,
        "digest": entry.digest,
        "first_seen_at": at,
        "last_seen_at": at,
        "fetched_at": at,
        "outcome": "unchanged",
    }


async def _crawl(
    store: Store,
    settings: Settings,
    sources: Sources,
    timetable: Mapping[str, Rule],
    timing: SchedulerTiming,
    patience_s: float,
) -> _Use:
    """Run the schedule until every feed's run has ended, or patience does."""
    waiting = set(timetable)
    enough = asyncio.Event()
    desk = CrawlDesk(settings, on_stored=lambda: None, on_load=lambda _waiting: None)

    async def crawl(run: StartedRun) -> RunReport:
        until_next_s = (run.next_at - datetime.now(UTC)).total_seconds()
        report = await desk.crawl(run.due.source, run.run_id, configured=sources, until_next_s=until_next_s)
        waiting.discard(report.source)
        if not waiting:
            enough.set()
        return report

    planner = RunPlanner(
        store, timetable, grace=timedelta(minutes=15), jitter_share=settings.schedule.jitter_share
    )
    scheduler = Scheduler(store, planner, crawl, timing=timing)
    use, began_s = _Use(), _cpu_s()
    watching = asyncio.create_task(_watch_memory(use))
    scheduling = asyncio.create_task(scheduler.run())
    with suppress(TimeoutError):
        async with asyncio.timeout(len(timetable) / RATE + patience_s):
            await enough.wait()
    watching.cancel()
    scheduler.stop()
    await scheduling
    await desk.close()
    use.cpu_s = _cpu_s() - began_s
    return use


def _cpu_s() -> float:
    """Of this process and its children that have ended: the crawl process with its parsers."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


async def _watch_memory(use: _Use) -> None:
    while True:
        use.peak_bytes = max(use.peak_bytes, await asyncio.to_thread(_sum_memory, os.getpid()))
        await asyncio.sleep(LOOK_S)


def _sum_memory(pid: int) -> int:
    """Bytes of a process and its descendants, shared ones counted once; the feeds' server is left out."""
    total = 0
    with suppress(OSError):
        if b"feed_hosts" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return 0
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        total = sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            total += sum(_sum_memory(int(child)) for child in children.read_text(encoding="ascii").split())
    return total


def _judge(
    runs: list[ledger.Run],
    dues: Mapping[str, datetime],
    timetable: Mapping[str, Rule],
    settings: Settings,
    use: _Use,
    answered: Mapping[str, int],
) -> Outcome:
    rows = Counter((run.source, run.due_at) for run in runs)
    ran = {(run.source, run.due_at): run for run in runs if run.outcome == "ran"}
    own = [ran[due] for due in dues.items() if due in ran]
    held = sum(rows[due] == 1 and due in ran for due in dues.items())
    requests = sum(answered.values())
    figures = {
        "CPU (s)": use.cpu_s,
        "CPU a run (ms)": 1000 * use.cpu_s / max(1, len(ran)),
        "memory (MB)": use.peak_bytes / 1e6,
        "robots.txt (% of requests)": 100 * answered.get("robots.txt", 0) / max(1, requests),
    }
    is_in_time = True
    if len(dues) >= MEASURED_FROM and len(own) > 1:
        jitter = settings.schedule.jitter_share
        delays = [
            (
                one.started_at - starts_at(one.source, timetable[one.source], one.due_at, jitter)
            ).total_seconds()
            for one in own
            if one.started_at is not None
        ]
        figures |= {"p50 (s)": quantiles(delays, n=2)[0], "p95 (s)": quantiles(delays, n=20)[-1]}
        is_in_time = figures["p95 (s)"] < LIMIT_S and use.peak_bytes < LIMIT_BYTES
    return Outcome(
        injected=len(dues),
        held=held if is_in_time else 0,
        detail=(
            f"due times {len(dues)}, one row that ran {held}, rows {len(runs)}, "
            f"missed {sum(run.outcome == 'missed' for run in runs)}; requests "
            + ", ".join(f"{kind} {number}" for kind, number in sorted(answered.items()))
        ),
        figures=figures,
    )


class _Hosts:
    """The server of the feeds, in a process of its own, whose time is not the service's."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.soak.feed_hosts"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def close(self) -> dict[str, int]:
        """End it; returns how many requests of each kind it answered."""
        out, _ = self._process.communicate()
        answered: dict[str, int] = json.loads(out)["answered"]
        return answered

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
