"""Requests for foreign names are refused: a page elsewhere may point its own name at this machine."""

import pytest
from starlette.testclient import TestClient

from newsdesk.web.app import create_app
from newsdesk.web.listening.hosts import TrustedHosts, read_host
from newsdesk.web.people.gate import MAX_PARAMETERS
from settings import load_settings
from spiders.sources.config import parse_sources
from tests.newsdesk.web.conftest import SOURCES

OURS = [
    "localhost",
    "LOCALHOST:8600",
    "desk.localhost",
    "127.0.0.1:8600",
    "127.0.0.9",
    "[::1]:8600",
    "localhost.",
]
FOREIGN = [
    "evil.example",
    "evil.example:8600",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "notlocalhost",
    "10.0.0.5",
    "192.168.1.7:8600",
    "[fe80::1]",
    "127.1",
    "0x7f000001",
    "2130706433",
]
UNREADABLE = [
    "",
    "a b",
    "localhost/",
    "user@localhost",
    "localhost:8600:1",
    "localhost#",
    "[::1",
    "ä.example",
]
PATHS = [
    "/",
    "/livez",
    "/readyz",
    "/metrics",
    "/version",
    "/sources",
    "/static/desk.css",
    "/api/v1/dispatches",
    "/x",
]


@pytest.mark.parametrize("header", OURS)
def test_own_names_are_answered(desk, header):
    assert desk.browser.get("/version", headers={"Host": header}).status_code == 200


@pytest.mark.parametrize("header", FOREIGN)
@pytest.mark.parametrize("path", PATHS)
def test_foreign_names_are_refused_on_every_path(desk, header, path):
    answer = desk.browser.get(path, headers={"Host": header})
    assert answer.status_code == 421
    assert "web.hosts" in answer.text
    is_api = path.startswith("/api/")
    assert answer.headers["content-type"].startswith("application/problem+json" if is_api else "text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("header", UNREADABLE)
def test_what_is_no_host_is_refused(desk, header):
    answer = desk.browser.get("/api/v1/dispatches", headers={"Host": header.encode()})
    assert (answer.status_code, answer.json()["status"]) == (400, 400)


def test_two_hosts_are_refused(desk):
    answer = desk.browser.get("/", headers=[("Host", "localhost"), ("Host", "evil.example")])
    assert answer.status_code == 400


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-Host"])
def test_a_forwarded_host_is_not_believed(desk, name):
    value = "host=localhost" if name == "Forwarded" else "localhost"
    assert desk.browser.get("/", headers={"Host": "evil.example", name: value}).status_code == 421
    value = value.replace("localhost", "evil.example")
    answer = desk.browser.get("/sources/", headers={name: value}, follow_redirects=False)
    assert "evil.example" not in answer.text + answer.headers.get("location", "")


@pytest.mark.parametrize(
    ("hosts", "header", "is_ours"),
    [
        (["desk.example.org"], "desk.example.org:443", True),
        (["Desk.Example.org"], "desk.example.ORG", True),
        (["desk.example.org"], "example.org", False),
        (["*.example.org"], "a.b.example.org", True),
        (["*.example.org"], "example.org", False),
        (["*.example.org"], "evilexample.org", False),
        (["192.168.1.7"], "192.168.1.7:8600", True),
        (["fd00::7"], "[fd00::7]:8600", True),
        (["*"], "anything.example", True),
    ],
)
def test_configured_names_are_answered(desk, hosts, header, is_ours):
    settings = load_settings(data_dir=desk.settings.data_dir, web={"hosts": hosts})
    app = create_app(desk.store, desk.index, settings, parse_sources(SOURCES))
    with TestClient(app, base_url="http://localhost") as browser:
        assert browser.get("/version", headers={"Host": header}).status_code == (200 if is_ours else 421)


@pytest.mark.parametrize(
    ("listens_on", "came_in_at", "header", "is_ours"),
    [
        ("0.0.0.0", "192.168.1.7", "192.168.1.7:8600", True),
        ("0.0.0.0", "192.168.1.7", "192.168.1.8:8600", False),
        ("0.0.0.0", "192.168.1.7", "0.0.0.0:8600", True),
        ("::", "::ffff:192.168.1.7", "192.168.1.7:8600", True),
        ("::", "fd00::7", "[fd00:0::7]:8600", True),
        ("desk.example.org", "192.168.1.7", "desk.example.org", True),
        ("192.168.1.7", "192.168.1.7", "evil.example", False),
    ],
)
def test_the_address_of_the_listener_is_ours(listens_on, came_in_at, header, is_ours):
    name = read_host(header)
    assert TrustedHosts(listens_on=listens_on).trust(name, came_in_at=came_in_at) is is_ours


def test_too_many_parameters_are_refused_with_their_number(desk):
    many = "&".join(["agency=Reuters"] * (MAX_PARAMETERS + 1))
    for path in ("/", "/api/v1/dispatches"):
        answer = desk.browser.get(f"{path}?{many}")
        assert answer.status_code == 400
        assert f"{MAX_PARAMETERS + 1} parameters" in answer.text
