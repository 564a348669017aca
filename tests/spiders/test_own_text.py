"""The feed's own text: stored where the page cannot be had or there is none, replaced by the page's once it comes."""

import json
from html import escape

import pytest

from copytaster.store.tables import entries, stories, versions

WHOLE = "".join(
    f"<p>The harbour board met for the {count} time and agreed to widen the basin, which the town had asked for since "
    f"the spring floods came over the {count} quay.</p>"
    for count in ("first", "second", "third")
)
TITLE = "Harbour board widens basin"


def feed(base, *, link="/a", text=WHOLE, tag="content:encoded"):
    place = f"<link>{base}{link}</link>" if link else ""
    return (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Post</title>'
        f"<item><title>{TITLE}</title>{place}<guid isPermaLink='false'>one</guid>"
        f"<pubDate>Fri, 20 Nov 2026 08:15:00 +0100</pubDate><{tag}>{escape(text)}</{tag}></item></channel></rss>"
    )


@pytest.fixture
def offer(publisher):
    """Serve the feed with one entry."""

    def put(**options):
        publisher.put("/feed", feed(publisher.base, **options), content_type="application/rss+xml")

    return put


WALLS = {
    "forbidden": {"body": "no", "status": 403},
    "gone from the server": {"body": "no such page", "status": 404},
    "empty shell": {
        "body": "<!doctype html><html><head><title>x</title></head><body><div id=app></div></body></html>"
    },
}


@pytest.mark.parametrize("answer", WALLS.values(), ids=WALLS.keys())
@pytest.mark.parametrize("tag", ["content:encoded", "description"])
def test_the_feed_stands_in_for_a_page_that_cannot_be_had(publisher, offer, collect, rows, answer, tag):
    offer(tag=tag)
    publisher.put("/a", **answer)
    report = collect(town=publisher.base + "/feed")
    assert (report.stored, dict(report.dropped), dict(report.errors)) == (1, {}, {})
    assert "text taken from the feed" in report.why
    (row,) = rows(versions.c.extractor, versions.c.headline, versions.c.body, versions.c.published_at)
    assert (row.extractor, row.headline) == ("feed", TITLE)
    assert row.body.count("\n\n") == 2
    assert row.published_at.isoformat() == "2026-11-20T07:15:00+00:00"
    assert rows(stories.c.url) == [(publisher.base + "/a",)]


def test_the_page_takes_its_place_once_it_comes(publisher, offer, collect, rows):
    offer()
    publisher.put("/a", "no", status=403)
    collect(town=publisher.base + "/feed")
    publisher.put_page("/a", TITLE, "first")
    collect(town=publisher.base + "/feed")
    assert [tuple(row) for row in rows(versions.c.number, versions.c.extractor)] == [
        (1, "feed"),
        (2, "generic"),
    ]
    assert len(rows(stories.c.id)) == 1
    assert rows(entries.c.outcome) == [("stored",)]


def test_a_page_that_still_cannot_be_had_brings_no_second_version(publisher, offer, collect, rows):
    offer()
    publisher.put("/a", "no", status=403)
    collect(town=publisher.base + "/feed")
    report = collect(town=publisher.base + "/feed")
    assert (report.stored, report.unchanged) == (0, 1)
    assert len(rows(versions.c.id)) == 1


def test_an_entry_without_a_link_gives_its_text(publisher, offer, collect, rows):
    offer(link=None)
    report = collect(town=publisher.base + "/feed")
    assert (report.found, report.stored) == (1, 1)
    (row,) = rows(stories.c.url, stories.c.publisher)
    assert row.url.startswith("urn:feed:127.0.0.1:")
    assert row.publisher == "The town"
    assert collect(town=publisher.base + "/feed").unchanged == 1


@pytest.mark.parametrize(
    "text",
    ["<p>The harbour board met and agreed to widen the basin.</p>", WHOLE.replace("third quay.</p>", "third ...</p>"), WHOLE + "<p>Read more</p>"],
    ids=["summary", "breaks off", "leads on"],
)  # fmt: skip
def test_a_teaser_stands_for_no_story(publisher, offer, collect, rows, text):
    offer(text=text)
    publisher.put("/a", "no", status=404)
    assert collect(town=publisher.base + "/feed").stored == 0
    assert rows(versions.c.id) == []


