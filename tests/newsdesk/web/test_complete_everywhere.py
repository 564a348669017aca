"""A short list must not pass for a whole one: every list, page, feed and export says up to when it is complete."""

import pytest
from lxml import etree, html

from copytaster.store.holes import add_hole
from tests.newsdesk.web.conftest import NOON

ATOM = "{http://www.w3.org/2005/Atom}"
CALLS = (
    "dispatches",
    "embargoes",
    "changes",
    "sources",
    "alerts",
    "pickup",
    "measures",
    "affected",
    "completeness",
)
PAGES = ("/", "/pickup", "/measures", "/affected", "/sources", "/embargoes")
EXPORTS = [
    *(f"/dispatches.{form}" for form in ("atom", "rss", "csv", "json", "ndjson", "ninjs")),
    *(f"/{name}.csv" for name in ("pickup", "measures", "affected")),
    *(f"/{name}.json" for name in ("pickup", "affected")),
]


@pytest.fixture
def holed(desk):
    """A desk with one dispatch, and a hole that no run closes by itself beside that of a source that never ran."""
    desk.keep()
    desk.settle()
    with desk.store.write() as connection:
        add_hole(
            connection, "harbour-post", start=NOON, end=NOON.replace(hour=14), why="the list had rolled over"
        )
    return desk.browser


@pytest.mark.parametrize("call", CALLS)
def test_every_list_of_the_api(holed, call):
    found = holed.get(f"/api/v1/{call}").json()
    complete = found if call == "completeness" else found["completeness"]
    assert complete["complete_to"].endswith("Z")
    assert "the list had rolled over" in {hole["why"] for hole in complete["holes"]}


@pytest.mark.parametrize("page", PAGES)
def test_every_page_with_a_list(holed, page):
    (line,) = html.fromstring(holed.get(page).text).cssselect("main p.complete")
    assert line.text_content().startswith("Complete to ")
    assert "2 holes" in html.fromstring(holed.get(page).text).cssselect("main")[0].text_content()


@pytest.mark.parametrize("export", EXPORTS)
def test_every_export(holed, export):
    headers = holed.get(export).headers
    assert headers["copytaster-complete-to"].endswith("Z")
    assert headers["copytaster-holes"] == "2"


def test_feeds_say_it_in_their_text(holed):
    atom = etree.fromstring(holed.get("/dispatches.atom").content).findtext(f"{ATOM}subtitle")
    rss = etree.fromstring(holed.get("/dispatches.rss").content).findtext("channel/description")
    assert all("Complete to " in text and "but for 2 holes." in text for text in (atom, rss))
    assert len(holed.get("/dispatches.json").json()["completeness"]["holes"]) == 2
