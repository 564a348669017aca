"""A document that no index takes, by the commands: listed with its reason, mended, replayed, found."""

import json
import secrets

import pytest

from copytaster.store.tables import versions
from indexer.elastic import ElasticIndex
from indexer.elastic.aliases import delete_index, read_aliases
from indexer.factory import open_index
from newsdesk.cli import run_command
from settings import ElasticsearchSettings, load_settings
from tests.equality import NOTHING, compare, waiting
from tests.indexer.conftest import Desk

POISON = [{"kind": "dateline", "text": "\ud800", "weight": 0.9, "agency": "Reuters"}]


@pytest.fixture(params=["embedded", "elasticsearch"])
def config(request, tmp_path, store, monkeypatch):
    path = tmp_path / "sources.toml"
    path.write_text("")
    monkeypatch.setenv("COPYTASTER_DATABASE_URL", store.url)
    if request.param == "embedded":
        yield path
        return
    settings = ElasticsearchSettings(
        url=request.getfixturevalue("search_url")("elasticsearch"), prefix=f"held-{secrets.token_hex(4)}"
    )
    monkeypatch.setenv("COPYTASTER_ELASTICSEARCH__URL", settings.url or "")
    monkeypatch.setenv("COPYTASTER_ELASTICSEARCH__PREFIX", settings.prefix)
    made = ElasticIndex(settings)
    made.setup()
    yield path
    for name in read_aliases(made.connection, made.names).indices:
        delete_index(made.connection, name)
    made.close()


@pytest.fixture
def ask(capsys, config):
    def run(*command):
        capsys.readouterr()
        code = run_command([*command, "--config", str(config), "--json"])
        return code, json.loads(capsys.readouterr().out or "null")

    return run


@pytest.mark.parametrize("which", ["d3", "--all"])
def test_listed_mended_replayed_and_found(store, config, ask, which):
    desk = Desk(store)
    for number in range(7):
        desk.found(f"d{number}", f"Flood number {number}", evidence=POISON if number == 3 else [])
    code, report = ask("index")
    assert (code, report["written"], report["quarantined"], report["waiting"]) == (3, 6, 1, 0)
    code, held = ask("quarantine", "list")
    (one,) = held["items"] if isinstance(held, dict) else held
    assert (code, one["id"], one["kind"], one["replayable"]) == (0, "d3", "document", True)
    assert "surrogate" in json.dumps(one)
    assert ask("quarantine", "show", "d3")[0] == 0
    assert ask("quarantine", "replay", which)[0] == 0
    assert ask("index")[1]["quarantined"] == 1  # nothing was mended
    with store.write() as connection:
        connection.execute(versions.update().values(agency_evidence=[]))
    assert ask("quarantine", "replay", which)[0] == 0
    assert ask("index")[0] == 0
    assert ask("quarantine", "show", "d3")[0] == 4
    index = open_index(load_settings(config))
    assert compare(store, index) == (7, 0, 0, 0)
    assert waiting(store) == NOTHING
    index.close()
