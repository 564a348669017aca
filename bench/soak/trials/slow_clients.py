"""Thousands of clients that send or read slowly, against the whole service, while it crawls: the probe is answered."""

from __future__ import annotations

import asyncio
import http.client
import random
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast
from unittest.mock import patch

from bench.copy.stories import TOPICS, write_story
from bench.soak.trial import Outcome, Trial
from copytaster.logs import set_up
from copytaster.store import counts
from copytaster.store.engine import Store
from settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from newsdesk.web.listening.listener import PacedListener

LONG = 5_000  # clients
ANSWER_S = 1.0  # within which the long form wants an answer
PATIENCE_S = 5.0  # of the short form, which asserts no time
PROBES, CONTROL_PROBES = 40, 3
PAUSE_S = 0.25  # between two probes of the long form
RECONNECT_S = 5.0
LONGEST_S = 240.0  # of one run
SLOWER = 2.0  # times that the crawl may take beside the clients
FILES = {True: 256, False: 1024}  # open files of the service at its start: short form, long form
HALF = (
    b"",
    b"GET / HT",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ",
    b"POST /api/v1/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n",
    b"POST /api/v1/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
    b"GET /static/desk.css HTTP/1.1\r\nHost: localhost\r\n\r\n" * 8,  # and reads nothing
    b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n",  # and stays
)


def run(size: int, seed: int) -> Outcome:
    """`size` slow clients of seven kinds against the service as it is."""
    return _try(size, seed, "limited", PROBES)


def control(size: int, seed: int) -> Outcome:
    """The same against uvicorn's own protocol and an ordinary socket, without deadlines and limits."""
    return _try(size, seed, "plain", CONTROL_PROBES)


TRIAL = Trial(
    name="slow-clients",
    promise="Slow clients stop neither the probe nor a crawl beside them",
    run=run,
    control=control,
    short=600,
    long=LONG,
)


@dataclass(frozen=True)
class _Run:
    """How many probes were answered, the slowest, and the crawl's stories and seconds."""

    answered: int
    slowest_s: float
    stored: int
    crawl_s: float


def _try(size: int, seed: int, protocol: str, probes: int) -> Outcome:
    is_short, stories = size < LONG, 12 if size < LONG else 100
    beside = _crawl_beside(size, seed, protocol, probes, stories=stories, is_short=is_short)
    figures = {"clients": size, "slowest_probe_s": beside.slowest_s, "crawl_s": beside.crawl_s}
    injected, held = probes + stories, beside.answered + beside.stored
    if not is_short:
        alone = _crawl_beside(0, seed, protocol, 1, stories=stories, is_short=is_short)
        figures["crawl_alone_s"] = alone.crawl_s
        injected, held = injected + 1, held + (beside.crawl_s <= SLOWER * alone.crawl_s)
    detail = f"{beside.answered} of {probes} probes answered, {beside.stored} of {stories} stories crawled"
    return Outcome(injected, held, detail, figures)


def _crawl_beside(size: int, seed: int, protocol: str, probes: int, *, stories: int, is_short: bool) -> _Run:
    with tempfile.TemporaryDirectory() as folder, _Outlet(stories, seed) as outlet:
        config = Path(folder) / "sources.toml"
        config.write_text(_CONFIG.format(folder=folder, address=outlet.address), encoding="utf-8")
        with _start("serve", str(config), str(FILES[is_short]), protocol) as service:
            host, _, port = service.readline().strip().removeprefix("http://").strip("/").rpartition(":")
            outlet.asked.wait(LONGEST_S)
            with _start("flood", host, port, str(size), str(seed)) as flood:
                flood.readline()  # every client has tried to connect
                outlet.gate.set()
                started = time.monotonic()
                took = list(_probe(host, int(port), probes, is_short=is_short))
                is_lost = None in took
                stored = _await_stories(config, stories, LONGEST_S if not is_lost else PATIENCE_S)
                ended = time.monotonic()
    answered = [one for one in took if one is not None]
    return _Run(len(answered), max(answered, default=float("inf")), stored, ended - started)


def _probe(host: str, port: int, probes: int, *, is_short: bool) -> Iterator[float | None]:
    """The seconds to each answer of /livez, None where there was none in time."""
    for _ in range(probes):
        started = time.monotonic()
        connection = http.client.HTTPConnection(host, port, timeout=PATIENCE_S if is_short else ANSWER_S)
        try:
            connection.request("GET", "/livez")
            is_answered = connection.getresponse().read() == b'{"status":"ok"}'
        except (OSError, http.client.HTTPException):
            is_answered = False
        finally:
            connection.close()
        took = time.monotonic() - started
        yield took if is_answered and (is_short or took <= ANSWER_S) else None
        if not is_short:
            time.sleep(PAUSE_S)


def _await_stories(config: Path, number: int, patience_s: float) -> int:
    store = Store(load_settings(config).store_url)
    try:
        end = time.monotonic() + patience_s
        while True:
            with store.read() as connection:
                stored = counts.count_all_stories(connection)
            if stored >= number or time.monotonic() >= end:
                return stored
            time.sleep(0.1)
    finally:
        store.close()


