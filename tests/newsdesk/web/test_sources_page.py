from datetime import UTC, datetime, timedelta

import pytest
from lxml import html
from starlette.testclient import TestClient

from copytaster.store.latencies import note_latencies
from copytaster.store.ledger import DueTime, Result, close_run, open_runs
from newsdesk.web.app import create_app
from spiders.sources.config import Sources
from spiders.sources.live import LiveSources

NOW = datetime.now(UTC)  # a source is quiet after a day


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
    assert "not run yet" in show(desk)


@pytest.mark.parametrize(
    ("result", "shown"),
    [
        (Result("ran", found=3, stored=2, unchanged=1), "new stories 3 found, 2 stored, 1 unchanged"),
        (Result("ran"), "empty the feed lists no entry"),
        (Result("failed", why="timeout", errors={"timeout": 1}), "failing timeout"),
        (Result("partial", found=2, stored=1, dropped={"no-body": 1}), "1 no-body"),
        (None, "running"),
    ],
)
def test_the_last_run_in_words(desk, result, shown):
    run(desk, result)
    assert shown in show(desk)


def test_totals_lead_to_the_sources_in_each_state(desk):
    run(desk, Result("failed", why="answers 403", errors={"http-403": 1}))
    page = html.fromstring(desk.browser.get("/sources").text)
    totals = {" ".join(link.text_content().split()): link.get("href") for link in page.cssselect(".totals a")}
    assert totals == {
        "all 1": "/sources",
        "to look at 1": "/sources?failing=1",
        "blocked 1": "/sources?state=blocked",
    }
    for address, number in (
        ("/sources?failing=1", 1),
        ("/sources?state=blocked", 1),
        ("/sources?state=empty", 0),
    ):
        found = html.fromstring(desk.browser.get(address).text).cssselect(".members tbody tr")
        assert len(found) == number, address


def test_page_api_and_metrics_use_the_same_word(desk):
    run(desk, Result("failed", found=8, errors={"wall": 8}))
    assert "wall 8 found, 8 wall" in show(desk)
    listed = desk.browser.get("/api/v1/sources?failing=1").json()
    assert [(one["source"], one["health"], one["evidence"]) for one in listed["items"]] == [
        ("harbour-post", "wall", "8 found, 8 wall")
    ]
    assert listed["totals"] == {"wall": 1}
    metrics = desk.browser.get("/metrics").text
    assert 'copytaster_sources{state="wall"} 1.0' in metrics
    assert 'copytaster_source_failing{source="harbour-post"} 1.0' in metrics


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


def test_how_long_copy_takes_to_the_desk_is_shown_once_it_is_known(desk):
    assert "on the desk" not in show(desk)
    assert desk.browser.get("/api/v1/sources").json()["items"][0]["wire_to_desk"] is None
    empty = desk.browser.get("/metrics").text
    assert "copytaster_wire_to_desk_seconds_count 0.0" in empty
    assert "copytaster_source_wire_to_desk_seconds{" not in empty
    now = datetime.now(UTC)
    with desk.store.write() as connection:
        arrived = [("harbour-post", now - timedelta(seconds=4))] * 3
        note_latencies(connection, arrived, found_at=now)
    assert "on the desk in 4.0 s, 19 in 20 in 4.9 s" in show(desk)
    known = {"versions": 3, "p50_s": 4.0, "p95_s": 4.9}
    assert desk.browser.get("/api/v1/sources").json()["items"][0]["wire_to_desk"] == known
    metrics = desk.browser.get("/metrics").text
    assert 'copytaster_wire_to_desk_seconds_bucket{le="3.0"} 0.0' in metrics
    assert 'copytaster_wire_to_desk_seconds_bucket{le="5.0"} 3.0' in metrics
    assert 'copytaster_wire_to_desk_seconds_bucket{le="+Inf"} 3.0' in metrics
    assert "copytaster_wire_to_desk_seconds_sum 12.0" in metrics
    assert 'copytaster_source_wire_to_desk_seconds{quantile="0.95",source="harbour-post"} 4.9' in metrics
