"""The dispatch page lists the facts that a copy gives otherwise, and says whose text it was compared with."""

import pytest
from lxml import html

from newsdesk.web.dispatch.altered_facts import AROUND, _split
from tests.newsdesk.web.conftest import PARAGRAPHS

ALTERED = "\n\n".join(PARAGRAPHS).replace("48 million", "48 billion")


def open_only(desk, tab="changes"):
    [item] = desk.find()
    return item, html.fromstring(desk.browser.get(f"/dispatches/{item['dispatch_id']}?tab={tab}").text)


@pytest.mark.parametrize(
    ("first", "said"),
    [
        ("Reuters", "compared with the agency's text that it carries"),
        ("Early Post", "the agency's own text has not been seen"),
    ],
)
def test_an_altered_copy_is_shown_with_both_readings(desk, first, said):
    desk.keep(publisher=first, url="https://first.example/quay")
    desk.keep(publisher="Altering Post", url="https://altering.example/quay", body=ALTERED)
    desk.settle()
    item, page = open_only(desk)
    assert [mark.text for mark in page.cssselect(".differ mark")] == ["48 million", "48 billion"]
    assert said in " ".join(page.text_content().split())
    [chip] = open_only(desk, "carriers")[1].cssselect(".members .chip.caution")
    assert chip.text == "altered"
    assert item["altered_copies"] == 1
    [fact] = item["altered_facts"]
    assert (fact["publisher"], fact["kind"], fact["copy"]) == ("Altering Post", "number", "48 billion")
    assert item["relations"] == ["altered"]


def test_a_dispatch_without_altered_copies_says_nothing(desk):
    desk.keep(publisher="Reuters", url="https://first.example/quay")
    desk.settle()
    item, page = open_only(desk)
    assert page.cssselect(".differ") == []
    assert "altered_facts" not in item


def test_readings_are_marked_in_their_sentence():
    assert _split("It killed 3 people.", "3") == ("It killed ", "3", " people.")
    before, found, after = _split(f"{'word ' * 60}3 {'word ' * 60}", "3")
    assert (found, before[0], after[-1]) == ("3", "…", "…")
    assert max(len(before), len(after)) <= AROUND + 1
    assert _split("no such reading", "3") == ("", "3", "")
