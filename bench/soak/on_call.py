"""A service on a clock of its own, beside an outlet and the phone of whoever is on call: all is real but the time that passes."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import TYPE_CHECKING, Self

from pydantic import SecretStr

from bench.copy.stories import TOPICS, write_story
from bench.soak.newsroom import Newsroom
from copytaster.errors import CopytasterError
from copytaster.store import alerts
from copytaster.store.outbox import read_backlog
from copytaster.store.tables import outbox
from newsdesk.operations.alerts.watch import AlertWatch
from newsdesk.operations.backup import take_backup
from newsdesk.operations.health import Health
from newsdesk.pipeline import GroupingStage, IndexingStage
from settings import AlertSettings, CrawlSettings
from spiders.process.parent import crawl_in_child
from spiders.sources.config import read_sources
from spiders.sources.live import LiveSources

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from copytaster.store.service_health import PartName

MINUTE = timedelta(minutes=1)
QUIET_MIN = 20  # of a healthy service, before its fault
STORIES = 6
SOURCE = "harbour"
_START_LIMIT_S = 120.0  # after which a service that should refuse to start is ended
_LINES = (
    f'[[source]]\nname = "{SOURCE}"\npublisher = "Harbour Wire"\nkind = "feed"\nlanguage = "en"\n'
    'url = "{address}/feed.xml"\ninterval = "15m"\n'
)


@dataclass(frozen=True, slots=True)
class Call:
    """One message on the phone: when it came, its words, and the (event, kind) of each alert in it."""

    at: datetime
    text: str
    alerts: tuple[tuple[str, str], ...]


class Outside(ThreadingHTTPServer):
    """An outlet with one story, which answers its feed with `status`; and the webhook on which alerts arrive."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.status = 200
        self.posts: list[dict[str, object]] = []
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def address(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.server_port}"

    def server_close(self) -> None:
        """Serve nothing more."""
        self.shutdown()
        super().server_close()
        self._thread.join()


class _Answer(BaseHTTPRequestHandler):
    server: Outside

    def do_GET(self) -> None:
        if self.path == "/feed.xml":
            link = f"{self.server.address}/1.html"
            feed = f"<rss version='2.0'><channel><title>Harbour</title><item><title>News</title><link>{link}</link></item></channel></rss>"
            self._send(self.server.status, "application/rss+xml", feed)
        elif self.path == "/1.html":
            text = "".join(f"<p>{one}</p>" for one in write_story(TOPICS[0], "night", words=200))
            self._send(200, "text/html", f"<html><body><article><h1>News</h1>{text}</article></body></html>")
        else:
            self._send(404, "text/plain", "")

    def do_POST(self) -> None:
        self.server.posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._send(204, "text/plain", "")

    def _send(self, status: int, kind: str, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *words: object) -> None:  # noqa: A002 - the name of the library
        """Say nothing."""


