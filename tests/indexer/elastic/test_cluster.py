"""A real cluster of three nodes: one is killed under load or all restart in turn, nothing is lost, and searches go on."""

import signal
import threading

import pytest

from copytaster.errors import UnreachableError
from indexer.drain import drain, prepare_index
from indexer.elastic import ElasticIndex
from indexer.elastic.aliases import delete_index, read_aliases
from indexer.elastic.connection import quote_name
from indexer.search import SearchQuery
from settings import ElasticsearchSettings
from tests.equality import NOTHING, compare, waiting, write_off

PREFIX = "cluster"


@pytest.fixture
def settings(search_cluster):
    search_cluster.start()
    return ElasticsearchSettings(
        url=search_cluster.url, prefix=PREFIX, shards=2, replicas=1, wait_for_copies=1, timeout_s=60
    )


@pytest.fixture
def cluster_index(settings, store):
    made = ElasticIndex(settings)
    made.setup()
    prepare_index(store, made)
    wait_for(made, "green")
    yield made
    wait_for(made, "yellow")
    for name in read_aliases(made.connection, made.names).indices:
        delete_index(made.connection, name)
    made.close()


def wait_for(index, status, **also):
    path = f"/_cluster/health/{quote_name(index.names.write)}"
    found = index.connection.call("GET", path, wait_for_status=status, timeout="50s", **also)
    assert not found["timed_out"]


def find(index, check):
    return next(one for one in index.examine() if one.check == check)


class Reader:
    """Searches without a pause in a thread, and counts those that failed."""

    def __init__(self, settings):
        self._index = ElasticIndex(settings)
        self._ends = threading.Event()
        self.done = self.failed = 0
        self._thread = threading.Thread(target=self._search)
        self._thread.start()

    def _search(self):
        while not self._ends.is_set():
            try:
                self._index.search(SearchQuery(text="flood"))
                self.done += 1
            except UnreachableError:
                self.failed += 1

    def end(self):
        self._ends.set()
        self._thread.join()
        self._index.close()
        return self.done, self.failed


def add(desk, turn, count=40):
    for number in range(count):
        desk.found(f"t{turn}-{number:02}", f"Flood {turn} {number}")


@pytest.mark.parametrize("rounds", [1, pytest.param(20, marks=pytest.mark.long)])
def test_a_node_killed_under_load_loses_nothing_and_searches_go_on(
    search_cluster, settings, cluster_index, store, desk, rounds
):
    add(desk, "first")
    write_off(store, cluster_index)
    cluster_index.refresh()
    reader = Reader(settings)
    for turn in range(rounds):
        node = search_cluster.nodes[turn % 3]
        add(desk, turn)
        killer = threading.Timer(0.05, node.kill)
        killer.start()
        while drain(store, cluster_index, limit=4).written:
            pass
        killer.join()
        write_off(store, cluster_index)
        node.start()
        wait_for(cluster_index, "green")
    done, failed = reader.end()
    cluster_index.refresh()
    assert compare(store, cluster_index)[1:] == (0, 0, 0)
    assert waiting(store) == NOTHING
    assert done > 3
    assert failed == 0


@pytest.mark.long
@pytest.mark.parametrize("rounds", [3, 20])
def test_a_rolling_restart_loses_nothing(search_cluster, settings, cluster_index, store, desk, rounds):
    reader = Reader(settings)
    for turn in range(rounds):
        node = search_cluster.nodes[turn % 3]
        node.kill(signal.SIGTERM)
        add(desk, turn)
        write_off(store, cluster_index)
        node.start()
        wait_for(cluster_index, "green")
    done, failed = reader.end()
    cluster_index.refresh()
    assert compare(store, cluster_index)[1:] == (0, 0, 0)
    assert waiting(store) == NOTHING
    assert done > 3
    assert failed == 0


def test_doctor_names_a_node_that_left_and_shards_that_are_lost(search_cluster, cluster_index):
    assert find(cluster_index, "index health").level == "ok"
    first, second, third = search_cluster.nodes
    third.kill()
    wait_for(cluster_index, "yellow", wait_for_nodes="2")
    found = find(cluster_index, "index health")
    if found.level == "ok":  # the third had neither of the shards
        assert found.detail == "green on 2 nodes"
    else:
        assert found.level == "note"
        assert "node left" in found.detail
        assert "nothing is lost" in found.detail
    third.start()
    wait_for(cluster_index, "green")
    assert (first.pid, second.pid) != (None, None)


def test_more_replicas_come_with_a_setup_and_more_shards_with_a_rebuild(settings, cluster_index):
    layout = find(cluster_index, "index shards")
    assert (layout.level, layout.detail.partition(": ")[2]) == ("ok", "2 shards, replicas 1")
    other = ElasticIndex(settings.model_copy(update={"replicas": 2, "shards": 3}))
    try:
        found = find(other, "index shards")
        assert (found.level, found.way_out) == ("note", "copytaster rebuild")
    finally:
        other.close()
    more = ElasticIndex(settings.model_copy(update={"replicas": 2}))
    try:
        assert find(more, "index shards").way_out == "copytaster index-setup"
        assert [line for line in more.plan_setup().making if line.startswith("replicas")]
        more.setup()
        assert not [line for line in more.plan_setup().making if line.startswith("replicas")]
        assert find(more, "index shards").detail.endswith("2 shards, replicas 2")
    finally:
        more.close()


@pytest.mark.long
def test_a_write_waits_for_the_copies_of_the_settings(search_cluster, settings, cluster_index, store, desk):
    more = ElasticIndex(settings.model_copy(update={"replicas": 2}))
    more.setup()
    more.close()
    wait_for(cluster_index, "green")
    careful = ElasticIndex(
        settings.model_copy(update={"replicas": 2, "wait_for_copies": "all", "timeout_s": 5})
    )
    try:
        add(desk, "whole", count=3)
        assert drain(store, careful).written == 3
        search_cluster.nodes[0].kill()
        cluster_index.connection.call("GET", "/_cluster/health", wait_for_nodes="2", timeout="50s")
        add(desk, "less", count=3)
        report = drain(store, careful)
        assert (report.written, report.retried) == (0, 3)
    finally:
        careful.close()
        search_cluster.start()
