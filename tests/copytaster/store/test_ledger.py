from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from copytaster.process_id import this_process
from copytaster.store import ledger
from copytaster.store.ledger import DueTime, Result, SkippedDue

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def open_run(store, *dues, holder="a"):
    with store.write() as connection:
        return ledger.open_runs(connection, dues, holder=holder, now=NOW)


def close(store, run_id, result, now=NOW):
    with store.write() as connection:
        return ledger.close_run(connection, run_id, result, now=now)


def rows(store, **kwargs):
    with store.read() as connection:
        return ledger.list_runs(connection, **kwargs)


def test_a_run_has_a_beginning_and_an_end(store):
    ids = open_run(store, DueTime("bbc", NOW, why="late by 2 min"))
    (running,) = rows(store)
    assert (running.outcome, running.started_at, running.ended_at) == ("running", NOW, None)
    end = NOW + timedelta(seconds=9)
    assert close(
        store, ids["bbc"], Result("partial", found=5, stored=3, errors={"timeout": 2}, seconds=8.5), end
    )
    (ended,) = rows(store)
    assert (ended.outcome, ended.ended_at, ended.found, ended.stored) == ("partial", end, 5, 3)
    assert ended.errors == {"timeout": 2}
    assert ended.why == "late by 2 min"


def test_an_end_is_never_overwritten(store):
    ids = open_run(store, DueTime("bbc", NOW))
    assert close(store, ids["bbc"], Result("failed", "killed"))
    assert not close(store, ids["bbc"], Result("ran"))
    assert rows(store)[0].why == "killed"


@pytest.mark.parametrize(
    ("outcome", "counts", "is_named"),
    [
        ("ran", {"found": 5, "stored": 3, "unchanged": 2}, False),
        ("ran", {"found": 5, "stored": 3, "unchanged": 1, "dropped": {"no-body": 1}}, False),
        ("ran", {"found": 5, "stored": 3, "unchanged": 1}, True),
        ("ran", {"found": 5, "stored": 3, "unchanged": 2, "dropped": {"no-body": 1}}, True),
        ("ran", {"found": 5, "stored": 3, "dropped": {"no-body": 1}}, True),
        ("partial", {"found": 5, "stored": 3}, False),
    ],
)
def test_a_run_in_which_something_is_left_over_is_named(store, outcome, counts, is_named):
    ids = open_run(store, DueTime("bbc", NOW), DueTime("harbour", NOW))
    close(store, ids["bbc"], Result(outcome, **counts))
    close(store, ids["harbour"], Result("ran", found=2, stored=2))
    with store.read() as connection:
        assert ledger.list_unbalanced(connection, newest=10) == ([ids["bbc"]] if is_named else [])


@pytest.mark.parametrize("trigger", ["schedule", "catch-up"])
def test_one_due_time_has_one_row(store, trigger):
    open_run(store, DueTime("bbc", NOW))
    assert open_run(store, DueTime("bbc", NOW, trigger)) == {}
    with store.write() as connection:
        assert ledger.enter_skipped(connection, [SkippedDue("bbc", NOW, "missed", "twice")], now=NOW) == 0
    assert len(rows(store)) == 1


def test_commands_may_come_at_any_moment(store):
    for _ in range(2):
        assert open_run(store, DueTime("bbc", NOW, "command"))
    assert open_run(store, DueTime("bbc", NOW))
    assert len(rows(store)) == 3


def test_a_thousand_sources_on_one_tick_are_a_thousand_rows(store):
    dues = [DueTime(f"source-{number}", NOW) for number in range(1000)]
    ids = open_run(store, *dues)
    assert len(ids) == len(set(ids.values())) == 1000
    assert len(rows(store, limit=2000)) == 1000


def test_runs_of_a_killed_process_end_failed(store):
    child = subprocess.run(
        [sys.executable, "-c", "from copytaster.process_id import this_process; print(this_process())"],
        capture_output=True,
        text=True,
        check=True,
    )
    open_run(store, DueTime("dead", NOW, "command"), holder=child.stdout.strip())
    open_run(store, DueTime("alive", NOW, "command"), holder=this_process())
    open_run(store, DueTime("far", NOW), holder="elsewhere:1:1")
    with store.write() as connection:
        assert ledger.fail_orphans(connection, now=NOW) == ["dead"]
    with store.write() as connection:
        assert ledger.fail_orphans(connection, now=NOW, is_ours=lambda _: True) == ["far"]
    outcomes = {run.source: run.outcome for run in rows(store)}
    assert outcomes == {"dead": "failed", "alive": "running", "far": "failed"}
    assert "is gone" in rows(store, source="dead")[0].why


def test_what_a_source_did_last_looks_past_due_times_that_started_nothing(store):
    ids = open_run(store, DueTime("bbc", NOW))
    close(store, ids["bbc"], Result("ran", stored=2))
    later = NOW + timedelta(minutes=5)
    with store.write() as connection:
        ledger.enter_skipped(connection, [SkippedDue("bbc", later, "skipped", "paused: by hand")], now=later)
    with store.read() as connection:
        assert ledger.last_runs(connection)["bbc"].outcome == "ran"
        assert ledger.count_outcomes(connection) == {"bbc": {"ran": 1, "skipped": 1}}
    assert [run.outcome for run in rows(store, limit=1)] == ["skipped"]
