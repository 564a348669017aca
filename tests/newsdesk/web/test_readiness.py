"""Whatever is wrong with the store: `/readyz` says why, `/metrics` answers with what is known, and both heal by themselves."""

from contextlib import closing

import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from copytaster.errors import StoreError, UnreachableError
from copytaster.store import timeline
from copytaster.store.engine import Store
from copytaster.store.installation import set_fact
from indexer.filling import begin_filling
from newsdesk.web.app import create_app
from newsdesk.web.metrics.page import render_metrics
from newsdesk.web.readiness import check_store
from spiders.sources.config import Sources


def rename_away(desk, path):
    away = path.with_name("away.sqlite")
    path.rename(away)
    return lambda: away.rename(path)


def replace(desk, path):
    """As a restore does under a service that somebody forgot to stop."""
    away = path.with_name("away.sqlite")
    path.rename(away)
    path.write_bytes(away.read_bytes())
    return lambda: away.replace(path)


def fill_the_disk(desk, _path):
    """SQLite itself says that the disk is full: the file may not grow."""

    def limit(connection, _record):
        connection.execute("PRAGMA max_page_count=1")

    event.listen(desk.store.engine, "connect", limit)
    desk.store.engine.dispose()
    with pytest.raises(StoreError), desk.store.write() as connection:
        set_fact(connection, "large", "x" * 100_000)

    def make_room():
        event.remove(desk.store.engine, "connect", limit)
        desk.store.engine.dispose()
        with desk.store.write() as connection:
            set_fact(connection, "large", "x" * 100_000)

    return make_room


@pytest.mark.parametrize(
    ("break_it", "said"),
    [(rename_away, "removed or replaced"), (replace, "removed or replaced"), (fill_the_disk, "disk is full")],
)
def test_the_probes_tell_of_a_store_that_fails(desk, break_it, said):
    desk.keep()
    desk.settle()
    assert desk.browser.get("/readyz").status_code == 200
    mend = break_it(desk, desk.settings.data_dir / "store.sqlite")
    answer = desk.browser.get("/readyz")
    assert answer.status_code == 503
    assert said in answer.json()["checks"]["store"]
    metrics = desk.browser.get("/metrics")
    assert metrics.status_code == 200
    assert "copytaster_store_up 0.0" in metrics.text
    assert "\ncopytaster_disk_free_bytes " in metrics.text
    assert desk.browser.get("/livez").status_code == 200
    assert desk.browser.get("/").status_code == 200  # the index still serves
    mend()
    assert desk.browser.get("/readyz").status_code == 200
    assert "copytaster_store_up 1.0" in desk.browser.get("/metrics").text


def test_a_page_of_the_store_says_that_it_does_not_answer(desk):
    rename_away(desk, desk.settings.data_dir / "store.sqlite")
    for page in ("/sources", "/dispatches/d1", "/api/v1/dispatches/d1"):
        assert desk.browser.get(page).status_code == 503


def test_a_database_server_that_is_gone(postgres_server):
    url = postgres_server.make_database()
    with closing(Store(url)) as store:
        assert check_store(store) == "ok"
        postgres_server.drop_database(url)
        assert "the store cannot be used" in check_store(store)
        assert b"copytaster_store_up 0.0" in render_metrics(store)


def test_a_part_that_fails_is_named_and_an_index_that_lacks_dispatches_is_not_ready(desk):
    desk.keep()
    desk.settle()
    desk.health.note("index", UnreachableError("no answer", resource="index"))
    answer = desk.browser.get("/readyz")
    assert answer.status_code == 200
    assert "no answer" in answer.json()["failing"]["index"]
    with desk.store.write() as connection:
        assert begin_filling(connection) == 1
    answer = desk.browser.get("/readyz")
    assert answer.status_code == 503
    assert "dispatches that wait: 1" in answer.json()["checks"]["index"]
    assert "Dispatches that wait for the index: 1." in desk.browser.get("/").text
    desk.settle()
    assert desk.browser.get("/readyz").status_code == 200
    assert "Not everything" not in desk.browser.get("/").text


def test_what_a_process_has_still_to_do_is_said_while_its_pages_serve(desk):
    said = {"grouping": "compiling"}
    app = create_app(desk.store, desk.index, desk.settings, Sources(), describe_starting=lambda: said)
    browser = TestClient(app, base_url="http://127.0.0.1")
    answer = browser.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "starting")
    assert answer.json()["starting"] == {"grouping": "compiling"}
    said.clear()
    assert (browser.get("/readyz").json()["status"], browser.get("/readyz").json()["starting"]) == ("ok", {})


def test_a_probe_of_the_store_derives_its_public_name_once(desk):
    """The derivation is slow by intent: for each probe anew it took most of the time of `/readyz`."""
    check_store(desk.store)
    before = timeline._hash_seed.cache_info().misses
    assert {check_store(desk.store) for _ in range(3)} == {"ok"}
    assert timeline._hash_seed.cache_info().misses == before
