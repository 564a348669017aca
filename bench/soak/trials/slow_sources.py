"""Sources that hang, trickle, fill for long or burn the parser, beside good ones: the good ones start when they are due."""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING

from bench.answers import send_whole
from bench.soak.trial import Outcome, Trial
from copytaster.schedule.due_runs import RunPlanner, StartedRun
from copytaster.schedule.timetable import Every, starts_at
from copytaster.store import ledger
from copytaster.store.engine import Store
from scheduler import Scheduler, SchedulerTiming, read_timetable
from settings import CrawlSettings, ScheduleSettings, Settings
from spiders.process.desk import CrawlDesk
from spiders.sources.config import Sources, read_sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spiders.run_report import RunReport

KINDS = ("hang", "trickle", "fill", "burn")
GOOD_PER_SLOW = 10
ROUNDS = 3  # due times of each good source
MEASURED_FROM = 10  # slow sources; with fewer, the first start of the process is all that a p95 says
LIMIT_S = 5.0  # the promised p95 of start delays
PATIENCE_S = 300.0
CONTROL_PLACES = 2  # as many as the slow sources below hold
CONTROL_S = 15.0
PAGES = 500  # of a source that fills for long
PAGE_S = 0.3
TRICKLE_S = 0.5  # a byte
_ITEM = "<item><title>Report {number}</title><link>{base}/{kind}/{number}</link></item>"
_PAGE = "<html><head><title>Report</title></head><body><h1>Report</h1>{text}</body></html>"
_TEXT = (
    "<p>The harbour board met on Tuesday and agreed to widen the basin before the autumn gales came.</p>" * 6
)
_BOMB = "<div>" * 200_000


@dataclass(frozen=True, slots=True)
class _Form:
    """How the sources fall due."""

    interval_s: int
    jitter_share: float


AS_SHIPPED = _Form(30, ScheduleSettings().jitter_share)
AT_ONCE = _Form(10, 0.0)  # every source in the same instant: harder than any service, and quicker


def run(size: int, seed: int) -> Outcome:
    """`size` slow sources and ten times as many good ones, until every good one has run three times.

    Many are judged as the service is shipped; what they give where all fall due in the same instant is printed beside it.
    """
    timing = SchedulerTiming(gather_s=0.2, drain_s=1.0)
    if size < MEASURED_FROM:
        return _try(size, AT_ONCE, timing, PATIENCE_S, seed)
    shipped = _try(size, AS_SHIPPED, timing, PATIENCE_S, seed)
    at_once = _try(size, AT_ONCE, timing, PATIENCE_S, seed)
    harder = {f"all at once every 10 s: {name}": value for name, value in at_once.figures.items()}
    return replace(
        shipped,
        detail=f"{shipped.detail}; all at once: {at_once.detail}",
        figures={**shipped.figures, **harder},
    )


def control(size: int, seed: int) -> Outcome:
    """The same with two places, as if each slow source took one of two processes."""
    timing = SchedulerTiming(gather_s=0.2, drain_s=1.0, places=CONTROL_PLACES)
    return _try(size, AT_ONCE, timing, CONTROL_S, seed)


TRIAL = Trial(
    name="slow-sources",
    promise="Slow and hostile sources delay no other: the good ones start when they are due, p95 of the delay <= 5 s",
    run=run,
    control=control,
    short=2,
    long=20,
)


def _try(size: int, form: _Form, timing: SchedulerTiming, patience_s: float, _seed: int) -> Outcome:
    with tempfile.TemporaryDirectory() as folder, _serve() as base:
        settings, sources = _configure(Path(folder), base, size, form)
        store = Store(settings.store_url)
        try:
            took_s = asyncio.run(_crawl(store, settings, sources, timing, patience_s))
            with store.read() as connection:
                runs = ledger.list_runs(connection, limit=100_000)
        finally:
            store.close()
    return _judge(runs, size, form, took_s)


def _configure(folder: Path, base: str, size: int, form: _Form) -> tuple[Settings, Sources]:
    slow = [(f"{number}-{KINDS[number % len(KINDS)]}", KINDS[number % len(KINDS)]) for number in range(size)]
    good = [(f"good-{number}", "good") for number in range(size * GOOD_PER_SLOW)]
    config = folder / "sources.toml"
    config.write_text(
        "".join(
            f'[[source]]\nname = "{name}"\npublisher = "{name}"\nkind = "feed"\ninterval = "{form.interval_s}s"\n'
            f'url = "{base.replace("127.0.0.1", _address(number))}/{kind}/{name}/feed"\n'
            for number, (name, kind) in enumerate(slow + good)
        ),
        encoding="utf-8",
    )
    settings = Settings(
        data_dir=folder / "data",
        log_level="CRITICAL",
        crawl=CrawlSettings(allow_addresses=(ip_network("127.0.0.0/8"),), parse_cpu_s=2.0, delay_s=0.1),
        schedule=ScheduleSettings(jitter_share=form.jitter_share),
    )
    return settings, read_sources(config)


def _address(number: int) -> str:
    """A host of its own for each source."""
    return f"127.0.{1 + number // 250}.{1 + number % 250}"


