"""What the release before made works unchanged: its store, its embedded index, its server index, its configuration."""

import gzip
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from copytaster.store import timeline
from copytaster.store.dispatches import newest_change
from copytaster.store.engine import Store
from indexer.drain import drain
from indexer.elastic.aliases import choose_profile, make_templates, read_aliases
from indexer.elastic.mapping import make_mapping, make_meta, make_settings
from indexer.elastic.names import Names
from indexer.embedded import EmbeddedIndex
from indexer.search import SearchQuery
from newsdesk.cli import run_command
from settings import ElasticsearchSettings
from spiders.sources.config import read_sources
from tests.equality import NOTHING, in_index, in_store, waiting
from tests.indexer.conftest import SERVERS, open_elastic

BEFORE = Path(__file__).parents[1] / "assets" / "release-0.1"
# what migrations since have renamed: tables, and columns by the table's new name
TABLES = {
    "kinships": "links",
    "rulings": "decisions",
    "ruled_versions": "decided_versions",
    "parts": "service_health",
}
COLUMNS = {"links": {"told": "applied"}, "decided_versions": {"ruling_id": "decision_id"}}
# what has been added since: columns by table and fields of members, NULL in every row and document of before; and
# fields of documents and of single stories, which no document of before has
NEW_COLUMNS = {
    "stories": {"claimed_publisher"},
    "memberships": {"altered_count", "altered_facts", "credit", "share_kept"},
    "raw_pages": {"removed_at"},
    "source_states": {"moved_from", "moved_at"},
    "runs": {"new", "usable", "fruitless", "not_modified"},
    "versions": {
        "kind",
        "embargoed_until",
        "usage_terms",
        "editors_note",
        "wire",
        "read_at",
        "template_version",
    },
}
DERIVED_COLUMNS = {"dispatches": {"agency"}}  # filled by the migration from other tables
FILLED_COLUMNS = {"source_states": {"read_at": "last_success_at"}}  # with what they begin with
NEW_MEMBER_FIELDS = {"claimed_publisher"}
# what follows another rule now: a time that no publisher gives is null, and members are in the order of publication
NEW_RULES = {"published_at", "pickup_minutes", "family_pickup_minutes"}
NEW_FIELDS: dict[str, set[str]] = {
    "dispatches": {
        "altered_copies",
        "editors_note",
        "embargoed_until",
        "kind",
        "kinds",
        "news_at",
        "news_kind",
        "news_number",
        "usage_terms",
        "wire",
        "altered_facts",
        "relations",
        "retold_by",
        "retold_of",
        "translated_into",
    },
    "stories": {"agency_version", "altered_fact_count", "credit", "kind", "share_kept"},
}
NEW_FACTS = {"change_sent"}  # of the installation


def unpack(name):
    return gzip.decompress((BEFORE / f"{name}.gz").read_bytes())


@pytest.fixture
def data(tmp_path):
    """A data folder as the release before left it, with its sources.toml."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("store.sqlite", "index.sqlite"):
        (folder / name).write_bytes(unpack(name))
    shutil.copy(BEFORE / "sources.toml", tmp_path / "sources.toml")
    return folder


@pytest.fixture
def opened(data):
    store = Store(f"sqlite:///{data / 'store.sqlite'}")
    yield store
    store.close()


@pytest.fixture
def call(data, capsys):
    """Run a command in the data folder, `last` its words after `--`; gives back what it printed as JSON."""

    def run(*arguments, last=()):
        config = str(data.parent / "sources.toml")
        code = run_command([*arguments, "--config", config, "--json", "--", *last])
        assert code in {0, 4}, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    return run


def read_documents(index, store):
    """The documents of the store's dispatches in the index, without fields that were added or changed since."""
    return drop_new_fields(in_index(store, index))


def make_documents(store):
    """The documents that the index should hold, without fields that were added or changed since."""
    return drop_new_fields(in_store(store))


def drop_new_fields(found):
    documents = {name: json.loads(document) for name, document in found.items()}
    for document in documents.values():
        for field in NEW_FIELDS["dispatches"] | NEW_RULES:
            document.pop(field, None)
        document["members"].sort(key=lambda member: member["story"])
    for member in (member for document in documents.values() for member in document["members"]):
        assert {member.pop(field, None) for field in NEW_MEMBER_FIELDS} == {None}
        member.pop("published_at")
    return documents