class Duty:
    """A night of one service.

    Attributes:
        now: the service's clock; it goes on by `pass_minutes` alone.
        calls: what came in on the phone, oldest first.
        room: store, index and copy; closed while the service is stopped.
    """

    def __init__(self, folder: Path, seed: str) -> None:
        self.folder, self.config, self.backup = folder / "data", folder / "sources.toml", folder / "backup"
        self.now = datetime.now(UTC) - QUIET_MIN * MINUTE  # at the first fault it is as late as elsewhere
        self.calls: list[Call] = []
        self._open = ExitStack()
        self.outside = self._open.enter_context(Outside())
        self.good_sources = _LINES.format(address=self.outside.address)
        self.config.write_text(self.good_sources, encoding="utf-8")
        self.folder.mkdir()
        self._seed = seed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def call_at_end(self, work: Callable[[], object]) -> None:
        """Do this when the night is over, after store and index are closed."""
        self._open.callback(work)

    def begin(self) -> None:
        """Open store and index, bring copy, take a backup, and start."""
        self.room = self._open.enter_context(Newsroom(self.folder, self._seed))
        self.settings = self.room.settings = self.room.settings.model_copy(
            update={
                "alerts": AlertSettings(webhook_url=SecretStr(f"{self.outside.address}/alerts")),
                "crawl": CrawlSettings(allow_addresses=(ip_network("127.0.0.0/8"),), delay_s=0.0),
            }
        )
        self.room.bring(STORIES)
        self.room.work()
        take_backup(self.settings, self.config, self.backup)
        self.stop()
        self.start()

    def start(self) -> None:
        """Start the parts, with nothing in memory of what was before."""
        self.room.open()
        self._health = Health(self.room.store)
        self._live = LiveSources(read_sources(self.config), self.config)
        self._grouping = GroupingStage(self.room.store, self.settings.grouping)
        self._indexing = IndexingStage(self.room.store, self.room.index)
        self._watch = AlertWatch(self.room.store, self.settings, self._live, lambda: self._health.parts)

    def stop(self) -> None:
        """Stop the service."""
        self.room.close()

    def refuse_start(self) -> tuple[int, str]:
        """Start the program on these files: its exit code, and what it says."""
        command = [sys.executable, "-m", "newsdesk", "run", "--port", "0"]
        command += ["--config", str(self.config), "--data-dir", str(self.folder)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_START_LIMIT_S)
        return ended.returncode, ended.stderr

    def crawl(self) -> None:
        """Collect from the source, as at a due time."""
        asyncio.run(crawl_in_child([SOURCE], settings=self.settings, configured=self._live.current))

    def bring(self) -> None:
        """One more story; where the store takes none, it comes again later."""
        try:
            self.room.bring(1)
        except CopytasterError:
            return

    def pass_minutes(
        self, most: int, until: Callable[[], bool] = lambda: False, *, step: int = 1
    ) -> int | None:
        """Let the service work for so many minutes, one look a step; after how many `until` was true, None for never."""
        for minute in range(0, most + 1, step):
            self._work()
            is_reached = until()
            self.now += step * MINUTE
            if is_reached:
                return minute
        return None

    def _work(self) -> None:
        """What every part does within a minute."""
        if self._live.has_changed():
            self._live.refresh()
            self._health.note("sources", self._live.fault)
        self._try("group", self._grouping.run_slice)
        self._try("index", self._index)
        seen = len(self.outside.posts)
        self._try("alert", lambda: self._watch.look_if_due(self.now))
        self.calls += [_read_call(self.now, post) for post in self.outside.posts[seen:]]

    def _index(self) -> None:
        with self.room.store.write() as connection:  # the pauses of a minute ago are over
            is_pausing = outbox.c.not_before.is_not(None)
            connection.execute(outbox.update().where(is_pausing).values(not_before=None))
        self._indexing.run_slice(lambda: False)

    def _try(self, part: PartName, work: Callable[[], object]) -> None:
        """Let a part do its work, and note how that ended."""
        try:
            work()
        except CopytasterError as error:
            self._health.note(part, error)
        else:
            self._health.note(part)

    def list_open(self) -> list[str]:
        """The kinds of the alerts that are open."""
        with self.room.store.read() as connection:
            return [one.kind for one in alerts.list_alerts(connection)]

    def acknowledge(self) -> None:
        """Say of every open alert that someone takes care of it."""
        with self.room.store.write() as connection:
            for one in alerts.list_alerts(connection):
                alerts.acknowledge(connection, one.id, who="Ada", why="the publisher is called", at=self.now)

    def is_whole(self) -> bool:
        """Whether the index has every dispatch of the store, and nothing waits."""
        try:
            with self.room.store.read() as connection:
                waiting = read_backlog(connection).waiting
            self.room.index.refresh()
            return not waiting and self.room.index.count() == len(self.room.list_dispatches())
        except CopytasterError:
            return False


def _read_call(at: datetime, post: dict[str, object]) -> Call:
    found = post["alerts"]
    assert isinstance(found, list)
    return Call(at, str(post["text"]), tuple((one["event"], one["kind"]) for one in found))
