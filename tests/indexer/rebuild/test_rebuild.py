"""A rebuild while the index is in use."""

import random
import signal
import subprocess
import sys
import threading
import time

import pytest

from copytaster.errors import BusyError, CopytasterError, UnreachableError
from copytaster.store import tables
from copytaster.store.dispatches import ids_after, read_dispatches
from indexer.actions import make_action
from indexer.drain import drain
from indexer.embedded import EmbeddedIndex
from indexer.embedded.build import EmbeddedBuild
from indexer.merge import merge_rows
from indexer.rebuild.rebuild import RebuildReport, rebuild_index
from indexer.search import SearchQuery
from indexer.serialise import serialise


@pytest.fixture
def index(embedded):
    return embedded


def in_store(store):
    with store.read() as connection:
        found = read_dispatches(connection, ids_after(connection, "", limit=10_000))
    return {name: make_action(merge_rows(rows)).document for name, rows in found.items()}


def in_index(store, index):
    return {name: serialise(index.get(name) or {}) for name in in_store(store)}


@pytest.fixture
def filled(store, desk, index):
    for number in range(12):
        desk.found(f"d{number:02}", f"Flood number {number}")
    drain(store, index)
    return index


def test_the_new_index_holds_what_the_store_holds(store, filled):
    seen = []
    report = rebuild_index(store, filled, on_progress=lambda done, total: seen.append((done, total)))
    assert report == RebuildReport(read=12, written=12, quarantined=0, queued=0)
    assert seen == [(12, 12)]
    assert in_index(store, filled) == in_store(store)
    assert filled.search(SearchQuery("flood")).total.value == 12


def test_it_makes_an_index_where_there_is_none(store, desk, tmp_path):
    desk.found("d")
    index = EmbeddedIndex(tmp_path / "none" / "index.sqlite")
    report = rebuild_index(store, index)
    assert (report.written, report.queued) == (1, 0)
    assert index.get("d")
    index.close()


def write_meanwhile(store, desk, index):
    """New dispatches and new revisions between the batches of a rebuild, written to the live index at once."""
    rounds = iter(range(100))

    def change(_done, _total):
        number = next(rounds)
        desk.found(f"a-new-{number}")  # sorts before what is being read: the walk does not come by again
        desk.joined("d00", f"Again {number}", publisher=f"Outlet {number}")
        drain(store, index)

    return change


def test_what_is_written_meanwhile_is_in_the_new_one(store, desk, filled, monkeypatch):
    monkeypatch.setattr("indexer.rebuild.rebuild.BATCH", 3)
    report = rebuild_index(store, filled, on_progress=write_meanwhile(store, desk, filled))
    assert report.queued == 0
    assert in_index(store, filled) == in_store(store)
    assert filled.count() == 16


def test_without_catching_up_it_would_be_lost(store, desk, filled, monkeypatch):
    """The control: the same rebuild, without copying the live file's changes."""
    monkeypatch.setattr("indexer.rebuild.rebuild.BATCH", 3)
    monkeypatch.setattr(EmbeddedBuild, "_catch_up", lambda *_: True)
    monkeypatch.setattr("indexer.rebuild.rebuild._catch_up", lambda *_: 0)
    monkeypatch.setattr("indexer.rebuild.rebuild.compare_counts", lambda *_, **__: 12)
    monkeypatch.setattr("indexer.rebuild.rebuild.compare_samples", lambda *_: None)
    rebuild_index(store, filled, on_progress=write_meanwhile(store, desk, filled))
    assert in_index(store, filled) != in_store(store)


