"""Taking texts: by form and by call, by one and by a second person; and what becomes known of the text afterwards."""

import csv
import hashlib
import hmac
import io
import json
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from lxml import html
from starlette.testclient import TestClient

from copytaster.errors import UnreachableError
from copytaster.store.tables import versions
from newsdesk.operations.cms import Cms
from newsdesk.web.app import create_app
from settings import CmsSettings
from spiders.sources.config import parse_sources
from tests.newsdesk.web.conftest import PARAGRAPHS, SOURCES
from tests.newsdesk.web.dispatch.test_page import words
from tests.newsdesk.web.marks.test_marks import keep_wire, mark, open_browser

CORRECTION = "Work begins in July, the board added on Tuesday."


class Hook:
    """A content management system that answers as told, and keeps what it got."""

    def __init__(self, *statuses):
        self.got, self._statuses = [], list(statuses)
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.got.append((dict(self.headers), body))
                self.send_response(hook._statuses.pop(0) if hook._statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}/hook"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def hook():
    opened = []

    def start(*statuses):
        opened.append(Hook(*statuses))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.fixture
def reader(desk):
    """A browser on this machine."""
    return open_browser(desk)


def open_with(desk, hook):
    settings = desk.settings.model_copy(
        update={"cms": CmsSettings(url=hook.address, secret="s3cret-of-hook")}
    )
    app = create_app(desk.store, desk.index, settings, parse_sources(SOURCES))
    return TestClient(
        app, base_url="http://localhost", client=("127.0.0.1", 4), raise_server_exceptions=False
    )


def keep_one(desk):
    keep_wire(desk, "North quay to be rebuilt")
    (item,) = desk.find()
    return item["dispatch_id"]


def take(reader, dispatch, **rest):
    return reader.post("/api/v1/takes", json={"dispatch": dispatch, **rest})


def fill_in(reader, path, selector):
    (form,) = html.fromstring(reader.get(path).text).cssselect(selector)
    return {one.get("name"): one.get("value") for one in form.cssselect("input[name]")}


def test_a_form_gives_headline_text_credit_and_ids_and_notes_the_use(desk, reader):
    name = keep_one(desk)
    values = fill_in(reader, f"/dispatches/{name}", "form.take-form")
    answer = reader.post("/takes", data=values | {"how": "copy"})
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    version = desk.browser.get(f"/api/v1/dispatches/{name}").json()["canonical"]["version"]
    assert answer.text.split("\n\n") == [
        "North quay to be rebuilt", *PARAGRAPHS, "Credit: Reuters", f"Dispatch {name}, version {version}\n",
    ]  # fmt: skip
    (listed,) = reader.get("/api/v1/marks").json()["items"]
    assert (listed["kind"], listed["how"], listed["dispatch"]) == ("used", "copy", name)
    assert reader.post("/takes", data=values | {"how": "copy", "token": "x"}).status_code == 400
    assert reader.get("/takes").status_code == 405  # a link takes nothing


def test_a_second_taker_is_warned_before_and_after(desk, reader):
    name = keep_one(desk)
    assert take(reader, name, who="Bo").json()["others"] == []
    assert take(reader, name, who="Bo").json()["others"] == []  # again, noted once
    page = html.fromstring(reader.get(f"/dispatches/{name}").text)
    assert words(page.cssselect(".taken-before")[0]) == "Bo used it already"
    second = take(reader, name)
    assert second.status_code == 201
    assert [(one["who"], one["how"]) for one in second.json()["others"]] == [("Bo", "copy")]
    assert len(reader.get("/api/v1/marks").json()["items"]) == 2


def test_a_text_that_changed_meanwhile_is_not_taken_in_the_place_of_the_one_read(desk, reader):
    name = keep_one(desk)
    values = fill_in(reader, f"/dispatches/{name}", "form.take-form")
    keep_wire(desk, "UPDATE 1-North quay to be rebuilt", change=CORRECTION)
    refused = reader.post("/takes", data=values | {"how": "copy"})
    assert refused.status_code == 400
    assert "its text has changed since you opened it" in refused.text
    assert reader.get("/api/v1/marks").json()["items"] == []


