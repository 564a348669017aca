"""`copytaster status`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from copytaster.store import ledger
from copytaster.store.latencies import note_latencies
from copytaster.store.ledger import DueTime, Result
from copytaster.store.revisits import begin_ladder, end_visit
from newsdesk.web.metrics.page import render_metrics
from tests.newsdesk.cli.conftest import NOW, quarantine_one, run_json, run_plain


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


def end_run(store, source, *, hours, errors):
    due = NOW + timedelta(hours=hours)
    with store.write() as connection:
        run_id = ledger.open_runs(connection, [DueTime(source, due)], holder="x", now=due)[source]
        ledger.close_run(connection, run_id, Result("partial", errors=errors), now=due)


@pytest.mark.parametrize(("last", "slow"), [({"took-too-long": 1}, True), ({"timeout": 1}, False)])
def test_a_source_whose_last_run_burnt_a_budget_is_in_the_slow_lane(capsys, config, filled, last, slow):
    end_run(filled, "upland", hours=2, errors={"too-much-memory": 1})
    end_run(filled, "upland", hours=3, errors=last)
    sources = {one["source"]: one for one in run_json(capsys, config, "status")[1]["sources"]}
    assert {name for name, one in sources.items() if one["slow_lane"]} == ({"upland"} if slow else set())
    assert run_json(capsys, config, "source", "show", "upland")[1]["slow_lane"] is slow
    assert ("paused, slow lane" in run_plain(capsys, config, "status")[1]) is slow
    assert f'copytaster_source_slow_lane{{source="upland"}} {float(slow)}' in render_metrics(filled).decode()


def test_status_and_source_show_say_how_long_copy_takes_to_the_desk(capsys, config, filled):
    now = datetime.now(UTC)
    with filled.write() as connection:
        note_latencies(connection, [("harbour", now - timedelta(seconds=4))], found_at=now)
    sources = {one["source"]: one for one in run_json(capsys, config, "status")[1]["sources"]}
    assert sources["harbour"]["wire_to_desk"] == {"versions": 1, "p50_s": 4.0, "p95_s": 4.9}
    assert sources["upland"]["wire_to_desk"] is None
    for name in ("harbour", "upland"):
        shown = run_json(capsys, config, "source", "show", name)[1]["wire_to_desk"]
        assert shown == sources[name]["wire_to_desk"]


def test_visits_to_stored_pages_are_shown_everywhere(capsys, config, filled):
    steps = (timedelta(hours=1), timedelta(hours=6))
    with filled.write() as connection:
        for story in (1, 2, 3):
            begin_ladder(
                connection, story, source="harbour", entry=str(story), url=f"https://wire.example/{story}",
                now=NOW - timedelta(days=1), steps=steps,
            )  # fmt: skip
        end_visit(connection, 1, "gone", now=NOW, steps=steps)
        for _ in steps:
            end_visit(connection, 2, "unchanged", now=NOW, steps=steps)
    counts = run_json(capsys, config, "status")[1]["revisits"]
    assert (counts["waiting"], counts["due"], counts["outcomes"]) == (2, 1, {"gone": 1})
    assert run_json(capsys, config, "source", "show", "harbour")[1]["revisits"] == counts
    assert run_json(capsys, config, "source", "show", "upland")[1]["revisits"]["waiting"] == 0
    assert "2 pages will be visited again, 1 due" in run_plain(capsys, config, "status")[1]
    assert "at the last visit: gone 1" in run_plain(capsys, config, "source", "show", "harbour")[1]
    metrics = render_metrics(filled).decode()
    assert 'copytaster_revisits{state="due"} 1.0' in metrics
    assert 'copytaster_lost_pages{outcome="gone"} 1.0' in metrics
