"""`copytaster rebuild` while the service crawls the demo's sites: no search fails, and nothing is missing."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from copytaster.store.dispatches import newest_change
from copytaster.store.engine import Store
from copytaster.store.tables import stories
from dedup.grouping.grouper import group_waiting
from indexer.drain import drain
from indexer.factory import open_index
from indexer.search import SearchQuery
from newsdesk.demo.scenario import SPAN_S
from newsdesk.demo.server import serve
from settings import load_settings
from spiders.ingest import ingest_paths
from tests.equality import NOTHING, compare, waiting
from tests.indexer.conftest import open_elastic
from tests.until import until

ARCHIVE = 150  # stories that are there before
SHARES = 20  # of the scenario, one told each time
PATIENCE_S = 120
SYLLABLES = [
    "ba",
    "co",
    "du",
    "fe",
    "gi",
    "ha",
    "jo",
    "ku",
    "le",
    "mi",
    "na",
    "po",
    "ru",
    "se",
    "ti",
    "vo",
    "wa",
    "xe",
    "yu",
    "za",
]


class Newsdesk:
    """The demo's sites at the speed that the test wants, and the program over them as its user runs it."""

    def __init__(self, folder, sites, clock, server):
        self.sites, self.clock, self.folder = sites, clock, folder
        self.config = folder / "sources.toml"
        self.config.write_text(sites.sources_toml(), encoding="utf-8")
        self.environment = {**os.environ, "COPYTASTER_LOG_LEVEL": "INFO"}
        options = {}
        if server is not None:
            options = {"elasticsearch": {"url": server.url, "prefix": server.prefix}}
            self.environment |= {
                "COPYTASTER_ELASTICSEARCH__URL": server.url,
                "COPYTASTER_ELASTICSEARCH__PREFIX": server.prefix,
            }
        self.settings = load_settings(self.config, data_dir=folder / "data", **options)
        self.log = folder / "log"

    def command(self, name):
        return [
            *(sys.executable, "-m", "newsdesk", name, "--config", str(self.config)),
            *("--data-dir", str(self.settings.data_dir)),
        ]

    def run(self, name, *options):
        done = subprocess.run(
            [*self.command(name), *options, "--json"],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def start(self):
        """Start the service; return its process and the address of its pages."""
        with self.log.open("w") as log:
            process = subprocess.Popen(
                [*self.command("run"), "--port", "0"], env=self.environment, stdout=log, stderr=log
            )
        until(lambda: process.poll() is not None or "service.ready" in self.log.read_text(), self.folder)
        (address,) = re.findall(r"service\.ready.*(http://[0-9.:]+/)", self.log.read_text())
        return process, address

    def is_collected(self, store):
        served = set().union(*self.sites.true_groups().values())
        with store.read() as connection:
            return self.clock.is_over and served <= set(connection.scalars(select(stories.c.url)))


class ScenarioClock:
    """Seconds into the scenario, advanced by shares."""

    def __init__(self):
        self.shares = 0

    def __call__(self):
        return SPAN_S * self.shares / SHARES

    @property
    def is_over(self):
        return self.shares == SHARES

    def go_on(self):
        assert not self.is_over, "the crawl brought nothing beside any rebuild"
        self.shares += 1

    def finish(self):
        self.shares = SHARES


class Readers:
    """Two readers that search continuously, one through the API; each search must find the whole archive."""

    def __init__(self, desk, address, least):
        self.failed, self.searches, self._least = [], 0, least
        self._stop = threading.Event()
        index = open_index(desk.settings)
        self._close = index.close
        found = {
            "index": lambda: index.search(SearchQuery("report", limit=20)).total.value,
            "pages": lambda: ask(f"{address}api/v1/dispatches?q=report")["total"]["value"],
        }
        self._threads = [threading.Thread(target=self._read, args=one) for one in found.items()]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._close()

    def _read(self, name, search):
        while not self._stop.wait(0.02):
            try:
                found = search()
            except Exception as error:  # noqa: BLE001
                self.failed.append(f"{name}: {error!r}")
            else:
                self.searches += 1
                if found < self._least:
                    self.failed.append(f"{name}: {found} found")


def ask(address):
    with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:
        return json.load(answer)


def write_archive(folder):
    """Write stories, every tenth a copy of the one before: grouping them compiles the kernels before the service runs."""
    chance = random.Random(7)
    folder.mkdir()

    def say(words):
        return " ".join("".join(chance.choices(SYLLABLES, k=3)) for _ in range(words)).capitalize()

    lines = list[str]()
    for number in range(ARCHIVE):
        is_copy = number % 10 == 9
        lines = [*lines[:-1], say(14)] if is_copy else [f"Report {number} from {say(2)}", *map(say, [14] * 4)]
        (folder / f"{number:04}.txt").write_text("\n\n".join(lines), encoding="utf-8")
    return folder


def take_in_archive(desk, store):
    """Ingest, group and index the archive; return the number of dispatches."""
    ingest_paths([write_archive(desk.folder / "copy")], store=store, settings=desk.settings)
    for _ in group_waiting(store, desk.settings.grouping):
        pass
    with closing(open_index(desk.settings)) as index:
        if not desk.settings.elasticsearch.is_set:
            index.setup()
        return drain(store, index).written


@pytest.fixture(params=["embedded", "elasticsearch", pytest.param("opensearch", marks=pytest.mark.long)])
def desk(request, tmp_path):
    clock = ScenarioClock()
    with serve(base=datetime.now(UTC) - timedelta(hours=2), clock=clock) as sites:
        if request.param == "embedded":
            yield Newsdesk(tmp_path, sites, clock, None)
            return
        with open_elastic(request.getfixturevalue("search_url")(request.param)) as index:
            index.setup()
            yield Newsdesk(tmp_path, sites, clock, index.settings)


@pytest.mark.parametrize("rounds", [1, pytest.param(10, marks=pytest.mark.long)])
def test_rebuilt_and_rolled_back_while_sites_are_crawled(desk, rounds, record_property):
    with closing(Store(desk.settings.store_url)) as store:
        archive = take_in_archive(desk, store)
        process, address = desk.start()
        try:
            until(
                lambda: ask(f"{address}api/v1/dispatches")["total"]["value"] > archive, desk.settings.data_dir
            )
            with Readers(desk, address, archive) as readers:
                written = []
                while len(written) < rounds or not any(written):
                    desk.clock.go_on()
                    written.append(rebuild_beside(desk, store, archive))
                desk.clock.finish()
                if desk.settings.elasticsearch.is_set:
                    desk.run("rebuild", "--back")
                until(lambda: desk.is_collected(store) and not waiting(store).waiting, desk.settings.data_dir)
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()
            process.wait()
        record_property("searches", readers.searches)
        record_property("failed", len(readers.failed))
        record_property("changes beside", sum(written))
        assert readers.failed == []
        assert readers.searches > 10 * rounds
        assert sum(written) > 0
        with closing(open_index(desk.settings)) as index:
            dispatches, *wrong = compare(store, index)
        record_property("dispatches", dispatches)
        assert (dispatches > archive, wrong, waiting(store)) == (True, [0, 0, 0], NOTHING)


def rebuild_beside(desk, store, archive):
    """Rebuild by command; return the number of changes that the crawl brought meanwhile."""
    before = read_change(store)
    assert desk.run("rebuild")["written"] >= archive
    return read_change(store) - before


def read_change(store):
    with store.read() as connection:
        return newest_change(connection)
