"""Views: kept, tried before they are kept, opened side by side, counted, and who sees whose."""

import json
import string

import pytest
from lxml import html

from copytaster.values import Dateline
from tests.newsdesk.web.decisions.test_deciding import ANOTHER, keep_another, open_browser
from tests.newsdesk.web.decisions.test_decisions import keep_two
from tests.newsdesk.web.dispatch.test_page import words
from tests.newsdesk.web.people.test_people import PROXY, be
from tests.newsdesk.web.search.test_live import TEXTS


@pytest.fixture
def reader(desk):
    return open_browser(desk)


def add(reader, name="Quays", *, shared=False, headers=None, **search):
    body = {"name": name, "shared": shared, "search": search}
    answer = reader.post("/api/v1/views", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def fill(reader, path="/views/edit", **changes):
    """The values of the form as a browser sends them, with some boxes ticked."""
    page = html.fromstring(reader.get(path).text)
    (form,) = page.cssselect("form.view-form")
    sent = {}
    for field in form.cssselect("input[name]"):
        if field.get("type") == "checkbox" and field.get("checked") is None:
            continue
        sent.setdefault(field.get("name"), []).append(field.get("value") or "")
    return sent | changes


def press(reader, sent, do="save", **headers):
    return reader.post("/views/edit", data=sent | {"do": do}, headers=headers, follow_redirects=False)


def list_names(reader, headers=None):
    return [one["name"] for one in reader.get("/api/v1/views", headers=headers).json()["items"]]


def test_a_view_is_made_by_mouse_from_what_the_index_holds(desk, reader):
    keep_two(desk)
    page = html.fromstring(reader.get("/views/edit").text)
    offered = {box.get("value") for box in page.cssselect("input[name=publishers]")}
    assert {"Gulf Ledger", "Harbour Post"} <= offered
    assert "sport" in {box.get("value") for box in page.cssselect("input[name=without_topics]")}
    answer = press(reader, fill(reader, name=["Gulf"], publishers=["Gulf Ledger"], without_topics=["sport"]))
    assert (answer.status_code, answer.headers["location"]) == (303, "/views")
    (item,) = reader.get("/api/v1/views").json()["items"]
    assert item["search"] == {"publishers": ["Gulf Ledger"], "without_topics": ["sport"]}
    again = fill(reader, f"/views/edit?edit={item['id']}")
    assert (again["name"], again["publishers"]) == (["Gulf"], ["Gulf Ledger"])
    (row,) = html.fromstring(reader.get("/views").text).cssselect(".views li")
    assert "not sport" in words(row)
    shown = html.fromstring(reader.get(row.cssselect("nav a")[0].get("href")).text)
    assert len(shown.cssselect(".hit")) == 1  # the list shows what the view finds


def test_a_change_is_tried_against_the_last_day(desk, reader):
    keep_two(desk)
    keep_another(desk)
    desk.keep(
        headline="Old strike",
        url="https://old.example/1",
        body=ANOTHER.replace("Bus", "Tram"),
        publisher="Old",
    )
    desk.settle()
    view = add(reader, words="quay")
    before = reader.get("/api/v1/views").json()
    answer = press(reader, fill(reader, f"/views/edit?edit={view}", words=["strike"]), do="try")
    page = html.fromstring(answer.text)
    assert answer.status_code == 200
    told = words(page.cssselect("#preview")[0])
    tried = reader.post("/api/v1/views/preview", json={"search": {"words": "strike"}, "view": view}).json()
    assert told == f"Would gain {tried['gains']}, lose {tried['loses']} of the last day"
    assert reader.get("/api/v1/views").json() == before  # nothing is kept


def test_the_preview_counts_only_the_last_day(desk, reader):
    from datetime import UTC, datetime, timedelta

    now = datetime.now(UTC)
    keep = {"publisher": "Vale Courier", "body": ANOTHER}
    desk.keep(headline="Strike now", url="https://v.example/1", published_at=now, **keep)
    desk.keep(
        headline="Quay in March",
        url="https://v.example/2",
        published_at=now - timedelta(days=3),
    )
    desk.settle()
    tried = reader.post("/api/v1/views/preview", json={"search": {}}).json()
    assert (tried["total"], tried["gains"], tried["loses"], tried["cut"]) == (1, 1, 0, False)
    view = add(reader)
    tried = reader.post("/api/v1/views/preview", json={"search": {"words": "quay"}, "view": view}).json()
    assert (tried["total"], tried["gains"], tried["loses"]) == (0, 0, 1)


def test_what_became_news_since_the_last_visit_is_unread(desk, reader):
    keep_two(desk)
    view = add(reader)
    assert not html.fromstring(reader.get("/views").text).cssselect(
        ".unread"
    )  # never opened: nothing to count
    board = html.fromstring(reader.get(f"/board?view={view}").text)
    assert (len(board.cssselect(".board li")), board.cssselect(".fresh")) == (1, [])
    desk.ago = -desk.ago  # arrives after the visit
    keep_another(desk)
    assert words(html.fromstring(reader.get("/views").text).cssselect(".unread")[0]).startswith("1")
    board = html.fromstring(reader.get(f"/board?view={view}").text)
    (fresh,) = board.cssselect("li.fresh")
    assert "Bus drivers strike" in words(fresh)
    assert "You were here" in words(board.cssselect("li.here")[0])


def read_ids(reader, view, headers=None):
    answer = reader.get(f"/api/v1/views/{view}/dispatches", headers=headers)
    assert answer.status_code == 200, answer.text
    return {item["dispatch_id"] for item in answer.json()["items"]}


def mark(reader, kind, one, headers=None):
    body = {"kind": kind, "dispatches": [one]}
    assert reader.post("/api/v1/marks", json=body, headers=headers).status_code == 201


def test_a_view_keeps_marks_and_every_way_out_honours_them(desk, reader):
    whole, other = keep_two(desk), keep_another(desk)
    mark(reader, "used", whole)
    sent = fill(reader, "/views/edit?mark=used&unmarked=spiked:anyone", name=["Mine"])
    assert (sent["marks"], sent["without_marks"]) == (["used"], ["spiked:anyone"])
    assert press(reader, sent).status_code == 303
    (item,) = reader.get("/api/v1/views").json()["items"]
    assert item["search"] == {"marks": ["used"], "without_marks": ["spiked:anyone"]}
    assert read_ids(reader, item["id"]) == {whole}
    (row,) = html.fromstring(reader.get("/views").text).cssselect(".views li")
    address = row.cssselect("nav a")[0].get("href")
    assert [hit.get("data-id") for hit in html.fromstring(reader.get(address).text).cssselect(".hit")] == [
        whole
    ]
    exported = reader.get(address.replace("/?", "/dispatches.json?")).json()
    assert [one["dispatch_id"] for one in exported["items"]] == [whole]
    board = html.fromstring(reader.get(f"/board?view={item['id']}").text)
    assert [link.get("href") for link in board.cssselect(".board h3 a")] == [f"/dispatches/{whole}"]
    mark(reader, "spiked", whole)
    assert read_ids(reader, item["id"]) == set()
    mark(reader, "used", other)
    assert read_ids(reader, item["id"]) == {other}


def test_marks_of_you_in_a_shared_view_are_those_of_who_reads(desk):
    reader = open_browser(desk, **PROXY)
    ada, cy = be("ada"), be("cy", "ops")
    whole, other = keep_two(desk), keep_another(desk)
    mark(reader, "saved", whole, ada)
    mark(reader, "saved", other, cy)
    mine = add(reader, "Saved", shared=True, headers=ada, marks=["saved"])
    hers = add(reader, "Ada's", shared=True, headers=ada, marks=["saved:ada"])
    assert [read_ids(reader, mine, one) for one in (ada, cy)] == [{whole}, {other}]
    assert [read_ids(reader, hers, one) for one in (ada, cy)] == [{whole}, {whole}]


def test_a_view_keeps_times_that_move_with_the_clock(desk, reader):
    from datetime import UTC, datetime, timedelta

    now = datetime.now(UTC)
    for (hours, name), text in zip(((1, "Bus"), (30, "Tram"), (200, "Ferry")), TEXTS, strict=True):
        desk.keep(
            headline=f"{name} drivers strike",
            url=f"https://v.example/{hours}",
            publisher=name,
            body=text,
            published_at=now - timedelta(hours=hours),
        )
    desk.settle()
    names = {}
    for since, until in (("24h", ""), ("7d", "24h"), ("", "7d"), ("2020-01-01", "2020-01-02")):
        view = add(reader, since=since, until=until)
        answer = reader.get(f"/api/v1/views/{view}/dispatches").json()
        names[since, until] = sorted(one["headline"].split()[0] for one in answer["items"])
    assert names == {
        ("24h", ""): ["Bus"],
        ("7d", "24h"): ["Tram"],
        ("", "7d"): ["Ferry"],
        ("2020-01-01", "2020-01-02"): [],
    }
    page = html.fromstring(reader.get("/?since=24h").text)
    assert [words(hit.cssselect("h2")[0]) for hit in page.cssselect(".hit")] == ["Bus drivers strike"]
    first = reader.get("/api/v1/dispatches?since=7d&limit=1").json()
    second = reader.get(f"/api/v1/dispatches?since=7d&limit=1&cursor={first['next']}").json()
    assert sorted(one["items"][0]["headline"].split()[0] for one in (first, second)) == ["Bus", "Tram"]


@pytest.mark.parametrize(("field", "value"), [("marks", ["eaten"]), ("since", "soon"), ("until", "24")])
def test_a_mark_or_a_time_that_cannot_be_read_is_no_view(reader, field, value):
    answer = reader.post("/api/v1/views", json={"name": "No", "search": {field: value}})
    assert answer.status_code in {400, 422}
    assert field in answer.text


def test_views_are_columns_side_by_side(desk, reader):
    keep_two(desk)
    views = [add(reader, "A", words="quay"), add(reader, "B", words="zebra")]
    board = html.fromstring(reader.get(f"/board?view={views[1]}&view={views[0]}").text)
    assert [words(one) for one in board.cssselect(".board h2")] == ["B", "A"]
    assert [len(one.cssselect("h3")) for one in board.cssselect(".board > section")] == [0, 1]
    assert reader.get("/board?view=1&view=2&view=3&view=4&view=5").status_code == 400
    assert reader.get("/board").status_code == 400
    assert reader.get("/board?view=99").status_code == 404


def test_own_views_are_their_owners_and_shared_ones_everybodys(desk):
    reader = open_browser(desk, **PROXY)
    ada, bo, ops = be("ada"), be("bo", "guests"), be("cy", "ops")
    own = add(reader, "Own", headers=ada)
    shared = add(reader, "Shared", shared=True, headers=ada)
    assert (list_names(reader, ada), list_names(reader, bo), list_names(reader)) == (
        ["Own", "Shared"],
        ["Shared"],
        ["Shared"],
    )
    for path in (f"/api/v1/views/{own}", f"/board?view={own}", f"/api/v1/views/{own}/dispatches"):
        assert [reader.get(path, headers=who).status_code for who in (ada, bo, {}, ops)] == [
            200,
            404,
            404,
            200,
        ]
    body = {"name": "Mine now", "search": {}}
    assert reader.put(f"/api/v1/views/{shared}", json=body, headers=bo).status_code == 403
    assert reader.delete(f"/api/v1/views/{shared}", headers={}).status_code == 403
    assert reader.put(f"/api/v1/views/{shared}", json=body, headers=ops).status_code == 200
    assert reader.delete(f"/api/v1/views/{own}", headers=ada).status_code == 204
    assert reader.post("/api/v1/views", json={"name": "x", "search": {}}, headers=bo).status_code == 403
    audit = reader.get("/api/v1/audit?what=view", headers=ada).json()["items"]
    assert [(row["what"], row["who"]) for row in audit] == [
        ("view.remove", "ada"),
        ("view.change", "cy"),
        ("view.add", "ada"),
        ("view.add", "ada"),
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"name": " ", "search": {}}, "name"),
        ({"name": "x" * 121, "search": {}}, "name"),
        ({"name": "x", "search": {"words": "kind:nonsense"}}, "nonsense"),
        ({"name": "x", "search": {"colour": ["red"]}}, "colour"),
        ({"name": "x", "search": {"agencies": ["a"] * 33}}, "agencies"),
    ],
)
def test_what_is_no_view_is_refused_with_its_reason(desk, reader, body, said):
    answer = reader.post("/api/v1/views", json=body)
    assert answer.status_code == 400
    assert said in answer.json()["detail"]
    assert list_names(reader) == []


