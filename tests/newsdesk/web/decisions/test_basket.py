"""The basket: dispatches gathered over several searches, to be merged."""

import pytest
from lxml import html

from newsdesk.web.decisions.basket import MOST
from tests.newsdesk.web.decisions.test_deciding import keep_another, reader
from tests.newsdesk.web.decisions.test_decisions import keep_two
from tests.newsdesk.web.dispatch.test_page import words

__all__ = ["reader"]


def put(browser, name, do="add"):
    return browser.post("/basket", data={"do": do, "dispatch": name}, follow_redirects=False)


def test_what_is_gathered_is_merged_after_a_preview(desk, reader):
    one, other = keep_two(desk), keep_another(desk)
    page = html.fromstring(reader.get(f"/dispatches/{one}?tab=carriers").text)
    assert page.cssselect("form[action='/basket'] button")[0].get("value") == one
    for name in (one, other, one):
        assert put(reader, name).status_code == 303
    basket = html.fromstring(reader.get("/basket").text)
    assert len(basket.cssselect(".members tbody tr")) == 2
    (link,) = basket.cssselect(".deeds a")
    assert words(link) == "Merge these 2…"
    asked = html.fromstring(reader.get(link.get("href")).text)
    assert "merged away" in words(asked)
    assert "gains" in words(asked)


def test_dispatches_leave_the_basket(desk, reader):
    one, other = keep_two(desk), keep_another(desk)
    for name in (one, other):
        put(reader, name)
    put(reader, one, "remove")
    basket = html.fromstring(reader.get("/basket").text)
    assert [link.get("href") for link in basket.cssselect(".headline a")] == [f"/dispatches/{other}"]
    assert not basket.cssselect(".deeds a")
    put(reader, "", "clear")
    assert "empty" in reader.get("/basket").text


def test_a_basket_holds_so_many_and_ignores_what_no_dispatch_is(reader):
    for number in range(MOST):
        assert put(reader, f"d{number}").status_code == 303
    full = put(reader, "dmore")
    assert (full.status_code, "full" in full.text) == (400, True)
    assert "The basket is empty" in reader.get("/basket").text
    reader.cookies.set("basket", "<script>..d1")
    assert "<script>.." not in reader.get("/basket").text


@pytest.mark.parametrize(
    "data", [{"do": "burn"}, {"do": "add", "dispatch": "../x"}, {"do": "add", "more": "1"}]
)
def test_a_form_that_is_not_ours_is_refused(reader, data):
    assert reader.post("/basket", data=data).status_code == 400
