"""A rebuild on a server during live writes: interrupted, resumed, switched and switched back."""

import threading
from datetime import UTC, datetime

import pytest

import indexer.rebuild.rebuild
from copytaster.errors import BusyError, ConfigurationError, CopytasterError
from copytaster.store import outbox
from indexer.drain import drain
from indexer.elastic import ElasticIndex
from indexer.elastic.aliases import list_idle, read_aliases
from indexer.elastic.build import ElasticBuild
from indexer.rebuild.lease import LeaseTimes, hold_rebuild_lease
from indexer.rebuild.rebuild import go_back, rebuild_index
from indexer.search import SearchQuery
from settings import ElasticsearchSettings
from tests.equality import in_index, in_store, write_off


def aliases(index):
    return read_aliases(index.connection, index.names)


@pytest.fixture
def filled(store, desk, elastic):
    for number in range(12):
        desk.found(f"d{number:02}", f"Flood number {number}")
    drain(store, elastic)
    return elastic


def test_the_new_index_takes_the_place_of_the_old_one_which_is_kept(store, filled):
    before = aliases(filled).find_index(filled.names.read)
    report = rebuild_index(store, filled)
    assert (report.read, report.written, report.queued) == (12, 12, 0)
    after = aliases(filled)
    assert after.find_index(filled.names.read) == after.find_index(filled.names.write) != before
    assert after.find_index(filled.names.previous) == before
    assert after.find_index(filled.names.building) is None
    assert in_index(store, filled) == in_store(store)
    assert filled.search(SearchQuery("flood")).total.value == 12
    assert filled.exists()


def test_cursors_outlive_the_switch(store, filled):
    first = filled.search(SearchQuery("flood", limit=7))
    rebuild_index(store, filled)
    second = filled.search(SearchQuery("flood", limit=7, cursor=first.next))
    assert len({hit.id for hit in (*first.hits, *second.hits)}) == 12


def change_meanwhile(store, desk, index):
    rounds = iter(range(100))

    def change(_done, _total):
        number = next(rounds)
        desk.found(f"a-new-{number}")  # sorts before what is being read
        desk.joined("d00", f"Again {number}", publisher=f"Outlet {number}")
        drain(store, index)

    return change


def test_writers_feed_both(store, desk, filled, monkeypatch):
    """Even if the rebuild itself copies no change."""
    monkeypatch.setattr("indexer.rebuild.rebuild.BATCH", 3)
    monkeypatch.setattr("indexer.rebuild.rebuild._catch_up", lambda _store, _build, mark, _refused: mark)
    report = rebuild_index(store, filled, on_progress=change_meanwhile(store, desk, filled))
    assert report.queued == 0
    assert in_index(store, filled) == in_store(store)
    assert filled.count() == 16


def test_a_writer_that_feeds_only_the_old_one_is_caught(store, desk, filled, monkeypatch):
    """The control: neither writers nor the rebuild copy changes; the counts reveal it, and the live index stays."""
    monkeypatch.setattr("indexer.rebuild.rebuild.BATCH", 3)
    monkeypatch.setattr("indexer.rebuild.rebuild._catch_up", lambda _store, _build, mark, _refused: mark)
    blind = ElasticIndex(filled.settings)
    monkeypatch.setattr(
        blind, "write", lambda actions, **_: blind._writer.write(actions, [filled.names.write])
    )
    before = aliases(filled).find_index(filled.names.read)
    with pytest.raises(CopytasterError, match="12 in the new index"):
        rebuild_index(store, filled, on_progress=change_meanwhile(store, desk, blind))
    assert aliases(filled).find_index(filled.names.read) == before
    assert len(aliases(filled).indices) == 1
    blind.close()


def test_a_document_that_differs_is_caught(store, filled, monkeypatch):
    real = ElasticBuild.get
    monkeypatch.setattr(ElasticBuild, "get", lambda build, name: {**(real(build, name) or {}), "rev": 99})
    with pytest.raises(CopytasterError, match="not in the new index as it is in the store"):
        rebuild_index(store, filled)
    assert len(aliases(filled).indices) == 1