def test_a_part_of_the_world_without_a_topic_is_a_view_by_mouse(desk, reader):
    keep_two(desk)
    for number, (place, headline) in enumerate(
        [("BEIRUT", "Port to grow"), ("BEIRUT", "Sport: cup drawn"), ("OSLO", "Tram")]
    ):
        desk.keep(
            url=f"https://harbour.example/world/{number}",
            headline=headline,
            body=f"{headline} after {number + 3} years of talks between the {number + 5} owners of the {place} yard.",
            dateline=Dateline(place, (place,)),
            slug="-".join(f"YARD{letter * (number + 1)}" for letter in string.ascii_uppercase[:16]),
        )
    desk.settle()
    page = html.fromstring(reader.get("/views/edit").text)
    offered = [box.get("value") for box in page.cssselect("input[name=regions]")]
    assert offered[:3] == ["Middle East", "Nordic countries", "BEIRUT"]
    assert "sport" in {
        box.get("value") for box in page.cssselect("input[name=without_topics]")
    }  # beside 40 slugs
    assert "Beirut" in words(page.cssselect("form.view-form")[0])
    sent = fill(reader, regions=["Middle East"], without_topics=["sport"])
    assert press(reader, sent).status_code == 303
    (view,) = reader.get("/api/v1/views").json()["items"]
    assert view["name"] == "Middle East, no sport"
    found = reader.get(f"/api/v1/views/{view['id']}/dispatches").json()["items"]
    assert [one["headline"] for one in found] == ["Port to grow"]
    (row,) = reader.get("/api/v1/audit?what=view").json()["items"]
    assert row["detail"] == "Middle East, no sport (own); regions: Middle East; without topics: sport"


