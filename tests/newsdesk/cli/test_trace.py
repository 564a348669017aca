"""`copytaster trace`: the steps as a table and as data, and the exit code of what nothing names."""

from __future__ import annotations

from copytaster.errors import ExitCode
from tests.newsdesk.cli.conftest import CANARY, run_json, run_plain


def test_a_story_has_its_steps(capsys, config, filled):
    code, found, _ = run_json(capsys, config, "trace", "https://wire.example/Aldhaven?utm_source=x")
    assert (code, found["end"], found["stories"]) == (ExitCode.DONE, "searchable", [1])
    said = run_plain(capsys, config, "trace", "1")[1]
    assert "SEARCHABLE: searches find" in said
    assert "stored" in said


def test_a_refused_page_has_its_reason_and_no_secret(capsys, config, filled):
    code, said = run_plain(capsys, config, "trace", f"https://wire.example/dunmore?token={CANARY}")
    assert (code, "DROPPED: took-too-long: 5 s" in said, CANARY in said) == (ExitCode.DONE, True, False)


def test_an_unknown_address_ends_as_not_found(capsys, config, filled):
    code, _, said = run_json(capsys, config, "trace", "https://wire.example/nothing")
    assert code == ExitCode.NOTHING_MATCHED
    assert "no source has named this address" in said
    assert "harbour has this host; its last run" in said