async def _crawl(
    store: Store, settings: Settings, sources: Sources, timing: SchedulerTiming, patience_s: float
) -> float:
    """Run the schedule until every good source has ended `ROUNDS` runs, or patience does; returns the seconds."""
    good = {source.name for source in sources if source.name.startswith("good")}
    counts = dict.fromkeys(good, 0)
    enough = asyncio.Event()
    desk = CrawlDesk(settings, on_stored=lambda: None, on_load=lambda _waiting: None)

    async def crawl(run: StartedRun) -> RunReport:
        until_next_s = (run.next_at - datetime.now(UTC)).total_seconds()
        report = await desk.crawl(run.due.source, run.run_id, configured=sources, until_next_s=until_next_s)
        if report.source in counts and report.outcome == "ran":
            counts[report.source] += 1
            if min(counts.values()) >= ROUNDS:
                enough.set()
        return report

    timetable = read_timetable(sources, settings.schedule)
    planner = RunPlanner(
        store, timetable, grace=timedelta(minutes=15), jitter_share=settings.schedule.jitter_share
    )
    scheduler = Scheduler(store, planner, crawl, timing=timing)
    started = time.monotonic()
    scheduling = asyncio.create_task(scheduler.run())
    try:
        async with asyncio.timeout(patience_s):
            await enough.wait()
    except TimeoutError:
        pass
    took_s = time.monotonic() - started
    scheduler.stop()
    await scheduling
    await desk.close()
    return took_s


def _judge(runs: list[ledger.Run], size: int, form: _Form, took_s: float) -> Outcome:
    good = [run for run in runs if run.source.startswith("good")]
    ended = [run for run in good if run.outcome == "ran"]
    lost = [run for run in good if run.outcome in {"missed", "skipped"}]
    by_source: dict[str, int] = {}
    for one in ended:
        by_source[one.source] = by_source.get(one.source, 0) + 1
    whole = sum(number >= ROUNDS for number in by_source.values())
    figures: Mapping[str, float] = {}
    in_time = True
    if size >= MEASURED_FROM and len(ended) > 1:
        first: dict[str, datetime] = {}
        for run in sorted(good, key=lambda run: run.due_at):
            first.setdefault(run.source, run.due_at)
        delays = [_delay_s(run, form, first[run.source]) for run in ended]
        figures = {
            "p50 (s)": quantiles(delays, n=2)[0],
            "p95 (s)": quantiles(delays, n=20)[-1],
            "took (s)": took_s,
        }
        in_time = figures["p95 (s)"] <= LIMIT_S
    held = whole == size * GOOD_PER_SLOW and in_time
    return Outcome(
        injected=size,
        held=size if held else 0,
        detail=(
            f"good sources with {ROUNDS} runs {whole} of {size * GOOD_PER_SLOW}, "
            f"due times of good sources {len(good)}, not run {len(lost)}"
        ),
        figures=figures,
    )


def _delay_s(run: ledger.Run, form: _Form, first_due: datetime) -> float:
    """From the moment at which a run was to start, the first one of a source at once, until its crawl began."""
    rule = Every(timedelta(seconds=form.interval_s))
    is_first = run.due_at == first_due
    planned = run.due_at if is_first else starts_at(run.source, rule, run.due_at, form.jitter_share)
    return max(0.0, ((run.started_at or planned) - planned).total_seconds())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    released: threading.Event

    def do_GET(self) -> None:
        parts = self.path.strip("/").split("/")
        kind = parts[0]
        if kind == "robots.txt":
            send_whole(self, b"", status=404)
        elif kind == "hang":
            self.released.wait(PATIENCE_S)
            self.close_connection = True
        elif kind == "trickle":
            self._trickle()
        elif parts[-1] == "feed":
            send_whole(self, self._feed(kind, parts[1]).encode(), "application/rss+xml")
        else:
            if kind == "fill":
                self.released.wait(PAGE_S)
            text = _BOMB if kind == "burn" else _TEXT
            send_whole(self, _PAGE.format(text=text).encode())

    def _feed(self, kind: str, name: str) -> str:
        base = f"http://{self.headers['Host']}"
        number = PAGES if kind == "fill" else 10 if kind == "burn" else 2
        items = "".join(
            _ITEM.format(number=number, base=base, kind=f"{kind}/{name}") for number in range(number)
        )
        return f"<?xml version='1.0'?><rss version='2.0'><channel><title>Feed</title>{items}</channel></rss>"

    def _trickle(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(PAGES))
        self.end_headers()
        for _ in range(PAGES):
            if self.released.wait(TRICKLE_S):
                break
            self.wfile.write(b"<")
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        return


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def verify_request(self, _request: object, client_address: tuple[str, int]) -> bool:
        """Answer this machine only."""
        return client_address[0].startswith("127.")

    def handle_error(self, *_: object) -> None:
        """Ignore the reset connections of a crawl that ended."""


@contextmanager
def _serve() -> Iterator[str]:
    released = threading.Event()
    handler = type("Handler", (_Handler,), {"released": released})
    server = _Server(("0.0.0.0", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        released.set()
        server.shutdown()
        server.server_close()
        thread.join()
