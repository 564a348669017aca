"""Hostile feeds and pages beside good ones in one crawl: the good ones are whole and in time, the hostile ones cut or stopped."""

from __future__ import annotations

import sys
import tempfile
import threading
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING

from bench.copy.stories import TOPICS, write_story
from bench.soak.trial import Outcome, Trial
from settings import CrawlSettings, Settings
from spiders.page_spider import SLOW_LANE
from spiders.process import parent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from spiders.run_report import RunReport

PAGES = 10  # of each good source
CPU_S = 2.0  # of one feed or page
MEASURED_FROM = 10  # sources; with fewer, a p95 says nothing
CONTROL_S = 12.0  # without protection the crawl does not end by itself
_UNGUARDED = (sys.executable, "-m", "bench.soak.unguarded_crawl")
_ITEM = "<item><title>{title}</title><link>{base}/{number}</link>{more}</item>"
_HEAD = "<?xml version='1.0'?><rss version='2.0'><channel><title>Feed</title>"
_BOMB = b"<html><body>" + b"<div>" * 200_000  # takes the parser minutes


def _good(seed: int) -> Mapping[str, bytes]:
    """A feed and its pages by path; `{base}` in the feed is its address."""
    files: dict[str, bytes] = {}
    items = []
    for number in range(PAGES):
        text = write_story(TOPICS[number % len(TOPICS)], f"{seed} {number}")
        title = f"Report {seed} of page {number}"
        paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in text)
        files[f"/{number}"] = (
            f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{paragraphs}".encode()
        )
        items.append(_ITEM.format(title=title, number=number, base="{base}", more=""))
    return {"/feed": f"{_HEAD}{''.join(items)}</channel></rss>".encode(), **files}


def _with_list(seed: int) -> Mapping[str, bytes]:
    return _stuffed(seed, "".join(f"<category>keyword {number}</category>" for number in range(40_000)))


def _with_author(seed: int) -> Mapping[str, bytes]:
    return _stuffed(seed, f"<author>{'a.b@' * 50_000}</author>")


def _with_depth(seed: int) -> Mapping[str, bytes]:
    return _stuffed(seed, "<q>" * 20_000 + "</q>" * 20_000)


def _stuffed(seed: int, more: str) -> Mapping[str, bytes]:
    """One good page whose entry carries `more`."""
    files = dict(_good(seed))
    item = _ITEM.format(title="Stuffed", number=0, base="{base}", more=more)
    return {"/feed": f"{_HEAD}{item}</channel></rss>".encode(), "/0": files["/0"]}


def _with_bombs(_seed: int) -> Mapping[str, bytes]:
    item = _ITEM.format(title="Bomb", number=0, base="{base}", more="")
    return {"/feed": f"{_HEAD}{item}</channel></rss>".encode(), "/0": _BOMB}


_HOSTILE = (_with_bombs, _with_author, _with_list, _with_depth)


def run(size: int, seed: int) -> Outcome:
    """`size` hostile sources beside as many good ones; from ten on, also the good ones' delay against a crawl without."""
    good = [_good(seed * 100 + number) for number in range(size)]
    hostile = [_HOSTILE[number % len(_HOSTILE)](seed * 100 + number) for number in range(size)]
    alone = _crawl(good, []) if size >= MEASURED_FROM else []
    reports = _crawl(good, hostile)
    return _judge(reports, size, alone)


def control(size: int, seed: int) -> Outcome:
    """The same in threads of the crawl and without caps, stopped after a while."""
    good = [_good(seed * 100 + number) for number in range(size)]
    hostile = [_HOSTILE[number % len(_HOSTILE)](seed * 100 + number) for number in range(size)]
    kept = parent.COMMAND
    parent.COMMAND = _UNGUARDED
    try:
        reports = _crawl(good, hostile, child_timeout_s=CONTROL_S)
    finally:
        parent.COMMAND = kept
    return _judge(reports, size, [])


TRIAL = Trial(
    name="hostile-feeds",
    promise="A slow or hostile source harms only itself: good sources lose nothing and wait less than twice as long",
    run=run,
    control=control,
    short=4,
    long=20,
)


def _crawl(
    good: Sequence[Mapping[str, bytes]],
    hostile: Sequence[Mapping[str, bytes]],
    child_timeout_s: float = 900.0,
) -> list[RunReport]:
    """Crawl every source in one run; the hostile ones come first."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        config = Path(folder) / "sources.toml"
        names = []
        blocks = []
        for kind, offers in (("hostile", hostile), ("good", good)):
            for number, files in enumerate(offers):
                base = servers.enter_context(_serve(files))
                names.append(f"{kind}-{number}")
                blocks.append(
                    f'[[source]]\nname = "{names[-1]}"\npublisher = "{names[-1]}"\nkind = "feed"\n'
                    f'interval = "15m"\nurl = "{base}/feed"\n'
                )
        config.write_text("\n".join(blocks), encoding="utf-8")
        settings = Settings(
            data_dir=Path(folder) / "data",
            log_level="ERROR",
            crawl=CrawlSettings(
                allow_addresses=(ip_network("127.0.0.1/32"),),
                parse_cpu_s=CPU_S,
                child_timeout_s=child_timeout_s,
            ),
        )
        return parent.crawl_and_wait(names, config=config, settings=settings)


@contextmanager
def _serve(files: Mapping[str, bytes]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = files.get(self.path)
            self.send_response(404 if body is None else 200)
            body = (body or b"").replace(b"{base}", base.encode())
            self.send_header("Content-Type", "application/rss+xml" if self.path == "/feed" else "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield base
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _judge(reports: Sequence[RunReport], size: int, alone: Sequence[RunReport]) -> Outcome:
    good = [report for report in reports if report.source.startswith("good")]
    hostile = [report for report in reports if report.source.startswith("hostile")]
    stored = sum(report.stored for report in good)
    kept_out = sum(SLOW_LANE in (report.why or "") for report in good)
    dealt_with = sum(_is_dealt_with(report) for report in hostile)
    figures: dict[str, float] = {}
    if alone:
        figures = {"p95 alone (s)": _p95(alone), "p95 beside (s)": _p95(good)}
        figures["ratio"] = figures["p95 beside (s)"] / figures["p95 alone (s)"]
    late = figures.get("ratio", 0.0) >= 2.0  # noqa: PLR2004  the promise
    lost = size * PAGES - stored
    whole = not lost and not late and not kept_out
    return Outcome(
        injected=size,
        held=dealt_with if whole else 0,
        detail=(
            f"good stories lost {lost} of {size * PAGES}, good sources in the slow lane {kept_out}, "
            f"hostile sources cut or stopped {dealt_with}"
        ),
        figures=figures,
    )


def _is_dealt_with(report: RunReport) -> bool:
    """A stuffed feed gives its story and says what was cut; a bomb is stopped in the slow lane."""
    why = report.why or ""
    if report.stored:
        return report.stored == 1 and "capped: " in why
    return "took-too-long" in report.errors and SLOW_LANE in why


def _p95(reports: Sequence[RunReport]) -> float:
    return quantiles((report.seconds or 0.0 for report in reports), n=20)[-1]
