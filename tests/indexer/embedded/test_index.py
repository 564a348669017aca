"""What the embedded index does as a file that threads and processes share."""

import random
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest

from copytaster.errors import UnreachableError
from indexer.drain import drain, prepare_index
from indexer.embedded import EmbeddedIndex
from indexer.embedded.words_check import check_words
from indexer.factory import open_index
from indexer.search import SearchQuery
from settings import load_settings

WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from tests.indexer.conftest import make_action
from indexer.embedded import EmbeddedIndex
index = EmbeddedIndex(Path(sys.argv[1]))
index.setup()
for number in range(int(sys.argv[4])):
    index.write([make_action(f"{sys.argv[2]}-{number}-{n}", headline="same") for n in range(3)])
    print(number, flush=True)
"""


@pytest.fixture
def index(tmp_path):
    made = EmbeddedIndex(tmp_path / "index.sqlite")
    made.setup()
    yield made
    made.close()


def start_writer(request, index, name, rounds):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(index.path), name, str(request.config.rootpath), str(rounds)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_readers_do_not_wait_for_the_writer(index, action):
    index.write([action("d", headline="flood")])
    writer = sqlite3.connect(index.path.resolve(), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM documents")
    assert index.search(SearchQuery("flood")).total.value == 1
    writer.execute("ROLLBACK")
    writer.close()


def test_threads_share_one(index, action):
    index.write([action(f"d{number}", headline="flood") for number in range(20)])
    answers, errors = [], []

    def work(name):
        try:
            for number in range(10):
                index.write([action(f"{name}-{number}", headline="other")])
                answers.append(index.search(SearchQuery("flood", limit=1)).total.value)
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=work, args=(f"t{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert answers == [20] * 60
    assert index.count() == 80


def test_processes_share_one(request, index):
    writers = [start_writer(request, index, name, 20) for name in ("a", "b")]
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    assert index.count() == index.search(SearchQuery("same")).total.value == 120


def test_what_was_acknowledged_survives_a_kill(request, index):
    """SIGKILL at random instants: every batch a writer reported is there, and whole."""
    chance, acknowledged = random.Random(11), set()
    for turn in range(4):
        writer = start_writer(request, index, f"k{turn}", 100_000)
        heard = [writer.stdout.readline()]
        timer = threading.Timer(chance.uniform(0.02, 0.3), writer.kill)
        timer.start()
        heard += writer.stdout.readlines()
        assert writer.wait() == -signal.SIGKILL
        writer.stdout.close()
        timer.cancel()
        acknowledged |= {f"k{turn}-{line.strip()}" for line in heard if line.endswith("\n")}
    found = [index.get(f"{name}-{number}") for name in acknowledged for number in range(3)]
    assert len(acknowledged) > 5
    assert all(found)
    assert index.count() % 3 == 0
    assert index.search(SearchQuery("same")).total.value == index.count()


def test_all_who_set_up_at_once_get_the_same_index(tmp_path, action):
    path = tmp_path / "fresh" / "index.sqlite"
    indices = [EmbeddedIndex(path) for _ in range(8)]
    threads = [threading.Thread(target=index.setup) for index in indices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, index in enumerate(indices):
        index.write([action(f"d{number}")])
    assert [index.count() for index in indices] == [8] * 8
    assert len(list(path.parent.glob("index-????????.sqlite"))) == 1
    for index in indices:
        index.close()


def test_a_missing_index_stops_writer_and_reader_loudly_and_makes_nothing(tmp_path, action):
    index = EmbeddedIndex(tmp_path / "none" / "index.sqlite")
    for act in (lambda: index.write([action("d")]), lambda: index.search(SearchQuery()), index.count):
        with pytest.raises(UnreachableError, match="none yet"):
            act()
    assert not index.exists()
    assert not index.health().ok
    assert not index.path.parent.exists()


def test_an_index_of_another_layout_is_filled_anew(store, desk, index):
    desk.found("d")
    drain(store, index)
    with sqlite3.connect(index.path.resolve()) as connection:
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    index.close()
    assert not index.exists()
    with pytest.raises(UnreachableError, match="another version"):
        index.search(SearchQuery())
    prepare_index(store, index)
    assert drain(store, index).written == 1
    assert index.search(SearchQuery("varda")).total.value == 1


def test_settings_choose_the_index(tmp_path, monkeypatch):
    index = open_index(load_settings(data_dir=tmp_path))
    assert isinstance(index, EmbeddedIndex)
    assert index.path == tmp_path / "index.sqlite"
    monkeypatch.setenv("COPYTASTER_ELASTICSEARCH__URL", "http://search.example:9200")
    elsewhere = open_index(load_settings(data_dir=tmp_path))
    assert not isinstance(elsewhere, EmbeddedIndex)
    elsewhere.close()


def cut_off(path):
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2 // 4096 * 4096)


def overwrite(path):
    path.write_bytes(b"no database any more " * 4000)


def wipe_behind_the_header(path):
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(bytes(path.stat().st_size - 4096))


@pytest.mark.parametrize("damage", [cut_off, overwrite, wipe_behind_the_header])
def test_health_notices_a_file_that_is_damaged_while_connections_are_open(index, action, damage):
    index.write([action(f"d{number}") for number in range(200)])
    assert index.health().ok
    assert index.count() == 200
    with sqlite3.connect(index.path.resolve()) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    damage(index.path.resolve())
    found = index.health()
    assert not found.ok
    assert "cannot be used" in found.detail


def test_a_file_with_a_whole_header_alone_counts_as_none(index, action):
    index.write([action("d1")])
    index.close()
    wipe_behind_the_header(index.path.resolve())
    with closing(EmbeddedIndex(index.path)) as later:
        assert not later.exists()
        later.setup()
        assert later.exists()
        assert later.count() == 0


def find_faults(index):
    with closing(sqlite3.connect(index.path.resolve(), isolation_level=None)) as file:
        file.execute("BEGIN IMMEDIATE")
        return check_words(file)


def test_a_file_of_before_gets_no_keys_and_says_so(index, action):
    with sqlite3.connect(index.path.resolve()) as file:
        file.execute("DELETE FROM meta WHERE name = 'keys'")
    for body in ("Ein Hafenstreik.", "Der Hafenstreik endet."):
        index.write([action("d", version=len(body), headline="Warnstreik", body=body, languages=["de"])])
    assert index.search(SearchQuery("Streik")).total.value == 0
    assert index.search(SearchQuery("Hafenstreik endet")).total.value == 1
    assert [finding.level for finding in index.examine()] == ["note"]
    assert find_faults(index) == []


def test_a_new_file_has_keys_and_stays_whole(index, action):
    for body in ("Ein Hafenstreik.", "Der Hafenstreik endet."):
        index.write([action("d", version=len(body), headline="Warnstreik", body=body, languages=["de"])])
    (hit,) = index.search(SearchQuery("Streik")).hits
    assert [one.text for one in hit.headline if one.marked] == ["Warnstreik"]
    assert [one.text for one in hit.excerpt if one.marked] == ["Hafenstreik"]
    assert not index.examine()
    assert find_faults(index) == []
