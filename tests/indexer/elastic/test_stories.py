"""The second index, of single stories: with its dispatch, under its version, on real servers."""

import json
from dataclasses import replace

import pytest

from copytaster.errors import ConfigurationError, CopytasterError
from copytaster.store.dispatches import ids_after, read_dispatches
from indexer.actions import make_actions
from indexer.drain import drain
from indexer.elastic import ElasticIndex
from indexer.elastic.aliases import read_aliases
from indexer.elastic.mapping import STORY_FIELDS
from indexer.elastic.stories import write_stories
from indexer.port import WriteOutcome
from indexer.rebuild.rebuild import go_back, rebuild_index
from indexer.serialise import serialise
from newsdesk.operations.doctor import examine
from settings import load_settings
from tests.indexer.conftest import SERVERS, make_action, open_elastic


@pytest.fixture(params=SERVERS)
def both(request, search_url):
    """Both indices, set up and empty."""
    with open_elastic(search_url(request.param), stories_index=True) as made:
        made.setup()
        yield made


def in_store(store):
    """The stories as the store has them: of each the one with the newest change."""
    with store.read() as connection:
        found = read_dispatches(connection, ids_after(connection, "", limit=1000))
    actions, _ = make_actions(list(found.values()))
    actions.sort(key=lambda action: action.version)
    return {story.id: story.document for action in actions for story in action.stories()}


def in_index(index):
    stories = index.names.stories
    index.connection.call("POST", f"/{stories.read}/_refresh")
    answer = index.connection.call("POST", f"/{stories.read}/_search", {"size": 1000})
    return {hit["_id"]: serialise(hit["_source"]) for hit in answer["hits"]["hits"]}


def write_off(store, index):
    while drain(store, index).written:
        pass


def stories_aliases(index):
    return read_aliases(index.connection, index.names.stories)


def test_every_story_is_there_and_moves_with_its_dispatch(store, desk, both):
    desk.found("a", "Dam opens", family="Varda House")
    desk.found("b", "Gates open", publisher="Kolm Telegraph")
    desk.joined("b", publisher="Osk Herald")
    write_off(store, both)
    assert in_index(both) == in_store(store)
    assert len(in_index(both)) == 3
    desk.merged("a", into="b")
    write_off(store, both)
    moved = {json.loads(document)["dispatch_id"] for document in in_index(both).values()}
    assert moved == {"b"}
    assert in_index(both) == in_store(store)


def test_an_older_delivery_changes_nothing(store, desk, both):
    desk.found("a", "Dam opens")
    with store.read() as connection:
        (old,), _ = make_actions(list(read_dispatches(connection, ["a"]).values()))
    desk.joined("a", publisher="Osk Herald")
    write_off(store, both)
    now = in_index(both)
    assert [item.status for item in both.write([old]).items] == ["done"]
    assert in_index(both) == now == in_store(store)


def test_the_row_of_a_dispatch_waits_until_its_stories_are_written(store, desk, both):
    desk.found("a")
    name = stories_aliases(both).find_index(both.names.stories.write)
    both.connection.call("PUT", f"/{name}/_settings", {"index.blocks.write": True})
    report = drain(store, both)
    assert (report.written, report.retried) == (0, 1)
    assert both.get("a") is not None
    both.connection.call("PUT", f"/{name}/_settings", {"index.blocks.write": None})
    with store.write() as connection:
        from copytaster.store.tables import outbox

        connection.execute(outbox.update().values(not_before=None))
    assert drain(store, both).written == 1
    assert in_index(both) == in_store(store)


def test_it_is_made_anew_with_the_other_switched_in_one_step_and_back(store, desk, both):
    for number in range(7):
        desk.found(f"d{number}", f"Flood number {number}")
        desk.joined(f"d{number}", publisher=f"Outlet {number}")
    write_off(store, both)
    before = stories_aliases(both).find_index(both.names.stories.read)
    assert rebuild_index(store, both).written == 7
    table = stories_aliases(both)
    assert table.find_index(both.names.stories.read) == table.find_index(both.names.stories.write) != before
    assert table.find_index(both.names.stories.previous) == before
    assert table.find_index(both.names.stories.building) is None
    assert in_index(both) == in_store(store)
    desk.joined("d3", publisher="Latecomer")
    write_off(store, both)
    assert go_back(store, both) == 1
    write_off(store, both)
    assert stories_aliases(both).find_index(both.names.stories.read) == before
    assert in_index(both) == in_store(store)


