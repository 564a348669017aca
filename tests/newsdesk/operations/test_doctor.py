"""The checks of the doctor, where a command line test cannot reach them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from copytaster.store import consistency, ledger, sealing
from copytaster.store.engine import Store
from copytaster.store.intake import keep_story
from copytaster.store.ledger import SkippedDue
from copytaster.store.outbox import enqueue_many
from copytaster.store.tables import dispatches, memberships
from copytaster.values import ParsedStory, RawPage
from indexer.drain import drain, prepare_index
from indexer.elastic import ElasticIndex
from indexer.embedded import EmbeddedIndex
from newsdesk.operations.check_result import list_some
from newsdesk.operations.doctor import examine
from newsdesk.operations.row_checks import ROW_CHECKS
from newsdesk.operations.store_checks import STORE_CHECKS
from settings import Settings
from tests.indexer.conftest import Desk


@pytest.mark.parametrize(
    ("found", "text"), [([], "none"), ([1, 2], "1, 2"), (list(range(7)), "0, 1, 2, 3, 4 and 2 more")]
)
def test_a_long_list_is_shortened(found, text):
    assert list_some(found) == text


def test_a_server_that_is_down_is_one_fault_and_hides_no_other_check(tmp_path, monkeypatch):
    monkeypatch.setenv("COPYTASTER_ELASTICSEARCH__URL", "http://127.0.0.1:9")
    settings = Settings(data_dir=tmp_path)
    with closing(Store(settings.store_url)) as store, closing(ElasticIndex(settings.elasticsearch)) as index:
        results = list(examine(store, index, settings, tmp_path / "sources.toml"))
    faults = [result for result in results if result.level == "fault"]
    assert len(faults) == 1
    assert "127.0.0.1:9" in faults[0].detail
    assert [result.level for result in results if result.check == "stories"] == ["ok"]


def test_a_mistyped_list_of_sources_is_one_fault(tmp_path):
    config = tmp_path / "sources.toml"
    config.write_text('[[source]]\nname = "upland"\nintervall = "15m"\n')
    settings = Settings(data_dir=tmp_path / "data")
    with closing(Store(settings.store_url)) as store, closing(EmbeddedIndex(settings.index_path)) as index:
        results = list(examine(store, index, settings, config))
    [fault] = [result for result in results if result.level == "fault"]
    assert fault.check == "configuration"
    assert "did you mean 'interval'" in fault.detail


@pytest.mark.parametrize("waits", [True, False])
def test_a_document_whose_dispatch_left_is_a_fault_only_where_nothing_waits_to_remove_it(tmp_path, waits):
    """As while a sweep of retention is under way, or after it was killed."""
    settings = Settings(data_dir=tmp_path)
    with closing(Store(settings.store_url)) as store, closing(EmbeddedIndex(settings.index_path)) as index:
        desk = Desk(store)
        desk.found("left")
        desk.found("kept")
        prepare_index(store, index)
        drain(store, index)
        with store.write() as connection:
            connection.execute(memberships.delete().where(memberships.c.dispatch_id == "left"))
            connection.execute(dispatches.delete().where(dispatches.c.id == "left"))
            if waits:
                enqueue_many(connection, [("left", 10**6)], at=datetime.now(UTC))
        [found] = [one for one in examine(store, index, settings, tmp_path / "none") if one.check == "index"]
    assert (found.level, found.detail.startswith("2 documents for 1 dispatch")) == (
        "ok" if waits else "fault",
        True,
    )


def test_an_early_fault_of_a_large_store_is_found_by_the_whole_look_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(consistency, "NEWEST", 3)
    settings = Settings(data_dir=tmp_path)
    with closing(Store(settings.store_url)) as store, closing(EmbeddedIndex(settings.index_path)) as index:
        for number in range(8):
            keep(store, number)
        with closing(sqlite3.connect(tmp_path / "store.sqlite")) as other:
            other.execute("UPDATE stories SET version_count = 2 WHERE id IN (2, 7)")
            other.commit()

        def look(**how):
            found = examine(store, index, settings, tmp_path / "sources.toml", **how)
            return {one.check: one.detail for one in found}

        assert look()["stories"].endswith(": 7")
        assert look(whole=True)["stories"].endswith(": 2, 7")
        assert look()["raw pages"].startswith("the newest 3 versions")
        assert look(whole=True)["raw pages"].startswith("8 versions")


def keep(store, number):
    url = f"https://quay.example/{number}"
    story = ParsedStory(f"Ferry {number} sails", f"The ferry {number} sails again.", "Quay", url)
    page = RawPage(url, story.body.encode(), datetime(2026, 3, 1, tzinfo=UTC))
    with store.write() as connection:
        keep_story(connection, page=page, story=story, source="quay", channel="feed")


@pytest.mark.parametrize(
    ("revision", "way_out"), [("0001", "migrates"), ("9999", "newer program"), (None, "restore")]
)
def test_a_schema_that_differs_names_the_way_out_that_fits(tmp_path, revision, way_out):
    with closing(Store(f"sqlite:///{tmp_path}/store.sqlite")) as store:
        with closing(sqlite3.connect(tmp_path / "store.sqlite")) as other:
            other.execute("DELETE FROM alembic_version")
            if revision:
                other.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
            other.commit()
        with store.read() as connection:
            found = STORE_CHECKS["schema"](connection)
    assert found.level == "fault"
    assert way_out in found.way_out


def test_of_a_very_large_table_only_the_newest_rows_are_compared(tmp_path, monkeypatch):
    monkeypatch.setattr(sealing, "LARGE", 5)
    monkeypatch.setattr(sealing, "NEWEST", 2)
    with closing(Store(f"sqlite:///{tmp_path}/store.sqlite")) as store:
        for day in range(1, 10):
            with store.write() as connection:
                now = datetime(2026, 3, day, tzinfo=UTC)
                ledger.enter_skipped(connection, [SkippedDue("quay", now, "missed", "asleep")], now=now)

        def check():
            with store.read() as connection:
                return [ROW_CHECKS[name](connection) for name in ("store integrity", "digests")]

        def change(run_id):
            with closing(sqlite3.connect(tmp_path / "store.sqlite")) as other:
                other.execute("UPDATE runs SET why = 'awake' WHERE id = ?", (run_id,))
                other.commit()

        assert [found.level for found in check()] == ["ok", "ok"]
        assert all("runs" in found.detail for found in check())
        change(2)
        assert [found.level for found in check()] == ["ok", "ok"]
        change(9)
        assert [found.level for found in check()] == ["ok", "fault"]
