"""What the list says of a search: chips, a word put right, links to what finds something, and a pasted address."""

import pytest
from lxml import html

from tests.newsdesk.web.dispatch.test_page import words


@pytest.fixture
def filled(desk):
    desk.keep()
    desk.keep(
        headline="Government elections end in draw", publisher="Vale Courier", url="https://vale.example/1",
        body="The government said that the elections in Vale ended in a draw after both camps had counted 340 votes.",
    )  # fmt: skip
    desk.settle()
    return desk


def read(desk, **parameters):
    return html.fromstring(desk.browser.get("/", params=parameters).text)


def test_each_part_of_a_search_is_a_chip_that_takes_it_away(filled):
    page = read(
        filled, q="(quay OR draw) -strike", language="en", without="publisher:Nobody", since="2026-01-01"
    )
    chips = page.cssselect(".understood a")
    assert [words(chip).removesuffix(" ×, remove") for chip in chips] == [
        "quay or draw", "not strike", "Language: English", "not Publisher: Nobody", "from 2026-01-01",
    ]  # fmt: skip
    assert chips[0].get("href").startswith("/?q=-strike&")
    assert "language" not in chips[2].get("href")
    assert "without" not in chips[3].get("href")


def test_marks_and_times_are_chips_too(filled):
    chips = read(filled, mark="used:Ada", unmarked="seen:anyone", since="24h", until="today").cssselect(
        ".understood a"
    )
    assert [words(chip).removesuffix(" ×, remove") for chip in chips] == [
        "used by Ada", "not seen by anyone", "from 24h ago", "to today",
    ]  # fmt: skip
    assert chips[0].get("href") == "/?unmarked=seen%3Aanyone&since=24h&until=today"


def test_a_slip_is_put_right_and_said(filled):
    page = read(filled, q="goverment")
    assert [words(one) for one in page.cssselect(".hit h2")] == ["Government elections end in draw"]
    assert "Nothing found for “goverment”. These are for “government”." in words(page.cssselect("main")[0])
    assert page.cssselect("#q")[0].get("value") == "goverment"


def test_what_would_find_something_is_a_link(filled):
    page = read(filled, q="draw", publisher="Harbour Post")
    (link,) = page.cssselect(".offers a")
    assert link.get("href") == "/?q=draw"
    assert "Without Publisher" in words(page.cssselect(".offers")[0])


def test_the_api_names_what_would_find_something_and_follows_nothing(filled):
    found = filled.browser.get("/api/v1/dispatches", params={"q": "goverment"}).json()
    assert found["items"] == []
    assert found["did_you_mean"] == [{"kind": "word", "named": "government", "q": "government", "total": 1}]


def test_a_pasted_address_leads_to_the_dispatch(filled):
    ids = {item["headline"]: item["dispatch_id"] for item in filled.find()}
    name = ids["Government elections end in draw"]
    for address in ("https://vale.example/1", f"http://desk.example/dispatches/{name}?tab=why"):
        answer = filled.browser.get("/", params={"q": f" {address} "}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/dispatches/{name}")
    unknown = read(filled, q="https://nobody.example/1")
    assert "No story is known from this address" in words(unknown.cssselect(".nothing")[0])
