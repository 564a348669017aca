from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from copytaster.store import ledger, outbox
from copytaster.store.engine import Store
from copytaster.store.intake import keep_story, refuse
from copytaster.store.ledger import Due, Result, Unrun
from copytaster.store.tables import source_states
from copytaster.values import ParsedStory, RawPage
from dedup.grouping.grouper import group_waiting
from indexer.drain import drain, prepare_index
from indexer.factory import open_index
from newsdesk.cli import _run
from settings import load_settings

NOW = datetime.now(UTC).replace(microsecond=0)
CANARY = "canary-77d0"
BODY = (
    "The lighthouse at {place} will be lit again in March after nine years of darkness, the coastal board said."
    " Keepers from three villages had raised {number} thousand crowns for the lamp, which came from a yard in the"
    " north and was carried up the tower in eleven pieces by volunteers of the lifeboat crew on Sunday."
)
PAGE = "<html><body><article><h1>Lamp of {0} to be lit again</h1><p>" + BODY + "</p></article></body></html>"


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "sources.toml"
    path.write_text(
        f"""
        [settings]
        data_dir = "{tmp_path / "data"}"
        [settings.schedule]
        jitter_share = 0
        [[source]]
        name = "harbour"
        publisher = "Harbour Wire"
        kind = "feed"
        url = "https://wire.example/feed.xml"
        interval = "1h"
        [[source]]
        name = "upland"
        publisher = "Upland Post"
        kind = "feed"
        url = "https://upland.example/feed.xml"
        cron = "30 6 * * mon-fri"
        [[source]]
        name = "asleep"
        publisher = "Asleep"
        kind = "feed"
        url = "https://asleep.example/feed.xml"
        interval = "1h"
        enabled = false
        """
    )
    return path


@pytest.fixture
def store(config):
    opened = Store(load_settings(config).store_url)
    yield opened
    opened.close()


@pytest.fixture
def filled(config, store):
    """Three stories, grouped and indexed; a run of each kind; a page and a document set aside."""
    settings = load_settings(config)
    with store.write() as connection:
        for number, place in enumerate(("Aldhaven", "Birkmouth", "Corrie")):
            url = f"https://wire.example/{place}"
            page = RawPage(url, PAGE.format(place, place=place, number=number + 20).encode(), NOW)
            story = ParsedStory(
                f"Lamp of {place}", BODY.format(place=place, number=number), "Harbour Wire", url
            )
            keep_story(connection, page=page, story=story, source="harbour", channel="feed")
        page = RawPage(
            f"https://wire.example/dunmore?token={CANARY}",
            PAGE.format("Dunmore", place="Dunmore", number=9).encode(),
            NOW,
        )
        refuse(connection, source="harbour", url=page.url, reason="took-too-long", detail="5 s", page=page)
        refuse(connection, source="harbour", url="https://wire.example/gone", reason="http-404", detail="404")
        ids = ledger.open_runs(
            connection, [Due("harbour", NOW - timedelta(minutes=30)), Due("upland", NOW)], holder="x", now=NOW
        )
        ledger.close_run(
            connection,
            ids["harbour"],
            Result("ran", found=5, fetched=4, stored=3, dropped={"took-too-long": 2}),
            now=NOW,
        )
        ledger.close_run(
            connection,
            ids["upland"],
            Result("failed", f"timeout: https://u:{CANARY}@upland.example/", errors={"timeout": 1}),
            now=NOW,
        )
        ledger.enter_unrun(
            connection, [Unrun("upland", NOW + timedelta(hours=1), "skipped", "still running")], now=NOW
        )
        connection.execute(
            source_states.insert().values(source="upland", failures=1, paused_at=NOW, paused_why="tired")
        )
    for _ in group_waiting(store, settings.grouping):
        pass
    index = open_index(settings)
    prepare_index(store, index)
    drain(store, index)
    index.close()
    return store


def quarantine_one(store):
    with store.write() as connection:
        name = connection.scalar(text("SELECT id FROM dispatches ORDER BY id LIMIT 1"))
        outbox.enqueue_many(connection, [(name, 1)], at=NOW)
        (row,) = outbox.take_due(connection, now=NOW + timedelta(days=1), limit=1)
        outbox.quarantine(connection, row, reason="too deep", at=NOW)
    return name


