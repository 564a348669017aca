"""How long copy takes from a road in to the search of the running service, on loopback; see `main`.

A story begins where the service could first know of it: when its file is in the folder, its push is sent, its message is in the
mailbox, or a list that names it is served. It ends when the API's search shows it. How long a list waits to be read is its
source's interval, and not in the figure.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.copy.stories import TOPICS, write_story
from bench.roads.imap_server import DOVECOT, OPENSSL, PASSWORD, ImapServer
from bench.roads.outlet import Outlet
from bench.rows import Figure
from bench.table import print_targets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

STORIES = 60  # a road
TARGET_S = 5.0  # of 95 in 100
PATIENCE_S = 60.0
START_S = 300.0  # code that is compiled once, on a machine without it
_EVERY_S = 1.0  # a story on each road
_OUTLETS = 5  # of each kind of list
_INTERVAL = "5s"
_WORD = "roadtrial"  # in every headline
_LOOK_S = 0.1
_COMPILED = Path(__file__).parents[1] / "results" / "compiled"  # once for all runs


@dataclass(slots=True)
class Road:
    """One road, and how a story is put on it.

    Attributes:
        begin: puts a story on the road; returns its begin by the monotonic clock, or None where `began` tells it later.
    """

    name: str
    begin: Callable[[str, Sequence[str]], float | None]
    began: Callable[[str], float | None] = lambda _: None
    sent: dict[str, float | None] = field(default_factory=dict)  # by headline


def main(arguments: Sequence[str]) -> list[dict[str, Any]]:
    """Measure each road, print p95 beside its target; return the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench roads", description=__doc__)
    parser.add_argument("--stories", type=int, default=STORIES, help="on each road")
    figures = measure(parser.parse_args(arguments).stories)
    print_targets(figures)
    return [{"row": one.row, "name": one.name, "value": one.value, "target": one.target} for one in figures]


def measure(stories: int) -> list[Figure]:
    """The figures of every road, of so many stories each."""
    with tempfile.TemporaryDirectory(prefix="copytaster-roads-") as made, ExitStack() as stack:
        folder = Path(made)
        folder.chmod(0o755)  # the mail server reads its mail as another user
        outlets = [stack.enter_context(_opened(number)) for number in range(2 * _OUTLETS)]
        mailbox = stack.enter_context(closing(ImapServer(_made(folder / "imap")))) if _has_mail() else None
        config = _write_config(folder, outlets, mailbox)
        token = _make_token(config)
        address = stack.enter_context(_serve(config, folder))
        roads = _make_roads(folder, address, token, outlets, mailbox)
        seen = _send(roads, address, stories)
    figures = [figure for road in roads for figure in _judge(road, seen)]
    if mailbox is None:
        figures.append(
            Figure(
                "mailbox", "seconds to search, p95", None, TARGET_S, "at most", "no dovecot and openssl here"
            )
        )
    return figures


def _judge(road: Road, seen: dict[str, float]) -> list[Figure]:
    took = sorted(
        seen[headline] - begin
        for headline, begin in road.sent.items()
        if begin is not None and headline in seen
    )
    lost = len(road.sent) - len(took)
    return [
        Figure(road.name, "seconds to search, p95", _at(took, 0.95), TARGET_S, "at most"),
        Figure(road.name, "seconds to search, half", _at(took, 0.5)),
        Figure(road.name, f"lost of {len(road.sent)} stories", float(lost), 0.0, "at most"),
    ]


def _at(took: Sequence[float], share: float) -> float | None:
    return took[min(len(took) - 1, int(share * len(took)))] if took else None


# --- sending and looking -------------------------------------------------------------------------------------------


def _send(roads: Sequence[Road], address: str, stories: int) -> dict[str, float]:
    """Put a story a second on each road; returns when each headline was first seen in search."""
    seen: dict[str, float] = {}
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(address, seen, ended))
    watcher.start()
    try:
        _warm_up(roads, seen)
        for number in range(stories):
            due = time.monotonic() + _EVERY_S
            for at, road in enumerate(roads):
                headline = f"{_WORD} {road.name.replace(' ', '')} number {number} ends".capitalize()
                lines = write_story(TOPICS[(number + at) % len(TOPICS)], f"{road.name} {number}", words=200)
                road.sent[headline] = road.begin(headline, lines)
            ended.wait(max(0.0, due - time.monotonic()))
        wanted = {headline for road in roads for headline in road.sent}
        until = time.monotonic() + PATIENCE_S
        while wanted - seen.keys() and time.monotonic() < until:
            ended.wait(_LOOK_S)
    finally:
        ended.set()
        watcher.join()
    for road in roads:
        road.sent = {headline: road.began(headline) or begin for headline, begin in road.sent.items()}
    return seen


def _warm_up(roads: Sequence[Road], seen: dict[str, float]) -> None:
    """Wait until the service has taken a story from each road: what it starts at first is no part of the figures."""
    wanted = {f"{_WORD} {road.name} is open".capitalize(): road for road in roads}
    for headline, road in wanted.items():
        road.begin(headline, write_story(TOPICS[0], headline, words=200))
    until, pause = time.monotonic() + START_S, threading.Event()
    while wanted.keys() - seen.keys() and time.monotonic() < until:
        pause.wait(_LOOK_S)


def _watch(address: str, seen: dict[str, float], ended: threading.Event) -> None:
    url = f"{address}/api/v1/dispatches?q={_WORD}&sort=newest&limit=100"
    while not ended.wait(_LOOK_S):
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
            found = json.load(answer)["items"]
        now = time.monotonic()
        for item in found:
            seen.setdefault(item["headline"], now)


