"""Every page meets WCAG 2.2 at level AA as far as axe can judge it: in both schemes, wide and narrow."""

from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.routing import APIRoute

from tests.newsdesk.web.conftest import Served, WebDesk
from tests.newsdesk.web.newsroom import stock

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "rules": {"target-size": {"enabled": True}},  # of WCAG 2.2; axe leaves it out by default
    "resultTypes": ["violations"],
}
SIZES = ((1440, 900), (390, 844))
ZOOMED = (720, 450)  # 1440 by 900 at 200 %
PAGES = (
    "/",
    "/?view=comfortable&page=2",
    "/?q=quay&agency=Reuters&without=publisher:Bay+News",
    "/?q=nothing-has-this",
    "/?q=%22unclosed",
    "/dispatches/{corrected}",
    "/dispatches/{corrected}?tab=changes",
    "/dispatches/{corrected}?tab=carriers",
    "/dispatches/{corrected}?tab=why",
    "/dispatches/{corrected}?of=Vale+Courier",
    "/dispatches/{corrected}?tab=changes&from=Vale+Courier&to=v1&third=Gulf+Ledger",
    "/dispatches/{corrected}/pickup",
    "/dispatches/{withdrawn}",
    "/dispatches/{arabic}",
    "/dispatches/{arabic}?tab=why",
    "/dispatches/unknown",
    "/pickup",
    "/measures",
    "/views",
    "/views/edit",
    "/views/edit?edit=1",
    "/board?view=1&view=2",
    "/subscriptions",
    "/subscriptions/new?q=quay",
    "/basket",
    "/audit",
    "/me",
    "/marks?undone=1",
    "/affected",
    "/decisions",
    "/decide?do=merge&dispatch={corrected}&with={strike}",
    "/sources",
    "/sources/harbour-post",
    "/embargoes",
    "/embargoes/1",
    "/trace?of={corrected}",
    "/api",
)


# events of a list and of a board; a page that needs the password of embargoes
NO_PAGES = {"/live", "/live/board", "/embargoes/{embargo_id}/text"}


class Newsroom(NamedTuple):
    """A stocked desk, its address, and its dispatches by what is special about them."""

    desk: WebDesk
    address: str
    named: dict[str, str]


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory):
    desk = WebDesk(tmp_path_factory.mktemp("newsroom"))
    named = stock(desk)
    served = Served(desk)
    yield Newsroom(desk, served.address.rstrip("/"), named)
    served.stop()
    desk.close()


@pytest.fixture
def visit(newsroom, open_page):
    """A function that opens one of PAGES."""
    return lambda path, **options: open_page(
        newsroom.address + path.format(**newsroom.named), reduced_motion="reduce", **options
    )


def find_faults(page):
    """What axe finds, one line a fault: the rule, the element, why."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:160]}: {node['failureSummary'].splitlines()[1].strip()}"
        for rule in found
        for node in rule["nodes"]
    ]


def look_both_ways(page):
    """Faults by scheme and size, of a page as it is."""
    faults = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            found = find_faults(page)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append("wider than the window")
            if found:
                faults[scheme, width] = found
    return faults


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_a_fault(visit, path):
    assert not look_both_ways(visit(path))


def test_every_page_of_the_application_is_among_them(newsroom):
    routes = [route for route in newsroom.desk.browser.app.routes if isinstance(route, APIRoute)]
    shown = [one for one in routes if "GET" in one.methods and not one.include_in_schema]
    paths = [urlsplit(path).path for path in PAGES]
    missing = {one.path for one in shown if not any(one.path_regex.match(path) for path in paths)}
    assert {path for path in missing if "." not in path} == NO_PAGES


def test_axe_sees_a_fault(visit):
    page = visit("/")
    page.evaluate("document.querySelector('#q').labels[0].remove()")
    page.evaluate("document.querySelector('#q').placeholder = ''")
    assert [fault.partition(":")[0] for fault in find_faults(page)] == ["label"]


@pytest.mark.parametrize("path", ["/", "/dispatches/{corrected}?tab=changes"])
def test_forced_colours_hide_nothing(visit, path):
    assert not find_faults(visit(path, forced_colors="active"))


@pytest.mark.parametrize(
    "path", ["/", "/dispatches/{corrected}?tab=changes", "/dispatches/{arabic}", "/audit"]
)
def test_at_twice_the_size_nothing_is_cut_off(visit, path):
    width, height = ZOOMED
    page = visit(path, width=width, height=height, device_scale_factor=2)
    assert not find_faults(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_opens_over_the_list_has_no_fault(visit):
    page = visit("/")
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_selector(".pane .copy")
    page.locator(".chosen").nth(2).click()
    page.wait_for_selector(".mark-bar", state="visible")
    assert not look_both_ways(page)
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    assert not look_both_ways(page)


def test_a_list_whose_line_is_cut_can_be_read(newsroom, open_page):
    served = Served(newsroom.desk)
    page = open_page(served.address, reduced_motion="reduce")
    served.stop()
    page.wait_for_selector(".dead:not([hidden])", timeout=30_000)
    assert not look_both_ways(page)
