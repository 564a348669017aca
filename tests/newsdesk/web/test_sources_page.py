from datetime import UTC, datetime

import pytest
from lxml import html

from copytaster.store.ledger import DueTime, Result, close_run, open_runs

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def show(desk):
    page = html.fromstring(desk.browser.get("/sources").text)
    (row,) = page.cssselect(".members tbody tr")
    return " ".join(row.text_content().split())


def run(desk, result=None):
    with desk.store.write() as connection:
        (number,) = open_runs(connection, [DueTime("harbour-post", NOW)], holder="test", now=NOW).values()
        if result is not None:
            close_run(connection, number, result, now=NOW)


def test_a_source_that_never_ran_waits(desk):
    assert "never Harbour Post" in show(desk)


@pytest.mark.parametrize(
    ("result", "shown"),
    [
        (Result("ran", found=3, stored=2, unchanged=1), "ran 3 found, 2 stored, 1 unchanged"),
        (Result("ran"), "ran nothing new"),
        (Result("failed", why="timeout", errors={"timeout": 1}), "failed timeout"),
        (Result("partial", found=2, stored=1, dropped={"no-body": 1}), "1 no-body"),
        (None, "running"),
    ],
)
def test_the_last_run_in_words(desk, result, shown):
    run(desk, result)
    assert shown in show(desk)


def test_a_secret_in_a_reason_is_masked(desk):
    run(desk, Result("failed", why="refused https://feed.example/rss?token=canary-4711"))
    assert "canary-4711" not in show(desk)