def without_one(writer, stories, outcome, targets):
    return write_stories(writer, stories[1:], WriteOutcome(outcome.items[1:]), targets) and outcome


def with_one_changed(writer, stories, outcome, targets):
    changed = [replace(story, document=b'{"publisher":"Nobody"}') for story in stories[0]]
    return write_stories(writer, [changed, *stories[1:]], outcome, targets)


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [(without_one, "7 single stories in the store, 6"), (with_one_changed, "is not in the new")],
)
def test_a_story_that_is_missing_or_differs_is_caught(store, desk, both, monkeypatch, spoilt, said):
    for number in range(7):
        desk.found(f"d{number}", f"Flood number {number}")
    write_off(store, both)
    before = stories_aliases(both).find_index(both.names.stories.read)
    with monkeypatch.context() as spoiling:
        spoiling.setattr("indexer.elastic.stories.write_stories", spoilt)
        with pytest.raises(CopytasterError, match=said):
            rebuild_index(store, both)
    assert stories_aliases(both).find_index(both.names.stories.read) == before
    rebuild_index(store, both)
    assert in_index(both) == in_store(store)


def test_writers_feed_both_while_it_is_built(store, desk, both, monkeypatch):
    monkeypatch.setattr("indexer.rebuild.rebuild.BATCH", 2)
    monkeypatch.setattr("indexer.rebuild.rebuild._catch_up", lambda _store, _build, mark, _refused: mark)
    for number in range(4):
        desk.found(f"d{number}")
    write_off(store, both)
    rounds = iter(range(9))

    def change(_done, _total):
        desk.joined("d0", publisher=f"Outlet {next(rounds)}")
        drain(store, both)

    rebuild_index(store, both, on_progress=change)
    assert in_index(both) == in_store(store)
    assert len(in_index(both)) > 5


def test_an_interrupted_rebuild_goes_on_with_both(store, desk, both, monkeypatch):
    monkeypatch.setattr("indexer.rebuild.rebuild.BATCH", 2)
    for number in range(6):
        desk.found(f"d{number}")
    write_off(store, both)

    def stop(done, _total):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild_index(store, both, on_progress=stop)
    assert len(stories_aliases(both).indices) == 2
    rebuild_index(store, both)
    assert len(stories_aliases(both).indices) == 2
    assert in_index(both) == in_store(store)


@pytest.mark.parametrize("name", SERVERS)
def test_switched_on_later_it_is_asked_for_filled_and_looked_after(name, search_url, store, desk, tmp_path):
    desk.found("a")
    with open_elastic(search_url(name)) as index:
        index.setup()
        write_off(store, index)
        with_stories = ElasticIndex(index.settings.model_copy(update={"stories_index": True}))
        with pytest.raises(ConfigurationError, match="stories-write"):
            with_stories.exists()
        plan = with_stories.plan_setup()
        assert plan.live is None  # so that everything is queued
        assert f"index {index.names.stories.index(1)}" in plan.making
        assert not any(line.startswith(f"index {index.names.read}") for line in plan.making)
        rebuild_index(store, with_stories)
        assert with_stories.exists()
        assert in_index(with_stories) == in_store(store)
        assert index.plan_setup().live

        def found(opened):
            findings = examine(store, opened, load_settings(data_dir=tmp_path), tmp_path / "sources.toml")
            return {one.check: one.level for one in findings}

        assert found(with_stories)["stories mapping"] == "ok"
        assert found(with_stories)["stories aliases"] == "ok"
        assert found(index)["stories index"] == "note"
        with_stories.connection.call(
            "DELETE", f"/{stories_aliases(index).find_index(index.names.stories.read)}"
        )
        assert found(with_stories)["stories aliases"] == "fault"
        with_stories.close()


def test_it_is_off_unless_set(search_url, store, desk):
    desk.found("a")
    with open_elastic(search_url("elasticsearch")) as index:
        index.setup()
        write_off(store, index)
        assert stories_aliases(index).indices == {}
        index.write([make_action("b")])


def test_a_mapping_of_another_version_is_found_and_says_what_to_run(search_url, monkeypatch):
    with open_elastic(search_url("elasticsearch"), stories_index=True) as index:
        index.setup()
        monkeypatch.setitem(STORY_FIELDS, "language", {"type": "text"})
        with pytest.raises(ConfigurationError, match="copytaster rebuild"):
            ElasticIndex(index.settings).exists()