def ask(capsys, config, *arguments):
    capsys.readouterr()
    code = _run([*arguments, "--config", str(config), "--json"])
    captured = capsys.readouterr()
    return code, json.loads(captured.out) if captured.out else None, captured.err


def show(capsys, config, *arguments):
    capsys.readouterr()
    code = _run([*arguments, "--config", str(config)])
    return code, capsys.readouterr().out


def test_status_says_how_each_source_stands(capsys, config, filled):
    quarantine_one(filled)
    code, status, _ = ask(capsys, config, "status")
    assert code == 0
    sources = {source["source"]: source for source in status["sources"]}
    assert list(sources) == ["harbour", "upland", "asleep"]
    assert [sources[name]["state"] for name in sources] == ["on", "paused", "off"]
    assert sources["harbour"]["last_run"]["stored"] == 3
    assert sources["harbour"]["reason"] is None
    assert sources["upland"]["reason"] == "timeout"
    assert sources["upland"]["outcomes"] == {"failed": 1, "skipped": 1}
    assert sources["asleep"]["next_due"] is None
    assert status["waiting"] == {"grouping": 0, "index": 0, "oldest": None}
    assert status["quarantine"] == {"pages": 1, "documents": 1}
    code, printed = show(capsys, config, "status")
    assert code == 0
    assert "tired" in printed
    assert "1 documents, 1 pages" in printed


def test_status_of_nothing_yet(capsys, config):
    code, status, _ = ask(capsys, config, "status")
    assert code == 0
    assert [source["last_run"] for source in status["sources"]] == [None] * 3
    assert status["holder"] is None


def test_runs_lists_every_due_time_the_newest_first(capsys, config, filled):
    code, runs, _ = ask(capsys, config, "runs")
    assert code == 0
    assert [(run["source"], run["outcome"]) for run in runs] == [
        ("upland", "skipped"),
        ("upland", "failed"),
        ("harbour", "ran"),
    ]
    assert len(ask(capsys, config, "runs", "upland", "--limit", "1")[1]) == 1
    code, printed = show(capsys, config, "runs", "harbour")
    assert code == 0
    assert "took-too-long 2" in printed


@pytest.mark.parametrize("command", ["status", "runs", "doctor", "quarantine list", "config show"])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_no_secret_is_printed(capsys, config, filled, command, form):
    capsys.readouterr()
    _run([*command.split(), "--config", str(config), *form])
    captured = capsys.readouterr()
    assert captured.out
    assert CANARY not in captured.out + captured.err


def test_runs_of_an_unknown_source_name_the_nearest(capsys, config, filled):
    code, _, error = ask(capsys, config, "runs", "harbur")
    assert code == 4
    assert "did you mean 'harbour'?" in error
    assert ask(capsys, config, "runs", "asleep")[0] == 4  # known, but it never fell due


def test_a_healthy_store_has_no_fault(capsys, config, filled):
    code, findings, _ = ask(capsys, config, "doctor")
    assert [one for one in findings if one["level"] == "fault"] == []
    assert code == 0
    books = next(one for one in findings if one["check"] == "versions")
    assert books["detail"].startswith("3 stored = 3 indexed + 0 waiting")
    assert show(capsys, config, "doctor")[0] == 0


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
            "INSERT INTO service_health (part, failures, last_error) VALUES ('group', 3, 'OSError: disk')",
            "parts",
        ),
        ("UPDATE alembic_version SET version_num = '0000'", None),
    ],
)
def test_a_planted_fault_is_found_with_the_way_out(capsys, config, filled, fault, check):
    with filled.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql(fault)
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")
    code, findings, _ = ask(capsys, config, "doctor")
    if check is None:
        assert code == 78  # a schema from elsewhere is not even opened
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
                "INSERT INTO dispatches SELECT 'd-new', 1, 99, 'live', NULL, founder_id, canonical_id, first_seen_at,"
                " last_seen_at, changed_at FROM dispatches LIMIT 1"
            )
        )
    code, findings, _ = ask(capsys, config, "doctor")
    assert code == 1
    assert "d-new" in next(one for one in findings if one["check"] == "index")["detail"]
    assert settings.index_path.exists()


