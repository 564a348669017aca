"""Two machines on one store, each with its plug pulled in turn while a reader asks the page: crawlers here, the desk there."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import ExitStack, closing, contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from bench import postgres
from bench.soak.crawl_hosts import serve_hosts
from bench.soak.crawl_newsroom import GUARDED, UNGUARDED, read_stored, write_sources
from bench.soak.sites import connected, why_not
from bench.soak.trial import Outcome, Trial
from copytaster.errors import CopytasterError
from copytaster.store.dispatches import count_dispatches
from copytaster.store.engine import Store
from copytaster.store.outbox import read_backlog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bench.soak.crawl_hosts import CrawlHosts
    from bench.soak.sites import Site

FEEDS, STORIES = 8, 2  # that each feed lists, and as many more before and after each plug is in again
OF_CONTROL = 6  # as crawlers have to meet at a host
DELAY_S = 0.5
PULLED_S, LONG_S = 12.0, 40.0
MANY = 8  # pulls, from which on each lasts long: every lease has run out by then
BACK_S = 30.0
PATIENCE_S = 300.0
ANSWER_S = 15.0  # in which the page answers, or says what is down
PAGES = "http://127.0.0.1:8600/"


def run(size: int, seed: int) -> Outcome:
    """`size` pulls, of either plug in turn."""
    return _try(size, seed, GUARDED)


def control(_size: int, seed: int) -> Outcome:
    """No plug is pulled, but two crawlers pace each host by themselves."""
    return _try(0, seed, UNGUARDED)


TRIAL = Trial(
    name="pulled-plugs",
    promise="crawlers and desk on two machines, each cut off once: 0 lost, 0 doubled, pace kept, page honest, back <= 30 s",
    run=run,
    control=control,
    short=1,
    long=12,
)


class Reader(threading.Thread):
    """Somebody at a site who asks for the page all the time.

    Attributes:
        saw: how often each answer came: a page, `says what is down`, or a fault.
    """

    def __init__(self, site: Site) -> None:
        super().__init__(daemon=True)
        self._site, self._ended = site, threading.Event()
        self.saw: Counter[str] = Counter()

    def run(self) -> None:
        """Ask until told to end."""
        with self._site.entered():
            while not self._ended.wait(0.2):
                self.saw[self._ask()] += 1

    def end(self) -> None:
        """Ask no more."""
        self._ended.set()
        self.join()

    def _ask(self) -> str:
        try:
            with urllib.request.urlopen(PAGES, timeout=ANSWER_S) as answer:
                return "page" if b"</html>" in answer.read() else "a part of a page"
        except urllib.error.HTTPError as error:
            is_honest = error.code == HTTPStatus.SERVICE_UNAVAILABLE and b"store" in error.read()
            return "says what is down" if is_honest else f"status {error.code}"
        except OSError as error:
            return f"no answer: {error}"


def _try(size: int, seed: int, module: Sequence[str]) -> Outcome:
    if reason := postgres.why_not() or why_not():
        return Outcome(0, 0, "", skipped=reason)
    pulled_s = LONG_S if size >= MANY else PULLED_S
    first = random.Random(seed).randrange(2)
    back_s: list[float] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        connected(2) as (crawling, desk),
        _serve_at(crawling, STORIES if size else OF_CONTROL) as hosts,
        postgres.running([crawling.address, desk.address]) as server,
        closing(Store(server.make_database())) as store,
        ExitStack() as stack,
    ):
        for site, roles in ((desk, ("group,index,web",) if size else ()), (crawling, ("crawl", "crawl"))):
            config = _write_config(Path(folder) / site.name, hosts, store.url, site)
            for role in roles:
                program = (sys.executable, *module, "run", "--role", role, "--config", str(config))
                stack.enter_context(_started((*site.command, *program)))
        _wait(lambda: _is_done(store, hosts, is_shown=bool(size)))
        reader = Reader(desk)
        if size:
            reader.start()
        for number in range(size):
            site = (crawling, desk)[(first + number) % 2]
            hosts.stories += STORIES
            site.pull_plug()
            time.sleep(pulled_s)
            hosts.stories += STORIES
            site.plug_in()
            back_s.append(_measure_back(store))
        _wait(lambda: _is_done(store, hosts, is_shown=bool(size)))
        if size:
            reader.end()
        stored, doubled, overlapping = read_stored(store)
    lost, hasty = len(hosts.listed - stored), hosts.count_hasty(DELAY_S / 2)
    silent = sum(count for said, count in reader.saw.items() if said not in {"page", "says what is down"})
    late = sum(one > BACK_S for one in back_s)
    injected = max(1, size)
    return Outcome(
        injected,
        max(0, injected - lost - doubled - overlapping - hasty - silent - late),
        f"stories {len(stored)}: lost {lost}, doubled {doubled}; a source taken twice at once {overlapping}; requests "
        f"too soon {hasty}; the reader saw {dict(reader.saw)}",
        {"back at most (s)": max(back_s)} if back_s else {},
    )


def _measure_back(store: Store) -> float:
    """How long until a story that is stored from now on can be found."""
    begun, before = time.monotonic(), _count_indexed(store)
    _wait(lambda: _count_indexed(store) > before)
    return time.monotonic() - begun


def _count_indexed(store: Store) -> int:
    """Dispatches that do not wait for the index; each story here is one of its own."""
    with store.read() as connection:
        return count_dispatches(connection) - read_backlog(connection).waiting


def _is_done(store: Store, hosts: CrawlHosts, *, is_shown: bool) -> bool:
    """Every story that is to come is stored, and can be found."""
    if not (hosts.is_whole and hosts.listed <= read_stored(store)[0]):
        return False
    return not is_shown or _count_indexed(store) == len(hosts.listed)


@contextmanager
def _serve_at(site: Site, stories: int) -> Iterator[CrawlHosts]:
    """Invented hosts on the loopback of a site."""
    with ExitStack() as stack:
        with site.entered():
            served = stack.enter_context(serve_hosts(FEEDS, stories))
        yield served


def _write_config(folder: Path, hosts: CrawlHosts, url: str, site: Site) -> Path:
    folder.mkdir()
    return write_sources(folder, hosts, url.replace("127.0.0.1", site.address), delay_s=DELAY_S)


@contextmanager
def _started(command: Sequence[str]) -> Iterator[None]:
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with suppress(CopytasterError):
            if condition():
                return
        time.sleep(0.2)
    raise TimeoutError(f"not within {PATIENCE_S:g} s")
