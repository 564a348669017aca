import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.feeds.discovery import FoundFeed, find_feeds, site_name

FRONT = "https://harbour.example/news/"


def found(html: str, *, guesses: bool = False) -> list[FoundFeed]:
    return [feed for feed in find_feeds(html.encode(), FRONT) if guesses or feed.how != "guess"]


@pytest.mark.parametrize(
    ("link", "feed"),
    [
        (
            "<link rel='alternate' type='application/rss+xml' href='/rss' title='World &amp; sea'>",
            FoundFeed("https://harbour.example/rss", "link", "rss", "World & sea"),
        ),
        (
            "<link rel=alternate type='application/atom+xml; charset=utf-8' href=atom>",
            FoundFeed("https://harbour.example/news/atom", "link", "atom"),
        ),
        (
            "<LINK HREF='//x.example/f' TYPE='Application/Feed+JSON' REL='Alternate Home'>",
            FoundFeed("https://x.example/f", "link", "json"),
        ),
        (
            "<link rel=alternate type=application/json href=/feed.json>",
            FoundFeed("https://harbour.example/feed.json", "link"),
        ),
        (
            "<base href='https://b.example/a/'><link rel=feed href='x'>",
            FoundFeed("https://b.example/a/x", "link"),
        ),
        (
            "<a href='/feeds/world.xml'> World </a>",
            FoundFeed("https://harbour.example/feeds/world.xml", "anchor", None, "World"),
        ),
        (
            "<a href='world.rss#top'>RSS</a>",
            FoundFeed("https://harbour.example/news/world.rss", "anchor", None, "RSS"),
        ),
    ],
)
def test_a_feed_is_found(link: str, feed: FoundFeed) -> None:
    assert found(f"<html><head>{link}</head></html>") == [feed]


@pytest.mark.parametrize(
    "link",
    [
        "<link rel=stylesheet type=text/css href=/rss.css>",
        "<link rel=alternate hreflang=de href=/de/>",
        "<link rel=alternate type=application/json href=/wp-json/posts/1>",
        "<link rel=alternate type=application/rss+xml href='javascript:alert(1)'>",
        "<link rel=alternate type=application/rss+xml href='file:///etc/passwd'>",
        "<link rel=alternate type=application/rss+xml>",
        "<a href='/feedback'>Feedback</a>",
        "<a href='/seafeeding.html'>Fish</a>",
        "<a href='/news/rssi-explained'>RSSI</a>",
    ],
)
def test_what_is_no_feed_is_not_found(link: str) -> None:
    assert found(link) == []


def test_named_goes_before_linked_before_guessed_and_comments_come_last() -> None:
    html = (
        "<a href='/atom.xml'>all</a><link rel=alternate type=application/rss+xml href=/comments/feed>"
        "<link rel=alternate type=application/rss+xml href=/world/feed>"
    )
    feeds = found(html, guesses=True)
    assert [feed.how for feed in feeds[:3]] == ["link", "anchor", "guess"]
    assert feeds[0].url == "https://harbour.example/world/feed"
    assert feeds[-1].url == "https://harbour.example/comments/feed"
    assert len({feed.url for feed in feeds}) == len(feeds)


def test_usual_places_are_guessed_at_the_sites_root() -> None:
    feeds = found("<p>nothing</p>", guesses=True)
    assert "https://harbour.example/rss.xml" in [feed.url for feed in feeds]
    assert {feed.how for feed in feeds} == {"guess"}


def test_there_is_an_end_to_it() -> None:
    html = "".join(f"<a href='/feeds/{number}.xml'>x</a>" for number in range(5_000))
    assert len(found(html, guesses=True)) == 40


@pytest.mark.parametrize(
    ("html", "name"),
    [
        ("<meta property='og:site_name' content=' Harbour  Post '>", "Harbour Post"),
        ("<meta property='og:site_name' content=''>", None),
        ("<p>x</p>", None),
    ],
)
def test_how_a_site_calls_itself(html: str, name: str | None) -> None:
    assert site_name(html.encode()) == name


@given(st.binary(max_size=300))
def test_any_bytes_are_searched(html: bytes) -> None:
    assert all(feed.url.startswith(("http://", "https://")) for feed in find_feeds(html, FRONT))
