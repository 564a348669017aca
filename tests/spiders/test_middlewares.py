"""The address guard and the host gate, with real requests."""

import gzip
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network

import pytest
from sqlalchemy import select

from copytaster.errors import UnsafeAddressError
from copytaster.store.engine import Store
from copytaster.store.tables import entries, raw_pages, source_states
from spiders.middlewares import LONGEST_BUSY_S, read_retry_after, require_public_url
from spiders.net.robots_rules import MAX_RULES
from tests.spiders.conftest import rss

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SPELLINGS = [
    "http://127.0.0.2:{port}/x",
    "http://2130706434:{port}/x",
    "http://0x7f000002:{port}/x",
    "http://0x7f.0.0.2:{port}/x",
    "http://0177.0.0.2:{port}/x",
    "http://017700000002:{port}/x",
    "http://127.2:{port}/x",
    "http://127.0.2:{port}/x",
    "http://127.0.0.2.:{port}/x",
    "http://[::ffff:127.0.0.2]:{port}/x",
    "http://[::ffff:7f00:2]:{port}/x",
    "http://[0:0:0:0:0:ffff:127.0.0.2]:{port}/x",
    "http://someone@127.0.0.2:{port}/x",
    "http://0.0.0.0:{port}/x",
    "http://[::1]:{port}/x",
    "http://[::]:{port}/x",
]


@pytest.mark.parametrize(
    "url",
    [
        *(spelling.format(port=80) for spelling in SPELLINGS),
        "http://localhost/",
        "http://localhost./",
        "http://news.localhost/",
        "http://10.1.2.3/",
        "http://169.254.169.254/latest/meta-data/",
        "http://192.168.0.1/",
        "http://100.64.0.1/",
        "http://[fe80::1%25eth0]/",
        "http://[fd00::1]/",
        "http://224.0.0.1/",
        "file:///etc/passwd",
        "ftp://news.example/a",
        "data:text/html,x",
        "javascript:alert(1)",
        "http:///nowhere",
        "http://someone:secret@news.example/",
        "http://[::1/",
    ],
)
def test_urls_that_lead_inside_are_refused(url):
    with pytest.raises(UnsafeAddressError):
        require_public_url(url)


@pytest.mark.parametrize(
    "url",
    ["http://news.example/a", "https://8.8.8.8/", "https://[2606:4700::1111]/", "http://dead.beef.example/"],
)
def test_names_and_public_addresses_pass(url):
    require_public_url(url)


def test_an_allowed_network_passes_and_its_neighbour_does_not():
    networks = [ip_network("127.0.0.2/32")]
    require_public_url("http://127.0.0.2/", networks)
    with pytest.raises(UnsafeAddressError):
        require_public_url("http://127.0.0.3/", networks)


@pytest.mark.parametrize("faults", [(), ("guardless",)], ids=["guard and resolver", "resolver alone"])
def test_no_hop_of_any_spelling_reaches_a_private_server(publisher, publishers, collect, faults):
    canary = publishers("127.0.0.2")
    targets = [spelling.format(port=canary.port) for spelling in SPELLINGS]
    redirects = [f"/hop-{number}" for number in range(len(targets))]
    for path, target in zip(redirects, targets, strict=True):
        publisher.put(path, status=302, headers={"Location": target})
    publisher.put_page("/good", "The good one")
    publisher.put_feed("/feed", ["/good", *redirects, *targets])
    report = collect(town=publisher.base + "/feed", faults=faults)
    assert canary.asked == []
    assert report.stored == 1
    lost = dict(report.errors) | dict(report.dropped)
    lost.pop("twice-in-feed", None)
    assert set(lost) <= ({"unsafe-address"} if not faults else {"unsafe-address", "internal", "dns"})
    assert lost["unsafe-address"] >= len(redirects) - 3


