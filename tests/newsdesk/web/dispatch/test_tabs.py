"""The tabs of a dispatch: its texts, what differs between them, and why each is there; on the page and in the API."""

import pytest
from lxml import html

from newsdesk.web.dispatch.tabs import TABS
from tests.newsdesk.web.conftest import PARAGRAPHS
from tests.newsdesk.web.dispatch.test_embargo import embargoed, leaks
from tests.newsdesk.web.dispatch.test_embargo import keep as keep_embargoed
from tests.newsdesk.web.dispatch.test_page import CORRECTED, OWN, keep_pair, words

BODY = "\n\n".join(PARAGRAPHS)
LOCAL = f"{BODY}\n\nThe harbour of Vale saw no change on Monday, Jens Brix of the Gulf Ledger reported from the pier."


@pytest.fixture
def whole(desk):
    """The address of a dispatch: the agency's text and its correction, and two copies of the first."""
    keep_pair(desk)
    desk.keep(publisher="Vale Courier", url="https://vale.example/1", body=LOCAL)
    desk.settle()
    desk.keep(
        publisher="Reuters",
        url="https://www.reuters.com/quay",
        credit=OWN,
        markers=CORRECTED,
        change_note="(Corrects cost in paragraph 3)",
        body=BODY.replace("48", "84"),
    )
    desk.settle()
    (item,) = desk.find()
    return f"/dispatches/{item['dispatch_id']}"


def read(desk, address, **parameters):
    answer = desk.browser.get(address, params=parameters)
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


def heads(page):
    return [one.text for one in page.cssselect(".heads h3")]


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_has_an_address_and_the_others_are_links(desk, whole, tab):
    page = read(desk, whole, tab=tab)
    links = page.cssselect("nav.tabs a")
    assert [link.get("href") for link in links] == [f"{whole}?tab={one}" for one in TABS]
    assert [link.get("aria-current") for link in links] == ["page" if one == tab else None for one in TABS]
    assert page.cssselect(".notice")[0].getnext().tag == "h1"  # what must be known comes before the headline


def test_an_address_without_a_tab_opens_the_one_whose_choices_it_has(desk, whole):
    for parameters, tab in (({}, "Text"), ({"text": "old"}, "Carriers"), ({"to": "Vale Courier"}, "Changes")):
        page = read(desk, whole, **parameters)
        assert words(page.cssselect("nav.tabs [aria-current]")[0]).split()[0] == tab


def test_every_text_can_be_read(desk, whole):
    listed = desk.browser.get(f"/api/v1{whole}/texts").json()["items"]
    assert [one["label"] for one in listed] == [
        "Reuters, first version",
        "Reuters, CORRECTED",
        "Gulf Ledger",
        "Vale Courier",
    ]
    for one in listed:
        told = desk.browser.get(f"/api/v1{whole}/texts/{one['name']}").json()
        shown = words(read(desk, whole, of=one["name"]).cssselect(".copy")[0])
        assert " ".join(told["body"].split()) in shown
        assert ("84 million" in shown) == (one["label"] == "Reuters, CORRECTED")


def test_the_last_change_of_the_agency_comes_first(desk, whole):
    page = read(desk, whole, tab="changes")
    assert heads(page) == ["Reuters, first version", "Reuters, CORRECTED"]
    assert [mark.text for mark in page.cssselect(".row mark[data-is=number]")] == ["48 million", "84 million"]
    assert "Numbers only here 84 million" in words(page.cssselect(".heads")[0])


@pytest.mark.parametrize(
    "name", ["Vale Courier", "vale courier", "Vale Courier {version}", "{version}", "{story}", "{story}/1"]
)
def test_any_text_is_compared_by_whichever_of_its_names(desk, whole, name):
    one = desk.browser.get(f"/api/v1{whole}/texts").json()["items"][-1]
    page = read(desk, whole, to=name.format(version=one["name"], story=one["story"]))
    assert heads(page) == ["Reuters, first version", "Vale Courier"]
    assert "Jens Brix" in words(page.cssselect(".only")[-1])


def test_three_texts_lie_side_by_side_and_each_has_a_cell_in_each_row(desk, whole):
    page = read(desk, whole, **{"from": "Gulf Ledger", "to": "Vale Courier", "third": "Reuters"})
    assert heads(page) == ["Gulf Ledger", "Vale Courier", "Reuters, CORRECTED"]
    assert {len(row.cssselect(".cell")) for row in page.cssselect(".row")} == {3}
    last = page.cssselect(".row")[-1].cssselect(".cell")
    assert "Jens Brix" in words(last[1])
    assert words(last[0]) == "Gulf Ledger: nothing here"


