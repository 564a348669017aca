"""Debian's Chromium, driven by Playwright. Where there is none, tests of pages in a browser are skipped, and counted."""

import shutil
from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright

_SKIPPED = pytest.StashKey[list]()
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = "no chromium on this machine (Debian: apt install chromium)"


def pytest_configure(config):
    config.stash[_SKIPPED] = []


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["without_browser"] = session.config.stash[_SKIPPED]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    if hasattr(node, "workeroutput"):
        node.config.stash[_SKIPPED].extend(node.workeroutput.get("without_browser", ()))


def pytest_terminal_summary(terminalreporter, config):
    skipped = config.stash[_SKIPPED]
    if skipped:
        terminalreporter.write_line(
            f"{len(skipped)} TESTS OF PAGES IN A BROWSER WERE SKIPPED: {MISSING}", yellow=True
        )


@pytest.fixture(
    scope="module"
)  # no longer: while Playwright runs, no other test of the process may run a loop
def chromium():
    """A running Chromium, or None."""
    program = shutil.which("chromium")
    if program is None:
        yield None
        return
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def open_page(request, chromium):
    """A function that opens an address in a window of its own; without a browser it skips the test and counts it."""
    if chromium is None:
        request.config.stash[_SKIPPED].append(request.node.nodeid)
        pytest.skip(MISSING)
    with _windows(chromium) as opened:
        yield opened


@contextmanager
def _windows(chromium):
    contexts = []

    def open_window(address, *, width=1440, height=900, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.goto(address, wait_until="load")
        return page

    yield open_window
    for context in contexts:
        context.close()
