from datetime import UTC, datetime, timedelta

import pytest

from spiders.feeds import FeedEntry, ParsedFeed
from spiders.sources.probe import guess_interval, guess_language, guess_name, guess_publisher

NOON = datetime(2021, 9, 6, 12, tzinfo=UTC)


def entry(moment: datetime | None = None, language: str | None = None) -> FeedEntry:
    return FeedEntry(key="k", id=None, url=None, title="t", digest="d", published=moment, language=language)


def feed(title: str = "", language: str | None = None, *entries: FeedEntry) -> ParsedFeed:
    return ParsedFeed(kind="rss20", title=title, entries=entries, language=language)


@pytest.mark.parametrize(
    ("title", "url", "publisher"),
    [
        ("World - Harbour Post", "https://www.harbourpost.example/rss", "Harbour Post"),
        ("Harbour Post: World", "https://www.harbourpost.example/rss", "Harbour Post"),
        ("Harbour Post | World", "https://feeds.harbour-post.example/rss", "Harbour Post"),
        ("World news | Northlight", "https://x.example/rss", "Northlight"),
        ("Harbour Post", "https://x.example/rss", "Harbour Post"),
        ("", "https://feeds.x.example/rss", "x.example"),
    ],
)
def test_the_publisher_is_guessed_from_title_and_host(title: str, url: str, publisher: str) -> None:
    assert guess_publisher(feed(title), url) == publisher


@pytest.mark.parametrize(
    ("url", "publisher", "name"),
    [
        ("https://harbour.example/world/rss.xml", "Harbour Post", "harbour-post-world"),
        ("https://harbour.example/feed", "Harbour Post", "harbour-post"),
        ("https://harbour.example/rss/", "Порт", "harbour-example"),
        ("https://harbour.example/" + "a" * 90 + "/b.xml", "H" * 90, "h" * 30 + "-" + "h" * 29),
    ],
)
def test_a_name_is_made_of_publisher_and_path(url: str, publisher: str, name: str) -> None:
    assert guess_name(url, publisher) == name


@pytest.mark.parametrize(
    ("gap_minutes", "minutes"), [(1, 5), (20, 10), (60, 30), (240, 120), (3000, 1440), (0, 15)]
)
def test_the_interval_is_half_the_rhythm(gap_minutes: int, minutes: int) -> None:
    entries = [entry(NOON + number * timedelta(minutes=gap_minutes)) for number in range(8)]
    assert guess_interval(entries) == timedelta(minutes=minutes)


def test_too_few_dates_are_no_rhythm() -> None:
    assert guess_interval([entry(), entry(NOON), entry(NOON + timedelta(days=9))]) == timedelta(minutes=15)


@pytest.mark.parametrize(
    ("found", "language"),
    [
        (feed("", "en_US"), "en-US"),
        (feed("", None, entry(language="de"), entry(language="de"), entry(language="fr")), "de"),
        (feed("", "see below"), None),
        (feed(), None),
    ],
)
def test_the_language_is_a_tag_or_nothing(found: ParsedFeed, language: str | None) -> None:
    assert guess_language(found) == language