def read_rows(path):
    """Every row of every table, as sorted (column, value) pairs."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        names = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not name.startswith(("sqlite_", "alembic_"))
        ]
        return {
            name: sorted(list_values(name, row) for row in connection.execute(f"SELECT * FROM {name}"))
            for name in names
        }


def list_values(table, row):
    values = dict(row)
    assert {values.pop(column, None) for column in NEW_COLUMNS.get(table, ())} <= {None}
    for column in DERIVED_COLUMNS.get(table, ()):
        values.pop(column, None)
    for column, origin in FILLED_COLUMNS.get(table, {}).items():
        assert values.pop(column, values[origin]) == values[origin]
    return repr(sorted(values.items()))


def rename(path):
    """The rows of the release before, under the names of today."""
    with closing(sqlite3.connect(path)) as connection:
        for old, new in TABLES.items():
            connection.execute(f"ALTER TABLE {old} RENAME TO {new}")
        for table, columns in COLUMNS.items():
            for old, new in columns.items():
                connection.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    return read_rows(path)


def test_the_asset_holds_what_the_tests_are_about(data):
    rows = read_rows(data / "store.sqlite")
    filled = {name for name, found in rows.items() if found}
    assert {"rulings", "ruled_versions", "memberships", "entries", "runs"} <= filled
    assert len(rows["dispatches"]) >= 12
    assert len(rows["memberships"]) > len(rows["dispatches"])


def test_a_migration_changes_no_row(data, tmp_path):
    shutil.copy(data / "store.sqlite", tmp_path / "before.sqlite")
    before = rename(tmp_path / "before.sqlite")
    with closing(Store(f"sqlite:///{data / 'store.sqlite'}")) as store, store.read():
        pass
    after = read_rows(data / "store.sqlite")
    added = [row for row in after["installation"] if row not in before["installation"]]
    assert {fact for fact in NEW_FACTS for row in added if fact in row} == NEW_FACTS
    after["installation"] = before["installation"]
    assert len(added) == len(NEW_FACTS)
    assert {name: after.get(name) for name in before} == before


def test_every_change_of_before_counts_as_sent(opened):
    """So the index of before is no newer than its store, and a backup of before is older than an index of today."""
    with opened.read() as connection:
        assert timeline.read_sent(connection) == newest_change(connection)


def test_nothing_is_grouped_again(data, opened, call):
    with opened.read():
        pass
    before = read_rows(data / "store.sqlite")
    assert set(call("group").values()) == {0}
    assert call("index")["written"] == 0
    after = read_rows(data / "store.sqlite")
    for name in ("dispatches", "memberships", "decisions", "decided_versions", "links"):
        assert after[name] == before[name], name


@pytest.mark.parametrize("number", range(14))
def test_the_embedded_index_gives_the_same_hits(call, number):
    recorded = json.loads(unpack("searches.json"))[number]
    *options, text = (argument for argument in recorded["args"] if argument not in {"--json", "--"})
    found = call(*options, last=[text])
    found.pop("did_you_mean", None)  # offered since, where little is found
    assert set(found) - set(recorded["found"]) == {"completeness"}
    del found["completeness"]  # said since
    assert found["facets"].pop("relation") == []  # no document of before has it
    assert found["facets"].pop("kind") == []
    for name in {option.removeprefix("--") for option in options} & found["facets"].keys():
        found["facets"][name] = recorded["found"]["facets"][name]  # then counted within what was chosen of it
    for hit in (*found["items"], *recorded["found"]["items"]):
        del hit["score"]  # other forms of a word count since; the hits and their order are the same
    assert found == recorded["found"]


def test_a_rebuild_gives_equal_documents(data, opened, call):
    with closing(EmbeddedIndex(data / "index.sqlite")) as index:
        assert index.exists()
        before = read_documents(index, opened)
        assert before == make_documents(opened)
        assert call("rebuild")["written"] == len(before)
        assert read_documents(index, opened) == before


def test_a_new_embedded_index_has_the_same_tables(data, tmp_path):
    with closing(EmbeddedIndex(tmp_path / "new.sqlite")) as index:
        index.setup()
    described = []
    for path in (data / "index.sqlite", tmp_path / "new.sqlite"):
        with closing(sqlite3.connect(path)) as connection:
            tables = set(connection.execute("SELECT type, name, sql FROM sqlite_master"))
            described.append((connection.execute("PRAGMA user_version").fetchone(), tables))
    before, now = described
    # a rebuild ends with ANALYZE, whose tables a new index does not have
    assert now[0] == before[0]
    assert now[1] == {table for table in before[1] if not table[1].startswith("sqlite_stat")}


def test_a_decision_can_be_taken_back(data, opened, call):
    (split,) = [one for one in call("dispatch", "decisions")["items"] if one["kind"] == "split"]
    call("dispatch", "undo", last=[str(split["decision"])])
    assert call("index")["waiting"] == 0
    with closing(EmbeddedIndex(data / "index.sqlite")) as index:
        assert read_documents(index, opened) == make_documents(opened)


@pytest.mark.parametrize("kind", ["dispatches", "stories"])
def test_a_new_index_adds_fields_to_that_of_the_release_before_and_changes_nothing(kind):
    recorded = json.loads((BEFORE / f"{kind}-index.json").read_text())
    names = Names("copytaster", kind)
    assert recorded["index"] == names.index(1)
    for profile, made in recorded["profiles"].items():
        fields = make_mapping(profile, kind)["properties"]
        assert set(fields) - set(made["body"]["mappings"]["properties"]) == NEW_FIELDS[kind]
        now = {
            "templates": make_templates(names, profile, ElasticsearchSettings()),
            "body": {
                "settings": make_settings(ElasticsearchSettings()),
                "mappings": make_mapping(profile, kind),
                "aliases": {names.read: {}, names.write: {}},
            },
        }
        meta = {"copytaster": make_meta(profile, kind, without=NEW_FIELDS[kind])}
        now = drop_additions(now, meta, NEW_FIELDS[kind])
        assert json.dumps(now, sort_keys=True) == json.dumps(made, sort_keys=True)


def drop_additions(body, meta, fields):
    """A body of today as a program without these fields would have made it."""
    if not isinstance(body, dict):
        return body
    body = body | ({"_meta": meta} if "_meta" in body else {})
    if "properties" in body:
        body["properties"] = {name: one for name, one in body["properties"].items() if name not in fields}
    return {name: drop_additions(value, meta, fields) for name, value in body.items()}


def load(index, kind):
    """Put the index of the release before on a server, under the prefix of `index`; gives back the documents sent."""
    names = index.names if kind == "dispatches" else index.names.stories
    recorded = (BEFORE / f"{kind}-index.json").read_text().replace("copytaster-", f"{index.names.prefix}-")
    profile = choose_profile(index.connection, names)[0]
    made = json.loads(recorded)["profiles"][profile]
    for name, template in sorted(
        made["templates"].items(), key=lambda pair: pair[0] == names.read
    ):  # what it names first
        path = "_index_template" if name == names.read else "_component_template"
        index.connection.call("PUT", f"/{path}/{name}", template)
    index.connection.call("PUT", f"/{json.loads(recorded)['index']}", made["body"])
    return send(index, kind)


def send(index, kind):
    """Send the documents of the release before; gives back the server's status for each."""
    old = b'"_index": "copytaster-'
    lines = unpack(f"{kind}.ndjson").replace(old, f'"_index": "{index.names.prefix}-'.encode()).splitlines()
    response = index.connection.bulk(lines, refresh="true")
    return [item["index"]["status"] for item in response["items"]]


