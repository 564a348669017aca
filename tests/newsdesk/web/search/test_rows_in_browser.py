"""The rows of the list: what a screen reader reads comes in the order on screen, at every width."""

import pytest

from tests.newsdesk.web.newsroom import stock

WIDTHS = (1440, 720, 390)
# of every row: what it says, where one thing is neither after nor below the thing before it in the document
OUT_OF_ORDER = """
() => [...document.querySelectorAll(".hit")].flatMap((row) => {
  const shown = [...row.querySelectorAll(".choice, .when, h2, .facts > li, .lead")].filter((one) => one.getClientRects().length);
  return shown.slice(1).flatMap((one, place) => {
    const [before, now] = [shown[place], one].map((two) => two.getBoundingClientRect());
    const isBelow = now.top >= before.bottom - 2;
    const isBeside = now.bottom > before.top && now.left >= before.left;
    return isBelow || isBeside ? [] : [`${shown[place].className || shown[place].tagName} then ${one.className || one.tagName}`];
  });
})
"""


@pytest.mark.parametrize("view", ["dense", "comfortable"])
def test_facts_come_in_the_order_on_screen(desk, serve, open_page, view):
    stock(desk)
    page = open_page(f"{serve().address}?view={view}&page=2", width=WIDTHS[0])
    assert (
        page.locator(".hit .why, .hit .corrected, .hit .told").count() > 0
    )  # rows with more than agency and owners
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(OUT_OF_ORDER) == [], width
