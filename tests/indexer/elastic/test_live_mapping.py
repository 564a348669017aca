"""A field that the program gains: existing indices take it, whoever made them; anything else needs a rebuild."""

from datetime import UTC, datetime, timedelta

import pytest

from copytaster.errors import ConfigurationError
from indexer.drain import drain, prepare_index
from indexer.elastic import ElasticIndex
from indexer.elastic.aliases import read_description
from indexer.elastic.diagnostics import check_index
from indexer.elastic.live_mapping import FIELDS_ADDED, add_fields
from indexer.elastic.mapping import FIELDS, STORY_FIELDS
from indexer.rebuild.rebuild import go_back, rebuild_index
from indexer.search import SearchQuery
from tests.equality import in_index, in_store, waiting
from tests.indexer.conftest import SERVERS, make_action, open_elastic

NEW = {"colour": {"type": "keyword"}, "pieces": {"properties": {"of": {"type": "keyword"}}}}
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NEWS = ("news_at", "news_kind", "news_number")


@pytest.fixture(params=SERVERS)
def filled(request, search_url, store, desk):
    with open_elastic(search_url(request.param), stories_index=True) as made:
        made.setup()
        for number in range(4):
            desk.found(f"d{number}", f"Flood number {number}")
        drain(store, made)
        yield made


@pytest.fixture
def newer(filled, monkeypatch):
    """The index of before, opened by a program with more fields in documents and in stories."""
    for name, mapping in NEW.items():
        monkeypatch.setitem(FIELDS, name, mapping)
    monkeypatch.setitem(STORY_FIELDS, "colour", NEW["colour"])
    made = ElasticIndex(filled.settings)
    yield made
    made.close()


def describe(index, alias=None):
    return read_description(index.connection, alias or index.names.write)


def find_mapping(index):
    return {one.check: one for one in check_index(index.connection, index.names)}["index mapping"]


def test_an_index_of_before_is_read_as_it_is_and_takes_the_fields_at_the_first_write(store, newer):
    before = in_index(store, newer)
    prepare_index(store, newer)
    assert newer.search(SearchQuery("flood")).total.value == 4
    assert set(describe(newer).find_missing()) == set(NEW)
    assert find_mapping(newer).level == "note"
    outcome = newer.write([make_action("new", colour="red", pieces=[{"of": "it"}])])
    assert [item.status for item in outcome.items] == ["done"]
    assert newer.get("new")["colour"] == "red"
    assert in_index(store, newer) == before == in_store(store)
    for names in (newer.names, newer.names.stories):
        assert describe(newer, names.write).drift() == []
    assert describe(newer, newer.names.stories.write).ours["fields_added"] == ["colour"]
    template = newer.connection.find(f"/_component_template/{newer.names.mapping_template}")
    made = template["component_templates"][0]["component_template"]["template"]["mappings"]["properties"]
    assert set(NEW) <= set(made)
    assert waiting(store).quarantined == 0


def test_the_setup_command_adds_them_too_and_a_rebuild_fills_them(store, newer):
    assert [line for line in newer.plan_setup().making if line.startswith("field ")] == [
        f"field {name} in {describe(newer).index}" for name in NEW
    ] + [f"field colour in {describe(newer, newer.names.stories.write).index}"]
    newer.setup()
    assert [line for line in newer.plan_setup().making if line.startswith("field ")] == []
    found = find_mapping(newer)
    assert (found.level, "colour" in found.detail) == ("note", True)
    rebuild_index(store, newer)
    assert find_mapping(newer).level == "ok"
    go_back(store, newer)
    assert newer.exists()


def test_the_index_before_the_last_rebuild_takes_them_when_it_comes_back(store, filled, monkeypatch):
    rebuild_index(store, filled)
    monkeypatch.setitem(FIELDS, "colour", NEW["colour"])
    back = ElasticIndex(filled.settings)
    go_back(store, back)
    assert describe(back).drift() == []
    back.write([make_action("new", colour="red")])
    assert back.get("new")["colour"] == "red"
    back.close()


def test_a_rebuild_that_a_program_of_before_left_starts_again(store, filled, monkeypatch):
    def stop(_done, _total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild_index(store, filled, on_progress=stop)
    left = describe(filled, filled.names.building).index
    monkeypatch.setitem(FIELDS, "colour", NEW["colour"])
    now = ElasticIndex(filled.settings)
    outcome = now.write([make_action("new", colour="red")])
    assert [item.status for item in outcome.items] == ["done"]
    assert describe(now, left).drift() == []
    rebuild_index(store, now)
    assert FIELDS_ADDED not in describe(now).ours  # every document in it was made by this program
    now.close()


def test_any_other_change_needs_a_rebuild(filled, monkeypatch):
    monkeypatch.setitem(FIELDS, "colour", NEW["colour"])
    monkeypatch.setitem(FIELDS, "rev", {"type": "long"})
    changed = ElasticIndex(filled.settings)
    assert describe(changed).find_missing() == {}
    with pytest.raises(ConfigurationError, match="copytaster rebuild"):
        changed.write([make_action("new", colour="red")])
    add_fields(changed.connection, changed.names)
    assert "colour" not in describe(changed).fields
    changed.close()


@pytest.fixture(params=SERVERS)
def unordered(request, search_url, store, desk, monkeypatch):
    """An index of a program that did not keep when a dispatch became news; one dispatch had a reprint since."""
    kept = {name: FIELDS[name] for name in NEWS}
    with open_elastic(search_url(request.param)) as made:
        for name in NEWS:
            monkeypatch.delitem(FIELDS, name)
        made.setup()
        for name, mapping in kept.items():
            monkeypatch.setitem(FIELDS, name, mapping)
        opened = ElasticIndex(made.settings)
        prepare_index(store, opened)
        for number in range(5):
            desk.found(f"d{number}", f"Flood number {number}", seen_at=NOON + timedelta(minutes=number))
        desk.joined("d0", publisher="Kolm Telegraph", seen_at=NOON + timedelta(hours=1))
        drain(store, opened)
        opened.refresh()
        yield opened
        opened.close()


def walk(index):
    found, cursor = [], None
    while True:
        page = index.search(SearchQuery(limit=2, cursor=cursor, sort="newest"))
        found += [hit.id for hit in page.hits]
        cursor = page.next
        if cursor is None:
            return found


def test_an_index_of_before_keeps_its_order_until_it_is_rebuilt(store, unordered):
    assert walk(unordered) == ["d0", "d4", "d3", "d2", "d1"]
    rebuild_index(store, unordered)
    rebuilt = ElasticIndex(unordered.settings)
    assert walk(rebuilt) == ["d4", "d3", "d2", "d1", "d0"]
    rebuilt.close()
