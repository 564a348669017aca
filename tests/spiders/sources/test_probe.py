import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from copytaster.errors import RefusedError
from settings import CrawlSettings
from spiders.feeds import FeedEntry, ParsedFeed
from spiders.sources.probe import guess_interval, guess_language, guess_name, guess_publisher, probe

NOON = datetime(2021, 9, 6, 12, tzinfo=UTC)


def entry(moment: datetime | None = None, language: str | None = None) -> FeedEntry:
    return FeedEntry(key="k", id=None, url=None, title="t", digest="d", published=moment, language=language)


@contextmanager
def serve(status: int, headers: dict[str, str], body: bytes) -> Iterator[str]:
    """A server on loopback that answers every request alike."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


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
        ("Northlight: World", "https://x.example/rss", "Northlight"),
        ("World", "https://feeds.x.example/rss", "x.example"),
        ("Top Stories | Latest", "https://x.example/rss", "x.example"),
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


@pytest.mark.parametrize(
    ("status", "headers", "body", "said"),
    [
        (429, {"Retry-After": "120"}, b"slow down", "429 with Retry-After: 120"),
        (503, {}, b"<title>Just a moment...</title><script src=/cdn-cgi/cf-chl></script>", "503 with a challenge for browsers"),
        (403, {"cf-mitigated": "challenge"}, b"", "403 with a challenge for browsers"),
        (403, {}, b"<p>Forbidden", "answers 403"),
    ],
)  # fmt: skip
def test_a_refusal_is_named(status: int, headers: dict[str, str], body: bytes, said: str) -> None:
    with serve(status, headers, body) as url, pytest.raises(RefusedError, match=re.escape(said)) as caught:
        probe(url, crawl=CrawlSettings(allow_addresses=("127.0.0.0/8",)))  # type: ignore[arg-type]
    assert ("challenge" in str(caught.value)) == ("challenge" in said)
