"""Marks on pages and in the API: set, taken back, filtered by, and compared with what the agency sends later."""

import csv
import io

import pytest
from lxml import html

from copytaster.wire.headline import parse_headline
from dedup.desk.decisions import merge, split
from indexer.search import SearchQuery
from newsdesk.operations import marks as marks_module
from tests.newsdesk.web.conftest import PARAGRAPHS
from tests.newsdesk.web.decisions.test_deciding import keep_another, open_browser
from tests.newsdesk.web.decisions.test_decisions import keep_two
from tests.newsdesk.web.dispatch.test_page import OWN, words

BY = {"who": "Bo", "why": ""}


@pytest.fixture
def reader(desk):
    """A browser on this machine."""
    return open_browser(desk)


def keep_wire(desk, headline, change=""):
    """A version of the agency's own story."""
    desk.move_on()
    parsed = parse_headline(headline)
    desk.keep(
        headline=parsed.headline,
        markers=parsed.markers,
        publisher="Reuters",
        credit=OWN,
        url="https://www.reuters.com/quay",
        body="\n\n".join([*PARAGRAPHS, change] if change else PARAGRAPHS),
    )
    desk.settle()


def mark(reader, kind, *ids, undo=False, **rest):
    path = "/api/v1/marks/undo" if undo else "/api/v1/marks"
    return reader.post(path, json={"kind": kind, "dispatches": list(ids), **rest})


def send(reader, page, deed, *ids, **changed):
    (form,) = html.fromstring(reader.get(page).text).cssselect("form[action='/marks']")
    data = {one.get("name"): one.get("value") for one in form.cssselect("input[type=hidden]")}
    data |= {"do": deed, "dispatch": list(ids) or data.get("dispatch")} | changed
    return reader.post("/marks", data=data, follow_redirects=False)


def row_of(reader, address="/"):
    (row,) = html.fromstring(reader.get(address).text).cssselect("#results .hit")
    return row


def find_ids(reader, **parameters):
    answer = reader.get("/api/v1/dispatches", params=parameters)
    assert answer.status_code == 200, answer.text
    return {item["dispatch_id"] for item in answer.json()["items"]}


def test_a_form_marks_and_takes_back_without_scripts(desk, reader):
    whole = keep_two(desk)
    answer = send(reader, f"/dispatches/{whole}", "mark:saved")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/dispatches/{whole}")
    page = html.fromstring(reader.get(f"/dispatches/{whole}").text)
    assert [one.get("aria-pressed") for one in page.cssselect(".mark-buttons button")] == [
        "false", "true", "false", "false",
    ]  # fmt: skip
    assert "is-saved" in row_of(reader).get("class")
    assert words(row_of(reader).cssselect(".marks")[0]) == "saved"
    (button,) = page.cssselect(".mark-buttons button[aria-pressed=true]")
    assert send(reader, f"/dispatches/{whole}", button.get("value")).status_code == 303
    assert "is-saved" not in row_of(reader).get("class")


def test_several_rows_are_marked_at_once_and_the_list_comes_back(desk, reader):
    ids = {keep_two(desk), keep_another(desk)}
    answer = send(reader, "/?sort=newest", "mark:spiked", *ids)
    assert answer.headers["location"] == "/?sort=newest"
    rows = html.fromstring(reader.get("/").text).cssselect("#results .hit.is-spiked")
    assert {row.get("data-id") for row in rows} == ids


@pytest.mark.parametrize(
    ("changed", "status", "named"),
    [
        ({"token": "x"}, 400, "opened before the service started"),
        ({"do": "mark:eaten"}, 400, "names no mark"),
        ({"do": "eat:used"}, 400, "names no mark"),
        ({"dispatch": []}, 400, "no dispatch is chosen"),
        ({"dispatch": "dnone"}, 404, "no such dispatch"),
        ({"dispatch": [f"d{number}" for number in range(201)]}, 400, "at most 200"),
        ({"more": "1"}, 400, "cannot be read"),
    ],
)
def test_a_wrong_form_marks_nothing(desk, reader, changed, status, named):
    whole = keep_two(desk)
    answer = send(reader, f"/dispatches/{whole}", "mark:used", **changed)
    assert answer.status_code == status
    assert named in words(html.fromstring(answer.text))
    assert reader.get("/api/v1/marks").json()["items"] == []


