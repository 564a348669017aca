"""robots.txt is kept for its lifetime: a real server counts the requests of crawls, each in a process of its own."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from copytaster.store.engine import Store
from copytaster.store.robots import LARGEST
from copytaster.store.tables import robots
from newsdesk.operations.recall import measure_recall
from newsdesk.operations.refill import refill
from newsdesk.operations.trial import probe_any, try_source
from spiders.process.parent import crawl_and_wait
from spiders.sources.config import read_sources

NOW = datetime.now(UTC)
RULES = "User-agent: *\nDisallow: /private\n"


@pytest.fixture
def site(publisher):
    """A publisher with a feed of two pages, of which robots.txt disallows one."""
    publisher.put("/robots.txt", RULES, content_type="text/plain", headers={"ETag": '"a"'})
    publisher.put_feed("/feed", ["/open", "/private"])
    publisher.put_page("/open", "Open")
    publisher.put_page("/private", "Private")
    return publisher


@pytest.fixture
def change(crawl_settings):
    """Change the row that is kept."""

    def write(**values):
        with closing(Store(crawl_settings().store_url)) as store, store.write() as connection:
            connection.execute(robots.update().values(**values))

    return write


def robots_asked(publisher):
    return [asked.headers.get("If-None-Match") for asked in publisher.asked if asked.path == "/robots.txt"]


def test_processes_share_one_request(site, collect, crawl_settings, write_sources):
    reports = [collect(town=site.base + "/feed") for _ in range(2)]
    config = write_sources(town=site.base + "/feed")
    [last] = crawl_and_wait(["town"], settings=crawl_settings(), config=config)
    assert [dict(report.dropped) for report in [*reports, last]] == [{"robots": 1}] * 3
    assert robots_asked(site) == [None]


def test_the_absence_of_one_is_kept_too(site, collect):
    site.put("/robots.txt", status=404)
    assert [collect(town=site.base + "/feed").outcome for _ in range(2)] == ["ran", "ran"]
    assert robots_asked(site) == [None]


def test_one_that_has_expired_is_confirmed(site, collect, change, rows):
    collect(town=site.base + "/feed")
    change(expires_at=NOW - timedelta(hours=1))
    assert dict(collect(town=site.base + "/feed").dropped) == {"robots": 1}
    collect(town=site.base + "/feed")
    assert robots_asked(site) == [None, '"a"']
    [row] = rows(robots.c.expires_at, robots.c.status)
    assert (row.expires_at > NOW, row.status) == (True, 200)


def test_one_that_has_changed_replaces_it(site, collect, change):
    collect(town=site.base + "/feed")
    site.put("/robots.txt", "User-agent: *\nDisallow: /\n", headers={"ETag": '"b"'})
    change(expires_at=NOW - timedelta(hours=1))
    assert dict(collect(town=site.base + "/feed").errors) == {"robots": 1}


def test_while_the_server_fails_the_rules_known_before_hold(site, collect, change):
    collect(town=site.base + "/feed")
    site.put("/robots.txt", status=500)
    change(expires_at=NOW - timedelta(hours=1))
    report = collect(town=site.base + "/feed")
    assert (report.outcome, dict(report.dropped)) == ("ran", {"robots": 1})
    change(fetched_at=NOW - timedelta(days=31))
    assert dict(collect(town=site.base + "/feed").errors) == {"robots-unreachable": 1}


def test_one_that_cannot_be_read_is_not_kept(site, collect, rows):
    site.put("/robots.txt", "User-agent: *\n" + "\n".join(f"Disallow: /{number}" for number in range(5_001)))
    assert dict(collect(town=site.base + "/feed").errors) == {"robots-unreachable": 1}
    assert rows(robots.c.origin) == []
    site.put("/robots.txt", RULES)
    assert collect(town=site.base + "/feed").outcome == "ran"


def test_half_a_megabyte_of_it_is_kept(site, collect, rows):
    site.put("/robots.txt", RULES + "#" * LARGEST + "\nDisallow: /\n")
    assert dict(collect(town=site.base + "/feed").dropped) == {"robots": 1}
    [row] = rows(robots.c.body)
    assert len(row.body) < 1_000  # compressed


def test_another_port_of_a_host_has_its_own(site, publishers, collect):
    other = publishers()
    other.put_feed("/feed", ["/private"])
    other.put_page("/private", "Private here, open there")
    first, second = collect(town=site.base + "/feed", port=other.base + "/feed")
    assert (dict(first.dropped), second.stored) == ({"robots": 1}, 1)


def test_the_sitemaps_that_it_names_are_read_from_the_one_that_is_kept(site, collect, change):
    def list_pages(*paths):
        pages = "".join(f"<url><loc>{site.base}{path}</loc></url>" for path in paths)
        site.put("/s.xml", f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{pages}</urlset>")

    site.put("/robots.txt", f"{RULES}Sitemap: {site.base}/s.xml\n")
    list_pages("/open")
    collect(town=("sitemap", site.base + "/", ""))
    list_pages("/open", "/new")
    site.put_page("/new", "New")
    assert collect(town=("sitemap", site.base + "/", "")).stored == 1
    assert robots_asked(site) == [None]


def test_commands_share_it_with_crawls(site, collect, crawl_settings, write_sources):
    settings = crawl_settings()
    site.put("/robots.txt", f"{RULES}Sitemap: {site.base}/s.xml\n")
    site.put("/s.xml", f"<urlset><url><loc>{site.base}/open</loc></url></urlset>")
    assert probe_any(site.base + "/feed", settings=settings).robots == "allowed"
    assert robots_asked(site) == [None]  # nothing is kept before there is a store
    collect(town=site.base + "/feed")
    sources = read_sources(write_sources(town=site.base + "/feed"))
    probe_any(site.base + "/", settings=settings, kind="sitemap")
    try_source(site.base + "/feed", settings=settings, sources=sources)
    with closing(Store(settings.store_url)) as store:
        since = NOW - timedelta(days=1)
        measure_recall(store, sources.get("town"), crawl=settings.crawl, since=since, until=NOW)
        refill(store, settings, sources, apply=True)
    assert robots_asked(site) == [None, None]


def test_a_command_keeps_what_it_fetched_for_crawls(site, collect, crawl_settings):
    settings = crawl_settings()
    Store(settings.store_url).close()
    probe_any(site.base + "/feed", settings=settings)
    assert dict(collect(town=site.base + "/feed").dropped) == {"robots": 1}
    assert robots_asked(site) == [None]
