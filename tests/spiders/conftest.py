"""Fixtures for crawls: a publisher with a real HTTP server on loopback, settings, and crawls in forked processes."""

import json
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from sqlalchemy import select

from copytaster.store.engine import Store
from copytaster.store.ledger import DueTime, open_runs
from settings import CrawlSettings, Settings
from spiders.run_report import RunReport
from spiders.sources.config import read_sources
from spiders.sources.transfer import sources_to_json

NOON = 1_790_000_000


@dataclass
class Answer:
    """The response of a path."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    hang: bool = False
    cut_to: int | None = None  # bytes sent of those promised
    conditional: bool = True  # answer 304 to a current validator


@dataclass(frozen=True)
class Asked:
    path: str
    headers: dict[str, str]
    at: float


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """Ignore the reset connections of a killed client."""


class Publisher:
    """Answers by path and records every request."""

    def __init__(self, address="127.0.0.1"):
        self.address = address
        self.answers = {}
        self.asked = []
        self.released = threading.Event()
        self.server = _Server((address, 0), self._handler())
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    @property
    def base(self):
        return f"http://{self.address}:{self.port}"

    @property
    def port(self):
        return self.server.server_port

    def put(self, path, body=b"", content_type="text/html; charset=utf-8", **answer):
        data = body.encode() if isinstance(body, str) else body
        answer["headers"] = {"Content-Type": content_type} | answer.get("headers", {})
        self.answers[path] = Answer(data, **answer)

    def put_page(self, path, headline="A headline of the day", words="first", **answer):
        self.put(path, page(headline, words), **answer)

    def put_feed(self, path, entries, **answer):
        self.put(path, rss(self.base, entries), content_type="application/rss+xml", **answer)

    def paths_asked(self):
        return [one.path for one in self.asked]

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def _handler(self):
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                publisher.asked.append(Asked(self.path, dict(self.headers), time.monotonic()))
                answer = publisher.answers.get(self.path, Answer(b"no such page", 404))
                publisher.released.wait(600 if answer.hang else answer.delay_s)
                etag = answer.headers.get("ETag")
                if etag and answer.conditional and self.headers.get("If-None-Match") == etag:
                    return self._send(304, {"ETag": etag}, b"", 0)
                return self._send(answer.status, answer.headers, answer.body, answer.cut_to)

            def _send(self, status, headers, body, cut_to):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "Transfer-Encoding" not in headers:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[:cut_to])
                if cut_to:
                    self.close_connection = True

            def log_message(self, *_):
                pass

        return Handler


def page(headline, words):
    """A page of about 130 words; `words` make each paragraph its own."""
    paragraphs = "".join(
        f"<p>The {words} paragraph number {number} says that the harbour board met on the {words} day and "
        f"agreed to widen the {words} basin, which the town had asked for since the spring floods.</p>"
        for number in range(4)
    )
    return (
        f"<!doctype html><html lang='en'><head><title>{headline}</title>"
        f"<meta property='og:title' content='{headline}'><meta property='og:type' content='article'></head>"
        f"<body><article><h1>{headline}</h1>{paragraphs}</article></body></html>"
    )


def rss(base, entries):
    """RSS 2.0; an entry is a path, or a mapping with path, title, guid, at, source."""
    items = []
    for number, given in enumerate(entries):
        entry: dict[str, Any] = {"path": given} if isinstance(given, str) else given
        link = entry["path"] if "://" in entry["path"] else base + entry["path"]
        items.append(
            f"<item><title>{escape(entry.get('title', 'Title of ' + entry['path']))}</title>"
            f"<link>{escape(link)}</link><guid isPermaLink='false'>{escape(entry.get('guid', link))}</guid>"
            f"<pubDate>{formatdate(NOON + entry.get('at', number))}</pubDate>"
            + (f"<source url='{base}/'>{escape(entry['source'])}</source>" if "source" in entry else "")
            + "</item>"
        )
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>Feed</title>{''.join(items)}</channel></rss>"


@pytest.fixture
def publisher():
    made = Publisher()
    yield made
    made.close()


@pytest.fixture
def publishers():
    made = []

    def make(address="127.0.0.1"):
        made.append(Publisher(address))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def crawl_settings(tmp_path):
    """Settings that may fetch from loopback, quickly."""

    def make(**crawl):
        given = {"allow_addresses": ("127.0.0.1/32",), "delay_s": 0, "timeout_s": 20} | crawl
        return Settings(data_dir=tmp_path / "data", crawl=CrawlSettings(**given))

    return make


@pytest.fixture
def write_sources(tmp_path):
    """sources.toml with these sources: name -> URL of a feed, or name -> (kind, URL, further lines of the table)."""

    def write(**feeds):
        blocks = []
        for name, given in feeds.items():
            kind, url, more = ("feed", given, "") if isinstance(given, str) else given
            lines = f'name = "{name.replace("_", "-")}"\npublisher = "The {name}"\nkind = "{kind}"\ninterval = "15m"'
            blocks.append(f'[[source]]\n{lines}\nurl = "{url}"\n{more}\n')
        path = tmp_path / "sources.toml"
        path.write_text("\n".join(blocks))
        return path

    return write


def gaps(moments):
    """Seconds between consecutive moments."""
    return [later - earlier for earlier, later in pairwise(sorted(moments))]


class Forker:
    """Runs crawls in forks of one loaded process; see forking.py."""

    def __init__(self):
        script = str(Path(__file__).with_name("forking.py"))
        self.process: Any = subprocess.Popen(
            [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def crawl(self, names, *, config, settings, faults=()):
        """The reports of these sources, in their order."""
        self.start(names, config=config, settings=settings, faults=faults)
        events = self.follow()
        reports = [RunReport(**event["report"]) for event in events if event["event"] == "ended"]
        return sorted(reports, key=lambda report: names.index(report.source))

    def start(self, names, *, config, settings, faults=()):
        """Begin a crawl."""
        store = Store(settings.store_url)
        now = datetime.now(UTC)
        with store.write() as connection:
            runs = open_runs(
                connection, [DueTime(name, now, "command") for name in names], holder="", now=now
            )
        store.close()
        order = {
            "sources": sources_to_json(read_sources(config)),
            "settings": settings.model_dump(mode="json"),
            "runs": runs,
        }
        self.process.stdin.write(json.dumps(order | {"faults": list(faults)}).encode() + b"\n")
        self.process.stdin.flush()

    def read(self):
        """Read the next event."""
        return json.loads(self.process.stdout.readline())

    def follow(self):
        """Read the events until the crawl ends, without a line that a kill cut short."""
        events = []
        while (line := self.process.stdout.readline()) != b"\n":
            with suppress(json.JSONDecodeError):
                events.append(json.loads(line))
        return events

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


@pytest.fixture(scope="session")
def forker():
    made = Forker()
    yield made
    made.close()


@pytest.fixture
def collect(crawl_settings, write_sources, forker):
    """Crawl feeds by name -> URL; returns the report, or a list of several."""

    def run(settings=None, faults=(), **feeds):
        config = write_sources(**feeds)
        names = [name.replace("_", "-") for name in feeds]
        reports = forker.crawl(names, config=config, settings=settings or crawl_settings(), faults=faults)
        return reports if len(reports) > 1 else reports[0]

    return run


@pytest.fixture
def rows(crawl_settings):
    """Rows of a query on the store of the crawl."""
    opened = Store(crawl_settings().store_url)

    def read(*columns):
        with opened.read() as connection:
            return connection.execute(select(*columns)).all()

    yield read
    opened.close()