def test_the_api_gives_the_same_difference(desk, whole):
    found = desk.browser.get(f"/api/v1{whole}/diff", params={"from": "Gulf Ledger", "to": "Reuters"}).json()
    assert [one["label"] for one in found["texts"]] == ["Gulf Ledger", "Reuters, CORRECTED"]
    assert [row["same"] for row in found["rows"]] == [True, True, False]
    assert [one["numbers"] for one in found["only"]] == [["48 million"], ["84 million"]]
    assert ["number", "84 million"] in found["rows"][2]["cells"][1][0]


@pytest.mark.parametrize(
    ("path", "parameters", "status"),
    [
        ("", {"to": "Nobody's Post"}, 404),
        ("", {"of": "v999999999999"}, 404),
        ("", {"tab": "all"}, 400),
        ("/diff", {"from": "v0"}, 404),
        ("/diff", {"besides": "v1"}, 400),
        ("/why", {}, 400),
        ("/why", {"of": "Nobody's Post"}, 404),
        ("/texts/nothing", {}, 404),
    ],
)
def test_a_name_that_means_nothing_is_an_error_that_says_so(desk, whole, path, parameters, status):
    address = f"/api/v1{whole}{path}" if path else whole
    answer = desk.browser.get(address, params=parameters)
    assert answer.status_code == status, answer.text


def test_one_text_alone_says_that_nothing_can_be_compared(desk):
    desk.keep()
    desk.settle()
    (item,) = desk.find()
    address = f"/dispatches/{item['dispatch_id']}"
    assert "only one text" in words(read(desk, address, tab="changes"))
    assert desk.browser.get(f"/api/v1{address}/diff").status_code == 404
    assert "It founded this dispatch" in words(read(desk, address, tab="why"))


def test_why_names_the_text_against_which_a_copy_was_judged_and_what_both_have(desk, whole):
    page = read(desk, whole, tab="why", of="Vale Courier")
    shown = words(page.cssselect("#why")[0].getparent())
    assert "Judged against Reuters" in shown
    assert "to rebuild the north quay" in words(page.cssselect(".passages")[0])
    assert "Brix" in words(page.cssselect(".disagreed")[0])
    told = desk.browser.get(f"/api/v1{whole}/why", params={"of": "Vale Courier"}).json()
    assert told["because"]["one"]["publisher"] == "Reuters"
    said = [one.replace(whole.rpartition("/")[2], "this dispatch") for one in told["sentences"]]
    assert all(sentence in shown for sentence in (*said, *told["because"]["why"]))


def test_see_also_says_so_where_nothing_is_linked(desk, whole):
    assert "No other dispatch is linked" in words(read(desk, whole, tab="why").cssselect(".aside")[0])


def test_no_tab_lets_a_newer_version_out_before_its_hour(desk):
    desk.keep(publisher="Harbour Post", url="https://harbour.example/quay")
    desk.keep(publisher="Gulf Ledger", url="https://gulf.example/1")
    assert keep_embargoed(desk.store, embargoed(url="https://harbour.example/quay")).outcome == "embargoed"
    desk.settle()
    (item,) = desk.find()
    address = f"/dispatches/{item['dispatch_id']}"
    doors = [*(f"{address}?tab={tab}" for tab in TABS), f"{address}?of=Harbour+Post"]
    doors += [
        f"/api/v1{address}{path}"
        for path in ("/texts", "/texts/Harbour Post", "/diff", "/why?of=Gulf+Ledger")
    ]
    for door in doors:
        answer = desk.browser.get(door)
        assert (answer.status_code, leaks(answer.text)) == (200, []), door
    notice = words(read(desk, address).cssselect(".notice")[0])
    assert "A newer version from Harbour Post is free 2 Mar 2999" in notice


def test_no_diff_shows_a_secret(desk):
    canary = "canary-5f1c"
    desk.keep(body=f"{BODY}\n\nCall the desk with Authorization: Bearer {canary} in the header.")
    desk.keep(publisher="Gulf Ledger", url="https://gulf.example/1", body=LOCAL)
    desk.settle()
    (item,) = desk.find()
    address = f"/dispatches/{item['dispatch_id']}"
    for door in (f"{address}?tab=changes", f"/api/v1{address}/diff", f"/api/v1{address}/texts/Harbour Post"):
        text = desk.browser.get(door).text
        assert "***" in text, door
        assert canary not in text, door