def test_a_redirected_robots_txt_reaches_no_private_server(publisher, publishers, collect):
    canary = publishers("127.0.0.2")
    publisher.put("/robots.txt", status=302, headers={"Location": canary.base + "/robots.txt"})
    report = collect(town=publisher.base + "/feed")
    assert canary.asked == []
    assert (report.outcome, dict(report.errors)) == ("failed", {"unsafe-address": 1})


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"120", 120),
        (b" 5 ", 5),
        (b"0", 0),
        (b"99999999999999", LONGEST_BUSY_S),
        (b"-5", None),
        (b"soon", None),
        (None, None),
        (format_datetime(NOW + timedelta(minutes=10)).encode(), 600),
        (format_datetime(NOW - timedelta(minutes=10)).encode(), 0),
        ("٣".encode(), None),
    ],
)
def test_retry_after(value, seconds):
    expected = None if seconds is None else NOW + timedelta(seconds=seconds)
    assert read_retry_after(value, NOW) == expected


@pytest.mark.parametrize("status", [429, 503])
def test_a_source_that_asks_to_wait_is_left_alone(publisher, collect, rows, status):
    publisher.put("/feed", status=status, headers={"Retry-After": "3600"})
    report = collect(town=publisher.base + "/feed")
    assert (report.outcome, dict(report.errors)) == ("failed", {f"http-{status}": 1})
    [row] = rows(source_states.c.not_before)
    assert timedelta(minutes=59) < row.not_before - datetime.now(UTC) < timedelta(minutes=61)
    asked = len(publisher.asked)
    again = collect(town=publisher.base + "/feed")
    assert again.outcome == "skipped"
    assert "wait until" in again.why
    assert len(publisher.asked) == asked


def test_pages_wait_when_their_host_asks_for_it_and_come_in_the_next_run(
    publisher, collect, rows, crawl_settings
):
    publisher.put_feed("/feed", ["/busy", "/a", "/b", "/c"])
    publisher.put("/busy", status=429, headers={"Retry-After": "30"})
    for path in ("/a", "/b", "/c"):
        publisher.put_page(path, f"Page {path}", path[1:])
    slow = crawl_settings(concurrent_per_host=1)
    report = collect(town=publisher.base + "/feed", settings=slow)
    assert sum(report.errors.values()) + report.stored == 4
    assert report.errors["http-429"] == 1
    [row] = rows(source_states.c.not_before)
    assert row.not_before is not None
    store = Store(slow.store_url)
    with store.write() as connection:  # the half minute is over
        connection.execute(source_states.update().values(not_before=None))
        left = set(connection.scalars(select(entries.c.outcome)))
    store.close()
    assert left <= {"http-429", "retry-after", "stored"}
    publisher.put_page("/busy", "Page busy", "busy")
    collect(town=publisher.base + "/feed", settings=slow)
    assert {row.outcome for row in rows(entries.c.outcome)} == {"stored"}


def test_two_feeds_of_one_host_are_one_visitor(publisher, collect, crawl_settings):
    for feed in ("one", "two"):
        pages = [f"/{feed}-{number}" for number in range(3)]
        publisher.put_feed(f"/{feed}", pages)
        for path in pages:
            publisher.put_page(path, f"Page {path}", path[1:])
    collect(
        settings=crawl_settings(delay_s=0.05, concurrent_per_host=1),
        one=publisher.base + "/one",
        two=publisher.base + "/two",
    )
    moments = sorted(asked.at for asked in publisher.asked)
    assert len(moments) == 9  # one robots.txt for both
    assert moments[-1] - moments[0] >= 8 * 0.05 - 0.02


def test_robots_txt_is_obeyed(publisher, collect):
    publisher.put("/robots.txt", "User-agent: *\nDisallow: /private\n", content_type="text/plain")
    publisher.put_feed("/feed", ["/private/a", "/open"])
    publisher.put_page("/open", "Open")
    publisher.put_page("/private/a", "Private")
    report = collect(town=publisher.base + "/feed")
    assert (report.outcome, report.stored, dict(report.dropped)) == ("ran", 1, {"robots": 1})
    assert "/private/a" not in publisher.paths_asked()


def test_nothing_is_fetched_while_robots_txt_fails(publisher, collect):
    publisher.put("/robots.txt", status=500)
    publisher.put_feed("/feed", ["/a"])
    report = collect(town=publisher.base + "/feed")
    assert dict(report.errors) == {"robots-unreachable": 1}
    assert set(publisher.paths_asked()) == {"/robots.txt"}


