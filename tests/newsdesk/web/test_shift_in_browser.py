"""A shift at the desk, played by keyboard and mouse; and the same without scripts, where each page says what happened."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.newsdesk.web.conftest import PARAGRAPHS
from tests.newsdesk.web.decisions.test_deciding import keep_another
from tests.newsdesk.web.dispatch.test_page import CORRECTED, OWN

BODY = "\n\n".join(PARAGRAPHS)
TODAY = datetime.now(UTC) - timedelta(hours=2)
WAIT = 30_000  # ms
QUAY, STRIKE = "North quay to be rebuilt", "Bus drivers strike"


@pytest.fixture
def stocked(desk):
    """The agency's text, two copies of it, and another dispatch."""
    keep_wire(desk)
    desk.keep(
        publisher="Gulf Ledger",
        url="https://gulf.example/1",
        headline="Quay sinks, board acts",
        published_at=TODAY + timedelta(minutes=5),
    )
    desk.keep(
        publisher="Vale Courier", url="https://vale.example/1", published_at=TODAY + timedelta(minutes=9)
    )
    desk.settle()
    keep_another(desk)
    return desk


def keep_wire(desk, **fields):
    desk.keep(
        publisher="Reuters", url="https://www.reuters.com/quay", credit=OWN, published_at=TODAY, **fields
    )


def correct(desk):
    desk.move_on()
    note = "(Corrects cost in paragraph 3)"
    keep_wire(desk, markers=CORRECTED, change_note=note, body=BODY.replace("48", "84"))
    desk.settle()


def row(page, headline):
    return page.locator(".hit", has_text=headline)


def open_tab(page, name):
    page.click(f".tabs a:has-text('{name}')")
    expect(page.locator(".tabs [aria-current=page]")).to_contain_text(name)


def compare(page):
    """The agency's text beside an outlet's."""
    open_tab(page, "Changes")
    page.select_option("select[name=from]", label="Reuters, first version")
    page.select_option("select[name=to]", label="Gulf Ledger")
    page.click("text=Compare >> visible=true")
    expect(page.locator(".heads h3")).to_have_text(["Reuters, first version", "Gulf Ledger"])
    expect(page.locator(".row.headline ins").last).to_contain_text("sinks")


def take_out_and_undo(desk, page):
    """Take the copy of one outlet out, and put it back."""
    open_tab(page, "Carriers")
    page.locator("tr", has_text="Vale Courier").locator("input[name=story]").check()
    page.click("button:has-text('Take the chosen out')")
    expect(page.locator("#preview")).to_have_text("What changes")
    page.fill("#why", "another quay")
    page.click(".deed button")
    expect(page.locator(".decisions li")).to_contain_text("another quay")
    desk.settle()
    page.reload()
    expect(page.locator(".members tbody tr")).to_have_count(2)
    page.click(".decisions a.undo")
    page.click(".deed button")
    expect(page.locator(".decisions li.undone")).to_contain_text("undone")
    desk.settle()
    page.reload()
    expect(page.locator(".members tbody tr")).to_have_count(3)


def make_view(page):
    """A view of one agency, without a letter typed."""
    page.click("nav[aria-label=Service] a:has-text('Views')")
    page.click("text=New view")
    page.click(".picks label:has-text('Reuters') >> nth=0")
    page.click("button:has-text('Show what changes')")
    expect(page.locator("#preview")).to_have_text("Would have shown 1 in the last day")
    page.click("button:has-text('Save')")
    expect(page.locator(".views h2")).to_have_text("Reuters")


def subscribe(page):
    page.click(".views a:has-text('Subscribe')")
    page.click("button:has-text('Subscribe')")
    expect(page.locator("h1")).to_have_text("Subscriptions")
    expect(page.locator(".views h2")).to_have_text("Reuters")


def test_a_shift_by_keyboard_and_mouse(stocked, serve, open_page):
    page = open_page(serve().address, permissions=["clipboard-read", "clipboard-write"])
    page.keyboard.press("j")
    page.keyboard.press("s")
    expect(page.locator(".hit.is-saved")).to_have_count(1, timeout=WAIT)
    row(page, QUAY).locator("h2 a").click()
    page.wait_for_selector(".pane .copy")
    for tab in ("Changes", "Carriers", "Why", "Text"):
        open_tab(page, tab)
    page.click(".pane .take-form button[value=copy]")
    expect(page.locator(".taken")).to_have_text("Copied, and noted as used by you.", timeout=WAIT)
    assert "48 million crowns" in page.evaluate("navigator.clipboard.readText()")
    correct(stocked)
    expect(page.locator(".arrivals button")).to_have_text("1 update", timeout=WAIT)
    page.keyboard.press("n")
    banner = page.locator("#pending .pending")
    expect(banner).to_contain_text("You used v1: corrected", timeout=WAIT)
    banner.locator("button").click()
    expect(banner).to_have_count(0)
    row(page, QUAY).locator("h2 a").focus()
    page.keyboard.press("p")
    expect(page.locator("h1")).to_contain_text(QUAY)
    compare(page)
    take_out_and_undo(stocked, page)
    make_view(page)
    subscribe(page)


def test_a_shift_without_scripts(stocked, serve, open_page):
    page = open_page(serve().address, java_script_enabled=False)
    row(page, STRIKE).locator(".chosen").check()
    page.click(".mark-bar button[value='mark:spiked']")
    expect(page.locator(".hit.is-spiked")).to_contain_text("spiked")
    row(page, QUAY).locator("h2 a").click()
    for tab in ("Changes", "Carriers", "Why", "Text"):
        open_tab(page, tab)
    page.click(".take-form button[value=copy]")
    expect(page.locator("body")).to_contain_text("48 million crowns")
    page.go_back()
    page.reload()
    expect(page.locator(".mark-lines")).to_contain_text("by copy")
    correct(stocked)
    page.reload()
    expect(page.locator(".pending")).to_contain_text("You used v1: corrected")
    page.click(".pending button")
    expect(page.locator(".pending")).to_have_count(0)
    page.goto(re.sub(r"/dispatches/.*", "/affected", page.url))
    expect(page.locator(".affected tbody tr")).not_to_contain_text("not acknowledged")
    page.click(".affected tbody a")
    compare(page)
    take_out_and_undo(stocked, page)
    make_view(page)
    subscribe(page)
