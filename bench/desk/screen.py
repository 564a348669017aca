"""What a reader sees in Chromium: rows on a screen, the way to the first headline, and what moves while copy comes."""

from __future__ import annotations

import shutil
import time
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from bench.index.following import RATE, Writing
from bench.rows import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.index.copy import Copydesk
    from bench.served import Served
    from copytaster.store.engine import Store
    from indexer.port import SearchIndex

WIDE, NARROW = (1440, 900), (390, 844)
ROWS = {WIDE: 20, NARROW: 9}
TABS = 3
SCREENS = 3.0
ARRIVALS = 1_000
LOOK_EVERY_S = 0.25
TYPED = "half-ty"
PLACES = """() => Object.fromEntries([...document.querySelectorAll("#results .hit")].map(
    (row) => [row.dataset.id, (({x, y, width, height}) => [x, y, width, height])(row.getBoundingClientRect())]))"""
FOCUSED = "() => document.activeElement.closest('.hit')?.dataset.id"
IS_FIRST = "() => document.activeElement.matches('.hit:first-child h2 a')"
MISSING = "no chromium"


def measure_screen(
    row: str, served: Served, store: Store, desk: Copydesk, index: SearchIndex, carried: str
) -> list[Figure]:
    """The figures of the screen, or one that says why they were skipped."""
    if shutil.which("chromium") is None:
        return [Figure(row, "in a browser", None, skipped=MISSING)]
    with _open_browser() as browser:
        figures = [_count_rows(row, browser, served, size) for size in ROWS]
        figures.append(_count_tabs(row, browser, served))
        figures.append(_count_screens(row, browser, served, carried))
        return figures + _count_moves(row, browser, served, store, desk, index)


@contextmanager
def _open_browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    flags = import_module("tests.browser").FLAGS
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=list(flags))
        yield browser
        browser.close()


def _open(browser: Any, address: str, size: tuple[int, int] = WIDE) -> Any:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(address, wait_until="load")
    return page


def _count_rows(row: str, browser: Any, served: Served, size: tuple[int, int]) -> Figure:
    page = _open(browser, served.address, size)
    boxes = page.evaluate(PLACES).values()
    whole = sum(y >= 0 and y + height <= size[1] for _, y, _, height in boxes)
    page.close()
    return Figure(row, f"whole rows at {size[0]} x {size[1]}", whole, ROWS[size])


def _count_tabs(row: str, browser: Any, served: Served) -> Figure:
    """By the link that skips to the dispatches, as whoever reads by keyboard takes it."""
    page = _open(browser, served.address)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    tabs = 1
    while not page.evaluate(IS_FIRST) and tabs < 10 * TABS:
        page.keyboard.press("Tab")
        tabs += 1
    page.close()
    return Figure(row, "presses of Tab to the first headline", tabs, TABS, "at most")


def _count_screens(row: str, browser: Any, served: Served, carried: str) -> Figure:
    page = _open(browser, f"{served.address}/dispatches/{carried}?tab=carriers")
    height = page.evaluate("() => document.documentElement.scrollHeight")
    page.close()
    return Figure(row, "screens of 401 carriers", height / WIDE[1], SCREENS, "at most")


def _count_moves(
    row: str, browser: Any, served: Served, store: Store, desk: Copydesk, index: SearchIndex
) -> list[Figure]:
    page = _open(browser, served.address)
    page.fill("#q", TYPED)
    page.focus(".hit:nth-child(3) h2 a")
    before, focused = page.evaluate(PLACES), page.evaluate(FOCUSED)
    moved: set[str] = set()
    with Writing(store, desk, index, rate=RATE) as writing:
        while len(writing.committed) < ARRIVALS:
            page.wait_for_timeout(1e3 * LOOK_EVERY_S)
            moved |= _list_moved(before, page.evaluate(PLACES))
    page.wait_for_selector(".arrivals button")
    end = time.perf_counter() + 10
    while time.perf_counter() < end and str(len(writing.committed)) not in page.inner_text(".arrivals"):
        page.wait_for_timeout(1e3 * LOOK_EVERY_S)
    moved |= _list_moved(before, page.evaluate(PLACES))
    lost = (page.evaluate(FOCUSED) != focused) + (page.input_value("#q") != TYPED)
    page.close()
    return [
        Figure(row, f"rows moved by {ARRIVALS:,} arrivals", len(moved), 0, "at most"),
        Figure(row, "focus or typed text lost by them", lost, 0, "at most"),
    ]


def _list_moved(before: dict[str, list[float]], now: dict[str, list[float]]) -> set[str]:
    return {name for name, box in before.items() if now.get(name) != box}
