"""The file of the embedded index gives back the space of documents that left or changed, beside searches and writes."""

import sqlite3
from contextlib import closing

import pytest

from indexer.embedded import EmbeddedIndex
from indexer.embedded.files import point_to
from indexer.embedded.schema import make_tables
from indexer.search import SearchQuery

COUNT = 300


@pytest.fixture
def index(tmp_path):
    made = EmbeddedIndex(tmp_path / "index.sqlite")
    made.setup()
    yield made
    made.close()


def fill(index, action, *, version, count=COUNT):
    index.write(
        [
            action(
                f"d{number}",
                version=version,
                headline=f"flood {number}",
                body=" ".join(f"word{number * 40 + place}" for place in range(40)),
            )
            for number in range(count)
        ]
    )


def read(index, statement):
    with closing(sqlite3.connect(index.path.resolve())) as file:
        return file.execute(statement).fetchone()[0]


def count_words(index):
    return read(index, "SELECT sum(length(block)) FROM words_data")


def list_faults(index):
    faults, position = [], None
    while True:
        found = index.check_file(position, 1000)
        faults += found.faults
        position = found.position
        if position is None:
            return faults


def compact(index):
    steps = 0
    while index.compact():
        steps += 1
    return steps


def test_of_documents_that_changed_nothing_is_left(index, action):
    fill(index, action, version=1)
    once = count_words(index)
    for version in (2, 3, 4):
        fill(index, action, version=version)
    assert count_words(index) > 2 * once
    assert compact(index)
    assert count_words(index) < 1.1 * once
    assert index.search(SearchQuery("flood")).total.value == COUNT
    assert index.search(SearchQuery("word81")).total.value == 1
    assert list_faults(index) == []


def test_the_file_becomes_smaller(index, action):
    fill(index, action, version=1)
    full = read(index, "PRAGMA page_count")
    index.remove({f"d{number}": 2 for number in range(10, COUNT)})
    assert compact(index)
    assert read(index, "PRAGMA page_count") < full / 2
    assert index.search(SearchQuery("flood")).total.value == 10
    assert read(index, "SELECT count(*) FROM labels WHERE documents = 0") == 0
    assert list_faults(index) == []


def test_where_little_left_nothing_is_done(index, action):
    fill(index, action, version=1)
    index.remove({"d0": 2})
    compact(index)
    before = read(index, "SELECT value FROM meta WHERE name = 'writes'")
    assert not index.compact()
    assert read(index, "SELECT value FROM meta WHERE name = 'writes'") == before


def test_another_process_goes_on_where_one_ended_and_writes_come_between(index, action):
    for version in (1, 2, 3):
        fill(index, action, version=version)
    assert index.compact()
    with closing(EmbeddedIndex(index.path)) as other:
        fill(other, action, version=4, count=3)
        assert compact(other)
    assert index.search(SearchQuery("flood")).total.value == COUNT
    assert list_faults(index) == []


def test_a_search_that_is_under_way_does_not_wait(index, action):
    for version in (1, 2):
        fill(index, action, version=version)
    with closing(sqlite3.connect(index.path.resolve(), isolation_level=None)) as reader:
        reader.execute("BEGIN")
        before = reader.execute("SELECT count(*) FROM words WHERE words MATCH 'flood'").fetchone()
        assert compact(index)
        assert reader.execute("SELECT count(*) FROM words WHERE words MATCH 'flood'").fetchone() == before


def test_a_file_of_an_earlier_release_is_merged_and_keeps_its_size(tmp_path, action):
    old = tmp_path / "index-old.sqlite"
    with closing(sqlite3.connect(old, isolation_level=None)) as file:
        make_tables(file)
    point_to(tmp_path / "index.sqlite", old)
    with closing(EmbeddedIndex(tmp_path / "index.sqlite")) as index:
        fill(index, action, version=1)
        full = read(index, "PRAGMA page_count")
        index.remove({f"d{number}": 2 for number in range(10, COUNT)})
        words = count_words(index)
        assert compact(index)
        assert count_words(index) < words / 2
        assert read(index, "PRAGMA page_count") >= full
        assert list_faults(index) == []
