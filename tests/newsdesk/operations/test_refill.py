"""Refilling holes from a publisher's sitemap, and measuring what a source missed. The publisher is a server on loopback."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from copytaster.errors import UsageError
from copytaster.store.books import add_up, read_books
from copytaster.store.engine import Store
from copytaster.store.entries import EntrySeen, note_entry
from copytaster.store.holes import ROLLED_OVER, add_hole, list_holes
from copytaster.store.intake import keep_story
from copytaster.store.tables import entries, stories, versions
from copytaster.values import ParsedStory, RawPage
from newsdesk.operations.completeness import read_completeness
from newsdesk.operations.recall import NEVER_LISTED, measure_recall, recall_to_json
from newsdesk.operations.refill import refill, refilled_to_json
from settings import CrawlSettings, Settings
from spiders.sources.config import parse_sources
from tests.spiders.conftest import Publisher

NOW = datetime.now(UTC).replace(microsecond=0)
START, END = NOW - timedelta(hours=10), NOW - timedelta(hours=4)


def hours_ago(number):
    return NOW - timedelta(hours=number)


@pytest.fixture
def publisher():
    made = Publisher()
    yield made
    made.close()


@pytest.fixture
def settings(tmp_path):
    crawl = CrawlSettings(allow_addresses=("127.0.0.1/32",), delay_s=0, timeout_s=20)
    return Settings(data_dir=tmp_path / "data", crawl=crawl)


@pytest.fixture
def store(settings):
    opened = Store(settings.store_url)
    yield opened
    opened.close()


@pytest.fixture
def make_sources(publisher):
    def make(more=""):
        return parse_sources(
            f'[[source]]\nname = "town"\npublisher = "The Town"\nkind = "feed"\ninterval = "15m"\n'
            f'url = "{publisher.base}/feed"\n{more}\n',
            resource="sources.toml",
        )

    return make


def put_sitemap(publisher, listed, path="/sitemap.xml"):
    """A news sitemap: path of a page -> when it was published."""
    urls = "".join(
        f"<url><loc>{publisher.base}{page}</loc><news:news><news:publication><news:name>Town</news:name>"
        f"<news:language>en</news:language></news:publication>"
        f"<news:publication_date>{at.isoformat()}</news:publication_date>"
        f"<news:title>Title of {page}</news:title></news:news></url>"
        for page, at in listed.items()
    )
    publisher.put(
        path,
        "<?xml version='1.0' encoding='UTF-8'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
        f" xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'>{urls}</urlset>",
        content_type="application/xml",
    )


def keep(store, url):
    story = ParsedStory(headline="A headline", body="The harbour board met.", publisher="The Town", url=url)
    with store.write() as connection:
        keep_story(connection, page=RawPage(url, b"x", NOW), story=story, source="town", channel="feed")


def record_hole(store):
    with store.write() as connection:
        add_hole(connection, "town", start=START, end=END, why=ROLLED_OVER)


def count(store, column):
    with store.read() as connection:
        return connection.scalar(select(func.count(column)))


def recorded(holes):
    return next(one for one in holes if one.hole.id is not None)


@pytest.fixture
def town(publisher, store):
    """A publisher whose sitemap reaches back behind the hole; of the stories in it one is stored already."""
    publisher.put("/robots.txt", "User-agent: *\nDisallow: /secret", content_type="text/plain")
    publisher.put_page("/lost-1", "Lost one", "lost")
    publisher.put_page("/lost-2", "Lost two", "forgotten")
    publisher.put_feed("/feed", ["/lost-1"])
    listed = {
        "/lost-1": hours_ago(5),
        "/lost-2": hours_ago(6),
        "/kept": hours_ago(7),
        "/older": hours_ago(20),
    }
    put_sitemap(publisher, listed | {"/newer": hours_ago(1)})
    keep(store, publisher.base + "/kept")
    record_hole(store)
    return publisher


def test_a_dry_run_says_what_could_be_had_and_stores_nothing(town, store, settings, make_sources):
    sources = make_sources(f'archive = "{town.base}/sitemap.xml"')
    before = count(store, stories.c.id), count(store, entries.c.url)
    one = recorded(refill(store, settings, sources))
    assert (one.listed, one.missing, one.stored, one.closed) == (3, 2, 0, False)
    assert "2 of them not stored" in one.had
    assert (count(store, stories.c.id), count(store, entries.c.url)) == before
    assert not any(path.startswith("/lost") for path in town.paths_asked())


def test_a_hole_is_closed_with_what_the_archive_lists(town, store, settings, make_sources):
    sources = make_sources(f'archive = "{town.base}/sitemap.xml"')
    found = refill(store, settings, sources, names=["town"], apply=True)
    one = recorded(found)
    assert (one.missing, one.closed, one.left) == (2 - 1, True, None)  # the crawl of the feed brought one
    assert one.stored == 1
    assert all(hole.closed for hole in found)
    with store.read() as connection:
        assert list_holes(connection) == []
        assert [hole.closing for hole in list_holes(connection, closed=True)] == [one.had]
        assert all(
            book.unaccounted == {}
            for book in add_up(read_books(connection, since=START, until=hours_ago(-1)))
        )
        assert read_completeness(connection, settings.schedule, sources).holes == ()
    assert count(store, versions.c.id) == 3
    assert refill(store, settings, sources, apply=True) == []


def test_the_pages_of_an_article_are_fetched_as_one_story(town, store, settings, make_sources):
    for number, following in ((1, "<link rel='next' href='/lost-2?page=2'>"), (2, "")):
        text = "".join(
            f"<p>Line {at} of sheet {number}: the lock at the old mill opened.</p>" for at in range(6)
        )
        town.put(
            "/lost-2" if number == 1 else "/lost-2?page=2",
            f"<html lang='en'><head><title>The lock opens</title>{following}</head><body><article>"
            f"<h1>The lock opens</h1>{text}</article></body></html>",
        )
    sources = make_sources(f'archive = "{town.base}/sitemap.xml"')
    assert recorded(refill(store, settings, sources, apply=True)).stored == 1
    with store.read() as connection:
        [body] = connection.scalars(select(versions.c.body).where(versions.c.headline == "The lock opens"))
    assert "Line 5 of sheet 1" in body
    assert "Line 5 of sheet 2" in body


def test_what_nobody_lists_any_more_is_gone_and_stays_a_hole(town, store, settings, make_sources):
    put_sitemap(town, {"/lost-1": hours_ago(5), "/lost-2": hours_ago(6)})
    sources = make_sources(f'archive = "{town.base}/sitemap.xml"')
    one = recorded(refill(store, settings, sources, apply=True))
    assert (one.closed, one.left) == (False, (START, hours_ago(6)))
    assert "gone" in one.had
    with store.read() as connection:
        [hole] = list_holes(connection)
    assert (hole.start, hole.end, hole.closing) == (START, hours_ago(6), one.had)
    assert refilled_to_json(one)["gone"]["from"]


def test_pages_that_fail_are_named_and_the_hole_stays_open_until_they_are_had(
    town, store, settings, make_sources
):
    town.put("/lost-2", b"later", status=500)
    put_sitemap(
        town,
        {
            "/lost-2": hours_ago(6),
            "/gone": hours_ago(6),
            "/secret/1": hours_ago(5),
            "/older": hours_ago(20),
        },
    )
    sources = make_sources(f'archive = "{town.base}/sitemap.xml"')
    one = recorded(refill(store, settings, sources, apply=True))
    assert one.failed == {"http-500": 1, "http-404": 1, "robots": 1}
    assert "/secret/1" not in town.paths_asked()
    assert not one.closed
    town.put_page("/lost-2", "Lost two", "forgotten")
    assert recorded(refill(store, settings, sources, apply=True)).closed


def test_without_an_archive_the_sitemaps_of_the_site_are_read_and_none_is_said(
    town, store, settings, make_sources
):
    one = recorded(refill(store, settings, make_sources()))
    assert one.missing == 2
    del town.answers["/sitemap.xml"]
    one = recorded(refill(store, settings, make_sources(), apply=True))
    assert (one.closed, one.had.startswith("no list reaches back")) == (False, True)


def test_windows_choose_holes(town, store, settings, make_sources):
    sources = make_sources()
    assert recorded(refill(store, settings, sources, since=hours_ago(5)))
    assert [one for one in refill(store, settings, sources, since=hours_ago(3)) if one.hole.id] == []
    assert refill(store, settings, sources, names=["other"]) == []


def test_recall_compares_a_sitemap_with_the_store_and_stores_nothing(town, store, settings, make_sources):
    [source] = make_sources()
    with store.write() as connection:
        seen = EntrySeen("key", town.base + "/lost-2", "digest")
        note_entry(connection, "town", seen, "http-404", now=NOW, fetched=False)
    before = count(store, versions.c.id)
    found = measure_recall(store, source, crawl=settings.crawl, since=hours_ago(8), until=NOW)
    assert (found.listed, found.stored, found.share) == (4, 1, 0.25)
    assert {one.url.removeprefix(town.base): one.why for one in found.missed} == {
        "/lost-1": NEVER_LISTED,
        "/lost-2": "http-404",
        "/newer": NEVER_LISTED,
    }
    assert [one.published_at for one in found.missed] == sorted(
        (hours_ago(1), hours_ago(5), hours_ago(6)), reverse=True
    )
    assert recall_to_json(found)["share"] == 0.25
    assert count(store, versions.c.id) == before
    assert {"/lost-1", "/lost-2", "/newer", "/kept"}.isdisjoint(town.paths_asked())


def test_recall_reads_every_sitemap_of_an_index_that_may_hold_the_window(town, store, settings, make_sources):
    put_sitemap(town, {"/kept": hours_ago(7)}, "/new.xml")
    put_sitemap(town, {"/lost-1": hours_ago(6)}, "/other.xml")
    parts = {"/new.xml": hours_ago(7), "/other.xml": hours_ago(6), "/old.xml": hours_ago(900)}
    listed = "".join(
        f"<sitemap><loc>{town.base}{path}</loc><lastmod>{at.isoformat()}</lastmod></sitemap>"
        for path, at in parts.items()
    )
    town.put(
        "/index.xml",
        f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{listed}</sitemapindex>",
        content_type="application/xml",
    )
    [source] = make_sources()
    index = town.base + "/index.xml"
    found = measure_recall(store, source, crawl=settings.crawl, since=hours_ago(24), until=NOW, sitemap=index)
    assert (found.listed, found.stored, found.lists, found.problems) == (2, 1, 3, ())
    assert "/old.xml" not in town.paths_asked()
    del town.answers["/other.xml"]
    found = measure_recall(store, source, crawl=settings.crawl, since=hours_ago(24), until=NOW, sitemap=index)
    assert (found.listed, len(found.problems)) == (1, 1)


def test_recall_of_copy_that_arrives_needs_a_list(store, settings):
    [pushed] = parse_sources(
        '[[source]]\nname = "wire"\npublisher = "Wire"\nkind = "push"\nurl = "push:wire"\n', resource="s"
    )
    with pytest.raises(UsageError, match="arrives"):
        measure_recall(store, pushed, crawl=settings.crawl, since=hours_ago(1), until=NOW)


def test_a_key_in_the_address_of_an_archive_is_never_shown(town, store, settings, make_sources):
    put_sitemap(town, {"/lost-1": hours_ago(5), "/older": hours_ago(20)}, "/sitemap.xml?key=s3cr3t-k3y-77")
    sources = make_sources(f'archive = "{town.base}/sitemap.xml?key=s3cr3t-k3y-77"')
    assert recorded(refill(store, settings, sources, apply=True)).closed
    with store.read() as connection:
        [hole] = list_holes(connection, closed=True)
    assert "s3cr3t-k3y-77" not in (hole.closing or "")
    assert "/sitemap.xml" in (hole.closing or "")
