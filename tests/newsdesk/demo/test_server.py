"""The demo's sites over HTTP on loopback: pages, conditional requests, time, robots.txt, configuration."""

from __future__ import annotations

import ipaddress
import socket
import struct
import threading
import tomllib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsdesk.demo.dates import fill_dates
from newsdesk.demo.scenario import SPAN_S, load_dispatches
from newsdesk.demo.server import serve
from newsdesk.demo.truth import list_true_pages, true_dispatches

DISPATCHES = {dispatch.key: dispatch for dispatch in load_dispatches()}
MAYOR_S = 160  # when the story about the mayor is withdrawn


def find_page(key, outlet):
    return next(page for page in list_true_pages() if (page.dispatch, page.outlet) == (key, outlet))


@pytest.fixture
def mayor(room):
    return room.origins["norvane"] + find_page("szeged-mayor", "norvane").path


def test_every_true_page_is_served_with_its_story(room, ask):
    for page in list_true_pages():
        answer = ask(room.origins[page.outlet] + page.path)
        assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8"), page
        dispatch = DISPATCHES[page.dispatch]
        if "verbatim" in page.retellings:
            filed_at = room.base + timedelta(seconds=dispatch.wires[page.wire].offset_s)
            last = fill_dates(dispatch.wires[page.wire].paragraphs[-1], filed_at, dispatch.language)
            assert last.replace('"', "&#34;").replace("'", "&#39;") in answer.text.replace("&lt;", "<"), page


def test_campaign_parameters_change_nothing(room, ask):
    url = room.origins["fenland-examiner"] + find_page("rotterdam-strike", "fenland-examiner").path
    plain = room.origins["pacific-monitor"] + find_page("rotterdam-strike", "pacific-monitor").path
    assert ask(plain).body == ask(plain + "?utm_source=rss").body
    assert ask(url).status == 200
    assert ask(url.replace("id=", "id=9")).status == 404


def test_all_listens_on_loopback_only(room):
    hosts = [urlsplit(url).hostname for url in (room.url, *room.origins.values())]
    assert all(ipaddress.ip_address(host).is_loopback for host in hosts)


@pytest.mark.parametrize("path", ["/", "/feeds/world.atom"])
def test_an_unchanged_page_answers_304(room, ask, path):
    url = room.origins["norvane"] + path
    first = ask(url)
    again = ask(url, If_None_Match=first.headers["etag"])
    assert (first.status, again.status, again.body) == (200, 304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert ask(url, If_Modified_Since=first.headers["last-modified"]).status == 304
    earlier = parsedate_to_datetime(first.headers["last-modified"]) - timedelta(seconds=1)
    assert ask(url, If_Modified_Since=format_datetime(earlier, usegmt=True)).status == 200
    assert ask(url, If_None_Match='"other"', If_Modified_Since=first.headers["last-modified"]).status == 200
    assert ask(url, If_Modified_Since="yesterday").status == 200


def test_a_changed_page_has_new_validators(room, ask, clock, mayor):
    clock.elapsed = MAYOR_S - 1
    before = ask(mayor)
    clock.elapsed = MAYOR_S
    after = ask(mayor, If_None_Match=before.headers["etag"])
    assert after.status == 200
    assert after.headers["etag"] != before.headers["etag"]
    assert parsedate_to_datetime(after.headers["last-modified"]) == room.base + timedelta(seconds=MAYOR_S)
    assert "WITHDRAWN-" not in before.text
    assert "WITHDRAWN-" in after.text


def test_a_page_that_has_not_appeared_is_not_found(room, ask, clock):
    page = max(list_true_pages(), key=lambda page: page.appears_s)
    url = room.origins[page.outlet] + page.path
    clock.elapsed = page.appears_s - 1
    assert ask(url).status == 404
    clock.elapsed = page.appears_s
    assert ask(url).status == 200


def test_head_answers_without_a_body(room, ask, mayor):
    answer = ask(mayor, method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["content-length"]) == len(ask(mayor).body)


def test_robots_allow_all_but_one_path(room, ask):
    origin = room.origins["harbour-post"]
    robots = RobotFileParser()
    robots.parse(ask(origin + "/robots.txt").text.splitlines())
    assert not robots.can_fetch("copytaster", origin + "/members/preview.html")
    pages = [page for page in list_true_pages() if page.outlet == "harbour-post"]
    assert all(robots.can_fetch("copytaster", origin + page.path) for page in pages)
    assert ask(origin + "/members/preview.html").status == 200


def test_pictures_and_front_pages(room, ask, mayor):
    origin = room.origins["norvane"]
    assert ask(origin + "/pictures/1234567.svg").headers["content-type"] == "image/svg+xml"
    assert ask(origin + "/pictures/none.svg").status == 404
    front = LexborHTMLParser(ask(origin + "/").text)
    assert urlsplit(mayor).path in {node.attributes["href"] for node in front.css("li a")}
    link = front.css_first('link[rel="alternate"]')
    assert link is not None
    assert link.attributes["href"] == "/feeds/world.atom"


def test_the_lobby_lists_every_outlet(room, ask):
    links = {node.attributes["href"] for node in LexborHTMLParser(ask(room.url).text).css("td a")}
    assert links == {origin + "/" for origin in room.origins.values()}


def test_a_caller_who_hangs_up_disturbs_nobody(room, ask, mayor, capfd):
    parts = urlsplit(mayor)
    path = f"{parts.path}?hung-up"
    for _ in range(5):
        with socket.create_connection((parts.hostname, parts.port)) as caller:
            caller.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )  # closes with a reset
            caller.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert ask(mayor).status == 200
    assert "Traceback" not in "".join(capfd.readouterr())


