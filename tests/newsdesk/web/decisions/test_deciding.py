"""Deciding through the pages and the API: preview, decision, undo, history; and who may not."""

import pytest
from lxml import html
from starlette.testclient import TestClient

from newsdesk.web.app import create_app
from settings import WebSettings
from spiders.sources.config import parse_sources
from tests.newsdesk.web.conftest import SOURCES
from tests.newsdesk.web.decisions.test_decisions import keep_two
from tests.newsdesk.web.dispatch.test_page import words

ANOTHER = (
    "Bus drivers in the valley towns began a strike of two days on Monday after talks about night shifts failed, "
    "and the union said that 340 of 360 drivers had stayed at home.\n\n"
    "The company ran nine buses to the hospital with managers at the wheel. A mediator, Pia Holm, asked both sides "
    "to meet again on Thursday at the town hall in Vale."
)


@pytest.fixture
def reader(desk):
    """A browser on this machine."""
    return open_browser(desk)


def open_browser(desk, *, client=("127.0.0.1", 40_000), base_url="http://localhost", **web):
    settings = desk.settings.model_copy(update={"web": WebSettings(**web)})
    app = create_app(desk.store, desk.index, settings, parse_sources(SOURCES))
    return TestClient(app, base_url=base_url, client=client, raise_server_exceptions=False)


def keep_another(desk):
    desk.keep(
        headline="Bus drivers strike", publisher="Vale Courier", url="https://vale.example/1", body=ANOTHER
    )
    desk.settle()
    return next(item["dispatch_id"] for item in desk.find() if item["headline"] == "Bus drivers strike")


def find_story(desk, dispatch, publisher):
    members = desk.browser.get(f"/api/v1/dispatches/{dispatch}").json()["members"]
    return next(one["story"] for one in members if one["publisher"] == publisher)


def fill_in(page, **values):
    """The values of the form that decides, as a browser would send them."""
    (form,) = page.cssselect("form[method=post]")
    sent = [(field.get("name"), field.get("value") or "") for field in form.cssselect("input[name]")]
    return [(name, values.get(name, value)) for name, value in sent]


def send(reader, pairs, **headers):
    data = {}
    for name, value in pairs:
        data.setdefault(name, []).append(value)
    return reader.post("/decide", data=data, headers=headers, follow_redirects=False)


def decide(reader, decision, **rest):
    return reader.post("/api/v1/decisions", json={"decision": decision, **rest})


def test_a_copy_is_taken_out_with_both_texts_in_view_and_comes_back(desk, reader):
    whole = keep_two(desk)
    page = html.fromstring(reader.get(f"/dispatches/{whole}?tab=carriers").text)
    picks = page.cssselect("form.pick input[name=story]")
    assert len(picks) == 2
    story = find_story(desk, whole, "Gulf Ledger")
    assert str(story) in [pick.get("value") for pick in picks]
    asked = html.fromstring(reader.get(f"/decide?do=split&dispatch={whole}&story={story}").text)
    assert len(asked.cssselect(".two > section")) == 2
    assert all(text.cssselect("mark") for text in asked.cssselect(".two > section"))
    assert [words(one) for one in asked.cssselect(".changes .sizes")] == [
        "2 → 1 publishers, 2 → 1 versions",
        "0 → 1 publishers, 0 → 1 versions",
    ]
    assert len(desk.find()) == 1  # asking keeps nothing
    answer = send(reader, fill_in(asked, who="Ada", why="another quay"))
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/dispatches/{whole}?tab=carriers#decisions",
    )
    desk.settle()
    assert len(desk.find()) == 2
    history = html.fromstring(reader.get("/decisions").text)
    (row,) = history.cssselect(".decisions li")
    assert "Ada" in words(row)
    assert "another quay" in words(row)
    undo = html.fromstring(reader.get(row.cssselect("a.undo")[0].get("href")).text)
    assert send(reader, fill_in(undo, why="the same quay")).status_code == 303
    desk.settle()
    assert len(desk.find()) == 1
    assert "undone" in words(html.fromstring(reader.get("/decisions").text).cssselect(".decisions li")[0])


