"""The feed spider end to end: a real server, the real child process, the real store."""

import pytest
from sqlalchemy import select

from copytaster.store.engine import Store
from copytaster.store.tables import entries, refusals, runs, source_states, stories, versions
from spiders.child import crawl
from spiders.report import exit_code


@pytest.fixture
def collect(crawl_settings, write_sources):
    """Crawl feeds by name -> URL; gives back the reports by name."""

    def run(settings=None, **feeds):
        settings = settings or crawl_settings()
        config = write_sources(**feeds)
        names = [name.replace("_", "-") for name in feeds]
        reports = crawl(names, config=config, settings=settings)
        assert [report.source for report in reports] == names
        return reports if len(reports) > 1 else reports[0]

    return run


@pytest.fixture
def rows(crawl_settings):
    """Rows of a query on the store of the crawl."""
    opened = Store(crawl_settings().store_url)

    def read(*columns):
        with opened.read() as connection:
            return connection.execute(select(*columns).order_by(columns[0])).all()

    yield read
    opened.close()


def test_stories_of_a_feed_are_stored(publisher, collect, rows):
    publisher.put_feed("/feed", ["/a", "/b"])
    publisher.put_page("/a", "Harbour board widens basin", "first")
    publisher.put_page("/b", "Ferry fares to rise", "second")
    report = collect(town=publisher.base + "/feed")
    assert (report.outcome, report.found, report.fetched, report.stored) == ("ran", 2, 2, 2)
    assert report.why is None
    assert report.seconds > 0
    assert report.peak_bytes > 1_000_000
    assert {row.headline for row in rows(versions.c.headline)} == {
        "Harbour board widens basin",
        "Ferry fares to rise",
    }
    assert {tuple(row) for row in rows(stories.c.publisher, stories.c.source, stories.c.channel)} == {
        ("The town", "town", "feed")
    }
    assert [tuple(row) for row in rows(runs.c.id, runs.c.outcome, runs.c.stored)] == [(1, "ran", 2)]
    assert exit_code([report]) == 0
