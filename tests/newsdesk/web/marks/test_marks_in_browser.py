"""Marks and takes with scripts: by key, for a stretch of rows, and onto the clipboard."""

from playwright.sync_api import expect

from tests.newsdesk.web.search.test_list_in_browser import add, await_line, fill


def rows(page, selector=".hit"):
    return page.locator(f"#results {selector}")


def test_keys_mark_the_row_and_take_the_mark_back(desk, serve, open_page):
    fill(desk, 4)
    page = open_page(serve().address)
    page.keyboard.press("j")
    page.keyboard.press("s")
    expect(rows(page, ".hit.is-saved")).to_have_count(1, timeout=30_000)
    expect(rows(page, ".hit.is-saved .marks")).to_have_text("saved")
    page.keyboard.press("s")
    expect(rows(page, ".hit.is-saved")).to_have_count(0, timeout=30_000)
    page.keyboard.press("x")
    expect(rows(page, ".hit.is-spiked")).to_have_count(1, timeout=30_000)
    page.reload()
    expect(rows(page, ".hit.is-spiked")).to_have_count(1, timeout=30_000)


def test_no_key_marks_while_somebody_types(desk, serve, open_page):
    fill(desk, 2)
    page = open_page(serve().address)
    page.focus("#q")
    page.keyboard.type("seux")
    assert page.input_value("#q") == "seux"
    assert rows(page, ".hit:is(.is-seen, .is-saved, .is-used, .is-spiked)").count() == 0


def test_shift_ticks_a_stretch_and_one_key_marks_it(desk, serve, open_page):
    fill(desk, 5)
    page = open_page(serve().address)
    boxes = page.locator(".chosen")
    assert page.locator(".mark-bar").is_hidden()
    boxes.nth(1).click()
    boxes.nth(3).click(modifiers=["Shift"])
    assert [boxes.nth(place).is_checked() for place in range(5)] == [False, True, True, True, False]
    page.click(".mark-bar button[value='mark:used']")
    expect(rows(page, ".hit.is-used")).to_have_count(3, timeout=30_000)
    assert page.locator(".chosen:checked").count() == 0
    assert page.url.rstrip("/").endswith(page.evaluate("location.host"))  # the list was not loaded again


def test_a_text_is_copied_and_noted_as_used(desk, serve, open_page):
    fill(desk, 1)
    address = serve().address
    (item,) = desk.find()
    page = open_page(
        f"{address.rstrip('/')}/dispatches/{item['dispatch_id']}",
        permissions=["clipboard-read", "clipboard-write"],
    )
    page.click(".take-form button[value=copy]")
    expect(page.locator(".taken")).to_have_text("Copied, and noted as used by you.", timeout=30_000)
    assert page.evaluate("navigator.clipboard.readText()").startswith("Brief 0 of the harbour board")
    expect(page.locator(".mark-buttons button[aria-pressed=true]")).to_have_text("Use", timeout=30_000)
    expect(page.locator(".mark-lines li")).to_contain_text("by copy")
    assert page.evaluate("document.activeElement.value") == "copy"
    page.reload()
    assert page.locator(".mark-buttons button[aria-pressed=true]").all_text_contents() == ["Use"]


def test_what_is_open_beside_the_list_shows_that_it_was_taken(desk, serve, open_page):
    fill(desk, 2)
    page = open_page(serve().address, permissions=["clipboard-read", "clipboard-write"])
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.click(".pane .take-form button[value=copy]")
    expect(page.locator(".pane .mark-buttons button[aria-pressed=true]")).to_have_text("Use", timeout=30_000)
    expect(page.locator(".pane .taken")).to_have_text("Copied, and noted as used by you.")
    assert page.evaluate("document.activeElement.value") == "copy"


def test_what_is_open_beside_the_list_is_read_again_with_the_list(desk, serve, open_page):
    fill(desk, 2)
    page = open_page(serve().address)
    page.keyboard.press("j")
    page.keyboard.press("o")
    shown = page.locator(".pane .facts")
    expect(shown).to_contain_text("1 publisher", timeout=30_000)
    number = int(page.locator(".pane h2.title").text_content().split()[1])
    add(desk, number, url="https://bay.example/1", publisher="Bay News", family="Bay")
    add(desk, 7)
    await_line(page, "1 new")
    page.keyboard.press("n")
    expect(shown).to_contain_text("2 publishers", timeout=30_000)
    assert page.locator(".hit.read").count() == 1


def test_what_is_only_looked_at_is_seen_and_in_no_audit(desk, serve, open_page):
    fill(desk, 2)
    address = serve().address
    page = open_page(address)
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(rows(page, ".hit.is-seen")).to_have_count(1, timeout=30_000)
    page.keyboard.press("j")  # the pane follows
    page.keyboard.press("s")
    expect(rows(page, ".hit.is-saved")).to_have_count(1, timeout=30_000)
    page.goto(f"{address.rstrip('/')}/audit")
    expect(page.locator(".audit .what")).to_have_text(["mark saved"])
