"""A dispatch that hundreds carry: a summary first, filters, order, pages and an export."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from lxml import html

from copytaster.values import Credit, Evidence, Marker
from newsdesk.web.dispatch.carriers import BRIEF, FEW, PAGE, CarrierParameters
from tests.newsdesk.web.conftest import PARAGRAPHS, WebDesk

OWN = Credit("Reuters", 0.95, (Evidence("dateline", "(Reuters)", 0.95, "Reuters"),))
OWNERS, COPIES = 3, PAGE + 20
START = datetime.now(UTC) - timedelta(hours=5)


def keep_own(desk, **fields):
    desk.keep(
        publisher="Reuters", url="https://www.reuters.com/quay", credit=OWN, published_at=START, **fields
    )


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    desk = WebDesk(tmp_path_factory.mktemp("crowded"))
    keep_own(desk)
    for number in range(COPIES):
        desk.keep(
            publisher=f"Post {number:03}",
            family=f"House {number % OWNERS}",
            headline="=cmd()" if number == 7 else "North quay to be rebuilt",
            url=f"https://post{number}.example/quay",
            published_at=START + timedelta(minutes=COPIES - number),
        )
    desk.settle()
    keep_own(
        desk,
        markers=(Marker("version", "corrected", None, "CORRECTED-"),),
        body="\n\n".join(PARAGRAPHS).replace("48", "84"),
    )
    desk.settle()
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def address(crowded):
    (item,) = crowded.find()
    return f"/dispatches/{item['dispatch_id']}"


def read(desk, address, tab="carriers", **parameters):
    answer = desk.browser.get(address, params={"tab": tab} | parameters)
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


def words(element):
    return " ".join(element.text_content().split())


def names(page):
    return [one.text for one in page.cssselect(".members .publisher")]


def test_the_summary_comes_first_and_the_page_stays_small(crowded, address):
    page = read(crowded, address)
    notice = words(page.cssselect(".notice")[0])
    assert f"{COPIES} of {COPIES + 1} publishers, of {OWNERS} owners, still carry the old text." in notice
    assert "Post 001" not in notice
    assert len(names(page)) == BRIEF
    assert len(html.tostring(page)) < 30_000
    assert [a.text for a in page.cssselect(".more a")] == [f"Show all {COPIES + 1}"]
    changes = read(crowded, address, tab="changes")
    assert f"and {COPIES - 6} more" in words(changes.cssselect(".chain li")[0])


def test_all_are_shown_in_pages(crowded, address):
    first, second = (read(crowded, address, page=number) for number in (1, 2))
    assert len(html.tostring(first)) < 100_000
    assert (len(names(first)), len(names(second))) == (PAGE, COPIES + 1 - PAGE)
    assert names(first)[0] == "Reuters"
    assert len(set(names(first)) | set(names(second))) == COPIES + 1
    assert [a.text for a in first.cssselect(".pages a")] == ["1", "2"]


@pytest.mark.parametrize(
    ("parameters", "first", "count"),
    [
        ({"sort": "published"}, "Reuters", COPIES + 1),
        ({"sort": "publisher"}, "Post 000", COPIES + 1),
        ({"sort": "seen"}, "Reuters", COPIES + 1),
        ({"sort": "owner"}, "Post 000", COPIES + 1),
        ({"text": "old"}, f"Post {COPIES - 1:03}", COPIES),
        ({"text": "new"}, "Reuters", 1),
        ({"owner": "House 1", "sort": "publisher"}, "Post 001", COPIES // OWNERS),
        ({"find": "post 007"}, "Post 007", 1),
        ({"find": "HOUSE 2", "sort": "publisher"}, "Post 002", COPIES // OWNERS),
        ({"find": "nobody"}, None, 0),
    ],
)
def test_carriers_are_filtered_and_ordered(crowded, address, parameters, first, count):
    page = read(crowded, address, **parameters)
    assert next(iter(names(page)), None) == first
    (status,) = page.cssselect("p[role=status]")
    assert words(status).startswith(f"{count} of {COPIES + 1} stories")
    rows = list(
        csv.DictReader(io.StringIO(crowded.browser.get(f"{address}/carriers.csv", params=parameters).text))
    )
    assert len(rows) == count
    assert next((row["publisher"] for row in rows), None) == first


def test_the_export_has_the_delay_and_runs_no_formula(crowded, address):
    answer = crowded.browser.get(f"{address}/carriers.csv", params={"sort": "publisher"})
    assert "attachment" in answer.headers["content-disposition"]
    rows = {row["publisher"]: row for row in csv.DictReader(io.StringIO(answer.text))}
    assert rows["Post 007"]["headline"] == "'=cmd()"
    assert rows["Post 007"]["minutes_after_first"] == f"{COPIES - 7}.0"
    assert (rows["Reuters"]["old_text"], rows["Post 001"]["old_text"]) == ("no", "yes")


def test_few_carriers_are_shown_at_once_and_named(desk):
    keep_own(desk)
    for number in range(FEW - 1):
        desk.keep(publisher=f"Post {number}", url=f"https://post{number}.example/quay", published_at=START)
    desk.settle()
    (item,) = desk.find()
    page = read(desk, f"/dispatches/{item['dispatch_id']}")
    assert len(names(page)) == FEW
    assert not page.cssselect(".carriers-form, .more")


@pytest.mark.parametrize(
    "parameters", [{"sort": "best"}, {"text": "both"}, {"page": "-1"}, {"find": "x" * 201}]
)
def test_a_wrong_choice_is_refused(crowded, address, parameters):
    assert crowded.browser.get(address, params=parameters).status_code == 400


def test_an_address_holds_what_is_not_the_default():
    parameters = CarrierParameters(owner="House 1", page=3)
    assert parameters.href(text="old") == "?tab=carriers&text=old&owner=House+1"
    assert parameters.href(page=2) == "?tab=carriers&owner=House+1&page=2"
    assert CarrierParameters().href() == "?tab=carriers"
    assert parameters.export() == "carriers.csv?owner=House+1"
    assert CarrierParameters().export() == "carriers.csv"
