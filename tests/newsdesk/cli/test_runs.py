"""`copytaster runs`."""

from __future__ import annotations

from tests.newsdesk.cli.conftest import run_json, run_plain


def test_runs_lists_every_due_time_the_newest_first(capsys, config, filled):
    code, runs, _ = run_json(capsys, config, "runs")
    assert code == 0
    assert [(run["source"], run["outcome"]) for run in runs] == [
        ("upland", "skipped"),
        ("upland", "failed"),
        ("harbour", "ran"),
    ]
    assert len(run_json(capsys, config, "runs", "upland", "--limit", "1")[1]) == 1
    code, printed = run_plain(capsys, config, "runs", "harbour")
    assert code == 0
    assert "took-too-long 2" in printed


def test_runs_of_an_unknown_source_name_the_nearest(capsys, config, filled):
    code, _, error = run_json(capsys, config, "runs", "harbur")
    assert code == 4
    assert "did you mean 'harbour'?" in error
    assert run_json(capsys, config, "runs", "asleep")[0] == 4  # known, but it never fell due
