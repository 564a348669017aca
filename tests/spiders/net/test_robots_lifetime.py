"""How long a robots.txt holds, and what each status means for the pages of its site."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from copytaster.store.robots import LARGEST, USABLE_FOR
from copytaster.values import RawPage
from spiders.net.robots_lifetime import (
    LONGEST,
    SHORTEST,
    RobotsUnreachableError,
    headers_for,
    is_robots,
    origin_of,
    read_answer,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORIGIN = "https://pier.example"
RULES = b"User-agent: *\nDisallow: /private\n"


def answer(body=RULES, status=200, at=NOW, former=None, **headers):
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return read_answer(RawPage(ORIGIN + "/robots.txt", body, at, status, named), former, origin=ORIGIN)


def http_date(hours):
    return format_datetime(NOW + timedelta(hours=hours), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "lifetime"),
    [
        ({}, LONGEST),
        ({"Cache_Control": "public, max-age=21600"}, timedelta(hours=6)),
        ({"cache_control": 'Max-Age="7200", must-revalidate'}, timedelta(hours=2)),
        ({"Cache_Control": "max-age=60"}, SHORTEST),
        ({"Cache_Control": "max-age=31536000"}, LONGEST),
        ({"Cache_Control": "max-age=" + "9" * 400}, LONGEST),
        ({"Cache_Control": "max-age=soon"}, LONGEST),
        ({"Cache_Control": "max-age=-1"}, LONGEST),
        ({"Cache_Control": "max-age=\u0664"}, LONGEST),
        ({"Cache_Control": "no-store, max-age=21600"}, SHORTEST),
        ({"Cache_Control": "no-cache"}, SHORTEST),
        ({"Cache_Control": "max-age=7200", "Expires": http_date(9)}, timedelta(hours=2)),
        ({"Cache_Control": "public", "Expires": http_date(9)}, timedelta(hours=9)),
        ({"Expires": http_date(-9)}, SHORTEST),
        ({"Expires": "0"}, SHORTEST),
        ({"Expires": http_date(900)}, LONGEST),
        ({"Expires": "Sun, 01 Mar 2026 15:00:00"}, timedelta(hours=3)),
    ],
)
def test_the_server_says_how_long_within_bounds(headers, lifetime):
    assert answer(**headers).expires_at - NOW == lifetime


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_a_site_that_has_none_has_no_rules(status):
    kept = answer(b"<h1>Not found</h1>", status, ETag='"x"')
    assert (kept.status, kept.body, headers_for(kept)) == (status, b"", {})
    assert kept.is_fresh(NOW + LONGEST - timedelta(seconds=1))


@pytest.mark.parametrize("status", [429, 500, 502, 503, 599])
def test_a_server_that_fails_says_nothing(status):
    with pytest.raises(RobotsUnreachableError, match=str(status)):
        answer(status=status)


def test_one_that_has_not_changed_holds_again():
    former = answer(ETag='"a"', Last_Modified="Sun, 01 Mar 2026 09:00:00 GMT")
    later = NOW + timedelta(days=3)
    assert headers_for(former) == {
        "If-None-Match": '"a"',
        "If-Modified-Since": "Sun, 01 Mar 2026 09:00:00 GMT",
    }
    assert not former.is_fresh(later)
    again = answer(b"", 304, later, former, Cache_Control="max-age=7200")
    assert (again.body, again.etag, again.status) == (RULES, '"a"', 200)
    assert (again.fetched_at, again.expires_at) == (later, later + timedelta(hours=2))


def test_what_is_beyond_the_limit_is_not_kept():
    assert len(answer(b"#" * (LARGEST + 1)).body) == LARGEST


def test_a_clock_that_was_set_back_makes_none_fresh():
    assert not answer().is_fresh(NOW - timedelta(hours=1))


def test_an_expired_one_stands_in_for_a_month():
    kept = answer()
    assert kept.may_stand_in(NOW + USABLE_FOR - timedelta(seconds=1))
    assert not kept.may_stand_in(NOW + USABLE_FOR)


@pytest.mark.parametrize(
    ("url", "origin", "found"),
    [
        ("https://Pier.Example/robots.txt", "https://pier.example", True),
        ("https://pier.example:8443/robots.txt", "https://pier.example:8443", True),
        ("http://pier.example/robots.txt", "http://pier.example", True),
        ("https://pier.example/robots.txt?x=1", "https://pier.example", False),
        ("https://pier.example/news/robots.txt", "https://pier.example", False),
    ],
)
def test_scheme_host_and_port_make_a_site(url, origin, found):
    assert (origin_of(url), is_robots(url)) == (origin, found)