def test_a_dispatch_is_merged_by_the_address_of_its_page(desk, reader):
    one, other = keep_two(desk), keep_another(desk)
    asked = html.fromstring(
        reader.get(
            "/decide",
            params={"do": "merge", "dispatch": one, "with": f"http://localhost/dispatches/{other}?x"},
        ).text
    )
    assert "merged away" in words(asked)
    assert "gains 1" in words(asked)
    assert send(reader, fill_in(asked)).status_code == 303
    desk.settle()
    assert [item["dispatch_id"] for item in desk.find()] == [one]


def test_stories_are_pinned_and_released(desk, reader):
    whole = keep_two(desk)
    story = find_story(desk, whole, "Gulf Ledger")
    for deed, shown in (("pin", 1), ("unpin", 0)):
        asked = html.fromstring(reader.get(f"/decide?do={deed}&dispatch={whole}&story={story}").text)
        assert send(reader, fill_in(asked)).status_code == 303
        page = html.fromstring(reader.get(f"/dispatches/{whole}?tab=carriers").text)
        assert len([chip for chip in page.cssselect(".chip") if chip.text == "pinned"]) == shown


def test_the_api_tries_decides_lists_and_undoes(desk, reader):
    whole = keep_two(desk)
    wanted = {"kind": "split", "dispatch": whole, "stories": ["https://gulf.example/1"]}
    tried = reader.post("/api/v1/decisions/preview", json={"decision": wanted}).json()["dispatches"]
    assert [[one["publisher"] for one in change["loses"]] for change in tried] == [["Gulf Ledger"], []]
    assert [[one["publisher"] for one in change["gains"]] for change in tried] == [[], ["Gulf Ledger"]]
    assert reader.get("/api/v1/decisions").json() == {"items": []}
    made = decide(reader, wanted, who="Ada", why="another quay")
    assert made.status_code == 201
    (result,) = made.json()["items"]
    assert (result["changed"], result["others"]) == (True, [whole])
    assert decide(reader, wanted).status_code == 200  # again: nothing changes
    (listed,) = reader.get("/api/v1/decisions", params={"dispatch": whole}).json()["items"]
    assert (listed["who"], listed["why"]) == ("Ada", "another quay")
    undone = decide(reader, {"kind": "undo", "decision": result["decision"]}, who="Bo")
    assert undone.json()["items"][0]["dispatch"] == whole
    assert reader.get("/api/v1/decisions?standing=true").json() == {"items": []}
    desk.settle()
    assert len(desk.find()) == 1


@pytest.mark.parametrize(
    ("decision", "status", "named"),
    [
        ({"kind": "split", "stories": []}, 400, "stories"),
        ({"kind": "split", "stories": ["9999"]}, 404, "no story 9999"),
        ({"kind": "merge", "dispatches": ["dnone"]}, 400, "dispatches"),
        ({"kind": "merge", "dispatches": ["dnone", "dnone2"]}, 404, "no such dispatch"),
        ({"kind": "undo", "decision": 77}, 404, "no decision 77"),
        ({"kind": "explode"}, 400, "kind"),
    ],
)
def test_the_api_says_what_is_wrong_with_a_decision(desk, reader, decision, status, named):
    keep_two(desk)
    answer = decide(reader, decision)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert named in answer.json()["detail"]


def test_a_form_shows_again_what_was_typed_and_why_it_failed(desk, reader):
    whole = keep_two(desk)
    asked = html.fromstring(reader.get(f"/decide?do=undo&decision=1&dispatch={whole}").text)
    assert "no decision 1" in words(asked.cssselect("[role=alert]")[0])
    asked = html.fromstring(
        reader.get(f"/decide?do=pin&dispatch={whole}&story={find_story(desk, whole, 'Gulf Ledger')}").text
    )
    stale = fill_in(asked, token="0" * 64, why="his own words")
    answer = send(reader, stale)
    assert answer.status_code == 400
    again = html.fromstring(answer.text)
    assert "opened before the service started again" in words(again.cssselect("[role=alert]")[0])
    assert dict(fill_in(again))["why"] == "his own words"
    assert send(reader, fill_in(again)).status_code == 303