def test_the_page_comes_first(publisher, offer, collect, rows):
    offer()
    publisher.put_page("/a", TITLE, "first")
    collect(town=publisher.base + "/feed")
    assert rows(versions.c.extractor) == [("generic",)]


def test_stories_that_share_link_and_id_are_taken_from_the_feed(publisher, collect, rows):
    snow = "".join(
        f"<p>{place} had snow on {day}, and the plough came late to its {road} road again.</p>"
        for place, day, road in (
            ("Ness", "Monday", "upper"),
            ("Voe", "Tuesday", "lower"),
            ("Lund", "Sunday", "outer"),
            ("Mell", "Friday", "inner"),
        )
    )
    roof = "".join(
        f"<p>Members voted {count} times about the library's leaking slates.</p>" for count in range(9)
    )
    items = "".join(
        f"<item><title>Alert {number}</title><link>{publisher.base}/alerts</link><guid isPermaLink='false'>one</guid>"
        f"<content:encoded>{escape(text)}</content:encoded></item>"
        for number, text in enumerate((WHOLE, snow, roof))
    )
    xml = f'<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Post</title>{items}</channel></rss>'
    publisher.put("/feed", xml, content_type="application/rss+xml")
    report = collect(town=publisher.base + "/feed")
    assert (report.found, report.stored, dict(report.dropped)) == (3, 3, {})
    assert {row.headline for row in rows(versions.c.headline)} == {"Alert 0", "Alert 1", "Alert 2"}
    assert len({row.url for row in rows(stories.c.url)}) == 3


LOCKED = json.dumps({"@type": "NewsArticle", "headline": TITLE, "isAccessibleForFree": False})


def put_teaser(publisher, text):
    publisher.put(
        "/a",
        f"<!doctype html><html lang=en><head><title>{TITLE}</title><script type='application/ld+json'>{LOCKED}</script>"
        f"</head><body><article><h1>{TITLE}</h1>{text}</article></body></html>",
    )


FIRST = WHOLE.partition("</p>")[0] + "</p>"


def test_the_whole_text_of_the_feed_goes_before_a_teaser(publisher, offer, collect, rows):
    offer()
    put_teaser(publisher, FIRST)
    report = collect(town=publisher.base + "/feed")
    (row,) = rows(versions.c.extractor, versions.c.body, versions.c.warnings)
    assert (row.extractor, row.body.count("\n\n")) == ("feed", 2)
    assert "partial" not in row.warnings
    assert "partial (1)" in report.why
    assert collect(town=publisher.base + "/feed").unchanged == 1


def test_a_teaser_stays_where_the_feed_has_no_more(publisher, offer, collect, rows):
    offer(text="<p>The harbour board met and agreed to widen the basin.</p>")
    put_teaser(publisher, FIRST)
    collect(town=publisher.base + "/feed")
    (row,) = rows(versions.c.extractor, versions.c.warnings)
    assert row.extractor == "generic"
    assert "partial" in row.warnings


def test_the_text_of_a_page_that_is_gone_is_not_replaced_by_less(publisher, offer, collect, rows):
    line = "<p>A last line is on the page alone, and it names the builder of the quay.</p>"
    offer()
    put_teaser(publisher, WHOLE + line)
    publisher.answers["/a"].body = publisher.answers["/a"].body.replace(b"false", b"true")
    collect(town=publisher.base + "/feed")
    publisher.put("/a", "no", status=404)
    publisher.answers["/feed"].body = publisher.answers["/feed"].body.replace(b"08:15:00", b"09:15:00")
    report = collect(town=publisher.base + "/feed")
    assert (report.stored, report.unchanged) == (0, 1)
    assert len(rows(versions.c.id)) == 1


def test_a_text_that_was_escaped_twice_is_markup(publisher, offer, collect, rows):
    offer(text=escape(WHOLE))
    publisher.put("/a", "no", status=403)
    collect(town=publisher.base + "/feed")
    ((body,),) = rows(versions.c.body)
    assert "<p>" not in body
    assert body.count("\n\n") == 2