@pytest.mark.parametrize(
    ("content", "code", "level"),
    [(None, 0, "note"), ("[[source]]\nnam = 'x'", 1, "fault"), ("x = [", 78, None)],
)
def test_doctor_reads_the_configuration(capsys, config, content, code, level):
    config.unlink() if content is None else config.write_text(content)
    found, findings, error = ask(capsys, config, "doctor", "--data-dir", str(config.parent / "data"))
    assert found == code
    if level is None:
        assert "TOML" in error
    else:
        assert findings[0]["level"] == level
        assert findings[0]["detail"]


def test_quarantine_lists_shows_and_replays_a_page(capsys, config, filled):
    code, held, _ = ask(capsys, config, "quarantine", "list")
    assert code == 0
    assert [(one["reason"], one["replayable"]) for one in held] == [
        ("http-404", False),
        ("took-too-long", True),
    ]
    page = held[1]
    assert CANARY not in json.dumps(held)
    code, shown, _ = ask(capsys, config, "quarantine", "show", page["id"])
    assert (code, shown["source"], shown["kind"]) == (0, "harbour", "page")
    code, replayed, _ = ask(capsys, config, "quarantine", "replay", page["id"])
    assert (code, replayed[0]["outcome"]) == (0, "stored")
    assert ask(capsys, config, "quarantine", "show", page["id"])[0] == 4
    assert ask(capsys, config, "status")[1]["waiting"]["grouping"] == 1


def test_a_page_that_still_gives_no_story_stays_with_its_new_reason(capsys, config, store):
    with store.write() as connection:
        page = RawPage("https://wire.example/empty", b"<html><body></body></html>", NOW)
        refuse(connection, source="harbour", url=page.url, reason="took-too-long", page=page)
    code, replayed, _ = ask(capsys, config, "quarantine", "replay", "--all")
    assert code == 1
    reason = replayed[0]["outcome"]
    assert reason != "took-too-long"
    assert ask(capsys, config, "quarantine", "list")[1][0]["reason"] == reason


def test_a_document_goes_back_into_the_queue(capsys, config, filled):
    name = quarantine_one(filled)
    assert ask(capsys, config, "quarantine", "show", name)[1]["detail"] == "too deep"
    code, replayed, _ = ask(capsys, config, "quarantine", "replay", name)
    assert (code, replayed) == (0, [{"id": name, "kind": "document", "outcome": "queued", "detail": ""}])
    assert ask(capsys, config, "status")[1]["waiting"]["index"] == 1


@pytest.mark.parametrize(
    ("arguments", "code"), [((), 2), (("7", "--all"), 2), (("7",), 4), (("--all",), 4), (("nobody",), 4)]
)
def test_replay_wants_one_id_or_all(capsys, config, store, arguments, code):
    assert ask(capsys, config, "quarantine", "replay", *arguments)[0] == code


def test_config_show_names_the_origin_and_masks_secrets(capsys, config, monkeypatch, tmp_path):
    monkeypatch.setenv("COPYTASTER_WEB__PORT", "9000")
    monkeypatch.setenv("COPYTASTER_ELASTICSEARCH__API_KEY", CANARY)
    monkeypatch.setenv("COPYTASTER_DATABASE_URL", f"postgresql://desk:{CANARY}@db.example/wire")
    code, settings, _ = ask(capsys, config, "config", "show", "--data-dir", str(tmp_path / "elsewhere"))
    assert code == 0
    found = {one["name"]: (one["value"], one["origin"]) for one in settings}
    assert found["web.port"] == (9000, "environment")
    assert found["schedule.jitter_share"] == (0, "file")
    assert found["data_dir"] == (str(tmp_path / "elsewhere"), "flag")
    assert found["web.host"] == ("127.0.0.1", "default")
    assert found["elasticsearch.api_key"] == ("***", "environment")
    assert CANARY not in json.dumps(settings)
    code, printed = show(capsys, config, "config", "show")
    assert code == 0
    assert CANARY not in printed


@pytest.mark.parametrize("command", ["status", "runs", "doctor", "config show", "quarantine list"])
def test_a_wrong_setting_is_named(capsys, config, command):
    config.write_text("[settings.web]\nprot = 1")
    code, _, error = ask(capsys, config, *command.split())
    assert code == 78
    assert "did you mean 'port'?" in error