def test_requests_are_counted(room, ask, mayor):
    path = urlsplit(mayor).path
    before = room.requests["norvane", path, 200]
    ask(mayor)
    assert room.requests["norvane", path, 200] == before + 1


def test_sources_name_every_feed(room, ask):
    config = tomllib.loads(room.sources_toml())
    assert config["settings"]["crawl"]["allow_addresses"] == ["127.0.0.0/8"]
    assert config["defaults"]["limits"] == {"delay_s": 0.0}
    assert [source["name"] for source in config["source"]] == list(room.origins)
    assert {source["publisher"] for source in config["source"]} == set(config["publishers"])
    assert config["publishers"]["Norvane"] == {"agency": "Norvane"}
    assert config["publishers"]["Harbour Post"] == {"family": "Northlight Group"}
    assert all(ask(source["url"]).status == 200 for source in config["source"])


def test_true_groups_are_full_addresses(room, clock):
    groups = room.true_groups()
    assert set(groups) == {dispatch.key for dispatch in true_dispatches()}
    urls = [url for group in groups.values() for url in group]
    assert len(urls) == len(set(urls)) == len(list_true_pages())
    assert len(room.true_groups(0)) == len(true_dispatches(0))


def test_two_runs_from_one_base_serve_the_same(ask):
    base = datetime(2031, 1, 5, 8, 0, tzinfo=UTC)
    served = []
    for _ in range(2):
        with serve(base=base, clock=lambda: 250.0) as room:
            pages = list_true_pages(250)[::9]
            served.append([_ask_without_origin(ask, room.origins[page.outlet], page.path) for page in pages])
    assert served[0] == served[1]


def _ask_without_origin(ask, origin, path):
    return ask(origin + path).text.replace(origin, "")


def test_real_time_starts_at_zero_and_closing_ends_every_thread():
    threads = threading.active_count()
    room = serve(base=datetime.now(UTC))
    assert 0 <= room.elapsed < SPAN_S
    room.close()
    assert threading.active_count() <= threads


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"base": datetime(2026, 1, 1)}, "zone"),  # noqa: DTZ001 - that is the fault
        ({"base": datetime(2026, 1, 1, tzinfo=UTC), "host": "192.0.2.1"}, "loopback"),
    ],
)
def test_refuses_what_it_must_not_serve(arguments, message):
    with pytest.raises(ValueError, match=message):
        serve(**arguments)