@pytest.mark.parametrize("back", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
def test_a_form_leads_back_to_our_own_pages_only(desk, reader, back):
    whole = keep_two(desk)
    answer = send(reader, f"/dispatches/{whole}", "mark:used", back=back)
    assert answer.headers["location"] == "/"


def test_the_api_is_idempotent_and_says_what_it_changed(desk, reader):
    whole = keep_two(desk)
    first = mark(reader, "used", whole)
    assert (first.status_code, first.json()["changed"]) == (201, 1)
    again = mark(reader, "used", whole, whole)
    assert (again.status_code, again.json()["changed"]) == (200, 0)
    assert again.json()["items"] == first.json()["items"]
    assert mark(reader, "used", whole, who="Bo").status_code == 201
    (mine, theirs) = reader.get("/api/v1/marks", params={"dispatch": whole}).json()["items"]
    assert (mine["kind"], theirs["who"]) == ("used", "Bo")
    gone = mark(reader, "used", whole, undo=True).json()
    assert (gone["changed"], gone["items"][0]["own"]) == (1, [])
    assert mark(reader, "used", whole, undo=True).json()["changed"] == 0
    listed = reader.get("/api/v1/marks", params={"undone": True}).json()["items"]
    assert [one["undone"] is not None for one in listed] == [True, False]


def test_a_list_of_marks_goes_on_from_next(desk, reader):
    whole = keep_two(desk)
    for kind in ("seen", "saved", "used"):
        mark(reader, kind, whole)
    first = reader.get("/api/v1/marks", params={"limit": 2}).json()
    rest = reader.get("/api/v1/marks", params={"limit": 2, "after": first["next"]}).json()
    assert [one["kind"] for one in first["items"] + rest["items"]] == ["seen", "saved", "used"]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        ({"kind": "eaten", "dispatches": ["d"]}, 400, "kind"),
        ({"kind": "used", "dispatches": []}, 400, "dispatches"),
        ({"kind": "used", "dispatches": ["dnone"]}, 404, "no such dispatch"),
        ({"kind": "used", "dispatches": ["d"] * 201}, 400, "dispatches"),
        ({"kind": "used"}, 400, "dispatches"),
    ],
)
def test_the_api_says_what_is_wrong(reader, body, status, named):
    answer = reader.post("/api/v1/marks", json=body)
    assert answer.status_code == status
    assert named in answer.json()["detail"]


@pytest.mark.parametrize(
    ("opened", "headers", "status"),
    [
        ({"client": ("192.0.2.7", 40_000)}, {}, 403),
        ({}, {"Sec-Fetch-Site": "cross-site"}, 403),
        ({"decisions": "off"}, {}, 403),
        ({}, {"Content-Type": "text/plain"}, 415),
    ],
)
def test_who_may_not_mark(desk, opened, headers, status):
    whole = keep_two(desk)
    reader = open_browser(desk, **opened)
    for path in ("/api/v1/marks", "/api/v1/marks/undo"):
        refused = reader.post(path, json={"kind": "used", "dispatches": [whole]}, headers=headers)
        assert refused.status_code == status
    if status == 403:
        form = {"do": "mark:used", "dispatch": whole, "token": "x"}
        assert reader.post("/marks", data=form, headers=headers).status_code == 403
    if "Sec-Fetch-Site" not in headers and status == 403:
        page = reader.get("/").text
        assert "mark-bar" not in page
        assert "used by anyone" in page
    assert reader.get("/api/v1/marks").json()["items"] == []


def test_a_proxy_names_whose_mark_it_is(desk):
    whole = keep_two(desk)
    reader = open_browser(desk, decisions="proxy", proxies=("127.0.0.0/8",))
    reader.headers["X-Forwarded-User"] = "ada@desk.example"
    assert mark(reader, "used", whole).status_code == 201
    assert mark(reader, "used", whole, who="Bo").status_code == 400
    (listed,) = reader.get("/api/v1/marks").json()["items"]
    assert listed["who"] == "ada@desk.example"
    assert find_ids(reader, mark="used") == {whole}
    reader.headers["X-Forwarded-User"] = "bo@desk.example"
    assert find_ids(reader, mark="used") == set()
    assert words(row_of(reader).cssselect(".marks")[0]) == "used by ada@desk.example"