def test_budgets_hold(publishers, collect, crawl_settings):
    big, bomb, loop = publishers(), publishers(), publishers()
    big.put("/feed", b"x" * 300_000)
    bomb.put("/feed", gzip.compress(b"\0" * 5_000_000), headers={"Content-Encoding": "gzip"})
    loop.put("/feed", status=302, headers={"Location": "/feed"})
    reports = collect(
        settings=crawl_settings(max_bytes=200_000),
        big=big.base + "/feed",
        bomb=bomb.base + "/feed",
        loop=loop.base + "/feed",
    )
    assert {report.source: dict(report.errors) for report in reports} == {
        "big": {"too-large": 1},
        "bomb": {"too-large": 1},
        "loop": {"too-many-redirects": 1},
    }
    assert loop.paths_asked().count("/feed") == 6


@pytest.mark.parametrize(("size", "errors"), [(300_000, {"too-large": 1}), (100_000, {})])
def test_a_feed_that_names_no_size_is_cut_off_by_name(publisher, collect, crawl_settings, size, errors):
    feed = rss(publisher.base, ["/a"]).encode() + b" " * size
    publisher.put(
        "/feed", b"%x\r\n%s\r\n0\r\n\r\n" % (len(feed), feed), headers={"Transfer-Encoding": "chunked"}
    )
    publisher.put_page("/a")
    report = collect(town=publisher.base + "/feed", settings=crawl_settings(max_bytes=200_000))
    assert dict(report.errors) == errors
    assert ("larger than download max size" in (report.why or "")) == bool(errors)


def test_a_server_that_takes_no_connection_is_given_up_early(collect, crawl_settings):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        report = collect(
            town=f"http://127.0.0.1:{port}/feed", settings=crawl_settings(connect_timeout_s=0.4, timeout_s=60)
        )
        for one in waiting:
            one.close()
    assert dict(report.errors) == {"timeout": 1}
    assert report.seconds < 20


def test_a_compressed_page_is_read_and_stored_plain(publisher, collect, rows):
    publisher.put_feed("/feed", ["/a"])
    publisher.put_page("/a", "The good one")
    plain = publisher.answers["/a"].body
    publisher.put("/a", gzip.compress(plain), headers={"Content-Encoding": "gzip"})
    report = collect(town=publisher.base + "/feed")
    assert (report.outcome, report.stored) == ("ran", 1)
    assert [row.bytes for row in rows(raw_pages.c.bytes)] == [len(plain)]
    accepted = {asked.headers.get("Accept-Encoding") for asked in publisher.asked}
    assert accepted == {"gzip, deflate"}


@pytest.mark.parametrize("encoding", ["zstd", "br", "gzip, gzip, gzip"])
def test_another_compression_is_refused(publisher, collect, encoding):
    publisher.put("/feed", b"\x50\x2a\x4d\x18\x00\x00\x00\x00" * 1000, headers={"Content-Encoding": encoding})
    report = collect(town=publisher.base + "/feed")
    assert (report.outcome, dict(report.errors)) == ("failed", {"undecodable": 1})


def test_a_robots_txt_built_to_be_expensive_still_speaks_for_its_host(publisher, collect):
    """Thousands of agents with thousands of rules each, and one rule for all."""
    flood = "\n".join(f"User-agent: b{number}" for number in range(9_000)) + "\nDisallow: /a" * 20_000
    text = "User-agent: *\nDisallow: /private\n" + flood
    publisher.put("/robots.txt", text, content_type="text/plain")
    publisher.put_feed("/feed", ["/a", "/private"])
    publisher.put_page("/a", "The good one")
    report = collect(town=publisher.base + "/feed")
    assert (report.outcome, report.stored, dict(report.dropped)) == ("ran", 1, {"robots": 1})


def test_nothing_is_fetched_where_robots_txt_has_too_many_rules(publisher, collect):
    rules = "\n".join(f"Disallow: /{number}" for number in range(MAX_RULES + 1))
    publisher.put("/robots.txt", "User-agent: *\n" + rules, content_type="text/plain")
    report = collect(town=publisher.base + "/feed")
    assert dict(report.errors) == {"robots-unreachable": 1}
    assert set(publisher.paths_asked()) == {"/robots.txt"}
