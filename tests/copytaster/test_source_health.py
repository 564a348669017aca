"""What runs say about a source: one row of the table per kind of run, and runs that prove nothing."""

import pytest

from copytaster.source_health import FRUITLESS, Finding, SourceHealth, judge_run
from copytaster.store.ledger import Result

BAD = Finding(SourceHealth.NOTHING_USABLE, "6 found, 6 http-404", "http-404", FRUITLESS)
GOOD = Finding(SourceHealth.NEW_STORIES, "2 found, 2 stored")


@pytest.mark.parametrize(
    ("run", "health"),
    [
        (Result("ran", found=3, stored=2, unchanged=1, usable=2), "new stories"),
        (Result("ran", found=3, unchanged=3), "unchanged"),
        (Result("ran", found=3, unchanged=3, usable=1), "unchanged"),
        (Result("ran", found=0), "empty"),
        (Result("failed", errors={"empty": 1}), "empty"),
        (Result("ran", found=6, dropped={"no-body": 6}), "nothing usable"),
        (Result("ran", found=8, dropped={"no-address": 8}), "nothing usable"),
        (Result("failed", found=6, errors={"http-404": 6}), "nothing usable"),
        (Result("ran", found=6, dropped={"http-404": 6}), "nothing usable"),
        (Result("failed", found=8, errors={"wall": 8}), "wall"),
        (Result("failed", errors={"not-a-feed": 1}), "not a feed"),
        (Result("failed", errors={"http-403": 1}), "blocked"),
        (Result("failed", errors={"challenge": 1}), "blocked"),
        (Result("failed", errors={"robots": 1}), "blocked"),
        (Result("failed", found=6, errors={"http-403": 6}), "blocked"),
        (Result("failed", found=6, errors={"timeout": 6}), "failing"),
        (Result("failed", errors={"timeout": 1}), "failing"),
        (Result("failed", errors={"http-500": 1}), "failing"),
        (Result("failed", errors={"child-died": 1}), "failing"),
    ],
)
def test_each_kind_of_run_has_its_word(run, health):
    assert judge_run(run, GOOD).health == health
    assert judge_run(run, Finding()).health == health


@pytest.mark.parametrize(
    "run",
    [
        Result("ran", not_modified=True),
        Result("skipped", why="paused"),
        Result("failed", why="the service was stopped"),
        Result("ran", found=10, unchanged=6, dropped={"http-404": 4}),
        Result("ran", found=10, unchanged=6, dropped={"later": 4}),
    ],
    ids=["not modified", "skipped", "stopped", "remembered", "remembered and left"],
)
def test_a_run_that_proves_nothing_leaves_a_fault(run):
    assert judge_run(run, BAD) == BAD


@pytest.mark.parametrize("before", [Finding(), GOOD, BAD])
def test_a_run_that_left_every_entry_for_the_next_one_proves_nothing(before):
    assert judge_run(Result("ran", found=500, dropped={"later": 500}), before) == before


def test_pages_without_a_story_are_counted_over_runs_that_left_the_others():
    run = Result("partial", found=20, dropped={"no-body": 1, "later": 19}, fruitless=1)
    first = judge_run(run, Finding())
    assert not first.is_fault
    assert first.health is SourceHealth.NOT_RUN
    last = judge_run(run, judge_run(run, first))
    assert last.health is SourceHealth.NOTHING_USABLE
    assert last.reason == "no-body"


@pytest.mark.parametrize(
    "run", [Result("ran", found=3, stored=1, usable=1), Result("ran", found=3, unchanged=3, usable=1)]
)
def test_a_page_with_a_story_ends_a_fault(run):
    assert not judge_run(run, BAD).is_fault


def test_a_feed_that_answers_again_ends_a_fault_of_the_feed():
    down = judge_run(Result("failed", errors={"timeout": 1}), GOOD)
    assert judge_run(Result("ran", found=3, unchanged=3), down).health == "unchanged"


def test_the_feed_of_a_source_with_useless_pages_ends_nothing():
    down = judge_run(Result("failed", errors={"timeout": 1}), BAD)
    back = judge_run(Result("ran", found=9, unchanged=3, dropped={"http-404": 6}), down)
    assert back.health == "failing"


@pytest.mark.parametrize(("number", "fault"), [(FRUITLESS - 1, False), (FRUITLESS, True)])
def test_new_entries_in_a_row_without_a_story_are_a_fault_beside_old_ones(number, fault):
    finding = GOOD
    for done in range(1, number + 1):
        run = Result("partial", found=10 + done, unchanged=10, fruitless=1, errors={"http-404": done})
        finding = judge_run(run, finding)
    assert finding.is_fault is fault


def test_a_source_of_which_some_entries_never_give_a_story_stays_healthy():
    finding = GOOD
    for _ in range(20):
        finding = judge_run(Result("ran", found=30, unchanged=25, dropped={"not-a-story": 5}), finding)
        finding = judge_run(
            Result(
                "ran", found=30, stored=1, unchanged=24, usable=1, fruitless=1, dropped={"not-a-story": 5}
            ),
            finding,
        )
    assert finding.health == "new stories"


def test_the_evidence_names_what_was_met():
    run = Result(
        "partial", found=8, stored=1, unchanged=1, usable=1, errors={"http-500": 2}, dropped={"no-body": 4}
    )
    assert judge_run(run, GOOD).evidence == "8 found, 1 stored, 1 unchanged, 4 no-body, 2 http-500"