def test_searches_and_writers_move_over_without_an_error(store, desk, filled, tmp_path):
    """Rebuilds one after another next to a searching and a writing thread with connections of their own."""
    stop, errors, searches = threading.Event(), [], []

    def run(act):
        try:
            while not stop.is_set():
                act()
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    beside = EmbeddedIndex(filled.path)
    chance = random.Random(3)

    def search():
        searches.append(beside.search(SearchQuery("flood", facets=("publisher",))).total.value)

    def change():
        name = f"d{chance.randint(0, 11):02}"
        desk.joined(name, f"Flood {chance.random()}", publisher="Other")
        drain(store, beside)

    threads = [threading.Thread(target=run, args=(act,)) for act in (search, change)]
    for thread in threads:
        thread.start()
    for _ in range(8):
        rebuild_index(store, filled)
    stop.set()
    for thread in threads:
        thread.join()
    drain(store, filled)
    assert errors == []
    assert len(searches) > 5
    assert set(searches) == {12}
    assert in_index(store, filled) == in_store(store)
    beside.close()


def test_cursors_outlive_the_switch(store, filled):
    first = filled.search(SearchQuery("flood", limit=7))
    rebuild_index(store, filled)
    second = filled.search(SearchQuery("flood", limit=7, cursor=first.next))
    assert len({hit.id for hit in (*first.hits, *second.hits)}) == 12


def test_only_one_at_a_time(store, filled):
    with filled.begin_rebuild(), pytest.raises(BusyError):
        rebuild_index(store, filled)
    assert rebuild_index(store, filled).written == 12


def test_an_index_that_lacks_something_is_not_switched_in(store, desk, filled, monkeypatch):
    before = filled.path.resolve()
    write = EmbeddedBuild.write
    monkeypatch.setattr(EmbeddedBuild, "write", lambda build, actions: write(build, list(actions)[1:]))
    with pytest.raises(CopytasterError, match="11 in the new index"):
        rebuild_index(store, filled)
    assert filled.path.resolve() == before
    assert filled.search(SearchQuery("flood")).total.value == 12
    assert [path for path in filled.path.parent.glob("index-*.sqlite") if path != before] == []


def test_a_document_no_index_can_take_goes_to_quarantine(store, desk, filled):
    desk.found(
        "poison", evidence=[{"kind": "dateline", "text": "\ud800", "weight": 0.9, "agency": "Reuters"}]
    )
    with store.write() as connection:
        connection.execute(tables.outbox.delete())
    report = rebuild_index(store, filled)
    assert (report.read, report.written, report.quarantined, report.queued) == (13, 12, 1, 1)
    assert drain(store, filled).quarantined == 1


@pytest.mark.parametrize("damage", [b"", b"not a database at all" * 1000])
def test_a_damaged_index_is_said_and_made_anew(store, filled, damage):
    filled.close()
    live = filled.path.resolve()
    live.write_bytes(damage)
    for companion in live.parent.glob(f"{live.name}-*"):
        companion.unlink()
    with pytest.raises(UnreachableError, match="rebuild"):
        filled.search(SearchQuery("flood"))
    assert not filled.health().ok
    assert rebuild_index(store, filled).written == 12
    drain(store, filled)
    assert in_index(store, filled) == in_store(store)


def test_a_rebuild_killed_at_any_instant_leaves_the_live_index(store, desk, filled):
    """SIGKILL at random instants; the next rebuild clears away what is left."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom copytaster.store.engine import Store\n"
        "from indexer.embedded import EmbeddedIndex\nimport indexer.rebuild.rebuild as r\n"
        "store, index = Store(sys.argv[1]), EmbeddedIndex(Path(sys.argv[2]))\nr.BATCH = 1\nprint('go', flush=True)\n"
        "while True:\n    r.rebuild_index(store, index)\n"
    )
    chance, killed = random.Random(5), 0
    for _ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", program, store.url, str(filled.path)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout
        process.stdout.readline()
        threading.Event().wait(chance.uniform(0.0, 0.3))
        process.kill()
        killed += process.wait() == -signal.SIGKILL
        process.stdout.close()
        assert filled.search(SearchQuery("flood")).total.value == 12
        assert in_index(store, filled) == in_store(store)
    assert killed == 4
    begin = time.monotonic()
    assert rebuild_index(store, filled).written == 12
    assert time.monotonic() - begin < 30
    assert len(list(filled.path.parent.glob("index-????????.sqlite"))) <= 2