def test_a_switch_is_refused_while_the_new_index_lags(store, desk, filled, monkeypatch):
    monkeypatch.setattr("indexer.rebuild.rebuild.LAG", 1)
    copy = indexer.rebuild.rebuild._copy

    def copy_while_more_comes(*arguments):
        desk.joined("d00", "More", publisher="Other")
        return copy(*arguments)

    monkeypatch.setattr("indexer.rebuild.rebuild._copy", copy_while_more_comes)
    before = aliases(filled).find_index(filled.names.read)
    with pytest.raises(BusyError, match="lags"):
        rebuild_index(store, filled)
    assert aliases(filled).find_index(filled.names.read) == before
    monkeypatch.undo()
    rebuild_index(store, filled)  # resumes
    write_off(store, filled)
    assert in_index(store, filled) == in_store(store)


def test_an_interrupted_one_goes_on_where_it_was(store, filled, monkeypatch):
    monkeypatch.setattr("indexer.rebuild.rebuild.BATCH", 3)

    def stop(done, _total):
        if done == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild_index(store, filled, on_progress=stop)
    seen = []
    report = rebuild_index(store, filled, on_progress=lambda done, _: seen.append(done))
    assert seen[0] == 9
    assert (report.read, report.written) == (12, 12)
    assert in_index(store, filled) == in_store(store)


def test_there_and_back(store, desk, filled):
    before = aliases(filled).find_index(filled.names.read)
    rebuild_index(store, filled)
    desk.joined("d01", "Changed since", publisher="Other")
    desk.found("new", "Flood anew")
    drain(store, filled)
    queued = go_back(store, filled)
    assert queued == 2
    assert aliases(filled).find_index(filled.names.read) == before
    drain(store, filled)
    assert in_index(store, filled) == in_store(store)
    go_back(store, filled)  # and forth
    write_off(store, filled)
    assert aliases(filled).find_index(filled.names.previous) == before
    assert in_index(store, filled) == in_store(store)


def test_without_one_before_there_is_no_way_back(store, filled):
    with pytest.raises(ConfigurationError, match="no index before"):
        go_back(store, filled)


@pytest.mark.parametrize(("days", "left"), [(7.0, 4), (0.0, 2)])
def test_old_ones_are_deleted_by_age(store, filled, days, left):
    index = ElasticIndex(filled.settings.model_copy(update={"keep_previous_days": days}))
    for _ in range(3):
        rebuild_index(store, index)
    assert len(aliases(index).indices) == left
    assert len(list_idle(index.connection, index.names, days=0)) == left - 2
    assert in_index(store, index) == in_store(store)
    index.close()


def test_only_one_at_a_time(store, filled):
    with hold_rebuild_lease(store, LeaseTimes(beat_s=0.02)), pytest.raises(BusyError):
        rebuild_index(store, filled)
    assert rebuild_index(store, filled).written == 12


def test_searches_and_writers_move_over_without_an_error(store, desk, filled):
    stop, errors, totals = threading.Event(), [], []
    beside = ElasticIndex(filled.settings)

    def run(act):
        try:
            while not stop.is_set():
                act()
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    def search():
        totals.append(beside.search(SearchQuery("flood", facets=("publisher",))).total.value)

    def change():
        desk.joined("d03", "Flood again", publisher="Other")
        drain(store, beside)

    threads = [threading.Thread(target=run, args=(act,)) for act in (search, change)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            rebuild_index(store, filled)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    write_off(store, filled)
    assert errors == []
    assert len(totals) > 5
    assert set(totals) == {12}
    assert in_index(store, filled) == in_store(store)
    beside.close()


def test_a_changed_mapping_is_found_and_rebuilt(store, filled, monkeypatch):
    monkeypatch.setattr("indexer.elastic.mapping.RECIPE", 99)
    newer = ElasticIndex(filled.settings)
    with pytest.raises(ConfigurationError, match="copytaster rebuild"):
        newer.exists()
    with pytest.raises(ConfigurationError, match="copytaster rebuild"):
        drain_something(store, newer)
    assert rebuild_index(store, newer).written == 12
    assert newer.exists()
    with pytest.raises(ConfigurationError, match="another version"):
        go_back(store, newer)
    newer.close()


def drain_something(store, index):
    with store.write() as connection:
        outbox.enqueue_since(connection, 0, at=datetime.now(UTC))
    drain(store, index)


def test_a_field_added_by_hand_is_drift(filled):
    filled.connection.call(
        "PUT", f"/{filled.names.write}/_mapping", {"properties": {"stray": {"type": "keyword"}}}
    )
    with pytest.raises(ConfigurationError, match="stray"):
        ElasticIndex(ElasticsearchSettings(url=filled.settings.url, prefix=filled.settings.prefix)).exists()
