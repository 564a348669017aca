"""`copytaster books`."""

from __future__ import annotations

from tests.newsdesk.cli.conftest import run_json, run_plain


def test_books_show_each_gate_of_each_source(capsys, config, filled):
    code, shown, _ = run_json(capsys, config, "books")
    assert code == 0
    assert all(one["unaccounted"] == 0 for one in shown["sources"])
    one = shown["sources"][0]
    gates = one["gates"]
    assert gates["found"]["came"] == gates["stored"]["passed"] + sum(gates["stored"]["stopped"].values())
    assert sum(period["gates"]["found"]["came"] for period in one["periods"]) == gates["found"]["came"]
    code, printed = run_plain(capsys, config, "books", "--source", one["source"])
    assert code == 0
    assert "unaccounted" in printed


def test_books_of_another_time_or_source_are_empty(capsys, config, filled):
    assert run_json(capsys, config, "books", "--since", "2020-01-01", "--until", "2020-01-02")[0] == 4
    code, _, error = run_json(capsys, config, "books", "--source", "harbur")
    assert code == 4
    assert "did you mean 'harbour'?" in error
    code, _, error = run_json(capsys, config, "books", "--since", "2026-01-02", "--until", "2026-01-01")
    assert (code, "ends before it begins" in error) == (2, True)
