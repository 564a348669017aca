from dataclasses import asdict

import pytest

from spiders.run_report import RunReport, Tally, exit_code


@pytest.mark.parametrize(
    ("counts", "outcome", "settled"),
    [
        ({}, "failed", False),
        ({"answered": True, "whole": True}, "ran", True),
        ({"answered": True, "whole": True, "stored": 1, "pending": {"k"}}, "partial", False),
        ({"answered": True, "whole": True, "stored": 1, "unsettled": 1}, "ran", False),
        ({"answered": True, "stored": 1}, "ran", False),
        ({"skipped": "wait"}, "skipped", False),
    ],
)
def test_how_a_run_ended_follows_from_its_counts(counts, outcome, settled):
    tally = Tally(**counts)
    assert (tally.outcome(), tally.is_settled()) == (outcome, settled)


def test_errors_make_a_run_partial_or_failed():
    tally = Tally(answered=True, whole=True)
    tally.errors["http-404"] += 2
    assert tally.outcome() == "failed"
    tally.unchanged = 1
    assert tally.outcome() == "partial"
    report = tally.report("town", 7)
    assert report.why == "http-404 (2)"
    assert RunReport(**asdict(report)) == report
    assert report.errors == {"http-404": 2}


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ("ran ran", 0),
        ("", 0),
        ("failed", 1),
        ("failed failed", 1),
        ("ran failed", 3),
        ("partial", 3),
        ("partial failed", 3),
        ("skipped", 3),
    ],
)
def test_exit_codes(outcomes, code):
    assert exit_code(RunReport(source="s", outcome=outcome) for outcome in outcomes.split()) == code