@pytest.mark.parametrize(
    ("opened", "headers"),
    [
        ({"client": ("192.0.2.7", 40_000)}, {}),
        ({"base_url": "http://desk.example", "hosts": ("desk.example",)}, {}),
        ({}, {"X-Forwarded-For": "192.0.2.7"}),
        ({}, {"Sec-Fetch-Site": "cross-site"}),
        ({"decisions": "off"}, {}),
        ({"decisions": "proxy", "proxies": ("192.0.2.0/24",)}, {"X-Forwarded-User": "mallory"}),
        ({"decisions": "proxy", "proxies": ("127.0.0.0/8",)}, {}),
    ],
    ids=[
        "elsewhere",
        "another-name",
        "through-a-proxy",
        "another-site",
        "off",
        "no-proxy-of-ours",
        "nobody-named",
    ],
)
def test_who_may_not_decide(desk, opened, headers):
    whole = keep_two(desk)
    reader = open_browser(desk, **opened)
    body = {"decision": {"kind": "split", "stories": ["https://gulf.example/1"]}}
    for path in ("/api/v1/decisions", "/api/v1/decisions/preview"):
        refused = reader.post(path, json=body, headers=headers)
        assert refused.status_code == 403, refused.text
    form = {"do": "split", "dispatch": whole, "story": "1", "token": "x"}
    assert reader.post("/decide", data=form, headers=headers).status_code == 403
    assert reader.get("/api/v1/decisions").json() == {"items": []}
    page = reader.get(f"/dispatches/{whole}?tab=carriers", headers=headers)
    if "Sec-Fetch-Site" not in headers:  # a reader who came by a link elsewhere may decide on our page
        assert "/decide" not in page.text
    assert page.status_code == 200


def test_a_form_of_another_site_cannot_call_the_api(desk, reader):
    keep_two(desk)
    body = '{"decision": {"kind": "split", "stories": ["https://gulf.example/1"]}}'
    answer = reader.post("/api/v1/decisions", content=body, headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
    assert reader.get("/api/v1/decisions").json() == {"items": []}


def test_a_proxy_names_who_decides(desk):
    whole = keep_two(desk)
    reader = open_browser(desk, decisions="proxy", proxies=("127.0.0.0/8",))
    reader.headers["X-Forwarded-User"] = "ada@desk.example"
    page = html.fromstring(reader.get(f"/decide?do=split&dispatch={whole}&story=https://gulf.example/1").text)
    assert not page.cssselect("#who")
    pairs = fill_in(page)
    as_another = send(reader, pairs, **{"X-Forwarded-User": "mallory"})
    assert as_another.status_code == 400  # the token is hers
    assert send(reader, pairs).status_code == 303
    assert [one["who"] for one in reader.get("/api/v1/decisions").json()["items"]] == ["ada@desk.example"]
    assert decide(reader, {"kind": "undo", "decision": 1}, who="Bo").status_code == 400


def test_hostile_text_is_text_on_the_pages_of_decisions(desk, reader):
    payload = '"><script>alert(1)</script>'
    desk.keep(headline=f"Quay {payload}", publisher=f"Post {payload}")
    desk.keep(headline=f"Quay {payload}", publisher="Gulf Ledger", url="https://gulf.example/1")
    desk.settle()
    (item,) = desk.find()
    made = decide(reader, {"kind": "split", "stories": ["https://gulf.example/1"]}, who=payload, why=payload)
    whole = made.json()["items"][0]["others"][0]
    paths = (
        "/decisions",
        f"/decide?do=merge&dispatch={whole}&with={item['dispatch_id']}",
        f"/decide?do=undo&decision=1&dispatch={whole}",
        f"/dispatches/{whole}",
        "/decide?do=merge&dispatch=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&with=x",
    )
    for path in paths:
        assert not html.fromstring(reader.get(path).text).cssselect("script:not([src^='/static/'])"), path
