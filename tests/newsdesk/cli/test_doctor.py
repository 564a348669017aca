"""`copytaster doctor`."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from copytaster.store.engine import Store
from copytaster.store.installation import set_fact
from copytaster.store.timeline import end_unknown
from indexer.drain import drain
from indexer.factory import open_index
from newsdesk.operations import doctor
from newsdesk.web.metrics.page import render_metrics
from settings import load_settings
from tests.indexer.conftest import Desk
from tests.indexer.restored import copy_store
from tests.newsdesk.cli.conftest import run_json, run_plain


def test_a_healthy_store_has_no_fault(capsys, config, filled):
    code, findings, _ = run_json(capsys, config, "doctor")
    assert [one for one in findings if one["level"] == "fault"] == []
    assert code == 0
    counts = next(one for one in findings if one["check"] == "versions")
    assert counts["detail"].startswith("3 stored = 3 indexed + 0 waiting")
    assert run_plain(capsys, config, "doctor")[0] == 0


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ("DELETE FROM memberships WHERE version_id = 2", "versions"),
        ("UPDATE versions SET grouped = 0 WHERE id = 2", "versions"),
        ("UPDATE stories SET version_count = 7 WHERE id = 1", "stories"),
        ("DELETE FROM raw_pages WHERE id = 1", "raw pages"),
        ("UPDATE dispatches SET state = 'merged', merged_into = 'nobody'", "dispatches"),
        ("UPDATE runs SET stored = 2 WHERE outcome = 'ran'", "runs"),
        (
            "INSERT INTO service_health (part, host, failures, last_error) VALUES ('group', '', 3, 'OSError: disk')",
            "parts",
        ),
        ("UPDATE alembic_version SET version_num = '0000'", None),
    ],
)
def test_a_planted_fault_is_found_with_a_fix(capsys, config, filled, fault, check):
    with filled.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql(fault)
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")
    code, findings, _ = run_json(capsys, config, "doctor")
    if check is None:
        assert code == 1
        (store,) = [one for one in findings if one["check"] == "store"]
        assert "newer than this program" in store["detail"]  # it is not even opened
        return
    assert code == 1
    found = next(one for one in findings if one["check"] == check)
    assert found["level"] == "fault"
    assert found["way_out"]


def test_a_lost_index_document_is_found(capsys, config, filled):
    settings = load_settings(config)
    with filled.write() as connection:
        connection.execute(
            text(
                "INSERT INTO dispatches (id, rev, change, state, founder_id, canonical_id, first_seen_at, last_seen_at,"
                " changed_at) SELECT 'd-new', 1, 99, 'live', founder_id, canonical_id, first_seen_at, last_seen_at,"
                " changed_at FROM dispatches LIMIT 1"
            )
        )
    code, findings, _ = run_json(capsys, config, "doctor")
    assert code == 1
    assert "d-new" in next(one for one in findings if one["check"] == "index")["detail"]
    assert settings.index_path.exists()


@pytest.mark.parametrize(
    ("content", "code", "level"),
    [(None, 0, "note"), ("[[source]]\nnam = 'x'", 1, "fault"), ("x = [", 78, None)],
)
def test_doctor_reads_the_configuration(capsys, config, content, code, level):
    config.unlink() if content is None else config.write_text(content)
    found, findings, error = run_json(capsys, config, "doctor", "--data-dir", str(config.parent / "data"))
    assert found == code
    if level is None:
        assert "TOML" in error
    else:
        assert findings[0]["level"] == level
        assert findings[0]["detail"]


def restore_older(config, store, tmp_path):
    """Put a backup of the store back, after three more changes went to the index; gives the new epoch's first backup."""
    path = store.engine.url.database
    url = copy_store(store, tmp_path / "backup.sqlite")
    desk = Desk(store)
    desk.found("lost", "Bridge closed")
    with closing(open_index(load_settings(config))) as index:
        drain(store, index)
    store.close()
    for suffix in ("", "-wal", "-shm"):
        Path(path + suffix).unlink(missing_ok=True)
    shutil.copy(url.removeprefix("sqlite:///"), path)


def test_a_source_that_is_crawled_less_often_than_configured_is_named(capsys, config, filled):
    name, text = "hurried", config.read_text("utf-8")
    block = (
        f'\n[[source]]\nname = "{name}"\npublisher = "A"\nurl = "https://a.example/feed"\ninterval = "3s"\n'
    )
    config.write_text(text + block, encoding="utf-8")
    _, findings, _ = run_json(capsys, config, "doctor")
    found = next(one for one in findings if one["check"] == "configuration")
    assert (found["level"], name in found["detail"]) == ("note", True)
    assert "crawled every 10 s" in found["detail"]
    config.write_text(text, encoding="utf-8")
    _, findings, _ = run_json(capsys, config, "doctor")
    assert next(one["level"] for one in findings if one["check"] == "configuration") == "ok"


def test_a_restored_store_is_a_fault_until_the_next_writer_mends_it(capsys, config, filled, tmp_path):
    restore_older(config, filled, tmp_path)
    code, findings, _ = run_json(capsys, config, "doctor")
    found = next(one for one in findings if one["check"] == "store and index")
    assert (code, found["level"]) == (1, "fault")
    assert "older than its index" in found["detail"]
    assert run_json(capsys, config, "index")[0] == 0
    code, findings, _ = run_json(capsys, config, "doctor")
    found = next(one for one in findings if one["check"] == "store and index")
    assert (code, found["level"]) == (0, "ok")
    assert found["detail"].startswith("epoch 2, raised ")
    assert "epoch       2, raised" in run_plain(capsys, config, "status")[1]
    assert run_json(capsys, config, "status")[1]["epoch"]["number"] == 2
    with closing(Store(load_settings(config).store_url)) as store:
        assert b"copytaster_epoch 2.0" in render_metrics(store)


def test_what_could_not_be_removed_is_a_fault(capsys, config, filled):
    with filled.write() as connection:
        end_unknown(connection, "these credentials may not write")
    code, findings, _ = run_json(capsys, config, "doctor")
    found = next(one for one in findings if one["check"] == "store and index")
    assert (code, found["level"]) == (1, "fault")
    assert "may not write" in found["detail"]


def test_another_installation_s_index_is_a_fault(capsys, config, filled):
    with filled.write() as connection:
        set_fact(connection, "seed", "7")
    code, findings, _ = run_json(capsys, config, "doctor")
    found = next(one for one in findings if one["check"] == "store and index")
    assert (code, found["level"]) == (1, "fault")
    assert "--take-over" in found["way_out"]
    assert run_json(capsys, config, "index")[0] == 78
    assert run_json(capsys, config, "rebuild")[0] == 78
    assert run_json(capsys, config, "rebuild", "--take-over")[0] == 0
    assert run_json(capsys, config, "doctor")[0] == 0


@pytest.mark.parametrize(
    ("installed", "wanted", "level"), [(True, True, "ok"), (False, True, "note"), (False, False, "ok")]
)
def test_the_sentence_encoder(monkeypatch, installed, wanted, level):
    monkeypatch.setattr(doctor, "is_installed", lambda: installed)
    settings = load_settings()
    settings = settings.model_copy(
        update={"grouping": settings.grouping.model_copy(update={"relations": wanted})}
    )
    found = doctor.check_encoder(settings)
    assert (found.check, found.level) == ("sentence encoder", level)
    assert bool(found.way_out) is (level == "note")
