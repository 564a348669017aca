"""Lists that time and marks change: what leaves them is struck out, what comes waits, and nothing moves by itself."""

import httpx2 as httpx
import pytest
from playwright.sync_api import expect

from tests.newsdesk.web.search.test_list_in_browser import add, await_line, fill, places
from tests.newsdesk.web.views.test_views import add as add_view

WAIT = 30_000  # ms


def mark(served, kind, dispatch):
    answer = httpx.post(f"{served.address}api/v1/marks", json={"kind": kind, "dispatches": [dispatch]})
    assert answer.is_success, answer.text


def open_list(open_page, address):
    """A list whose minutes are seconds."""
    page = open_page("about:blank")
    page.add_init_script("const keep = setInterval; window.setInterval = (act, ms) => keep(act, ms / 60)")
    page.goto(address)
    return page


def test_what_the_reader_marks_leaves_a_list_without_that_mark(desk, serve, open_page):
    fill(desk, 3)
    page = open_page(f"{serve().address}?unmarked=seen")
    before = places(page)
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.locator(".hit.left")).to_have_count(1, timeout=WAIT)
    await_line(page, "1 no longer matches")
    assert places(page).keys() == before.keys()
    page.keyboard.press("e")  # taken back
    expect(page.locator(".hit.left")).to_have_count(0, timeout=WAIT)
    expect(page.locator(".arrivals")).to_be_hidden()


def test_what_others_mark_comes_and_goes_every_minute(desk, serve, open_page):
    fill(desk, 3)
    served = serve()
    first, second, third = places(open_page(served.address))
    mark(served, "saved", first)
    page = open_list(open_page, f"{served.address}?mark=saved:anyone")
    assert list(places(page)) == [first]
    mark(served, "saved", third)
    await_line(page, "1 new")
    page.click(".arrivals button")
    expect(page.locator(".hit")).to_have_count(2, timeout=WAIT)
    assert second not in places(page)


def test_an_open_line_judges_by_the_marks_of_now(desk, serve, open_page):
    fill(desk, 3)
    served = serve()
    page = open_page(f"{served.address}?unmarked=seen:anyone")
    camels = page.locator(".hit", has_text="Brief 0").get_attribute("data-id")
    mark(served, "seen", camels)
    add(desk, 0, publisher="Gulf Ledger", url="https://gulf.example/0")
    await_line(page, "1 no longer matches")
    assert "left" in page.locator(f".hit[data-id={camels}]").get_attribute("class")


def test_a_view_on_a_board_loses_what_is_marked_and_no_visit_is_noted(desk, serve, open_page):
    fill(desk, 3)
    served = serve()
    first = next(iter(places(open_page(served.address))))
    with httpx.Client(base_url=served.address) as reader:
        unseen = add_view(reader, "Unseen", words="harbour", without_marks=["seen:anyone"])
    page = open_list(open_page, f"{served.address}board?view={unseen}")
    visits = read_visits(desk)
    mark(served, "seen", first)
    expect(page.locator(".board .arrived")).to_have_text("1 no longer matches", timeout=WAIT)
    expect(page.locator(".board li.left")).to_have_attribute("data-id", first)
    assert read_visits(desk) == visits


COMPARE = """async ([shown, fresh, most]) => {
    const { Waiting } = await import("/static/arrivals.js");
    const make = ([id, rose]) => {
        const row = document.createElement("li");
        Object.assign(row.dataset, { id, rose, rev: "2" });
        return row;
    };
    const rows = shown.map(make);
    const waiting = new Waiting((id) => rows.find((row) => row.dataset.id === id) ?? null, () => rows);
    waiting.compare(fresh.map(make), most, []);
    return waiting.describe();
}"""


@pytest.mark.parametrize(
    ("fresh", "said"),
    [
        ("a12 c10 d10", "1 no longer matches"),  # d moved up from the next page
        ("a12 e11 b11", "1 new"),  # c was pushed off the end
        ("a12 c10", "1 no longer matches"),
        ("a12 b11 c10", ""),
    ],
)
def test_a_full_list_knows_what_moved_over_its_end(desk, serve, open_page, fresh, said):
    page = open_page(serve().address)
    shown, fresh = ([(row[0], row[1:]) for row in rows.split()] for rows in ("a12 b11 c10", fresh))
    assert page.evaluate(COMPARE, [shown, fresh, 3]) == said


def read_visits(desk):
    from copytaster.store.tables import view_visits

    with desk.store.read() as connection:
        return [tuple(row) for row in connection.execute(view_visits.select())]


@pytest.mark.parametrize(
    ("address", "moves"),
    [
        ("", False),
        ("?since=2026-01-01", False),
        ("?since=24h", True),
        ("?until=today", True),
        ("?mark=used", True),
    ],
)
def test_only_lists_that_time_or_marks_change_are_looked_at_again(desk, address, moves):
    assert ("data-moves" in desk.browser.get(f"/{address}").text) is moves


def test_the_form_keeps_a_time_that_goes_with_the_clock(desk):
    page = desk.browser.get("/?since=24h&until=2026-12-24").text
    assert '<input type="text" name="since" value="24h">' in page
    assert '<input type="date" name="until" value="2026-12-24">' in page
