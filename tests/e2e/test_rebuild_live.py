"""`copytaster rebuild` while copy comes in and readers search: no failed search, equal at the end, and back once."""

import json
import os
import subprocess
import sys
import threading

import pytest

from indexer.drain import drain
from indexer.elastic import ElasticIndex
from indexer.elastic.aliases import read_aliases
from indexer.search import SearchQuery
from tests.equality import NOTHING, compare, waiting, write_off
from tests.indexer.conftest import Desk, open_elastic

SIZE = 300


@pytest.fixture
def index(search_url):
    with open_elastic(search_url("elasticsearch")) as made:
        made.setup()
        yield made


def run(store, index, folder, *command):
    environment = dict(
        os.environ,
        COPYTASTER_DATABASE_URL=store.url,
        COPYTASTER_ELASTICSEARCH__URL=index.settings.url,
        COPYTASTER_ELASTICSEARCH__PREFIX=index.settings.prefix,
        COPYTASTER_LOG_LEVEL="ERROR",
    )
    done = subprocess.run(
        [sys.executable, "-m", "newsdesk", *command, "--json"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Beside:
    """One thread that writes new copy and one that searches, until the context ends."""

    def __init__(self, store, desk, index):
        self.errors, self.searches, self.changes = [], 0, 0
        self._stop = threading.Event()
        self._store, self._desk, self._settings = store, desk, index.settings
        self._threads = [
            threading.Thread(target=self._run, args=(act,)) for act in (self._search, self._change)
        ]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, act):
        own = ElasticIndex(self._settings)
        while not self._stop.is_set():
            try:
                act(own)
            except Exception as error:  # noqa: BLE001
                self.errors.append(repr(error))
        own.close()

    def _search(self, own):
        found = own.search(SearchQuery("flood", facets=("publisher",))).total.value
        self.searches += 1
        if found < SIZE:
            self.errors.append(f"{found} found")

    def _change(self, own):
        number, self.changes = self.changes, self.changes + 1
        self._desk.found(f"new-{number:05}", f"Flood anew {number}")
        self._desk.joined(f"d{number % SIZE:04}", f"Flood again {number}", publisher="Other")
        drain(self._store, own)
        self._stop.wait(0.02)


@pytest.mark.parametrize("rounds", [1, pytest.param(10, marks=pytest.mark.long)])
def test_rebuilt_and_rolled_back_while_it_is_used(store, index, tmp_path, rounds, record_property):
    desk = Desk(store)
    for number in range(SIZE):
        desk.found(f"d{number:04}", f"Flood number {number}")
    drain(store, index)
    with Beside(store, desk, index) as beside:
        for _ in range(rounds):
            before = read_aliases(index.connection, index.names).find_index(index.names.read)
            assert run(store, index, tmp_path, "rebuild")["written"] >= SIZE
            assert read_aliases(index.connection, index.names).find_index(index.names.read) != before
        run(store, index, tmp_path, "rebuild", "--back")
        assert read_aliases(index.connection, index.names).find_index(index.names.read) == before
    write_off(store, index)
    for name in ("searches", "changes"):
        record_property(name, getattr(beside, name))
    record_property("failed", len(beside.errors))
    assert beside.errors == []
    assert beside.searches > 10
    dispatches, lost, doubled, quarantined = compare(store, index)
    assert (dispatches, lost, doubled, quarantined) == (SIZE + beside.changes, 0, 0, 0)
    assert waiting(store) == NOTHING


def test_an_index_deleted_before_the_new_one_is_there_would_fail_searches(store, index, monkeypatch):
    """The control: the same readers, the old index gone before the aliases are moved."""
    from indexer.elastic.aliases import delete_index
    from indexer.elastic.build import ElasticBuild
    from indexer.rebuild.rebuild import rebuild_index

    desk = Desk(store)
    for number in range(SIZE):
        desk.found(f"d{number:04}", f"Flood number {number}")
    drain(store, index)
    count = ElasticBuild.count

    def clear_first(build):
        delete_index(
            index.connection, read_aliases(index.connection, index.names).find_index(index.names.read)
        )
        threading.Event().wait(0.5)
        return count(build)

    monkeypatch.setattr(ElasticBuild, "count", clear_first)
    with Beside(store, desk, index) as beside:
        rebuild_index(store, index)
    assert beside.errors