def test_the_audit_has_what_somebody_marked_and_nothing_of_what_was_only_looked_at(desk, reader):
    name = keep_two(desk)

    def audited():
        items = reader.get("/api/v1/audit").json()["items"]
        return [(one["what"], one["subject"], one["detail"]) for one in items]

    assert mark(reader, "seen", name, how="look").json()["items"][0]["own"] == ["seen"]
    assert audited() == []
    mark(reader, "seen", name, undo=True)
    mark(reader, "seen", name)
    send(reader, "/", "undo:seen", name)
    taken = ("mark.seen", name, "taken back")
    assert audited() == [taken, ("mark.seen", name, "mark"), taken]


def test_looking_leaves_a_dispatch_seen_and_nothing_else(desk, reader):
    answer = mark(reader, "used", keep_two(desk), how="look")
    assert (answer.status_code, "not used" in answer.text) == (400, True)
    assert reader.get("/api/v1/marks").json()["items"] == []


def test_a_name_given_once_is_the_name_of_all_marks(desk, reader):
    whole = keep_two(desk)
    (form,) = html.fromstring(reader.get("/marks").text).cssselect("form.mark-name")
    token = form.cssselect("input[name=token]")[0].get("value")
    assert reader.post("/marks/name", data={"token": "x", "who": "Ada"}).status_code == 400
    kept = reader.post("/marks/name", data={"token": token, "who": "Ada"}, follow_redirects=False)
    assert kept.status_code == 303
    mark(reader, "saved", whole)
    assert [one["who"] for one in reader.get("/api/v1/marks").json()["items"]] == ["Ada"]


def test_lists_are_narrowed_by_mine_by_anyones_and_by_what_is_missing(desk, reader):
    whole, other = keep_two(desk), keep_another(desk)
    mark(reader, "seen", whole)
    mark(reader, "used", other, who="Bo")
    assert find_ids(reader, mark="seen") == {whole}
    assert find_ids(reader, unmarked="seen") == {other}
    assert find_ids(reader, mark="used") == set()
    assert find_ids(reader, mark="used:anyone") == {other}
    assert find_ids(reader, mark="used:Bo") == {other}
    assert find_ids(reader, mark=["seen", "used:Bo"]) == {whole, other}
    assert find_ids(reader, mark=["seen", "used:Bo"], unmarked="used:anyone") == {whole}
    assert find_ids(reader, mark="seen", q="strike") == set()
    assert find_ids(reader, unmarked="seen", q="strike") == {other}
    assert row_of(reader, "/?unmarked=seen").get("data-id") == other
    exported = reader.get("/dispatches.csv?mark=seen").text
    assert [row["id"] for row in csv.DictReader(io.StringIO(exported))] == [whole]
    event = reader.get("/live?mark=seen&after=0", headers={"Accept": "application/json"}).json()
    assert {one["id"] for one in event["changes"] if one["matches"]} == {whole}


@pytest.mark.parametrize("path", ["/", "/api/v1/dispatches", "/dispatches.csv", "/live?after=0"])
def test_a_mark_that_cannot_be_read_is_named(desk, reader, path):
    answer = reader.get(path, params={"mark": "eaten", "after": 0} if "live" in path else {"mark": "eaten"})
    assert answer.status_code == 400
    assert "no mark" in answer.text
    stranger = open_browser(desk, decisions="off")
    answer = stranger.get(path, params={"mark": "used", "after": 0} if "live" in path else {"mark": "used"})
    assert answer.status_code == 400
    assert "does not know who you are" in answer.text


def test_a_list_without_a_marked_dispatch_says_so_and_keeps_its_marks_in_a_view(desk, reader):
    keep_two(desk)
    page = html.fromstring(reader.get("/?mark=saved").text)
    assert words(page.cssselect(".nothing h2")[0]) == "No dispatch matches"
    kept = [link.get("href") for link in page.cssselect(".keep-list a")]
    assert kept == ["/views/edit?mark=saved", "/subscriptions/new?mark=saved"]


def test_a_filter_that_had_to_be_cut_says_so(desk, reader, monkeypatch):
    whole, other = keep_two(desk), keep_another(desk)
    mark(reader, "seen", whole)
    mark(reader, "seen", other)
    monkeypatch.setattr(marks_module, "MAX_IDS", 1)
    assert row_of(reader, "/?mark=seen").get("data-id") == other  # the last marked
    page = html.fromstring(reader.get("/?unmarked=seen").text)
    assert "the rest counts as unmarked" in words(page.cssselect(".end")[0])
    answer = reader.get("/api/v1/dispatches", params={"mark": "seen"})
    assert "copytaster-marks-cut" in answer.headers
    assert "copytaster-marks-cut" not in reader.get("/api/v1/dispatches").headers


