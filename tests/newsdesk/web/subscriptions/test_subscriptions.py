"""The pages, the API and the feeds of subscriptions; and who may set up which."""

import json
from datetime import UTC, datetime

import pytest
from lxml import etree, html

from copytaster.store.subscriptions import pause_subscription
from newsdesk.operations.subscriptions.watch import SubscriptionWatch
from tests.newsdesk.web.decisions.test_deciding import keep_another, open_browser
from tests.newsdesk.web.decisions.test_decisions import keep_two
from tests.newsdesk.web.dispatch.test_page import words
from tests.newsdesk.web.people.test_people import PROXY, be
from tests.newsdesk.web.views.test_views import add as add_view
from tests.newsdesk.web.views.test_views import fill

NO_WEBHOOKS = (
    "https://", "//x.example/", "ftp://x.example/", "javascript:alert(1)", "http:///path", "http://[::1/", "http://[x]/",
    "http://x.example:99999/", "http://x.example:port/", "http://x.example:0/", "http://x .example/",
    "http://x.example/\r\nHost: y", "http://x.example/\x00",
)  # fmt: skip
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def reader(desk):
    return open_browser(desk)


def add(reader, headers=None, **changed):
    body = {"name": "Strikes", "search": {"words": "strike"}, "reasons": ["new", "killed"]} | changed
    return reader.post("/api/v1/subscriptions", json=body, headers=headers)


def list_names(reader, headers=None):
    return [one["name"] for one in reader.get("/api/v1/subscriptions", headers=headers).json()["items"]]


def press(reader, sent, path="/subscriptions/new", **headers):
    return reader.post(path, data=sent, headers=headers, follow_redirects=False)


def fill_as(reader, headers):
    page = html.fromstring(reader.get("/subscriptions/new?q=strike", headers=headers).text)
    token = page.cssselect("input[name=token]")[0].get("value")
    return {"token": [token], "search": ["{}"], "name": ["Hook"], "reasons": ["new"], "digest": ["0"]}


def tell(desk):
    SubscriptionWatch(desk.store, desk.index, desk.settings).run_slice(lambda: False)


def bring(desk):
    desk.ago = -desk.ago / 3600  # arrives after the subscription
    keep_another(desk)
    tell(desk)


def test_a_list_is_subscribed_to_by_its_form(desk, reader):
    keep_two(desk)
    page = html.fromstring(reader.get("/?q=strike&publisher=Vale+Courier").text)
    path = page.cssselect("a.keep-view")[1].get("href")
    sent = fill(reader, path)
    assert json.loads(sent["search"][0]) == {"words": "strike", "publishers": ["Vale Courier"]}
    sent |= {"channel": ["feed"], "digest": ["0"]}
    assert press(reader, sent).headers["location"] == "/subscriptions"
    (row,) = html.fromstring(reader.get("/subscriptions").text).cssselect(".views li")
    assert "words strike" in words(row)
    bring(desk)
    feed = etree.fromstring(reader.get(row.cssselect(".who a")[0].get("href")).content)
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "Bus drivers strike"
    shape = reader.get(row.cssselect(".who a")[1].get("href")).json()
    assert (shape["version"], len(shape["items"])) == ("https://jsonfeed.org/version/1.1", 1)
    assert shape["items"][0]["url"] == entry.find(f"{ATOM}link").get("href")
    assert feed.findtext(f"{ATOM}subtitle") == shape["description"]
    assert shape["_completeness"]["complete_to"] in shape["description"]


def test_a_view_is_followed_through_its_changes(desk, reader):
    keep_two(desk)
    view = add_view(reader, "V", words="zebra")
    sent = fill(reader, f"/subscriptions/new?edit={view}") | {"channel": ["feed"], "digest": ["0"]}
    assert press(reader, sent).status_code == 303
    assert (
        reader.put(f"/api/v1/views/{view}", json={"name": "V", "search": {"words": "strike"}}).status_code
        == 200
    )
    bring(desk)
    feed = reader.get("/api/v1/subscriptions").json()["items"][0]["feed"].replace(".atom", ".json")
    assert [item["title"] for item in reader.get(feed).json()["items"]] == ["Bus drivers strike"]
    assert reader.delete(f"/api/v1/views/{view}").status_code == 400  # something follows it


def test_a_feed_opens_by_its_secret_address_alone(desk):
    closed = PROXY | {"roles": PROXY["roles"].model_copy(update={"nobody": "none"})}
    reader = open_browser(desk, **closed)
    feed = add(reader, be("ada")).json()["feed"]
    assert reader.get(feed).status_code == 200
    assert reader.get("/subscriptions").status_code == 401
    assert reader.get(f"/feeds/{'x' * 32}.atom").status_code == 404


