"""A restored store and the index of a real server."""

from contextlib import closing, contextmanager

import pytest

from bench.soak.trials.restored_store import restore_all
from copytaster.errors import ConfigurationError, ForeignIndexError
from copytaster.store.dispatches import newest_change, read_dispatches
from copytaster.store.engine import Store
from indexer.actions import make_actions
from indexer.drain import drain, prepare_index
from indexer.elastic import ElasticIndex
from indexer.elastic.mark import read_mark, read_state
from indexer.ownership import mark_of
from indexer.port import BuildProgress, IndexMark
from indexer.rebuild.rebuild import go_back, rebuild_index
from indexer.search import SearchQuery
from tests.indexer import restored
from tests.indexer.conftest import SERVERS, Desk, open_elastic
from tests.indexer.restored import anew, read, shows_only


@pytest.fixture
def backup(store, desk, elastic, tmp_path):
    with restored.take_backup(store, desk, elastic, tmp_path) as opened:
        yield opened


def another(index, **changes):
    """The index as another process opens it."""
    return ElasticIndex(index.settings.model_copy(update=changes))


@pytest.mark.parametrize("goes_first", ["the comparison", "new copy", "new copy under a running process"])
def test_new_copy_of_a_restored_store_is_visible(backup, elastic, goes_first):
    desk = Desk(backup)
    if goes_first != "new copy under a running process":
        anew(elastic)
    if goes_first == "the comparison":
        prepare_index(backup, elastic)
    desk.joined("revised", "Dam gates open wide", publisher="New Outlet")
    for number in range(20):
        desk.found(f"new-{number}", "Harbour frozen")
    drain(backup, elastic)
    assert "Dam gates open wide" in elastic.get("revised")["headlines_all"]
    assert elastic.get("revised")["publisher_count"] == 2
    shows_only(backup, elastic, {"kept", "revised", *(f"new-{number}" for number in range(20))})
    assert (read(backup).epoch, read(backup).unknown) == (2, "")
    assert elastic.search(SearchQuery("bridge")).total.value == 0


def test_the_newest_version_is_read_where_a_rebuild_wrote_it_first(store, desk, elastic):
    """On a server that cannot sort by version too."""
    for number in range(4):
        desk.found(f"d{9 - number}")
    drain(store, elastic)
    rebuild_index(store, elastic)
    with store.read() as connection:
        newest = newest_change(connection)
    assert read_state(elastic.connection, elastic.names, refresh=True).newest == newest


def test_single_stories_that_the_store_does_not_know_go_too(store, desk, elastic, tmp_path):
    index = another(elastic, stories_index=True)
    index.setup()
    with restored.take_backup(store, desk, index, tmp_path) as backup:
        prepare_index(backup, anew(index))
        drain(backup, index)
        index.refresh()
        index.connection.call("POST", f"/{index.names.stories.write}/_refresh")
        found = index.connection.call("GET", f"/{index.names.stories.read}/_search?sort=story")
        assert [hit["_id"] for hit in found["hits"]["hits"]] == ["1", "2"]
    index.close()


def test_the_copy_started_last_writes_and_the_other_is_refused(store, desk, backup, elastic):
    restarted = another(elastic)
    prepare_index(backup, restarted)
    drain(backup, restarted)
    desk.found("late", "Written by the newer store's service, which still runs")
    with pytest.raises(ForeignIndexError, match="another copy of this store"):
        drain(store, elastic)
    assert restarted.get("late") is None
    restarted.close()


def test_an_interrupted_rebuild_of_the_newer_store_is_not_resumed(store, backup, elastic):
    with pytest.raises(KeyboardInterrupt), elastic.begin_rebuild(mark_of(read(store))) as build:
        with store.read() as connection:
            actions, _ = make_actions(list(read_dispatches(connection, ["lost", "revised"]).values()))
        build.write(actions)
        build.note(BuildProgress("x", 3, actions[0].version))
        raise KeyboardInterrupt
    rebuild_index(backup, anew(elastic))
    drain(backup, elastic)
    shows_only(backup, elastic, {"kept", "revised"})


def test_the_index_before_a_rebuild_loses_what_the_store_does_not_know(store, desk, elastic, tmp_path):
    with restored.take_backup(store, desk, elastic, tmp_path) as backup:
        rebuild_index(store, elastic)  # the index before it holds `lost`
        rebuild_index(backup, anew(elastic))
        go_back(backup, elastic)
        drain(backup, elastic)
        shows_only(backup, elastic, {"kept", "revised"})


def test_an_index_shared_by_mistake_is_refused(store, desk, elastic, tmp_path):
    desk.found("d")
    drain(store, elastic)
    with closing(Store(f"sqlite:///{tmp_path}/other.sqlite")) as other:
        Desk(other).found("theirs")
        for write in (prepare_index, drain, rebuild_index):
            with pytest.raises(ForeignIndexError, match="another installation"):
                write(other, anew(elastic))
        assert elastic.get("d")


def test_a_mark_outlives_the_notes_of_rebuilds(store, desk, elastic):
    desk.found("d")
    drain(store, elastic)
    for _ in range(2):
        rebuild_index(store, elastic)
    for alias in (elastic.names.write, elastic.names.previous):
        assert read_mark(elastic.connection, alias) == mark_of(read(store))
    with pytest.raises(ForeignIndexError):
        elastic.claimed = IndexMark("house", "x", 1)
        elastic.write([])


@pytest.mark.parametrize("size", [2, pytest.param(20, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", SERVERS)
def test_restored_stores_show_every_new_version(search_url, name, size):
    @contextmanager
    def open_index(_folder):
        with open_elastic(search_url(name)) as index:
            index.setup()
            yield index

    outcome = restore_all(size, 1, open_index)
    assert outcome.met, f"{outcome.held} of {outcome.injected}: {outcome.detail}"


@pytest.mark.parametrize("documents", [0, 3])
def test_aliases_on_an_index_of_another_program_have_a_way_out(store, desk, elastic, documents):
    """The errors say what to run, it works, and the other program keeps its index."""
    desk.found("mine", "Dam opened")
    call, theirs = elastic.connection.call, f"{elastic.names.prefix}-orders"
    call("PUT", f"/{theirs}", {"mappings": {"properties": {"customer": {"type": "keyword"}}}})
    for number in range(documents):
        call("PUT", f"/{theirs}/_doc/{number}?refresh=true", {"customer": "Kolm"})
    for name in elastic.names.read, elastic.names.write:
        ours = elastic.connection.call("GET", f"/_alias/{name}")
        move = [{"remove": {"index": one, "alias": name}} for one in ours]
        call("POST", "/_aliases", {"actions": [*move, {"add": {"index": theirs, "alias": name}}]})
    opened = another(elastic)
    with pytest.raises(ConfigurationError) as refused:
        opened.exists()
    assert "copytaster rebuild --take-over" in refused.value.hint
    with pytest.raises(ForeignIndexError):
        rebuild_index(store, opened)
    rebuild_index(store, opened, take_over=True)
    assert opened.exists()
    assert [hit.id for hit in opened.search(SearchQuery("dam")).hits] == ["mine"]
    rebuild_index(store, opened)
    assert call("GET", f"/{theirs}/_count")["count"] == documents
    call("DELETE", f"/{theirs}")
    opened.close()
