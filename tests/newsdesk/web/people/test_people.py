"""Whose request it is: the machine itself, a proxy with groups, tokens; roles, and the audit of what they write."""

import json
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from lxml import html

from copytaster.store.tokens import make_token, revoke_token
from newsdesk.web.people.people import Role, choose_role
from settings import RoleSettings
from tests.newsdesk.web.decisions.test_deciding import fill_in, open_browser, send
from tests.newsdesk.web.decisions.test_decisions import keep_two
from tests.newsdesk.web.dispatch.test_page import words

PROXY = {
    "decisions": "proxy",
    "proxies": (ip_network("127.0.0.0/8"),),
    "group_header": "X-Forwarded-Groups",
    "roles": RoleSettings(admin=("group:ops",), desk=("ada",), read=("group:guests",), others="none"),
}
SPLIT = {"decision": {"kind": "split", "stories": ["https://gulf.example/1"]}}


def be(name, groups=""):
    return {"X-Forwarded-User": name, "X-Forwarded-Groups": groups, "X-Forwarded-For": "6.6.6.6, 10.1.1.9"}


def make(desk, scope, name="night-script"):
    with desk.store.write() as connection:
        token, text = make_token(connection, name, who="Ida", at=datetime.now(UTC), scope=scope)
    return token, {"Authorization": f"Bearer {text}"}


@pytest.mark.parametrize(
    ("name", "groups", "role"),
    [
        ("ada", set(), Role.DESK),
        ("ada", {"ops", "guests"}, Role.ADMIN),
        ("bo", {"guests"}, Role.READ),
        ("bo", {"ada"}, Role.NONE),
        ("group:ops", set(), Role.NONE),
    ],
)
def test_the_highest_role_that_fits_counts(name, groups, role):
    assert choose_role(PROXY["roles"], name, frozenset(groups)) is role


@pytest.mark.parametrize(
    ("headers", "page", "write"),
    [
        (be("ada"), 200, 201),
        (be("bo", "guests, ops"), 200, 201),
        (be("bo", "guests"), 200, 403),
        (be("mallory"), 401, 401),
        ({}, 200, 403),
    ],
    ids=["desk", "admin-by-group", "read", "none", "nobody"],
)
def test_roles_decide_over_pages_and_writes(desk, headers, page, write):
    keep_two(desk)
    reader = open_browser(desk, **PROXY)
    assert reader.get("/", headers=headers).status_code == page
    assert reader.post("/api/v1/decisions", json=SPLIT, headers=headers).status_code == write
    assert reader.get("/livez", headers=headers).status_code == 200


def test_nobody_reads_where_people_must_sign_in(desk):
    reader = open_browser(desk, **PROXY | {"roles": RoleSettings(nobody="none")})
    for path in ("/", "/sources", "/api/v1/dispatches", "/dispatches.atom", "/api/v1/openapi.json"):
        refused = reader.get(path)
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer"), path
        assert reader.get(path, headers=be("cy")).status_code == 200, path
    assert [reader.get(path).status_code for path in ("/livez", "/metrics", "/static/desk.css")] == [200] * 3
    elsewhere = open_browser(desk, client=("192.0.2.7", 4), **PROXY | {"roles": RoleSettings(nobody="none")})
    assert elsewhere.get("/", headers=be("ada")).status_code == 401  # no proxy of ours


@pytest.mark.parametrize(
    ("scope", "page", "write"),
    [("push", 200, 403), ("read", 200, 403), ("desk", 200, 201), ("admin", 200, 201)],
)
def test_a_token_does_what_its_scope_says(desk, scope, page, write):
    keep_two(desk)
    reader = open_browser(desk, client=("192.0.2.7", 4))
    token, headers = make(desk, scope)
    assert reader.get("/", headers=headers).status_code == page
    answer = reader.post("/api/v1/decisions", json=SPLIT, headers=headers)
    assert answer.status_code == write, answer.text
    with desk.store.write() as connection:
        revoke_token(connection, token.id, who="Ida", at=datetime.now(UTC))
    refused = reader.post("/api/v1/decisions", json=SPLIT, headers=headers)
    assert refused.status_code == 401
    assert "not in force" in refused.json()["detail"]


def test_a_token_of_the_api_pushes_no_copy(desk):
    reader = open_browser(desk)
    _, headers = make(desk, "admin")
    assert reader.post("/api/v1/wire", content=b"x", headers=headers).status_code == 401