def test_pages_of_a_narrowed_list_have_every_dispatch_once(desk, reader):
    for number in range(7):
        text = f"Voters in {number + 3} districts return to the polls in month {number} after the court threw out count {number * 37}."
        desk.keep(
            headline=f"Polls {number}", url=f"https://harbour.example/{number}", body=text * (number + 1)
        )
    desk.settle()
    every = [item["dispatch_id"] for item in desk.find()]
    mark(reader, "seen", *every[::2])
    pages, cursor = [], None
    while True:
        given = {"mark": "seen", "limit": 2} | ({"cursor": cursor} if cursor else {})
        read = reader.get("/api/v1/dispatches", params=given).json()
        pages += [item["dispatch_id"] for item in read["items"]]
        assert read["total"]["value"] == len(every[::2])
        cursor = read["next"]
        if cursor is None:
            break
    assert pages == every[::2]


def test_marks_follow_splits_and_merges(desk, reader):
    whole = keep_two(desk)
    mark(reader, "saved", whole)
    done = split(desk.store, ["https://gulf.example/1"], **BY)
    desk.settle()
    named = reader.get("/api/v1/marks").json()["items"][0]
    assert named["dispatch"] in {whole, done.dispatch}
    other = keep_another(desk)
    mark(reader, "used", other)
    merge(desk.store, [whole, other], **BY)
    desk.settle()
    listed = {one["kind"]: one["dispatch"] for one in reader.get("/api/v1/marks").json()["items"]}
    assert listed["used"] == whole
    assert mark(reader, "spiked", other).json()["items"][0]["dispatch"] == whole  # the old id resolves
    assert find_ids(reader, mark="used") == {whole}


def test_a_mark_says_how_the_agency_went_on(desk, reader):
    keep_wire(desk, "North quay to be rebuilt")
    (item,) = desk.find()
    mark(reader, "used", item["dispatch_id"])
    assert words(row_of(reader).cssselect(".marks")[0]) == "used"
    keep_wire(
        desk, "UPDATE 1-North quay to be rebuilt", change="Work begins in June, the board added on Tuesday."
    )
    assert words(row_of(reader).cssselect(".marks")[0]) == "used v1, now v2"
    keep_wire(
        desk, "CORRECTED-North quay to be rebuilt", change="Work begins in July, the board added on Tuesday."
    )
    assert words(row_of(reader).cssselect(".marks")[0]) == "used v1, corrected"
    (listed,) = reader.get("/api/v1/marks").json()["items"]
    assert (listed["version"], listed["now"]) == (1, 3)
    assert [one["kind"] for one in listed["later"]] == ["update", "corrected"]
    assert mark(reader, "used", item["dispatch_id"]).status_code == 201  # the present version
    assert words(row_of(reader).cssselect(".marks")[0]).startswith("used v")
    assert "corrected" not in words(row_of(reader).cssselect(".marks")[0])


def test_the_page_of_marks_and_its_exports_list_the_same(desk, reader):
    whole = keep_two(desk)
    mark(reader, "saved", whole)
    mark(reader, "used", whole, who='=cmd("x")<b>')
    page = html.fromstring(reader.get("/marks").text)
    assert [words(one.cssselect(".chip")[0]) for one in page.cssselect(".mark-list li")] == ["used", "saved"]
    assert not page.cssselect(".mark-list b")
    only = html.fromstring(reader.get("/marks?kind=saved").text)
    assert len(only.cssselect(".mark-list li")) == 1
    rows = list(csv.DictReader(io.StringIO(reader.get("/marks.csv").text)))
    assert [(row["kind"], row["dispatch"]) for row in rows] == [("used", whole), ("saved", whole)]
    assert rows[0]["who"].startswith("'=")  # no formula
    assert [one["kind"] for one in reader.get("/marks.json?kind=saved").json()["items"]] == ["saved"]
    mark(reader, "saved", whole, undo=True)
    assert len(html.fromstring(reader.get("/marks").text).cssselect(".mark-list li")) == 1
    assert len(html.fromstring(reader.get("/marks?undone=1").text).cssselect(".mark-list li.undone")) == 1


def test_ids_of_marks_narrow_every_search(desk):
    whole = keep_two(desk)
    assert desk.index.search(SearchQuery(ids=())).total.value == 0
    assert [hit.id for hit in desk.index.search(SearchQuery(ids=(whole,))).hits] == [whole]
    assert desk.index.search(SearchQuery(without_ids=(whole,))).total.value == 0