def test_each_button_does_what_it_says(desk, reader):
    made = add(reader).json()
    for deed, state in (("pause", "paused"), ("resume", "active")):
        page = html.fromstring(reader.get("/subscriptions").text)
        (form,) = [one for one in page.cssselect(".deeds form") if one.cssselect(f"button[value={deed}]")]
        sent = {field.get("name"): field.get("value") for field in form.cssselect("input")} | {"do": deed}
        assert press(reader, sent, "/subscriptions").status_code == 303
        assert reader.get("/api/v1/subscriptions").json()["items"][0]["state"] == state
    assert press(reader, sent | {"token": "0"}, "/subscriptions").status_code == 400
    assert press(reader, sent, "/subscriptions", **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert press(reader, sent | {"do": "remove"}, "/subscriptions").status_code == 303
    assert list_names(reader) == []
    audit = [row["what"] for row in reader.get("/api/v1/audit?what=subscription").json()["items"]]
    assert audit == [f"subscription.{deed}" for deed in ("remove", "resume", "pause", "add")]
    assert made["secret"] not in reader.get("/audit").text


def test_what_is_wrong_is_on_the_page(desk, reader):
    number = add(reader).json()["id"]
    with desk.store.write() as connection:
        pause_subscription(connection, number, why="kind:nonsense cannot be read", at=datetime.now(UTC))
    notice = html.fromstring(reader.get("/subscriptions").text).cssselect("[role=alert]")[0]
    assert "nonsense" in words(notice)
    assert "resume" in words(notice)
    assert "1 paused" in words(html.fromstring(reader.get("/views").text).cssselect("main")[0])
    item = reader.get("/api/v1/subscriptions").json()["items"][0]
    assert (item["state"], "nonsense" in item["problem"]) == ("paused", True)


def test_only_an_admin_sends_copy_to_other_machines(desk):
    reader = open_browser(desk, **PROXY)
    hook = {"channel": "webhook", "target": "https://desk.example/in?key=hush-hush-1234"}
    assert add(reader, be("ada"), **hook).status_code == 403
    assert add(reader, be("bo", "guests")).status_code == 403
    assert add(reader, {}).status_code == 403
    assert add(reader, be("ada"), channel="mail", target="ada@desk.example").status_code == 201
    made = add(reader, be("cy", "ops"), **hook)
    assert made.status_code == 201
    assert (made.json()["target"], "hush-hush-1234" in made.text) == ("https://desk.example/…", False)
    sent = fill_as(reader, be("cy", "ops")) | {"channel": ["webhook"], "target": [hook["target"]]}
    shown = html.fromstring(press(reader, sent, **be("cy", "ops")).text)
    assert len(shown.cssselect(".secret")[0].text) > 30
    assert not html.fromstring(reader.get("/subscriptions", headers=be("cy", "ops")).text).cssselect(
        ".secret"
    )
    page = html.fromstring(reader.get("/subscriptions/new", headers=be("ada")).text)
    assert page.cssselect("input[value=webhook]")[0].get("disabled") is not None


def test_own_subscriptions_are_their_owners_and_an_admins_are_all(desk):
    reader = open_browser(desk, **PROXY)
    number = add(reader, be("ada")).json()["id"]
    eve = be("eve", "ops")
    assert (
        list_names(reader, be("ada")),
        list_names(reader, be("bo", "guests")),
        list_names(reader, eve),
    ) == (
        ["Strikes"],
        [],
        ["Strikes"],
    )
    closed = PROXY | {"roles": PROXY["roles"].model_copy(update={"others": "desk"})}
    other = open_browser(desk, **closed)
    assert other.delete(f"/api/v1/subscriptions/{number}", headers=be("mallory")).status_code == 404
    own = other.post("/api/v1/views", json={"name": "Own", "search": {}}, headers=be("ada")).json()["id"]
    follow = {"name": "x", "view": own, "reasons": ["new"]}
    assert other.post("/api/v1/subscriptions", json=follow, headers=be("mallory")).status_code == 404


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"reasons": []}, "reasons"),
        ({"view": 1}, "a view or a search"),
        ({"search": {"words": "kind:nonsense"}}, "nonsense"),
        ({"channel": "mail"}, "mail address"),
        ({"digest_minutes": 7}, "digest_minutes"),
        ({"colour": "red"}, "unknown field 'colour'"),
        *(({"channel": "webhook", "target": target}, "no address of a webhook") for target in NO_WEBHOOKS),
    ],
)
def test_the_api_says_what_is_wrong(desk, reader, changed, said):
    answer = add(reader, **changed)
    assert (answer.status_code, said in answer.json()["detail"]) == (400, True)
    assert list_names(reader) == []


def test_the_form_shows_its_problem_and_keeps_what_was_typed(desk, reader):
    sent = fill(reader, "/subscriptions/new?q=strike") | {
        "name": ["Mine"],
        "channel": ["mail"],
        "target": ["nobody"],
        "digest": ["60"],
    }
    answer = press(reader, sent)
    page = html.fromstring(answer.text)
    assert (answer.status_code, page.cssselect("#name")[0].get("value")) == (400, "Mine")
    assert "nobody" in words(page.cssselect("[role=alert]")[0])
    assert page.cssselect("input[value='60']")[0].get("checked") is not None


def test_hostile_names_are_text(desk, reader):
    payload = '"><script>alert(1)</script>'
    made = add(reader, name=payload, search={"regions": [payload]}).json()
    assert not html.fromstring(reader.get("/subscriptions").text).cssselect("script")
    assert etree.fromstring(reader.get(made["feed"]).content).findtext(f"{ATOM}title") == payload
