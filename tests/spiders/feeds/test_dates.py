import json

import pytest

from spiders.feeds.reading import parse_feed

BASE = "https://quay.example/feed"
MORNING = "2026-11-20T08:00:00+00:00"


def wrap(kind, date):
    """A feed of one entry with this element as its only date."""
    item = f"<title>Lock shut</title><link>https://quay.example/1</link>{date}"
    spaces = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
    if kind == "rdf":
        return (
            f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" {spaces}>'
            f'<channel><title>q</title></channel><item rdf:about="1">{item}</item></rdf:RDF>'
        )
    if kind == "atom":
        return (
            '<feed xmlns="http://www.w3.org/2005/Atom"><title>q</title><id>q</id><entry><title>Lock shut</title>'
            f'<id>1</id><link href="https://quay.example/1"/>{date}</entry></feed>'
        )
    return f'<rss version="2.0" {spaces}><channel><title>q</title><item>{item}</item></channel></rss>'


@pytest.mark.parametrize(
    ("kind", "date"),
    [
        ("rss", "<pubDate>Fri, 20 Nov 2026 09:00:00 +0100</pubDate>"),
        ("rss", "<pubDate>ven, 20 nov 2026 09:00:00 +0100</pubDate>"),
        ("rss", "<pubDate>2026-11-20 09:00:00 CET</pubDate>"),
        ("rss", "<dc:date>2026-11-20T09:00:00+01:00</dc:date>"),
        (
            "rss",
            "<prism:publicationDate xmlns:prism='http://prismstandard.org/namespaces/basic/2.0/'>"
            "2026-11-20T09:00:00+01:00</prism:publicationDate>",
        ),
        ("rdf", "<dc:date>2026-11-20T09:00:00+01:00</dc:date>"),
        ("atom", "<updated>2026-11-20T09:00:00+01:00</updated>"),
        ("atom", "<published>2026-11-20T09:00:00+01:00</published>"),
    ],
)
def test_the_only_date_is_the_publication(kind, date):
    feed = parse_feed(wrap(kind, date).encode(), url=BASE)
    assert [one.published.isoformat() for one in feed.entries] == [MORNING]
    assert [one.published_zone for one in feed.entries] == ["+01:00"]
    assert feed.problems == ()


@pytest.mark.parametrize("field", ["date_published", "date_modified"])
def test_json_feed(field):
    item = {
        "id": "1",
        "url": "https://quay.example/1",
        "title": "Lock shut",
        field: "2026-11-20T09:00:00+01:00",
    }
    text = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "q", "items": [item]})
    assert parse_feed(text.encode(), url=BASE).entries[0].published.isoformat() == MORNING


@pytest.mark.parametrize("text", ["some day", "05/11/2026", "32 Nov 2026"])
def test_a_date_that_cannot_be_read_is_reported(text):
    feed = parse_feed(wrap("rss", f"<pubDate>{text}</pubDate>").encode(), url=BASE)
    assert feed.entries[0].published is None
    assert feed.problems == (f"unread-dates: 1, the first is '{text}'",)
