"""`copytaster status`."""

from __future__ import annotations

from tests.newsdesk.cli.conftest import quarantine_one, run_json, run_plain


def test_status_says_how_each_source_stands(capsys, config, filled):
    quarantine_one(filled)
    code, status, _ = run_json(capsys, config, "status")
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
    code, printed = run_plain(capsys, config, "status")
    assert code == 0
    assert "tired" in printed
    assert "1 document, 1 page" in printed


def test_status_of_nothing_yet(capsys, config):
    code, status, _ = run_json(capsys, config, "status")
    assert code == 0
    assert [source["last_run"] for source in status["sources"]] == [None] * 3
    assert status["holder"] is None
