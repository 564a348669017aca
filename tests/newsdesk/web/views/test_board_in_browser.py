"""A board as a reader has it: one line for all columns, and nothing moves until he says so."""

import httpx2 as httpx
from playwright.sync_api import expect

from tests.newsdesk.web.search.test_list_in_browser import add, fill
from tests.newsdesk.web.views.test_views import add as add_view

WAIT = 30_000  # ms


def make_views(served, **searches):
    with httpx.Client(base_url=served.address) as reader:
        return [add_view(reader, name, words=words) for name, words in searches.items()]


def open_board(desk, serve, open_page, **options):
    served = serve()
    fill(desk, 5)
    views = make_views(served, Camels="camels OR tug", Polls="polls")
    lines = []
    page = open_page("about:blank", **options)
    page.on("request", lambda request: lines.append(request.url) if "/live" in request.url else None)
    page.goto(f"{served.address}board?view={views[0]}&view={views[1]}")
    return page, lines


def places(page):
    return {
        row.get_attribute("data-id"): row.bounding_box()
        for row in page.query_selector_all(".board li[data-id]")
    }


def column(page, number):
    return page.locator(".board > section").nth(number)


def test_each_column_counts_what_arrives_in_it_and_nothing_moves(desk, serve, open_page):
    page, lines = open_board(desk, serve, open_page)
    expect(page.locator("#board-state")).to_contain_text("Live", timeout=WAIT)
    page.focus(".board > section:nth-child(2) h3 a")
    before, focused = places(page), page.evaluate("document.activeElement.href")
    add(desk, 7)  # polls
    add(desk, 6)  # a tug
    add(desk, 11)  # a tug
    expect(column(page, 0).locator(".arrived")).to_have_text("2 new", timeout=WAIT)
    expect(column(page, 1).locator(".arrived")).to_have_text("1 new", timeout=WAIT)
    assert page.title().startswith("(3) ")
    assert places(page) == before
    assert page.evaluate("document.activeElement.href") == focused
    assert len(lines) == 1  # for both columns
    column(page, 1).locator(".arrived").click()
    expect(column(page, 1).locator("li[data-id]")).to_have_count(2, timeout=WAIT)
    expect(column(page, 0).locator("li[data-id]")).to_have_count(2)  # waits on
    expect(column(page, 0).locator(".arrived")).to_have_text("2 new")
    expect(column(page, 1).locator(".arrived")).to_be_hidden()


def test_keys_go_through_the_rows_and_take_in_all_columns(desk, serve, open_page):
    page, _ = open_board(desk, serve, open_page, width=390, height=844)
    expect(page.locator("#board-state")).to_contain_text("Live", timeout=WAIT)
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.closest('li').dataset.id")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('li').dataset.id") != first
    add(desk, 7)
    add(desk, 6)
    expect(column(page, 1).locator(".arrived")).to_have_text("1 new", timeout=WAIT)
    expect(column(page, 0).locator(".arrived")).to_have_text("1 new", timeout=WAIT)
    page.keyboard.press("n")
    expect(column(page, 0).locator("li[data-id]")).to_have_count(3, timeout=WAIT)
    expect(column(page, 1).locator("li[data-id]")).to_have_count(2)
    page.keyboard.press("?")
    expect(page.locator("dialog.keys")).to_be_visible()


def test_a_board_is_whole_without_scripts(desk, serve, open_page):
    page, lines = open_board(desk, serve, open_page, java_script_enabled=False)
    assert len(page.query_selector_all(".board li[data-id]")) == 3
    assert lines == []


def test_a_board_has_the_whole_width_however_few_its_columns(desk, serve, open_page):
    page, _ = open_board(desk, serve, open_page)
    two = page.locator(".board").bounding_box()
    page.goto(page.url.rpartition("&")[0])
    expect(page.locator(".board > section")).to_have_count(1)
    assert page.locator(".board").bounding_box()["width"] == two["width"]
    masthead = page.locator(".masthead .brand, .masthead a").first.bounding_box()
    assert column(page, 0).bounding_box()["x"] == masthead["x"]
