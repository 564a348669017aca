"""Pushed copy: the real application, a real receiving thread, real parsing workers, a real store."""

import gzip
import json
from datetime import UTC, datetime
from threading import Event

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from copytaster.store.engine import Store
from copytaster.store.tables import refusals, runs, stories, versions
from copytaster.store.tokens import find_token, list_tokens, make_token, revoke_token
from indexer.factory import open_index
from newsdesk.operations.health import Health
from newsdesk.receiving import Receiving
from newsdesk.web.app import create_app
from settings import load_settings
from spiders.sources.config import parse_sources
from tests.copytaster.wire.formats import samples

SOURCES = '[[source]]\nname = "pier"\npublisher = "Pier Agency"\nkind = "push"\nurl = "push:pier"\n'
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FREE = {"embargoed": None}


class Desk:
    """The application with its receiving part, a token, and the rows of the store."""

    def __init__(self, folder):
        settings = load_settings(data_dir=folder)
        self.store = Store(settings.store_url)
        self.index = open_index(settings)
        self.active, self.stored = True, Event()
        health = Health(self.store)
        self.receiving = Receiving(
            self.store,
            settings,
            health,
            kinds={"push"},
            may_work=lambda _source: self.active,
            on_stored=self.stored.set,
        )
        sources = parse_sources(SOURCES)
        self.receiving.follow(sources)
        app = create_app(self.store, self.index, settings, sources, health, self.receiving.push)
        self.browser = TestClient(app, base_url="http://localhost", raise_server_exceptions=False)
        with self.store.write() as connection:
            self.token, self.text = make_token(connection, "pier", who="Ida", at=NOW)

    def push(self, body, token=None, **headers):
        data = body.encode() if isinstance(body, str) else body
        given = {"Authorization": f"Bearer {token or self.text}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        for _ in range(50):  # the thread may only be starting
            answer = self.browser.post("/api/v1/wire", content=data, headers=given)
            if answer.status_code != 503 or not self.active:
                break
            self.stored.wait(0.1)
        return answer

    def rows(self, *columns):
        with self.store.read() as connection:
            return connection.execute(select(*columns)).all()

    def close(self):
        self.receiving.close()
        self.index.close()
        self.store.close()


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path)
    yield made
    made.close()


def test_a_pushed_item_is_stored_once_and_its_next_version_is_a_version(desk):
    first = desk.push(samples.ninjs(**FREE))
    assert (first.status_code, first.json()["items"][0]["outcome"]) == (201, "stored")
    assert desk.stored.is_set()
    again = desk.push(samples.ninjs(**FREE))
    assert (again.status_code, again.json()["items"][0]["outcome"]) == (200, "unchanged")
    assert again.json()["items"][0]["story"] == first.json()["items"][0]["story"]
    body = (
        samples.P + "<p>The chair named a contractor on Wednesday, and the first pile is driven in June.</p>"
    )
    later = desk.push(samples.ninjs(version="4", body_xhtml=body, **FREE))
    assert (later.status_code, later.json()["items"][0]["version"]) == (201, 2)
    assert [tuple(row) for row in desk.rows(stories.c.source, stories.c.channel)] == [("pier", "push")]
    assert len(desk.rows(versions.c.id)) == 2


def test_any_format_and_gzip_are_taken_and_a_message_answers_for_each_item(desk):
    until = "2026-03-02T09:31:00+01:00"
    one = samples.g2(until=until)
    other = (
        samples.g2(until=until).replace("basin-7", "ferry-1").replace(samples.HEADLINE, "Ferry fares to rise")
    )
    answer = desk.push(gzip.compress(samples.g2_message(one, other).encode()), Content_Encoding="gzip")
    assert answer.status_code == 201
    assert [item["outcome"] for item in answer.json()["items"]] == ["stored", "stored"]


def test_what_cannot_be_used_is_a_problem_with_its_reason_and_waits_in_quarantine(desk):
    answer = desk.push("<inventory><part/></inventory>", Content_Type="application/xml")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "root element <inventory>" in answer.json()["detail"]
    assert [tuple(row) for row in desk.rows(refusals.c.source, refusals.c.reason)] == [
        ("pier", "unknown-format")
    ]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ct_aaaaaaaa_" + "x" * 43, "Basic aWRhOmlkYQ=="])
def test_without_a_token_in_force_nothing_is_read(desk, header):
    answer = desk.browser.post(
        "/api/v1/wire", content=samples.ninjs(**FREE), headers={"Authorization": header}
    )
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.headers["content-type"] == "application/problem+json"
    assert not desk.rows(stories.c.id)


def test_a_revoked_token_ends_at_once_and_its_text_is_nowhere_in_the_store(desk):
    assert desk.push(samples.ninjs(**FREE)).status_code == 201
    with desk.store.write() as connection:
        revoke_token(connection, desk.token.id, who="Ida", at=NOW)
    assert desk.push(samples.ninjs(**FREE)).status_code == 401
    with desk.store.read() as connection:
        (kept,) = list_tokens(connection)
        assert find_token(connection, desk.text) is None
    assert desk.text.rpartition("_")[2] not in json.dumps(kept.digest)
    assert kept.revoked_at == "2026-03-02T12:00:00Z"


def test_bad_and_bombing_compression_is_refused(desk):
    bomb = gzip.compress(b"<a>" + b" " * 20_000_000)
    assert desk.push(bomb, Content_Encoding="gzip").status_code == 413
    assert desk.push(b"x", Content_Encoding="br").status_code == 415


def test_a_service_on_standby_takes_nothing_and_says_so(desk):
    desk.active = False
    answer = desk.push(samples.ninjs(**FREE))
    assert (answer.status_code, answer.json()["status"]) == (503, 503)
    assert not desk.rows(stories.c.id)


def test_the_ledger_counts_what_was_pushed(desk):
    for number in range(3):
        desk.push(samples.ninjs(uri=f"urn:pier:{number}", **FREE))
    desk.push("<inventory/>")
    desk.receiving.close()
    (run,) = desk.rows(runs.c.outcome, runs.c.found, runs.c.stored, runs.c.dropped)
    assert (run.outcome, run.found, run.stored, run.dropped) == ("ran", 4, 3, {"unknown-format": 1})


def test_the_call_is_described_with_its_token_and_its_answers(desk):
    described = desk.browser.get("/api/v1/openapi.json").json()
    call = described["paths"]["/api/v1/wire"]["post"]
    assert call["security"] == [{"token": []}]
    assert set(call["responses"]) >= {"200", "201", "202", "401", "413", "415", "422", "503"}
    assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
