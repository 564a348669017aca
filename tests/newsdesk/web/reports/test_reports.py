"""Reports of pick-ups and measures, over stories that came, were copied, altered and corrected."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from lxml import html

from copytaster.values import Credit
from newsdesk.operations.pickups import Rivals, name_exclusivity
from newsdesk.web.reports import pickup as reports
from tests.newsdesk.web.conftest import PARAGRAPHS
from tests.newsdesk.web.dispatch.test_page import CORRECTED, OWN, words
from tests.newsdesk.web.marks.test_marks import keep_wire, open_browser

START = (datetime.now(UTC) - timedelta(hours=3)).replace(
    microsecond=0
)  # copy without a time came an hour ago
DAY = START.date().isoformat()


def keep_spread(desk):
    """The agency's text; a verbatim copy with credit after 5 minutes, half of it without credit after 90, one without a time."""
    keep_pair_at(desk)
    desk.keep(
        publisher="Vale Courier",
        family="Vale Group",
        url="https://vale.example/1",
        body="\n\n".join(PARAGRAPHS[:2]),
        published_at=START + timedelta(minutes=90),
    )
    desk.keep(publisher="Bay News", url="https://bay.example/1", credit=OWN, published_at=None)
    desk.settle()
    (item,) = desk.find()
    return item["dispatch_id"]


def keep_pair_at(desk):
    desk.keep(publisher="Reuters", url="https://www.reuters.com/quay", credit=OWN, published_at=START)
    desk.keep(
        publisher="Gulf Ledger",
        url="https://gulf.example/1",
        credit=OWN,
        published_at=START + timedelta(minutes=5),
    )


def read_report(desk, name, browser=None):
    answer = (browser or desk.browser).get(f"/api/v1/dispatches/{name}/pickup")
    assert answer.status_code == 200, answer.text
    report = answer.json()["report"]
    return report, {one["publisher"]: one for one in report["pickups"]}


def test_each_copy_says_how_late_how_much_and_with_what_credit(desk):
    name = keep_spread(desk)
    report, copies = read_report(desk, name)
    assert set(copies) == {"Gulf Ledger", "Vale Courier", "Bay News"}  # not the agency's own
    assert (report["outlets"], report["owners"], report["first_minutes"]) == (3, 3, 5.0)
    assert (copies["Gulf Ledger"]["delay_minutes"], copies["Vale Courier"]["delay_minutes"]) == (5.0, 90.0)
    assert (copies["Bay News"]["published_at"], copies["Bay News"]["delay_minutes"]) == (None, None)
    assert (copies["Gulf Ledger"]["share_kept"], copies["Gulf Ledger"]["credit"]) == (1.0, "kept")
    assert 0.5 < copies["Vale Courier"]["share_kept"] < 0.95
    assert (copies["Vale Courier"]["credit"], copies["Vale Courier"]["owner"]) == ("removed", "Vale Group")
    assert report["without_credit"] == 1
    page = html.fromstring(desk.browser.get(f"/dispatches/{name}/pickup").text)
    rows = {words(row.cssselect(".publisher")[0]): words(row) for row in page.cssselect("tbody tr")}
    assert "unknown" in rows["Bay News"]
    assert "removed" in rows["Vale Courier"]
    assert "1 h 30 min" in rows["Vale Courier"]


def test_many_outlets_come_in_pages_and_whole_for_printing(desk):
    desk.keep(publisher="Reuters", url="https://www.reuters.com/quay", credit=OWN, published_at=START)
    for number in range(401):
        desk.keep(
            publisher=f"Courier number {number}",
            url=f"https://courier.example/{number}",
            published_at=START + timedelta(seconds=number),
        )
    desk.settle()
    (item,) = desk.find()
    address = f"/dispatches/{item['dispatch_id']}/pickup"

    def read(query=""):
        answer = desk.browser.get(address + query)
        page = html.fromstring(answer.text)
        return answer, [words(one) for one in page.cssselect("tbody .publisher")], page

    first, shown, page = read()
    assert len(first.content) < 50_000
    assert len(shown) == 50
    assert "Outlets 1 to 50 of 401" in words(page.cssselect("p[role=status]")[0])
    every = [one for number in range(1, 10) for one in read(f"?page={number}")[1]]
    assert sorted(every) == sorted(f"Courier number {number}" for number in range(401))
    assert read("?page=99")[1] == read("?page=9")[1]
    assert read("?all=true")[1] == every
    assert desk.browser.get(address + "?page=0").status_code == 400


