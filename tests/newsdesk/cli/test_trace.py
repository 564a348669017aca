"""`copytaster trace`: the steps as a table and as data, and the exit code of what nothing names."""

from __future__ import annotations

from datetime import timedelta

from copytaster.errors import ExitCode
from copytaster.store.revisits import begin_ladder, claim_due, end_visit
from tests.newsdesk.cli.conftest import CANARY, NOW, run_json, run_plain


def test_a_story_has_its_steps(capsys, config, filled):
    code, found, _ = run_json(capsys, config, "trace", "https://wire.example/Aldhaven?utm_source=x")
    assert (code, found["end"], found["stories"]) == (ExitCode.DONE, "searchable", [1])
    said = run_plain(capsys, config, "trace", "1")[1]
    assert "SEARCHABLE: searches find" in said
    assert "stored" in said


def test_visits_to_the_page_are_a_step(capsys, config, filled):
    steps = (timedelta(hours=1), timedelta(hours=6))
    with filled.write() as connection:
        begin_ladder(
            connection,
            1,
            source="harbour",
            entry="1",
            url="https://wire.example/Aldhaven",
            now=NOW,
            steps=steps,
        )
    assert "visited" not in run_plain(capsys, config, "trace", "1")[1]
    with filled.write() as connection:
        claim_due(connection, "harbour", now=NOW + steps[0], per_hour=1)
        end_visit(connection, 1, "gone", now=NOW + steps[0], steps=steps)
    step = run_json(capsys, config, "trace", "1")[1]["steps"][-2]
    assert (step["step"], step["reason"]) == ("visited", "gone")
    assert "visit 1 to its page: gone since" in step["detail"]


def test_a_refused_page_has_its_reason_and_no_secret(capsys, config, filled):
    code, said = run_plain(capsys, config, "trace", f"https://wire.example/dunmore?token={CANARY}")
    assert (code, "DROPPED: took-too-long: 5 s" in said, CANARY in said) == (ExitCode.DONE, True, False)


def test_an_unknown_address_ends_as_not_found(capsys, config, filled):
    code, _, said = run_json(capsys, config, "trace", "https://wire.example/nothing")
    assert code == ExitCode.NOTHING_MATCHED
    assert "no source has named this address" in said
    assert "harbour has this host; its last run" in said