# --- the roads -----------------------------------------------------------------------------------------------------


def _make_roads(
    folder: Path, address: str, token: str, outlets: Sequence[Outlet], mailbox: ImapServer | None
) -> list[Road]:
    inbox = folder / "in"

    def drop(headline: str, lines: Sequence[str]) -> float:
        name = f"{len(list(inbox.glob('*')))}-{time.monotonic_ns()}.json"
        (inbox / f".{name}").write_text(_ninjs(headline, lines), encoding="utf-8")
        (inbox / f".{name}").rename(inbox / name)
        return time.monotonic()

    def push(headline: str, lines: Sequence[str]) -> float:
        began = time.monotonic()
        request = urllib.request.Request(
            f"{address}/api/v1/wire",
            _ninjs(headline, lines).encode(),
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        threading.Thread(target=lambda: urllib.request.urlopen(request, timeout=PATIENCE_S).close()).start()
        return began

    roads = [Road("folder", drop), Road("push", push)]
    if mailbox is not None:
        roads.append(Road("mailbox", _mailer(mailbox)))
    roads += [_lists("feed", outlets[:_OUTLETS]), _lists("sitemap", outlets[_OUTLETS:])]
    return roads


def _mailer(mailbox: ImapServer) -> Callable[[str, Sequence[str]], float]:
    def mail(headline: str, lines: Sequence[str]) -> float:
        message = EmailMessage()
        message["From"], message["To"] = "Pier Desk <desk@pier.example>", "wire@desk.example"
        message["Subject"], message["Message-ID"] = headline, f"<{time.monotonic_ns()}@pier.example>"
        message["Date"] = format_datetime(datetime.now(UTC))
        message.set_content("\n\n".join(lines))
        mailbox.deliver(bytes(message))
        return time.monotonic()

    return mail


def _lists(name: str, outlets: Sequence[Outlet]) -> Road:
    """The stories of outlets in turn; each begins when its list is served."""
    where: dict[str, tuple[Outlet, str]] = {}

    def publish(headline: str, lines: Sequence[str]) -> None:
        outlet = outlets[len(where) % len(outlets)]
        where[headline] = outlet, outlet.publish(headline, lines)

    def began(headline: str) -> float | None:
        outlet, path = where[headline]
        return outlet.listed_at.get(path)

    return Road(name, publish, began)


def _ninjs(headline: str, lines: Sequence[str]) -> str:
    now = datetime.now(UTC).isoformat()
    item = {
        "uri": f"urn:pier:{time.monotonic_ns()}", "type": "text", "version": "1", "firstcreated": now, "versioncreated": now,
        "pubstatus": "usable", "headline": headline, "body_text": "\n\n".join(lines), "language": "en",
    }  # fmt: skip
    return json.dumps(item)


# --- the service ---------------------------------------------------------------------------------------------------


def _write_config(folder: Path, outlets: Sequence[Outlet], mailbox: ImapServer | None) -> Path:
    _made(folder / "in")
    blocks = [
        f'[settings]\ndata_dir = "{folder / "data"}"\ncompiled_dir = "{_COMPILED}"',
        '[settings.crawl]\nallow_addresses = ["127.0.0.0/8"]',
        _source("drop", "folder", str(folder / "in")),
        _source("pushed", "push", "push:pushed"),
    ]
    if mailbox is not None:
        password = folder / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        password.chmod(0o600)
        opened = f'mailbox = {{ password_file = "{password}", ca_file = "{mailbox.cert}" }}'
        blocks.append(_source("mailed", "mailbox", mailbox.url, opened))
    for outlet in outlets:
        kind, path = ("feed", "/feed.xml") if outlet.number < _OUTLETS else ("sitemap", "/sitemap.xml")
        blocks.append(
            _source(f"{kind}-{outlet.number}", kind, outlet.address + path, f'interval = "{_INTERVAL}"')
        )
    config = folder / "sources.toml"
    config.write_text("\n".join(blocks), encoding="utf-8")
    return config


def _source(name: str, kind: str, url: str, more: str = "") -> str:
    return (
        f'[[source]]\nname = "{name}"\npublisher = "{name.title()}"\nkind = "{kind}"\nurl = "{url}"\n{more}\n'
    )


def _make_token(config: Path) -> str:
    command = [sys.executable, "-m", "newsdesk", "token", "make", "pushed", "--config", str(config), "--json"]
    made = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return next(str(value) for value in made.values() if str(value).startswith("ct_"))


@contextmanager
def _serve(config: Path, folder: Path) -> Iterator[str]:
    """Run the service until the context ends; gives its address once it is ready."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "newsdesk", "run", "--config", str(config), "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    with (folder / "log").open("wb") as written:
        process = subprocess.Popen(command, stdout=written, stderr=written, env=os.environ)
        try:
            _wait_until_ready(address, process, folder / "log")
            yield address
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def _wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    pause = threading.Event()
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=PATIENCE_S):
                return
        except OSError:
            pause.wait(_LOOK_S)
    raise RuntimeError(f"the service did not start: {log.read_text(errors='replace')[-2000:]}")


@contextmanager
def _opened(number: int) -> Iterator[Outlet]:
    outlet = Outlet(number)
    try:
        yield outlet
    finally:
        outlet.shutdown()
        outlet.server_close()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _has_mail() -> bool:
    return DOVECOT is not None and OPENSSL is not None and shutil.which("openssl") is not None
