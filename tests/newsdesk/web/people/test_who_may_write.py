"""Every write of pages and calls, sent by those who may not; the desk sends the same as the control."""

from datetime import UTC, datetime

import pytest

from copytaster.store.tokens import revoke_token
from tests.newsdesk.web.decisions.test_deciding import open_browser
from tests.newsdesk.web.decisions.test_decisions import keep_two
from tests.newsdesk.web.people.test_people import PROXY, be, make

URL = "https://gulf.example/1"
CALLS = {
    ("post", "/decisions"): {"decision": {"kind": "split", "stories": [URL]}},
    ("post", "/decisions/preview"): {"decision": {"kind": "split", "stories": [URL]}},
    ("post", "/marks"): {"dispatches": ["{dispatch}"], "kind": "saved"},
    ("post", "/marks/undo"): {"dispatches": ["{dispatch}"], "kind": "saved"},
    ("post", "/takes"): {"dispatch": "{dispatch}"},
    ("post", "/affected/acknowledge"): {"marks": [1]},
    ("post", "/views"): {"name": "Quays", "search": {}},
    ("post", "/views/preview"): {"search": {}},
    ("put", "/views/{view_id}"): {"name": "Quays", "search": {}},
    ("delete", "/views/{view_id}"): None,
    ("post", "/subscriptions"): {"name": "Quays", "search": {}, "reasons": ["new"]},
    ("patch", "/subscriptions/{subscription_id}"): {"do": "pause"},
    ("delete", "/subscriptions/{subscription_id}"): None,
    ("patch", "/me"): {"density": "dense"},
}
OF_READERS = {("patch", "/me")}  # whoever may read sets how it looks
READERS = {
    "role read",
    "token to read",
    "token to push",
    "nobody",
    "two names",
    "a name from elsewhere",
    "a name without a proxy",
    "through a proxy of this machine",
}
PUSHED = ("post", "/wire")  # has tokens of its own
FORMS = (
    "/decide",
    "/marks",
    "/marks/acknowledge",
    "/marks/name",
    "/takes",
    "/views/edit",
    "/subscriptions",
    "/subscriptions/new",
)


def fill(value, dispatch):
    if isinstance(value, dict):
        return {name: fill(one, dispatch) for name, one in value.items()}
    if isinstance(value, list):
        return [fill(one, dispatch) for one in value]
    return value.replace("{dispatch}", dispatch) if isinstance(value, str) else value


def send(reader, call, dispatch, headers):
    method, path = call
    address = "/api/v1" + path.replace("{view_id}", "1").replace("{subscription_id}", "1")
    body = fill(CALLS[call], dispatch)
    return reader.request(method, address, **({} if body is None else {"json": body}), headers=headers)


@pytest.fixture
def senders(desk):
    """(browser, headers) of each who may not write."""
    revoked, dead = make(desk, "desk", "was-one")
    with desk.store.write() as connection:
        revoke_token(connection, revoked.id, who="Ida", at=datetime.now(UTC))
    inside, outside = open_browser(desk, **PROXY), open_browser(desk, client=("192.0.2.7", 4), **PROXY)
    local = open_browser(desk)
    return {
        "role read": (inside, be("bo", "guests")),
        "no role": (inside, be("mallory")),
        "nobody": (inside, {}),
        "two names": (inside, [("X-Forwarded-User", "mallory"), ("X-Forwarded-User", "ada")]),
        "a name from elsewhere": (outside, be("ada", "ops")),
        "a name without a proxy": (open_browser(desk, client=("192.0.2.7", 4)), be("ada", "ops")),
        "through a proxy of this machine": (local, {"X-Forwarded-For": "10.1.1.9"}),
        "another host": (local, {"Host": "evil.example"}),
        "token to read": (outside, make(desk, "read", "reads")[1]),
        "token to push": (outside, make(desk, "push", "pushes")[1]),
        "revoked token": (outside, dead),
        "invented token": (outside, {"Authorization": "Bearer ct_0000000000000000000000000000000000000000"}),
        "another site": (local, {"Sec-Fetch-Site": "cross-site"}),
        "another site of this domain": (local, {"Sec-Fetch-Site": "same-site"}),
        "a form of another site": (local, {"Origin": "null"}),
    }  # fmt: skip


def test_no_write_of_the_api_is_left_out(desk):
    paths = desk.browser.get("/api/v1/openapi.json").json()["paths"]
    writes = {
        (way, path.removeprefix("/api/v1")) for path, ways in paths.items() for way in ways if way != "get"
    }
    assert writes - {PUSHED} == CALLS.keys()


def test_who_may_not_write_writes_nothing(desk, senders):
    dispatch = keep_two(desk)
    for who, (reader, headers) in senders.items():
        for call in CALLS.keys() - (OF_READERS if who in READERS else set()):
            status = send(reader, call, dispatch, headers).status_code
            assert status in {401, 403, 421}, (who, call, status)
        for path in FORMS:
            answer = reader.post(
                path, data={"dispatch": dispatch, "do": "split"}, headers=headers, follow_redirects=False
            )
            assert answer.status_code in {400, 401, 403, 421}, (who, path, answer.status_code)
    admin = open_browser(desk)
    assert {row["what"] for row in admin.get("/api/v1/audit").json()["items"]} <= {
        "token.make",
        "token.revoke",
    }


def test_the_desk_may(desk):
    dispatch = keep_two(desk)
    reader = open_browser(desk, **PROXY)
    order = [call for call in CALLS if call[0] != "delete"] + [call for call in CALLS if call[0] == "delete"]
    for call in order:
        answer = send(reader, call, dispatch, be("ada"))
        assert answer.status_code in {200, 201, 204}, (call, answer.text)
