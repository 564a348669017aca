from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from copytaster.store import ledger, run_hours
from copytaster.store.intake import refuse
from copytaster.store.ledger import DueTime, Result, SkippedDue
from copytaster.store.sealing import compare_rows
from copytaster.store.tables import refusals
from copytaster.store.tables import run_hours as hours_table

START = datetime(2026, 3, 1, tzinfo=UTC)
QUIET = Result("ran", found=4, unchanged=3, dropped={"no-text": 1}, seconds=0.5)


def run_at(store, minutes, result, source="harbour"):
    at = START + timedelta(minutes=minutes)
    with store.write() as connection:
        run_id = ledger.open_runs(connection, [DueTime(source, at)], holder="a", now=at)[source]
        assert ledger.close_run(connection, run_id, result, now=at)
    return run_id


def fold_quiet(store, minutes):
    with store.write() as connection:
        return run_hours.fold_quiet(connection, before=START + timedelta(minutes=minutes))


def read_hours(store):
    with store.read() as connection:
        return [dict(row) for row in connection.execute(select(hours_table)).mappings()]


def list_ids(store):
    with store.read() as connection:
        return [run.id for run in ledger.list_runs(connection, limit=1000)]


def test_rows_without_news_become_counts_of_their_hour(store):
    for minutes in (0, 15, 30, 75):
        run_at(store, minutes, QUIET)
    kept = [
        run_at(store, 45, Result("ran", found=1, stored=1)),
        run_at(store, 50, Result("ran", found=1, unchanged=1, errors={"timeout": 1})),
        run_at(store, 55, Result("failed", "timeout", errors={"timeout": 1})),
        run_at(store, 90, QUIET),
    ]
    assert fold_quiet(store, 90).folded == 4
    assert sorted(list_ids(store)) == sorted(kept)
    first, second = read_hours(store)
    assert (first["hour"], first["runs"], first["found"], first["unchanged"]) == (START, 3, 12, 9)
    assert (first["dropped"], first["errors"], first["seconds"]) == (3, 0, 1.5)
    assert (second["hour"], second["runs"]) == (START + timedelta(hours=1), 1)


def test_folding_changes_no_total_and_no_last_run(store):
    for minutes in range(0, 120, 15):
        run_at(store, minutes, QUIET)
    with store.write() as connection:
        ledger.enter_skipped(
            connection, [SkippedDue("harbour", START + timedelta(hours=3), "missed", "asleep")], now=START
        )

    def read():
        with store.read() as connection:
            return (
                ledger.count_by_outcome(connection),
                ledger.count_outcomes(connection),
                ledger.last_runs(connection),
            )

    before = read()
    assert before[0] == {"ran": 8, "missed": 1}
    assert fold_quiet(store, 10_000).folded == 7
    assert read() == before
    assert fold_quiet(store, 10_000).folded == 0


def test_old_rows_are_folded_whatever_happened_and_their_refusals_stay(store):
    failed = run_at(store, 0, Result("failed", "timeout", errors={"timeout": 1}))
    run_at(store, 15, Result("failed", "timeout", errors={"timeout": 1}))
    with store.write() as connection:
        refuse(connection, source="harbour", url="https://a.example/1", reason="no-text", run_id=failed)
        open_id = ledger.open_runs(connection, [DueTime("quay", START)], holder="a", now=START)["quay"]
        assert run_hours.fold_all(connection, before=START + timedelta(hours=1), after=0).folded == 1
    assert failed not in list_ids(store)
    assert open_id in list_ids(store)
    with store.read() as connection:
        assert connection.execute(select(refusals.c.run_id, refusals.c.reason)).all() == [(None, "no-text")]


@pytest.mark.parametrize("size", [1, 7, run_hours.ROWS])
def test_slices_fold_what_one_pass_folds(store, size, monkeypatch):
    monkeypatch.setattr(run_hours, "ROWS", size)
    for minutes in range(0, 300, 15):
        run_at(store, minutes, QUIET)
    while fold_quiet(store, 240).position is not None:
        pass
    assert sum(row["runs"] for row in read_hours(store)) == 16
    assert len(list_ids(store)) == 4


def test_folding_leaves_the_digests_right(store):
    if store.engine.dialect.name != "sqlite":
        pytest.skip("digests of rows are SQLite's")
    for minutes in range(0, 120, 15):
        run_at(store, minutes, QUIET)
    fold_quiet(store, 10_000)
    with store.read() as connection:
        faults, _, unknown = compare_rows(connection)
    assert (faults, unknown) == ([], 0)