def test_a_copy_that_is_old_since_a_correction_says_since_when(desk):
    keep_wire(desk, "North quay to be rebuilt")
    desk.keep(publisher="Gulf Ledger", url="https://gulf.example/1", credit=OWN)
    desk.settle()
    (item,) = desk.find()
    assert read_report(desk, item["dispatch_id"])[1]["Gulf Ledger"]["old_since"] is None
    desk.move_on()
    desk.keep(
        publisher="Reuters",
        url="https://www.reuters.com/quay",
        credit=OWN,
        markers=CORRECTED,
        body="The harbour board voted on Monday to rebuild the north quay at a cost of 84 million crowns, it said.",
    )
    desk.settle()
    report, copies = read_report(desk, item["dispatch_id"])
    chain = desk.browser.get(f"/api/v1/dispatches/{item['dispatch_id']}").json()["chain"]
    assert (report["still_old"], copies["Gulf Ledger"]["version"]) == (1, 1)
    assert copies["Gulf Ledger"]["old_since"] == chain[-1]["at"]


@pytest.mark.parametrize(
    ("us", "expected"),
    [
        ([], None),
        (["Vale Group"], "you and 2 others"),
        (["Harbour Post"], "0 of 0 rivals, not you"),
        (["Nobody's Times"], "0 of 1 rivals, not you"),
    ],
)
def test_who_has_it_is_said_where_we_said_who_we_are(desk, us, expected):
    name = keep_spread(desk)
    report, copies = read_report(desk, name, open_browser(desk, us=us))
    assert report["exclusivity"] == expected
    assert copies["Vale Courier"]["ours"] == (us == ["Vale Group"])


def test_a_dispatch_that_we_alone_have_is_called_so(desk):
    desk.keep(publisher="Reuters", url="https://www.reuters.com/quay", credit=OWN, published_at=START)
    desk.keep(publisher="Our Daily", url="https://our.example/1", credit=OWN, published_at=START)
    desk.settle()
    (item,) = desk.find()
    browser = open_browser(desk, us=["Our Daily"])
    assert read_report(desk, item["dispatch_id"], browser)[0]["exclusivity"] == "alone so far"
    assert "alone so far" in words(html.fromstring(browser.get(f"/pickup?day={DAY}").text))


def test_all_rivals_but_us_is_said_of_several_rivals_only():
    class Copy:
        def __init__(self, owner):
            self.owner, self.is_ours = owner, False

    rivals = Rivals(frozenset({"Us"}), frozenset({"A", "B"}))
    assert name_exclusivity([Copy("A"), Copy("B")], rivals) == "all rivals but you"
    assert name_exclusivity([Copy("A")], rivals) == "1 of 2 rivals, not you"
    assert name_exclusivity([], rivals) == "nobody yet"


def test_a_day_and_an_agency_are_summed_by_outlet(desk):
    name = keep_spread(desk)
    found = desk.browser.get("/api/v1/pickup", params={"day": DAY, "agency": "Reuters"}).json()
    assert [one["dispatch"] for one in found["dispatches"]] == [name]
    lines = {
        one["publisher"]: (one["copies"], one["timed"], one["median_minutes"]) for one in found["outlets"]
    }
    assert lines == {"Bay News": (1, 0, None), "Gulf Ledger": (1, 1, 5.0), "Vale Courier": (1, 1, 90.0)}
    assert (found["total"], found["left_out"]) == (1, 0)
    other = desk.browser.get("/api/v1/pickup", params={"day": DAY, "agency": "dpa"}).json()
    assert (other["dispatches"], other["total"]) == ([], 0)
    later = desk.browser.get("/api/v1/pickup", params={"day": "2026-03-02"}).json()
    assert later["dispatches"] == []


def test_a_report_that_is_cut_says_how_many_it_leaves_out(desk, monkeypatch):
    keep_spread(desk)
    desk.keep(
        headline="Tug sold",
        url="https://harbour.example/tug",
        body="The tug was sold for scrap on Tuesday.",
        published_at=START,
    )
    desk.settle()
    monkeypatch.setattr(reports, "MOST_DISPATCHES", 1)
    assert desk.browser.get(f"/api/v1/pickup?day={DAY}").json()["left_out"] == 1
    assert "1 older ones are left out" in words(html.fromstring(desk.browser.get(f"/pickup?day={DAY}").text))
    assert desk.browser.get(f"/pickup.csv?day={DAY}").headers["copytaster-left-out"] == "1"