@contextmanager
def _start(*arguments: str) -> Iterator[TextIO]:
    """A process of this module; gives its stdout, and ends it with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield cast("TextIO", process.stdout)
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


# --- the service, in a process of its own


def serve(config: str, files: str, protocol: str) -> None:
    """Run the service with few open files; `plain` takes the limits off."""
    from newsdesk.service import Service
    from spiders.sources.config import read_sources

    set_up("ERROR", "text")
    hard = int(files) if int(files) < FILES[False] else resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(files), hard))
    service = Service(load_settings(Path(config)), read_sources(Path(config)), config=Path(config))

    def say(address: str) -> None:
        print(address, flush=True)

    with _without_limits() if protocol == "plain" else nullcontext():
        asyncio.run(service.run(on_ready=say))
    service.close()


class _PlainListener(socket.socket):
    """An ordinary listening socket that may know a room, and does not look at it."""


@contextmanager
def _without_limits() -> Iterator[None]:
    def listen(host: str, port: int) -> PacedListener:
        return cast("PacedListener", _PlainListener(fileno=socket.create_server((host, port)).detach()))

    with (
        patch("newsdesk.page_server.make_protocol", return_value="httptools"),
        patch("newsdesk.page_server.listen", listen),
        patch("newsdesk.page_server.allow_open_files", return_value=10_000),
    ):
        yield


# --- the clients, in another


def flood(host: str, port: str, size: str, seed: str) -> None:
    """Keep `size` slow clients connected until the process is ended, four minutes at most."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(_flood((host, int(port)), int(size), random.Random(int(seed))))


async def _flood(address: tuple[str, int], size: int, chance: random.Random) -> None:
    tried = asyncio.Semaphore(0)
    clients = [
        asyncio.create_task(_be_slow(address, number, chance.random(), tried)) for number in range(size)
    ]
    for _ in clients:
        await tried.acquire()
    print("up", flush=True)
    await asyncio.sleep(LONGEST_S)
    for client in clients:
        client.cancel()


async def _be_slow(address: tuple[str, int], number: int, pause: float, tried: asyncio.Semaphore) -> None:
    source = (f"127.0.0.{2 + number % 8}", 0)
    await asyncio.sleep(2 * pause)
    is_first = True
    while True:
        writer = None
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(RECONNECT_S):
                _, writer = await asyncio.open_connection(*address, local_addr=source, limit=1)
            writer.write(HALF[number % len(HALF)])
        if is_first:
            is_first = False
            tried.release()
        while writer is not None and not writer.is_closing():
            await asyncio.sleep(2 + pause)
            if number % len(HALF) == 2:  # noqa: PLR2004  # a header that grows
                writer.write(b"a")
        await asyncio.sleep(RECONNECT_S * (0.5 + pause))


# --- the site that is crawled


class _Outlet(ThreadingHTTPServer):
    """A feed with pages on loopback; it answers the feed once `gate` is open."""

    daemon_threads = True

    def __init__(self, stories: int, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        chance = random.Random(seed)
        self.pages = {
            f"/{number}.html": write_story(chance.choice(TOPICS), f"{seed} {number}", words=200)
            for number in range(stories)
        }
        self.gate, self.asked = threading.Event(), threading.Event()
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self.gate.set()
        self.shutdown()
        self.server_close()


class _Answer(BaseHTTPRequestHandler):
    server: _Outlet

    def do_GET(self) -> None:
        """The feed, or a page of it."""
        if self.path == "/feed.xml":
            self.server.asked.set()
            self.server.gate.wait(LONGEST_S)
            items = "".join(
                f"<item><title>News {path}</title><link>{self.server.address}{path}</link></item>"
                for path in self.server.pages
            )
            self._send(
                "application/rss+xml",
                f'<rss version="2.0"><channel><title>x</title>{items}</channel></rss>',
            )
        elif self.path in self.server.pages:
            text = "".join(f"<p>{paragraph}</p>" for paragraph in self.server.pages[self.path])
            self._send(
                "text/html", f"<html><body><article><h1>News {self.path}</h1>{text}</article></body></html>"
            )
        else:
            self.send_error(404)

    def _send(self, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """No log: the run prints what counts."""


_CONFIG = """
[settings]
data_dir = "{folder}/data"
[settings.crawl]
allow_addresses = ["127.0.0.0/8"]
delay_s = 0
concurrent_per_host = 64  # the feed waits at the gate, and AutoThrottle would slow the pages by that
timeout_s = 200
[settings.web]
port = 0
[settings.schedule]
drain_s = 1
[[source]]
name = "harbour"
publisher = "Harbour Wire"
kind = "feed"
url = "{address}/feed.xml"
interval = "1h"
"""

if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(*sys.argv[2:])
    else:
        flood(*sys.argv[2:])
