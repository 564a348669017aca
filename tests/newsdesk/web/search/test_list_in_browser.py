"""The list as a reader has it: nothing moves, nothing typed is lost, and everything is done by key."""

import json

import pytest
from playwright.sync_api import expect

TEXTS = (
    "A market for racing camels opened in the desert on Friday after two years of work by {} builders.",
    "The tug that towed {} barges with grain last winter was sold for scrap on Tuesday at noon.",
    "Voters in {} districts return to the polls in May after the court threw out the count.",
    "A clockmaker set {} stopped clocks of the old town going again and asked for nothing in return.",
    "Divers raised {} bells from the wreck that had lain off the northern cape since the great war.",
)
PAYLOADS = ("<img src=x onerror=alert(1)>", "'\"><script>alert(1)</script>", "</script><svg onload=alert(1)>")


def add(desk, number, **fields):
    """Copy that comes a minute later."""
    desk.move_on()
    keep(desk, number, **fields)
    desk.settle()


def keep(desk, number, **fields):
    story = {
        "url": f"https://harbour.example/{number}",
        "headline": f"Brief {number} of the harbour board about what it has decided and why it took so long",
        "body": TEXTS[number % len(TEXTS)].format(number + 2),
    }
    desk.keep(**story | fields)


def fill(desk, count):
    for number in range(count):
        keep(desk, number)
    desk.settle()


def places(page):
    return {
        row.get_attribute("data-id"): row.bounding_box() for row in page.query_selector_all("#results .hit")
    }


def await_line(page, words):
    expect(page.locator(".arrivals button")).to_have_text(words, timeout=30_000)


def await_rows(page, count):
    expect(page.locator("#results .hit")).to_have_count(count, timeout=30_000)


def headlines(page):
    return [link.text_content().split(" of ")[0] for link in page.query_selector_all(".hit h2 a")]


def test_arrivals_wait_and_move_nothing(desk, serve, open_page):
    fill(desk, 5)
    page = open_page(serve().address)
    page.fill("#q", "half-ty")
    page.focus(".hit:nth-child(3) h2 a")
    before = places(page)
    add(desk, 7)
    await_line(page, "1 new")
    assert page.title() == "(1) Copytaster"
    assert places(page) == before
    assert page.evaluate("document.activeElement.closest('.hit')?.dataset.id") == list(before)[2]
    page.click(".arrivals button")
    await_rows(page, 6)
    assert headlines(page)[0] == "Brief 7"
    assert page.title() == "Copytaster"
    assert page.input_value("#q") == "half-ty"


def test_the_first_copy_of_all_arrives_on_an_empty_page(desk, serve, open_page):
    page = open_page(serve().address)
    add(desk, 1)
    await_line(page, "1 new")
    page.click(".arrivals button")
    page.wait_for_selector(".hit")
    assert page.query_selector(".nothing") is None


def test_a_bare_reprint_is_not_counted_and_another_version_that_no_longer_matches_is(desk, serve, open_page):
    fill(desk, 3)
    served = serve()
    page = open_page(f"{served.address}?q=camels")
    (row,) = places(page)
    add(desk, 0, publisher="Gulf Ledger", url="https://gulf.example/0")
    add(desk, 5)  # of the camels too: told after the reprint
    await_line(page, "1 new")
    assert page.query_selector(f".hit[data-id={row}]").get_attribute("class") == "hit"


def test_a_cut_line_says_so_and_since_when(desk, serve, open_page):
    fill(desk, 2)
    served = serve()
    page = open_page(served.address)
    served.stop()
    page.wait_for_selector(".dead:not([hidden])", timeout=30_000)
    assert page.text_content(".dead").startswith("Not live since ")
    assert len(places(page)) == 2


def test_where_lines_are_cut_the_page_asks(desk, serve, open_page):
    fill(desk, 2)
    page = open_page(serve(max_live_pages=0).address)
    add(desk, 3)
    await_line(page, "1 new")
    page.wait_for_selector(".dead", state="hidden", timeout=30_000)


def test_all_by_key_and_none_while_typing(desk, serve, open_page):
    fill(desk, 4)
    page = open_page(serve().address)
    rows = list(places(page))
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('.hit')?.dataset.id") == rows[1]
    page.keyboard.press("o")
    page.wait_for_selector(".pane .copy")
    assert page.locator(".hit .carry").first.is_visible()  # the list keeps who carries what
    assert page.url.endswith("/"), "the list stays"
    page.keyboard.press("j")
    page.wait_for_selector(f".pane-head a[href='/dispatches/{rows[2]}']")
    page.keyboard.press("Escape")
    page.wait_for_selector(".pane", state="hidden")
    assert page.evaluate("document.activeElement.closest('.hit')?.dataset.id") == rows[2]
    page.keyboard.press("/")
    page.keyboard.type("jok?")
    assert page.input_value("#q") == "jok?"
    assert page.query_selector("dialog[open]") is None


def change_key(page, action, key):
    """Change a key on the sheet, and return what the sheet says of it."""
    page.keyboard.press("?")
    box = page.wait_for_selector(f"dialog[open] input[name={action}]")
    box.fill(key)
    box.press("Tab")
    said = page.locator("dialog [role=status]")
    expect(said).to_contain_text("ept: ", timeout=30_000)
    page.click("dialog button:has-text('Close')")
    return said.text_content()


