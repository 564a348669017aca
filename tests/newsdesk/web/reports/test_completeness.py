"""Books and completeness on the pages, in the API, and as metrics."""

from datetime import UTC, datetime, timedelta

import pytest
from lxml import html

from copytaster.errors import StoreError
from copytaster.store.books import book, ends_at, hour_of
from copytaster.store.holes import ROLLED_OVER, add_hole
from copytaster.store.views import add_view
from newsdesk.web import backend

NOW = datetime.now(UTC)


def fill(desk):
    with desk.store.write() as connection:
        book(connection, "harbour-post", hour_of(NOW), ends_at("fetched", "robots"))
        book(connection, "harbour-post", hour_of(NOW), {("found", ""): 2})
        add_hole(connection, "harbour-post", start=NOW - timedelta(hours=2), end=NOW, why=ROLLED_OVER)


def test_the_page_of_a_source_shows_its_books_and_holes(desk):
    fill(desk)
    text = " ".join(html.fromstring(desk.browser.get("/sources/harbour-post").text).text_content().split())
    assert "rolled over" in text
    assert "fetched: robots 1" in text
    assert "2 unaccounted for at fetched" in text
    assert desk.browser.get("/sources/nobody").status_code == 404


def test_the_sources_page_says_up_to_when_it_is_complete_and_names_the_holes(desk):
    fill(desk)
    page = html.fromstring(desk.browser.get("/sources").text)
    assert page.cssselect("p.complete")[0].text_content().startswith("Complete to")
    assert any("rolled over" in one.text_content() for one in page.cssselect(".holes li"))


def test_the_calls_give_books_and_completeness(desk):
    fill(desk)
    complete = desk.browser.get("/api/v1/completeness").json()
    [hole] = [one for one in complete["holes"] if one["id"]]
    assert (hole["source"], hole["why"]) == ("harbour-post", ROLLED_OVER)
    assert desk.browser.get("/api/v1/changes").json()["completeness"]["holes"] == complete["holes"]
    [one] = desk.browser.get("/api/v1/books?source=harbour-post").json()["sources"]
    assert one["gates"]["fetched"] == {"came": 3, "passed": 0, "stopped": {"robots": 1}, "unaccounted": 2}
    assert one["unaccounted"] == 2
    assert desk.browser.get("/api/v1/books?source=nobody").status_code == 404
    assert desk.browser.get("/api/v1/books?since=2020-01-01").status_code == 400


def test_every_list_and_export_says_how_complete_it_is(desk):
    desk.keep()
    desk.settle()
    fill(desk)
    complete = desk.browser.get("/api/v1/completeness").json()
    found = desk.browser.get("/api/v1/dispatches").json()
    assert found["completeness"]["holes"] == complete["holes"]
    assert found["completeness"]["complete_to"] <= complete["complete_to"]
    address = f"/dispatches/{found['items'][0]['dispatch_id']}"
    shown = desk.browser.get(f"/api/v1{address}")
    again = desk.browser.get(f"/api/v1{address}", headers={"If-None-Match": shown.headers["etag"]})
    for answer in (shown, again, desk.browser.get(f"{address}/carriers.csv")):
        moment = datetime.fromisoformat(answer.headers["copytaster-complete-to"])
        assert NOW - timedelta(minutes=10) < moment <= datetime.now(UTC)
        assert answer.headers["copytaster-holes"] == str(len(complete["holes"]))
    assert (shown.status_code, again.status_code) == (200, 304)


@pytest.mark.parametrize("name", ["embargoes", "alerts", "views/{view}/dispatches"])
def test_a_call_whose_short_list_could_pass_for_the_whole_says_how_complete_it_is(desk, name):
    fill(desk)
    with desk.store.write() as connection:
        view = add_view(connection, "Quays", {}, is_shared=True, who="ada", at=NOW).id
    complete = desk.browser.get("/api/v1/completeness").json()
    found = desk.browser.get(f"/api/v1/{name.format(view=view)}").json()
    assert found["completeness"]["holes"] == complete["holes"]


@pytest.mark.parametrize("address", ["/", "/?q=nothing-has-this-word", "/embargoes"])
def test_a_page_with_a_list_says_how_complete_it_is(desk, address):
    desk.keep()
    desk.settle()
    fill(desk)
    (line,) = html.fromstring(desk.browser.get(address).text).cssselect("p.complete")
    holes = len(desk.browser.get("/api/v1/completeness").json()["holes"])
    said = " ".join(line.text_content().split())
    assert said.startswith("Complete to ")
    assert said.endswith(f"but for {holes} {'hole' if holes == 1 else 'holes'}.")
    assert [one.get("href") for one in line.cssselect("a")] == ["/sources"]


@pytest.mark.parametrize("address", ["/pickup.csv", "/pickup.json", "/measures.csv"])
def test_an_export_of_a_report_says_how_complete_its_copy_is(desk, address):
    fill(desk)
    answer = desk.browser.get(address)
    holes = len(desk.browser.get("/api/v1/completeness").json()["holes"])
    assert (answer.status_code, answer.headers["copytaster-holes"]) == (200, str(holes))


def test_a_search_goes_on_without_a_store_and_says_nothing_of_its_completeness(desk, monkeypatch):
    def fail(*_):
        raise StoreError("its disk is full")

    monkeypatch.setattr(backend, "read_completeness", fail)
    found = desk.browser.get("/api/v1/dispatches")
    assert (found.status_code, found.json()["completeness"]) == (200, None)


def test_the_gates_and_the_moment_are_metrics(desk):
    fill(desk)
    shown = desk.browser.get("/metrics").text
    assert 'copytaster_gate_total{gate="fetched",reason="robots"} 1.0' in shown
    assert 'copytaster_gate_total{gate="found",reason="passed"} 3.0' in shown
    assert 'copytaster_holes{source="harbour-post"}' in shown
    assert "copytaster_complete_to_timestamp_seconds" in shown
