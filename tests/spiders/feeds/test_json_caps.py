"""What makes a JSON Feed expensive is cut, counted and named; no item is lost, and nothing is cut from a usual feed."""

import json
from collections import Counter

import pytest

from copytaster.errors import UnparsableError
from spiders.feeds import parse_feed
from spiders.feeds.caps import MAX_REPEATS
from spiders.feeds.json_caps import cut_deep_values
from spiders.feeds.limits import MAX_DEPTH

MANY = 5_000
DEEP = 200_000
ITEM = {"id": "1", "url": "https://harbour.example/1", "title": "Ferry is late"}


def write(*items, **head):
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "title": "Harbour", **head, "items": [*items]})


def read(text):
    return parse_feed(text.encode(), url="https://harbour.example/feed.json")


def urls(feed):
    return [entry.url for entry in feed.entries]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tags", [f"word {n}" for n in range(MANY)]),
        ("authors", [{"name": f"Ida {n}"} for n in range(MANY)]),
        ("attachments", [{"url": f"https://harbour.example/{n}.mp3"} for n in range(MANY)]),
        ("unknown", list(range(MANY))),
    ],
)
def test_a_long_list_is_cut_and_the_story_stays(field, value):
    second = {"id": "2", "url": "https://harbour.example/2"}
    feed = read(write(ITEM | {field: value}, second))
    assert urls(feed) == [ITEM["url"], second["url"]]
    assert f"capped: {MANY - MAX_REPEATS:,} {field}" in feed.problems
    assert (feed.lost, feed.partial) == (0, False)


@pytest.mark.parametrize("field", ["title", "content_html", "summary", "banner_image"])
def test_a_long_field_is_cut_and_the_story_stays(field):
    feed = read(write(ITEM | {field: "a" * 1_000_000}))
    assert urls(feed) == [ITEM["url"]]
    assert any(f"characters of {field}" in problem for problem in feed.problems)


def test_a_cut_address_is_no_address():
    feed = read(write(ITEM | {"url": "https://harbour.example/" + "a" * 5_000}))
    assert urls(feed) == [None]


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("place", ["item", "head"])
def test_deep_nesting_is_cut_and_the_items_stay(place, opening, closing):
    filling = opening * DEEP + "1" + closing * DEEP
    item = ITEM | {"_deep": "@"} if place == "item" else ITEM
    head = {"_deep": "@"} if place == "head" else {}
    second = {"id": "2", "url": "https://harbour.example/2", "title": 'a "[{" \\ in it'}
    feed = read(write(item, second, **head).replace('"@"', filling))
    assert urls(feed) == [ITEM["url"], second["url"]]
    assert feed.entries[1].title == second["title"]
    assert "capped: 1 values too deep" in feed.problems
    assert (feed.lost, feed.partial) == (0, False)


def test_a_feed_that_breaks_off_in_deep_nesting_keeps_the_items_before():
    text = write(ITEM, {"id": "2", "_deep": "@"})
    feed = read(text[: text.index('"@"')] + "[" * DEEP)
    assert urls(feed) == [ITEM["url"]]
    assert feed.partial


def test_nothing_but_nesting_is_too_complex():
    with pytest.raises(UnparsableError) as caught:
        read('{"version": "https://jsonfeed.org/version/1.1", "items":' + "[" * DEEP)
    assert caught.value.reason == "too-complex"


def test_a_feed_within_the_caps_is_not_touched():
    text = write(ITEM | {"tags": ["a"] * MAX_REPEATS})
    cut = Counter()
    assert cut_deep_values(text, cut) == text
    assert not cut
    assert read(text).problems == ()


def test_depth_is_cut_at_the_limit():
    cut = Counter()
    text = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert cut_deep_values(text, cut) == text
    assert cut_deep_values(f"[{text}, 1]", cut) == f"[{'[' * (MAX_DEPTH - 1)}null{']' * (MAX_DEPTH - 1)}, 1]"
    assert cut == {"values too deep": 1}
