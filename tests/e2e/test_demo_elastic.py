"""The demo on a real Elasticsearch: the same dispatches and search results, and a server that dies in between."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest
from starlette.testclient import TestClient

from copytaster.store.engine import Store
from indexer.elastic import ElasticIndex
from indexer.elastic.aliases import delete_index, read_aliases
from indexer.embedded import EmbeddedIndex
from indexer.rebuild.rebuild import rebuild_index
from newsdesk.demo.truth import true_dispatches
from newsdesk.web.app import create_app
from settings import ElasticsearchSettings, load_settings
from spiders.sources.config import read_sources
from tests.equality import NOTHING, compare, count_rows, waiting
from tests.until import until

PATIENCE_S = 120
COMMAND = [sys.executable, "-m", "newsdesk", "demo"]
QUERIES = (
    "", "minister", "harbour OR port", '"said on"', "flood", "minist*", "the -minister", "headline:minister",
    "agency:*er*", "police", "per cent", "Monday OR Tuesday", '"prime minister"', "2 000", "workers strike",
)  # fmt: skip


@pytest.fixture
def elastic(search_server):
    """A server and an index on it, cleared before and after the test."""
    server = search_server("elasticsearch")
    index = ElasticIndex(ElasticsearchSettings(url=server.url, timeout_s=10, prefix="copytaster-demo"))
    clear(index)
    yield server, index
    server.start()
    clear(index)
    index.close()


def clear(index):
    for name in read_aliases(index.connection, index.names).indices:
        delete_index(index.connection, name)


def environment(server):
    return dict(os.environ, COPYTASTER_ELASTICSEARCH__URL=server.url)


def run_once(folder, *, server=None, keep=True):
    options = ["--data-dir", str(folder / "demo")] if keep else []
    done = subprocess.run(
        [*COMMAND, "--once", "--json", *options],
        cwd=folder,
        env=environment(server) if server else None,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, json.loads(done.stdout) if done.returncode == 0 else done.stdout + done.stderr


def outline(answer):
    return sorted(
        (
            item["headline"],
            item["agency"],
            item["state"],
            item["version_count"],
            sorted((member["publisher"], member["relation"] == "original") for member in item["members"]),
        )
        for item in answer["items"]
    )


def ask(store, index, settings, sources):
    browser = TestClient(create_app(store, index, settings, sources), base_url="http://localhost")
    answers = {}
    for text in QUERIES:
        reply = browser.get("/api/v1/dispatches", params={"q": text, "limit": 100, "sort": "newest"})
        assert reply.status_code == 200, reply.text
        answers[text] = [item["dispatch_id"] for item in reply.json()["items"]], reply.json()["total"]
    return answers


def test_dispatches_and_results_equal_the_embedded_index(elastic, tmp_path):
    server, index = elastic
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    code, ours = run_once(tmp_path / "a", server=server)
    assert code == 0, ours
    code, theirs = run_once(tmp_path / "b")
    assert code == 0, theirs
    assert ours["truth"] == {"dispatches": len(true_dispatches()), "missing": 0, "wrong": 0}
    assert outline(ours) == outline(theirs)
    folder = tmp_path / "a" / "demo"
    settings = load_settings(folder / "sources.toml", data_dir=folder)
    assert settings.elasticsearch.prefix == index.settings.prefix  # for whoever keeps it
    store, embedded = (
        Store(f"sqlite:///{folder / 'store.sqlite'}"),
        EmbeddedIndex(tmp_path / "e" / "i.sqlite"),
    )
    rebuild_index(store, embedded)
    with (
        store.read() as connection
    ):  # in some orders of arrival two are founded and then merged: both keep a document
        kept = connection.exec_driver_sql("SELECT count(*) FROM dispatches").scalar_one()
    assert compare(store, index) == (kept, 0, 0, 0)
    sources = read_sources(folder / "sources.toml")
    answers = ask(store, index, settings, sources)
    assert answers == ask(store, embedded, settings, sources)
    assert sum(bool(ids) for ids, _ in answers.values()) > len(QUERIES) // 2
    embedded.close()
    store.close()


def test_it_leaves_the_server_as_it_was(elastic, tmp_path):
    server, index = elastic
    code, said = run_once(tmp_path, server=server, keep=False)
    assert code == 0, said
    assert read_aliases(index.connection, index.names).indices == {}


def test_it_refuses_an_index_that_holds_documents(elastic, tmp_path, request):
    server, index = elastic
    index.setup()
    index.connection.call("PUT", f"/{index.names.write}/_doc/mine", {"headline": "Mine"}, refresh="true")
    code, said = run_once(tmp_path, server=server)
    assert (code, "COPYTASTER_ELASTICSEARCH__PREFIX" in said) == (78, True)
    assert index.count() == 1


def test_the_index_of_a_killed_demo_is_its_own(elastic, tmp_path):
    """The user's own service uses another index, and the next demo deletes the leftover."""
    server, index = elastic
    with running(server, tmp_path) as (_, process):
        until(lambda: index.count() > 3, tmp_path / "demo", patience_s=PATIENCE_S)
        process.kill()
        process.wait()
    left = index.count()
    Store(f"sqlite:///{tmp_path}/own.sqlite").close()
    done = subprocess.run(
        [sys.executable, "-m", "newsdesk", "index"],
        cwd=tmp_path,
        env=environment(server) | {"COPYTASTER_DATABASE_URL": f"sqlite:///{tmp_path}/own.sqlite"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, "copytaster index-setup" in done.stderr) == (78, True)
    assert index.count() >= left > 3
    code, said = run_once(tmp_path, server=server, keep=False)
    assert code == 0, said
    assert read_aliases(index.connection, index.names).indices == {}


@contextmanager
def running(server, folder):
    """The running demo: its address and its process."""
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", "--data-dir", str(folder / "demo")],
        env=environment(server),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr
        address = next(line.split()[1] for line in process.stderr if line.startswith("Dispatches:"))
        yield address.partition("?")[0], process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stderr.close()


def fetch(address):
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def count_found(address):
    return json.loads(fetch(f"{address}api/v1/dispatches")[1]).get("total", {}).get("value", 0)


@pytest.mark.long
def test_a_server_that_dies_in_between_costs_delay_only(elastic, tmp_path):
    from copytaster.store.tables import versions

    server, index = elastic
    with running(server, tmp_path) as (address, process):
        folder = tmp_path / "demo"
        until(lambda: count_found(address) > 10, folder)
        store = Store(f"sqlite:///{folder / 'store.sqlite'}")
        before = count_rows(store, versions)
        server.kill()
        status, page = fetch(address)
        assert status == 503
        assert "works again as soon as" in page
        assert server.url not in page
        status, told = fetch(f"{address}api/v1/dispatches")
        assert (status, "no answer" in json.loads(told)["detail"]) == (503, True)
        assert fetch(f"{address}readyz")[0] == 503
        assert fetch(f"{address}livez")[0] == 200
        until(lambda: waiting(store).waiting > 0 and count_rows(store, versions) > before, folder)
        server.start()
        until(lambda: fetch(f"{address}readyz")[0] == 200 and waiting(store).waiting == 0, folder)
        assert fetch(address)[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    dispatches, lost, doubled, quarantined = compare(store, index)
    assert dispatches > 10
    assert (lost, doubled, quarantined) == (0, 0, 0)
    assert waiting(store) == NOTHING
    store.close()