@pytest.mark.parametrize("path", ["/dispatches/{}/pickup.csv", "/pickup.csv?day=" + DAY])
def test_the_spreadsheet_has_a_row_a_copy(desk, path):
    desk.keep(publisher="Reuters", url="https://www.reuters.com/quay", credit=OWN, published_at=START)
    desk.keep(publisher="=cmd()", url="https://gulf.example/1", headline="+Quay", published_at=None)
    desk.settle()
    (item,) = desk.find()
    rows = list(csv.DictReader(io.StringIO(desk.browser.get(path.format(item["dispatch_id"])).text)))
    (row,) = rows
    assert (row["dispatch"], row["publisher"], row["headline"]) == (item["dispatch_id"], "'=cmd()", "'+Quay")
    assert (row["delay_minutes"], row["credit"], row["ours"]) == ("", "removed", "no")


def test_measures_are_of_what_is_known(desk):
    keep_spread(desk)
    found = desk.browser.get("/api/v1/measures", params={"day": DAY}).json()
    m = found["measures"]
    assert m["pickup_by_agency"] == [{"name": "Reuters", "unknown": 1, "number": 2, "p50": 5.0, "p95": 90.0}]
    owners = {one["name"]: (one["number"], one["p50"], one["unknown"]) for one in m["pickup_by_owner"]}
    assert owners == {"Bay News": (0, None, 1), "Gulf Ledger": (1, 5.0, 0), "Vale Group": (1, 90.0, 0)}
    assert (m["credit"]["copies"], m["credit"]["without_credit"], m["credit"]["share"]) == (3, 1, 0.3333)
    assert m["correction_minutes"]["number"] == 0
    page = html.fromstring(desk.browser.get(f"/measures?day={DAY}").text)
    assert "33%" in words(page.cssselect(".figures-row")[0])
    rows = list(csv.DictReader(io.StringIO(desk.browser.get(f"/measures.csv?day={DAY}").text)))
    assert ("pick-up by agency", "Reuters", "5.0") in {
        (row["measure"], row["name"], row["p50"]) for row in rows
    }


def test_the_time_to_a_correction_is_the_agencys_own(desk):
    desk.keep(publisher="Reuters", url="https://www.reuters.com/quay", credit=OWN, published_at=START)
    desk.settle()
    desk.move_on()
    desk.keep(
        published_at=START,
        publisher="Reuters", url="https://www.reuters.com/quay", credit=Credit("Reuters", 0.95, ()),
        markers=CORRECTED, body="\n\n".join([*PARAGRAPHS, "Work begins in July."]),
        updated_at=START + timedelta(minutes=42),
    )  # fmt: skip
    desk.settle()
    measured = desk.browser.get("/api/v1/measures", params={"day": DAY}).json()["measures"][
        "correction_minutes"
    ]
    assert measured == {"number": 1, "p50": 42.0, "p95": 42.0}


@pytest.mark.parametrize(
    "path", ["/pickup", "/measures", "/api/v1/pickup", "/api/v1/measures", "/pickup.csv"]
)
@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"day": "noon"}, "not a day"),
        ({"day": "2026-03-02", "until": "2026-03-01"}, "before the first"),
        ({"day": "2026-01-01", "until": "2026-12-01"}, "at most 31"),
        ({"dya": "2026-03-02"}, "day"),
    ],
)
def test_a_wrong_day_is_named(desk, path, given, named):
    answer = desk.browser.get(path, params=given)
    assert answer.status_code == 400
    assert named in answer.text


def test_pages_say_so_where_there_is_nothing_and_unknown_ids_are_404(desk):
    assert "No dispatch of these days" in desk.browser.get("/pickup").text
    assert desk.browser.get("/measures").status_code == 200
    for path in ("/dispatches/dnone/pickup", "/api/v1/dispatches/dnone/pickup"):
        assert desk.browser.get(path).status_code == 404


def test_the_first_copy_of_an_unseen_agency_text_is_no_pickup_in_time(desk):
    desk.keep(published_at=START)
    desk.keep(
        publisher="Gulf Ledger", url="https://gulf.example/1", published_at=START + timedelta(minutes=8)
    )
    desk.settle()
    (item,) = desk.find()
    report, copies = read_report(desk, item["dispatch_id"])
    assert (copies["Harbour Post"]["first"], copies["Gulf Ledger"]["first"]) == (True, False)
    assert (report["first_minutes"], copies["Harbour Post"]["credit"]) == (8.0, "unknown")
    measured = desk.browser.get("/api/v1/measures", params={"day": DAY}).json()["measures"]
    (line,) = measured["pickup_by_agency"]
    assert (line["number"], line["p50"], line["unknown"]) == (1, 8.0, 0)
    assert measured["credit"]["share"] is None