@pytest.fixture(params=SERVERS)
def served(request, search_url, monkeypatch):
    """The index of the release before on each server, and the commands set to use it."""
    with open_elastic(search_url(request.param), stories_index=True) as index:
        monkeypatch.setenv("COPYTASTER_ELASTICSEARCH__URL", index.settings.url)
        monkeypatch.setenv("COPYTASTER_ELASTICSEARCH__PREFIX", index.names.prefix)
        monkeypatch.setenv("COPYTASTER_ELASTICSEARCH__STORIES_INDEX", "true")
        for kind in ("dispatches", "stories"):
            assert set(load(index, kind)) == {201}
        yield index


def test_a_server_s_index_is_read_and_written_on(served, opened, call):
    assert served.exists()
    assert {finding.check: finding.detail for finding in served.examine() if finding.level == "fault"} == {}
    assert read_documents(served, opened) == make_documents(opened)
    (hit,) = served.search(SearchQuery('"grain board"')).hits
    assert call("search", last=['"grain board"'])["items"][0]["id"] == hit.id
    assert call("dispatch", "show", last=[hit.id])["id"] == hit.id
    assert call("index")["written"] == 0
    story = hit.document["members"][-1]["story"]
    call("dispatch", "split", "--why", "a test", last=[hit.id, str(story)])
    drain(opened, served)
    assert waiting(opened) == NOTHING
    assert served.get(hit.id)["rev"] > hit.document["rev"]
    # what the release before wrote is older now: the server refuses it, and everything is as the store says
    assert set(send(served, "dispatches")) == {409}
    served.refresh()
    assert read_documents(served, opened) == make_documents(opened)
    live = read_aliases(served.connection, served.names)
    assert live.find_index(served.names.read) == live.find_index(served.names.write)
    assert len(live.indices) == 1


def test_sources_are_read_unchanged(data, call):
    path = data.parent / "sources.toml"
    before = path.read_bytes()
    ours = {source.name: source for source in read_sources(path)}
    assert sorted(ours) == ["bbc-world", "skerry-observer"]
    assert ours["skerry-observer"].publisher_name == "Skerry Observer"
    assert {row["name"] for row in call("source", "list")["items"]} == set(ours)
    assert path.read_bytes() == before


def test_the_unit_file_starts_a_command_that_exists(data, capsys):
    program, *arguments = (BEFORE / "exec-start.txt").read_text().partition("=")[2].split()
    assert Path(program).name == "copytaster"
    assert run_command([*arguments, "--help"]) == 0
    assert "--config" in capsys.readouterr().out
