"""Every feed announces what its outlet shows, in its own kind and with its own faults."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import feedparser
import pytest

from newsdesk.demo.outlets import load_outlets
from newsdesk.demo.truth import list_true_pages

OUTLETS = load_outlets()
XML = [key for key, outlet in OUTLETS.items() if outlet.feed.kind != "json"]
VERSIONS = {"rss2": "rss20", "rss1": "rss10", "rss091": "rss091n", "atom": "atom10"}


def true_paths(key, elapsed=None):
    return {page.path for page in list_true_pages(elapsed) if page.outlet == key}


def announced_paths(links):
    """Paths without the campaign parameters; the query is kept where it names the story."""
    for link in links:
        parts = urlsplit(link)
        yield f"{parts.path}?{parts.query}" if parts.query.startswith("id=") else parts.path


@pytest.fixture
def read_feed(room, ask):
    return lambda key: ask(room.origins[key] + OUTLETS[key].feed.path)


@pytest.mark.parametrize("key", XML)
def test_xml_feeds_announce_every_page(read_feed, key):
    feed = feedparser.parse(read_feed(key).body)
    whole = [entry for entry in feed.entries if "link" in entry]
    assert feed.version == VERSIONS[OUTLETS[key].feed.kind]
    assert bool(feed.bozo) == OUTLETS[key].feed.broken
    assert set(announced_paths(entry.link for entry in whole)) == true_paths(key)
    assert all(entry.title and entry.summary for entry in whole)


@pytest.mark.parametrize("key", [key for key in OUTLETS if key not in XML])
def test_json_feeds_announce_every_page(read_feed, key):
    answer = read_feed(key)
    feed = json.loads(answer.body)
    assert answer.headers["content-type"].startswith("application/feed+json")
    assert set(announced_paths(item["url"] for item in feed["items"])) == true_paths(key)


def test_all_kinds_and_faults_are_there():
    feeds = [outlet.feed for outlet in OUTLETS.values()]
    assert {feed.kind for feed in feeds} == {"rss2", "rss1", "rss091", "atom", "json"}
    assert {feed.links for feed in feeds} == {"plain", "relative", "tracked"}
    assert any(feed.local_dates for feed in feeds)
    assert sum(feed.broken for feed in feeds) == sum(not feed.ids for feed in feeds) == 1


def test_a_torn_feed_keeps_its_good_entries(read_feed):
    text = read_feed("citybeat").text
    assert not text.rstrip().endswith("</rss>")
    assert text.count("</item>") == len(true_paths("citybeat"))


def test_entries_without_ids(read_feed):
    assert b"<guid" not in read_feed("standpoint").body
    assert b"<guid" in read_feed("harbour-post").body


def test_relative_and_tracked_links(read_feed, room):
    relative = read_feed("capital-reader").text
    assert f'href="{room.origins["capital-reader"]}/world-news' not in relative
    links = [entry.link for entry in feedparser.parse(relative).entries]
    assert all(link == urljoin(room.origins["capital-reader"], urlsplit(link).path) for link in links)
    assert "utm_source=rss" in read_feed("pacific-monitor").text


def test_dates_in_the_outlets_own_zone_are_the_same_moments(read_feed, room):
    entry = feedparser.parse(read_feed("pacific-monitor").body).entries[0]
    assert entry.published.endswith("-0800")
    newest = max(page.appears_s for page in list_true_pages() if page.outlet == "pacific-monitor")
    expected = room.base + timedelta(seconds=newest)
    assert tuple(entry.published_parsed[:6]) == expected.timetuple()[:6]


@pytest.mark.parametrize("elapsed", [0, 100, 333])
def test_feeds_grow_with_time(read_feed, clock, elapsed):
    clock.elapsed = elapsed
    entries = feedparser.parse(read_feed("harbour-post").body).entries
    assert set(announced_paths(entry.link for entry in entries)) == true_paths("harbour-post", elapsed)