def focused_row(page):
    return page.evaluate("document.activeElement.closest('.hit')?.dataset.id ?? null")


def test_a_changed_key_is_the_readers_in_every_browser(desk, serve, open_page):
    fill(desk, 2)
    address = serve().address
    page = open_page(address)
    assert change_key(page, "next", "z") == "Kept: Next dispatch, z."
    page.keyboard.press("j")
    assert focused_row(page) is None
    page.keyboard.press("z")
    assert focused_row(page) == next(iter(places(page)))
    other = page.context.browser.new_context().new_page()
    other.goto(address)
    other.keyboard.press("z")
    assert focused_row(other) == next(iter(places(page)))
    other.context.close()


def test_a_key_that_is_taken_is_refused_in_words(desk, serve, open_page):
    fill(desk, 2)
    page = open_page(serve().address)
    assert "Previous dispatch" in change_key(page, "next", "k")
    page.keyboard.press("j")
    assert focused_row(page) == next(iter(places(page)))


def test_keys_that_the_browser_kept_before_are_kept_for_the_reader(desk, serve, open_page):
    fill(desk, 2)
    address = serve().address
    page = open_page(address)
    page.evaluate("localStorage.setItem('keys', JSON.stringify({next: 'z'}))")
    with page.expect_response("**/api/v1/me") as answer:
        page.reload()
    assert answer.value.ok
    page.wait_for_function("localStorage.getItem('keys') === null")
    assert page.request.get(f"{address}api/v1/me").json()["chosen"] == {"keys": {"next": "z"}}


def test_a_reader_who_comes_back_sees_where_he_was(desk, serve, open_page):
    fill(desk, 3)
    page = open_page(serve().address)
    assert page.query_selector(".here") is None
    visit = page.evaluate("Object.entries(localStorage).find(([name]) => name.startsWith('visit'))")
    earlier = json.loads(visit[1]) | {"newest": "2026-01-01T00:00:00Z"}
    page.evaluate("([name, value]) => localStorage.setItem(name, value)", [visit[0], json.dumps(earlier)])
    page.reload(wait_until="load")
    assert page.query_selector(".here") is None, "every row is newer than that visit"
    later = json.loads(visit[1])
    add(desk, 8)
    page.evaluate("([name, value]) => localStorage.setItem(name, value)", [visit[0], json.dumps(later)])
    page.reload(wait_until="load")
    line = page.locator("#hits > li:nth-child(2)")
    expect(line).to_have_class("here")
    expect(line).to_contain_text("You were here at ")


@pytest.mark.parametrize(("width", "height", "rows"), [(1440, 900, 20), (390, 844, 9)])
def test_so_many_whole_rows_fit_the_screen(desk, serve, open_page, width, height, rows):
    fill(desk, 30)
    page = open_page(serve().address, width=width, height=height)
    whole = [box for box in places(page).values() if box["y"] >= 0 and box["y"] + box["height"] <= height]
    assert len(whole) >= rows
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_scripts_the_list_is_whole(desk, serve, open_page):
    fill(desk, 3)
    page = open_page(serve().address, java_script_enabled=False)
    assert len(places(page)) == 3
    page.click(".hit h2 a")
    assert "/dispatches/" in page.url


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_in_a_story_is_executed(desk, serve, open_page, payload):
    fill(desk, 1)
    page = open_page(serve().address)
    executed = []
    page.on("dialog", lambda dialog: (executed.append(dialog.message), dialog.dismiss()))
    add(desk, 4, headline=f"Bells {payload}", publisher=payload, body=TEXTS[4].format(payload))
    await_line(page, "1 new")
    page.click(".arrivals button")
    await_rows(page, 2)
    page.click(".hit h2 a:has-text('Bells')")
    page.wait_for_selector(".pane .copy")
    assert payload in page.text_content(".pane")
    assert not executed


OUT_OF_ORDER = """
(region) => {
  const shown = [...document.querySelector(region).querySelectorAll("a, button, input, summary")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length);
  const boxes = shown.map((one) => one.getBoundingClientRect());
  return shown.filter((_, place) => {
    const [before, now] = [boxes[place - 1], boxes[place]];
    if (!before) return false;
    const isBelow = now.top >= before.bottom - 2;
    const isBeside = now.bottom > before.top && now.left >= before.left;
    return !(isBelow || isBeside);
  }).map((one) => one.outerHTML);
}
"""


@pytest.mark.parametrize("view", ["dense", "comfortable"])
@pytest.mark.parametrize("width", [1440, 720, 390])
def test_what_takes_the_focus_comes_in_the_order_on_screen(desk, serve, open_page, width, view):
    fill(desk, 3)
    page = open_page(f"{serve().address}?view={view}", width=width)
    for region in (".masthead", "section[aria-label=Results]", "#filters", "footer"):
        assert page.evaluate(OUT_OF_ORDER, region) == []
    results, filters = (
        page.locator(one).bounding_box() for one in ("section[aria-label=Results]", "#filters")
    )
    assert filters["x"] >= results["x"] + results["width"] or filters["y"] >= results["y"] + results["height"]


@pytest.mark.parametrize("width", [1440, 720, 390])
def test_three_tabs_lead_to_the_first_headline(desk, serve, open_page, width):
    fill(desk, 3)
    page = open_page(serve().address, width=width)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the dispatches"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.hit:first-child h2 a')")
