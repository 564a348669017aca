"""Sitemaps as sources: a real server, a real crawl in a process of its own, the real store."""

import gzip
from datetime import UTC, datetime, timedelta

from copytaster.store.tables import refusals, stories, versions

NOW = datetime.now(UTC)


def urlset(base, *paths):
    pages = "".join(f"<url><loc>{base}{path}</loc></url>" for path in paths)
    return f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{pages}</urlset>"


def index(base, **parts):
    """An index: name of the sitemap -> hours since it changed, None for no `lastmod`."""
    listed = "".join(
        f"<sitemap><loc>{base}/{name}.xml</loc>{_changed(hours)}</sitemap>" for name, hours in parts.items()
    )
    return f"<sitemapindex>{listed}</sitemapindex>"


def _changed(hours):
    return "" if hours is None else f"<lastmod>{(NOW - timedelta(hours=hours)).isoformat()}</lastmod>"


def put_pages(publisher, *paths):
    for path in paths:
        publisher.put_page(path, f"Harbour board meets over {path[1:]}", path[1:])


def test_a_sitemap_is_read_by_a_source_of_either_kind(publisher, collect, rows):
    put_pages(publisher, "/a", "/b")
    publisher.put("/s.xml", urlset(publisher.base, "/a", "/b"), content_type="application/xml")
    reports = collect(
        town=publisher.base + "/s.xml",
        port=("sitemap", publisher.base + "/s.xml", ""),
    )
    assert [(one.outcome, one.found, one.stored + one.unchanged) for one in reports] == [("ran", 2, 2)] * 2
    assert {row.channel for row in rows(stories.c.channel)} <= {"feed", "sitemap"}


def test_robots_txt_leads_to_an_index_and_to_gzip_sitemaps(publisher, collect, rows):
    put_pages(publisher, "/a", "/b")
    publisher.put("/robots.txt", f"User-agent: *\nAllow: /\nSitemap: {publisher.base}/index.xml\n")
    publisher.put("/index.xml", index(publisher.base, one=1, two=None), content_type="application/xml")
    packed = gzip.compress(urlset(publisher.base, "/a").encode())
    publisher.put("/one.xml", packed, content_type="application/x-gzip")
    publisher.put("/two.xml", urlset(publisher.base, "/b", "/a"), content_type="application/xml")
    report = collect(port=("sitemap", publisher.base + "/", ""))
    assert (report.outcome, report.stored, dict(report.dropped)) == ("ran", 2, {"twice-in-feed": 1})
    assert len(rows(versions.c.id)) == 2


def test_a_sitemap_is_asked_for_again_only_when_the_index_says_that_it_changed(publisher, collect, rows):
    put_pages(publisher, "/a", "/b", "/c")
    publisher.put("/i.xml", index(publisher.base, same=5, moved=4, silent=None))
    for name, path in {"same": "/a", "moved": "/b", "silent": "/b"}.items():
        publisher.put(f"/{name}.xml", urlset(publisher.base, path))
    collect(port=("sitemap", publisher.base + "/i.xml", ""))
    publisher.put("/i.xml", index(publisher.base, same=5, moved=1, silent=None))
    publisher.put("/moved.xml", urlset(publisher.base, "/b", "/c"))
    asked = len(publisher.asked)
    report = collect(port=("sitemap", publisher.base + "/i.xml", ""))
    assert publisher.paths_asked()[asked:] == ["/i.xml", "/moved.xml", "/silent.xml", "/c"]
    assert (report.outcome, report.stored) == ("ran", 1)


def test_a_sitemap_that_failed_is_asked_for_again_and_nothing_of_it_is_lost(publisher, collect, rows):
    put_pages(publisher, "/a", "/b")
    publisher.put("/i.xml", index(publisher.base, one=2, two=1))
    publisher.put("/one.xml", urlset(publisher.base, "/a"))
    publisher.put("/two.xml", b"<urlset><url><loc>cut", content_type="application/xml")
    report = collect(port=("sitemap", publisher.base + "/i.xml", ""))
    assert (report.outcome, report.stored, dict(report.errors)) == ("partial", 1, {"broken": 1})
    assert [row.reason for row in rows(refusals.c.reason)] == ["broken"]
    publisher.put("/two.xml", urlset(publisher.base, "/b"))
    assert collect(port=("sitemap", publisher.base + "/i.xml", "")).stored == 1


def test_old_sitemaps_and_those_beyond_the_limit_are_named_in_the_report(publisher, collect):
    put_pages(publisher, "/a", "/b", "/c")
    publisher.put("/i.xml", index(publisher.base, old=24 * 30, later=2, first=1))
    publisher.put("/first.xml", urlset(publisher.base, "/a", "/b"))
    publisher.put("/later.xml", urlset(publisher.base, "/c"))
    publisher.put("/old.xml", urlset(publisher.base, "/z"))
    report = collect(port=("sitemap", publisher.base + "/i.xml", "limits = { max_entries = 2 }"))
    assert report.stored == 2
    assert "1 sitemaps of the index are left to the next run" in report.why
    assert "1 sitemaps of the index changed more than 7 days ago" in report.why
    assert not {"/old.xml", "/later.xml"} & set(publisher.paths_asked())
    assert collect(port=("sitemap", publisher.base + "/i.xml", "limits = { max_entries = 2 }")).stored == 1


def test_an_index_that_names_itself_comes_to_an_end(publisher, collect):
    put_pages(publisher, "/a")
    publisher.put("/i.xml", index(publisher.base, i=None, deep=None))
    publisher.put("/deep.xml", index(publisher.base, i=None, deep=None, one=None))
    publisher.put("/one.xml", urlset(publisher.base, "/a"))
    report = collect(port=("sitemap", publisher.base + "/i.xml", ""))
    assert report.stored == 1
    assert publisher.paths_asked().count("/i.xml") <= 2
