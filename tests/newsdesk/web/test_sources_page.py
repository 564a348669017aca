from datetime import UTC, datetime

import pytest
from lxml import html
from starlette.testclient import TestClient

from copytaster.store.ledger import DueTime, Result, close_run, open_runs
from newsdesk.web.app import create_app
from spiders.sources.config import Sources
from spiders.sources.live import LiveSources

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


def test_a_refused_edit_is_shown(desk, tmp_path):
    path = tmp_path / "sources.toml"
    path.write_text('[[source]]\nnme = "x"\n')
    live = LiveSources(Sources(), path)
    live.refresh()
    page = TestClient(
        create_app(desk.store, desk.index, desk.settings, live), base_url="http://localhost"
    ).get("/sources")
    assert "The last edit of the sources is refused; the list before it stays." in page.text
    assert "unknown key &#39;nme&#39;, did you mean &#39;name&#39;?" in page.text
    assert "refused" not in desk.browser.get("/sources").text


def test_a_secret_in_a_reason_is_masked(desk):
    run(desk, Result("failed", why="refused https://feed.example/rss?token=canary-4711"))
    assert "canary-4711" not in show(desk)