def test_the_form_shows_its_problem_and_keeps_what_was_typed(desk, reader):
    keep_two(desk)
    sent = fill(reader, name=["Gulf"], words=["kind:nonsense"])
    for do in ("try", "save"):
        answer = press(reader, sent, do=do)
        page = html.fromstring(answer.text)
        assert answer.status_code == 400
        assert "nonsense" in words(page.cssselect("[role=alert]")[0])
        assert page.cssselect("#name")[0].get("value") == "Gulf"
    assert press(reader, fill(reader, name=["G"], token=["0"])).status_code == 400
    assert press(reader, sent, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert list_names(reader) == []
    assert press(reader, fill(reader, name=["G"], more_regions=["Kiel, Port Vale ,"])).status_code == 303
    (item,) = reader.get("/api/v1/views").json()["items"]
    assert item["search"] == {"regions": ["Kiel", "Port Vale"]}


def test_a_view_is_removed_once_somebody_is_sure(desk, reader):
    view = add(reader, "Quays", shared=True, words="quay")
    asked = press(reader, fill(reader, f"/views/edit?edit={view}"), do="remove")
    page = html.fromstring(asked.text)
    assert asked.status_code == 200
    assert words(page.cssselect("h1")[0]) == "Remove “Quays”?"
    assert list_names(reader) == ["Quays"]
    (form,) = page.cssselect("form.view-form")
    sent = dict(form.form_values())
    assert press(reader, sent | {"token": "0"}, do="remove").status_code == 400
    assert list_names(reader) == ["Quays"]
    body = {"name": "Mine", "view": view, "reasons": ["new"]}
    followed = reader.post("/api/v1/subscriptions", json=body).json()["id"]
    refused = html.fromstring(press(reader, sent, do="remove").text)
    assert "follows it" in words(refused.cssselect("[role=alert]")[0])
    assert refused.cssselect("#words")[0].get("value") == "quay"  # the form of the view, not an empty one
    assert reader.delete(f"/api/v1/subscriptions/{followed}").status_code == 204
    assert press(reader, sent, do="remove").status_code == 303
    assert list_names(reader) == []


def test_a_view_without_a_name_is_named_after_what_it_finds(desk, reader):
    ticked = {"languages": ["en"], "without_kinds": ["results"], "without": ["publisher:Old Post"]}
    assert press(reader, fill(reader, **ticked)).status_code == 303
    assert list_names(reader) == ["English, no results, no Old Post"]
    nothing = press(reader, fill(reader))
    assert (nothing.status_code, "a view needs a name" in nothing.text) == (400, True)


def test_a_list_is_kept_as_a_view(desk, reader):
    keep_two(desk)
    tail = "q=quay&publisher=Gulf+Ledger&without=kind%3Aresults&without=publisher%3AOld+Post&language=en"
    page = html.fromstring(reader.get(f"/?{tail}").text)
    path = page.cssselect("a.keep-view")[0].get("href")
    sent = fill(reader, path, name=["Kept"])
    assert (sent["words"], sent["publishers"], sent["without_kinds"], sent["without"]) == (
        ["quay"],
        ["Gulf Ledger"],
        ["results"],
        ["publisher:Old Post"],
    )
    assert press(reader, sent).status_code == 303
    (row,) = html.fromstring(reader.get("/views").text).cssselect(".views li")
    shown = row.cssselect("nav a")[0].get("href")
    assert sorted(shown.partition("?")[2].split("&")) == sorted(tail.split("&"))  # nothing is left out


def test_a_view_whose_words_no_longer_read_says_so_and_the_others_work(desk, reader):
    from datetime import UTC, datetime

    from copytaster.store.views import add_view

    keep_two(desk)
    good = add(reader, "Good")
    with desk.store.write() as connection:
        bad = add_view(
            connection, "Bad", {"words": "kind:gone"}, is_shared=True, who="x", at=datetime.now(UTC)
        ).id
    assert "gone" in words(html.fromstring(reader.get("/views").text).cssselect("[role=alert]")[0])
    board = html.fromstring(reader.get(f"/board?view={bad}&view={good}").text)
    assert "gone" in words(board.cssselect("[role=alert]")[0])
    assert len(board.cssselect(".board h3")) == 1


def test_hostile_names_are_text(desk, reader):
    keep_two(desk)
    payload = '"><script>alert(1)</script>'
    view = add(reader, payload, shared=True, words="quay", regions=[payload])
    for path in ("/views", f"/board?view={view}", f"/views/edit?edit={view}", "/audit"):
        scripts = html.fromstring(reader.get(path).text).cssselect("script")
        assert all(one.get("src", "").startswith("/static/") and not one.text for one in scripts), path
    assert json.loads(reader.get("/views.json").text)["views"][0]["name"] == payload


def test_the_api_pages_through_a_view(desk, reader):
    keep_two(desk)
    keep_another(desk)
    view = add(reader)
    first = reader.get(f"/api/v1/views/{view}/dispatches?limit=1").json()
    second = reader.get(
        f"/api/v1/views/{view}/dispatches", params={"limit": 1, "cursor": first["next"]}
    ).json()
    ids = {item["dispatch_id"] for item in first["items"] + second["items"]}
    assert (len(ids), first["total"]["value"]) == (2, 2)


def read_line(reader, views, after=0, headers=None):
    answer = reader.get(
        "/live/board",
        params={"view": views, "after": after},
        headers={"Accept": "application/json"} | (headers or {}),
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_one_line_serves_every_column_of_a_board(desk, reader):
    whole, other = keep_two(desk), keep_another(desk)
    views = [add(reader, "A", words="quay"), add(reader, "B", words="strike"), add(reader, "C")]
    told = read_line(reader, views)
    found = {
        view: {change["id"] for change in told["columns"][str(view)] if change["matches"]} for view in views
    }
    assert found == {views[0]: {whole}, views[1]: {other}, views[2]: {whole, other}}
    assert read_line(reader, views, told["complete_to"])["columns"] == {str(view): [] for view in views}
    page = html.fromstring(reader.get(f"/board?view={views[0]}&view={views[1]}").text)
    (board,) = page.cssselect(".board")
    assert board.get("data-live") == f"/live/board?view={views[0]}&view={views[1]}"
    assert [one.get("data-view") for one in board.cssselect("section")] == [str(views[0]), str(views[1])]


def test_a_line_is_for_views_that_its_reader_may_open(desk, reader):
    keep_two(desk)
    view = add(reader, words="quay")
    assert reader.get("/live/board?view=99&after=0").status_code == 404
    assert reader.get(f"/live/board?view={view}").status_code == 400
    stranger = open_browser(desk, **PROXY)
    guest = be("bo", "guests")
    assert stranger.get(f"/live/board?view={view}&after=0", headers=guest).status_code == 404


def test_marks_narrow_a_column_of_a_line(desk, reader):
    whole, other = keep_two(desk), keep_another(desk)
    mark(reader, "used", whole)
    views = [add(reader, "Mine", marks=["used"]), add(reader, "Rest", without_marks=["used:anyone"])]
    told = read_line(reader, views)["columns"]
    found = [{change["id"] for change in told[str(view)] if change["matches"]} for view in views]
    assert found == [{whole}, {other}]