def test_copy_under_embargo_cannot_be_taken(desk, reader):
    name = keep_one(desk)
    with desk.store.write() as connection:  # released to the desk before its hour
        connection.execute(versions.update().values(embargoed_until=datetime.now(UTC) + timedelta(hours=2)))
    refused = take(reader, name)
    assert (refused.status_code, "under embargo until" in refused.json()["detail"]) == (400, True)
    page = html.fromstring(reader.get(f"/dispatches/{name}").text)
    assert not page.cssselect("form.take-form")
    assert "It is under embargo until" in words(page.cssselect(".mark-desk .note")[0])
    assert reader.get("/api/v1/marks").json()["items"] == []


def test_withdrawn_copy_cannot_be_taken(desk, reader):
    name = keep_one(desk)
    keep_wire(desk, "WITHDRAWN-North quay to be rebuilt", change=CORRECTION)
    assert "withdrew" in take(reader, name).json()["detail"]
    assert reader.get("/api/v1/marks").json()["items"] == []


def test_a_correction_reaches_its_taker_by_name_until_acknowledged(desk, reader):
    name = keep_one(desk)
    take(reader, name)
    take(reader, name, who="Bo")
    keep_wire(desk, "UPDATE 1-North quay to be rebuilt", change="Pilots agreed.")
    assert not html.fromstring(reader.get("/").text).cssselect(".pending")  # an update is no correction
    keep_wire(desk, "CORRECTED-North quay to be rebuilt", change=CORRECTION)
    for path in ("/", f"/dispatches/{name}"):
        (banner,) = html.fromstring(reader.get(path).text).cssselect(".pending")
        assert words(banner).startswith("You used v1: corrected")
    answer = reader.post("/marks/acknowledge", data=fill_in(reader, "/", ".pending"), follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert not html.fromstring(reader.get("/").text).cssselect(".pending")
    uses = reader.get("/api/v1/affected").json()["items"]
    assert {(one["who"], one["what"], one["acknowledged_at"] is None) for one in uses} == {
        ("Bo", "corrected", True), (uses[1]["who"], "corrected", False),
    }  # fmt: skip
    keep_wire(desk, "WITHDRAWN-North quay to be rebuilt", change=CORRECTION)
    (banner,) = html.fromstring(reader.get("/").text).cssselect(".pending")
    assert words(banner).startswith("You used v1: withdrawn")


def test_nobody_acknowledges_for_another(desk, reader):
    name = keep_one(desk)
    take(reader, name, who="Bo")
    take(reader, name)
    keep_wire(desk, "CORRECTED-North quay to be rebuilt", change=CORRECTION)
    values = fill_in(reader, "/", ".pending")
    of_bo = next(one["mark"] for one in reader.get("/api/v1/marks").json()["items"] if one["who"] == "Bo")
    reader.post("/marks/acknowledge", data=values | {"mark": str(of_bo)})
    assert all(one["acknowledged_at"] is None for one in reader.get("/api/v1/affected").json()["items"])


def test_a_script_acknowledges_in_its_own_name_alone(desk, reader):
    name = keep_one(desk)
    take(reader, name, who="Bo")
    take(reader, name, who="Ada")
    keep_wire(desk, "CORRECTED-North quay to be rebuilt", change=CORRECTION)
    marks = [one["mark"] for one in reader.get("/api/v1/affected").json()["items"]]
    call = "/api/v1/affected/acknowledge"
    answer = reader.post(call, json={"marks": marks, "who": "Ada"}).json()
    assert [(one["who"], one["acknowledged_at"] is None) for one in answer["items"]] == [("Ada", False)]
    waiting = [one for one in reader.get("/api/v1/affected").json()["items"] if not one["acknowledged_at"]]
    assert [one["who"] for one in waiting] == ["Bo"]
    noted = reader.get("/api/v1/audit?what=mark.acknowledge").json()["items"]
    assert [(one["who"], one["subject"]) for one in noted] == [("Ada", name)]
    assert reader.post(call, json={"marks": []}).status_code == 400
    assert (
        reader.post(call, content=b'{"marks": [1]}', headers={"content-type": "text/plain"}).status_code
        == 415
    )


def test_who_used_a_text_that_was_corrected_is_listed_until_he_uses_the_new_one(desk, reader):
    name = keep_one(desk)
    take(reader, name, who="=Bo")
    mark(reader, "used", name, who="Ada")
    keep_wire(desk, "CORRECTED-North quay to be rebuilt", change=CORRECTION)
    page = html.fromstring(reader.get("/affected").text)
    assert sorted(words(one) for one in page.cssselect(".affected .publisher")) == ["=Bo", "Ada"]
    rows = list(csv.DictReader(io.StringIO(reader.get("/affected.csv").text)))
    assert {(row["who"], row["how"], row["what"]) for row in rows} == {
        ("'=Bo", "copy", "corrected"), ("Ada", "mark", "corrected"),
    }  # fmt: skip
    take(reader, name, who="Ada")
    assert [one["who"] for one in reader.get("/affected.json").json()["items"]] == ["=Bo"]
    assert reader.get("/api/v1/affected", params={"who": "Ada"}).json()["items"] == []
    assert reader.get("/api/v1/affected", params={"dispatch": "dnone"}).status_code == 404
    mark_undone = reader.post("/api/v1/marks/undo", json={"kind": "used", "dispatches": [name], "who": "=Bo"})
    assert mark_undone.json()["changed"] == 1
    assert reader.get("/api/v1/affected").json()["items"] == []


def test_a_dispatch_is_sent_signed_with_one_key_for_every_try(desk, hook):
    cms = hook(503, 200)
    reader = open_with(desk, cms)
    name = keep_one(desk)
    assert "Send to the CMS" in reader.get(f"/dispatches/{name}").text
    assert take(reader, name, how="send", who="Ada").status_code == 201
    assert len(cms.got) == 2
    (first, body), (second, again) = cms.got
    assert body == again
    assert first["Idempotency-Key"] == second["Idempotency-Key"]
    moment, _, signature = second["Copytaster-Signature"].partition(",v1=")
    signed = f"{moment.removeprefix('t=')}.".encode() + body
    assert hmac.new(b"s3cret-of-hook", signed, hashlib.sha256).hexdigest() == signature
    item = json.loads(body)
    assert (item["headlines"][0]["value"], item["creditline"], item["takenby"]) == (
        "North quay to be rebuilt", "Reuters", "Ada",
    )  # fmt: skip
    assert [one["how"] for one in reader.get("/api/v1/marks").json()["items"]] == ["send"]


@pytest.mark.parametrize(("statuses", "tries"), [((500, 500, 500), 3), ((404,), 1), ((302,), 1)])
def test_what_could_not_be_sent_is_noted_as_used_by_nobody(desk, hook, statuses, tries):
    cms = hook(*statuses)
    reader = open_with(desk, cms)
    name = keep_one(desk)
    answer = take(reader, name, how="send")
    assert answer.status_code == 502
    assert f"the hook answered {statuses[-1]}" in answer.json()["detail"]
    assert len(cms.got) == tries
    assert reader.get("/api/v1/marks").json()["items"] == []


def test_without_a_hook_nothing_is_sent_and_a_dead_one_is_named(desk, reader, hook):
    name = keep_one(desk)
    assert "Send to the CMS" not in reader.get(f"/dispatches/{name}").text
    assert take(reader, name, how="send").status_code == 503
    dead = hook()
    dead.close()
    waits = []
    cms = Cms(CmsSettings(url=dead.address, tries=3, timeout_s=1), sleep=waits.append)
    with pytest.raises(UnreachableError, match="did not answer"):
        cms.send({}, key="k")
    assert waits == [0.2, 0.4]


@pytest.mark.parametrize(
    ("opened", "headers", "status"),
    [
        ({"client": ("192.0.2.7", 40_000)}, {}, 403),
        ({}, {"Sec-Fetch-Site": "cross-site"}, 403),
        ({"decisions": "off"}, {}, 403),
        ({}, {"Content-Type": "text/plain"}, 415),
    ],
)
def test_who_may_not_take(desk, opened, headers, status):
    name = keep_one(desk)
    reader = open_browser(desk, **opened)
    assert reader.post("/api/v1/takes", json={"dispatch": name}, headers=headers).status_code == status
    if status == 403:
        form = {"dispatch": name, "token": "x"}
        for path in ("/takes", "/marks/acknowledge"):
            assert reader.post(path, data=form, headers=headers).status_code == 403
    assert reader.get("/api/v1/marks").json()["items"] == []