def test_switched_off_is_off_for_tokens_too(desk):
    keep_two(desk)
    reader = open_browser(desk, decisions="off")
    _, headers = make(desk, "admin")
    assert reader.post("/api/v1/decisions", json=SPLIT, headers=headers).status_code == 403


def test_a_token_gives_its_own_name(desk):
    keep_two(desk)
    reader = open_browser(desk, client=("192.0.2.7", 4))
    _, headers = make(desk, "desk")
    assert reader.post("/api/v1/decisions", json=SPLIT | {"who": "Ada"}, headers=headers).status_code == 400
    assert reader.post("/api/v1/decisions", json=SPLIT, headers=headers).status_code == 201
    (row,) = reader.get("/api/v1/audit?what=decision", headers=headers).json()["items"]
    assert (row["who"], row["what"]) == ("night-script", "decision.split")
    assert row["origin"].startswith("192.0.2.7, token ")


def test_a_write_through_the_proxy_is_audited_with_the_readers_address(desk):
    whole = keep_two(desk)
    reader = open_browser(desk, **PROXY)
    page = reader.get(f"/decide?do=split&dispatch={whole}&story=https://gulf.example/1", headers=be("ada"))
    pairs = fill_in(html.fromstring(page.text), why="another quay")
    assert send(reader, pairs, **be("ada")).status_code == 303
    (row,) = reader.get("/api/v1/audit", headers=be("ada")).json()["items"]
    assert (row["who"], row["detail"], row["origin"]) == (
        "ada",
        "another quay",
        "10.1.1.9 by proxy 127.0.0.1",
    )


def test_a_form_with_a_foreign_origin_is_refused(desk):
    whole = keep_two(desk)
    reader = open_browser(desk)
    asked = html.fromstring(
        reader.get(f"/decide?do=split&dispatch={whole}&story=https://gulf.example/1").text
    )
    pairs = fill_in(asked)
    assert send(reader, pairs, Origin="https://evil.example").status_code == 403
    assert send(reader, pairs, Origin="null").status_code == 403
    answer = send(reader, pairs, Origin="http://localhost")
    assert answer.status_code == 303
    (cookie,) = answer.headers.get_list("set-cookie")
    assert {"HttpOnly", "SameSite=strict"} <= {part.strip() for part in cookie.split(";")}


def test_the_audit_is_a_page_a_sheet_and_lines(desk):
    keep_two(desk)
    reader = open_browser(desk)
    assert "No row matches" in reader.get("/audit").text
    reader.post("/api/v1/decisions", json=SPLIT | {"who": "Ada", "why": "=1+1 <b>x</b>"})
    reader.post("/api/v1/decisions", json={"decision": {"kind": "undo", "decision": 1}, "who": "Bo"})
    rows = html.fromstring(reader.get("/audit").text).cssselect(".audit tbody tr")
    assert ["Bo" in words(rows[0]), "Ada" in words(rows[1])] == [True, True]
    assert "<b>x</b>" in words(rows[1])
    assert len(html.fromstring(reader.get("/audit?who=Ada").text).cssselect(".audit tbody tr")) == 1
    sheet = reader.get("/audit.csv?who=Ada").text.splitlines()
    assert sheet[0] == "id,at,who,what,subject,detail,origin"
    assert "'=1+1" in sheet[1]
    lines = [json.loads(line) for line in reader.get("/audit.ndjson").text.splitlines()]
    assert [line["what"] for line in lines] == ["decision.undo", "decision.split"]
    assert reader.get("/audit?who=Ada&since=2999-01-01").text.count("<tr") == 0
    assert reader.get("/audit?whom=Ada").status_code == 400


def test_the_audit_has_pages(desk):
    from copytaster.store.audit import note_write

    with desk.store.write() as connection:
        for number in range(230):
            note_write(connection, "view.change", number, who="Ada")
    reader = open_browser(desk)
    seen, after = [], ""
    while after is not None:
        found = reader.get(f"/api/v1/audit?{after}").json()
        seen += [int(item["subject"]) for item in found["items"]]
        after = found["next"] and f"before={found['next']}"
    assert seen == list(reversed(range(230)))
    page = html.fromstring(reader.get("/audit?who=Ada").text)
    assert page.cssselect(".pages a")[0].get("href").startswith("/audit?who=Ada&before=")


def test_only_the_desk_reads_the_audit(desk):
    reader = open_browser(desk, client=("192.0.2.7", 4))
    for path in ("/audit", "/audit.csv", "/audit.ndjson", "/api/v1/audit"):
        assert reader.get(path).status_code == 403, path
