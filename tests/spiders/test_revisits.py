"""Stored pages are requested again: conditionally, within a budget, and what they show then changes or kills no story."""

from datetime import UTC, datetime, timedelta

import pytest

from copytaster.store.books import add_up, read_books
from copytaster.store.engine import Store
from copytaster.store.revisits import LEASE, MOST_VISITS, claim_due, count_revisits
from copytaster.store.tables import entries, refusals, revisits, stories, versions
from settings import RevisitSettings, Settings
from tests.spiders.conftest import page

ALL = {"since": datetime(1970, 1, 1, tzinfo=UTC), "until": datetime(2200, 1, 1, tzinfo=UTC)}
HOUR = timedelta(hours=1)
TELLS = "<p>We and {n} partners keep small files on your device, and read them, so that this page can be paid for.</p>"
CONSENT = f"<html><head><title>Your choice</title></head><body><article><h1>Your choice</h1>{''.join(TELLS.format(n=n) for n in range(9))}</article></body></html>"
FERRY = "<p>Ferry number {n} to the harbour islands costs more from May, says the company, whose board wants a wider fleet.</p>"
OTHER = f"<html><head><title>Ferry fares to rise</title></head><body><article><h1>Ferry fares to rise</h1>{''.join(FERRY.format(n=n) for n in range(9))}</article></body></html>"


@pytest.fixture
def store(crawl_settings):
    opened = Store(crawl_settings().store_url)
    yield opened
    opened.close()


@pytest.fixture
def visit(collect, store):
    """Crawl once more with every page due; returns the report."""

    def run(settings=None, **feeds):
        with store.write() as connection:
            hours_ago = datetime.now(UTC) - 2 * HOUR
            connection.execute(
                revisits.update().where(revisits.c.due_at.is_not(None)).values(due_at=hours_ago)
            )
            connection.execute(
                revisits.update().where(revisits.c.asked_at.is_not(None)).values(asked_at=hours_ago)
            )
        return collect(settings=settings, **feeds)

    return run


@pytest.fixture
def town(publisher, collect):
    """A feed with one story, crawled once; its page has an ETag."""
    publisher.put_feed("/feed", ["/a"])
    publisher.put_page("/a", "Harbour board widens basin", "first", headers={"ETag": '"1"'})
    given = {"town": publisher.base + "/feed"}
    collect(**given)
    return given


def read_one(rows):
    [row] = rows(revisits)
    return row


def require_balanced(store):
    with store.read() as connection:
        for one in add_up(read_books(connection, **ALL)):
            assert one.unaccounted == {}


def with_revisits(settings, **given):
    return Settings(data_dir=settings.data_dir, crawl=settings.crawl, revisits=RevisitSettings(**given))


def test_a_new_page_is_due_after_an_hour_and_not_before(publisher, collect, town, rows):
    row = read_one(rows)
    assert (row.step, row.visits, row.source) == (0, 0, "town")
    assert timedelta(0) < row.due_at - datetime.now(UTC) <= HOUR
    collect(**town)
    assert publisher.paths_asked().count("/a") == 1


def test_an_unchanged_page_is_asked_for_conditionally_and_climbs_to_the_end(
    publisher, town, visit, rows, store
):
    seen = []
    for _ in range(4):
        before = datetime.now(UTC)
        report = visit(**town)
        row = read_one(rows)
        seen.append((row.step, row.due_at and round((row.due_at - before) / HOUR)))
        assert "unchanged (1)" in report.why
    assert seen == [(1, 5), (2, 18), (3, 144), (4, None)]
    visit(**town)
    asked = [one for one in publisher.asked if one.path == "/a"]
    assert len(asked) == 5
    assert [one.headers.get("If-None-Match") for one in asked] == [None, *['"1"'] * 4]
    assert len(rows(versions.c.id)) == 1
    require_balanced(store)


def test_a_silent_edit_is_a_version_and_begins_the_ladder_again(publisher, town, visit, rows, store):
    visit(**town)
    publisher.put_page("/a", "Harbour board widens basin", "first", headers={"ETag": '"2"'})
    edited = page("Harbour board widens basin", "first").replace("number 3", "number 33")
    publisher.put("/a", edited, headers={"ETag": '"2"'})
    report = visit(**town)
    assert "changed (1)" in report.why
    found = rows(versions.c.story_id, versions.c.number, versions.c.body, versions.c.published_at)
    assert [row.number for row in found] == [1, 2]
    assert "number 33" in found[1].body
    assert found[0].published_at == found[1].published_at  # as the feed said
    row = read_one(rows)
    assert (row.step, row.outcome, row.visits) == (0, "changed", 2)
    assert rows(entries.c.etag) == [('"2"',)]
    require_balanced(store)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"status": 404}, "gone"),
        ({"status": 410}, "gone"),
        ({"status": 403}, "wall"),
        ({"body": CONSENT}, "wall"),
        ({"body": OTHER}, "other-story"),
        ({"status": 500}, "http-500"),
    ],
)
def test_what_took_the_place_of_a_page_is_noted_and_kills_no_story(
    publisher, town, visit, rows, store, answer, outcome
):
    publisher.put("/a", **answer)
    report = visit(**town)
    assert (report.outcome, report.errors) == ("ran", {})
    row = read_one(rows)
    assert (row.outcome, row.step) == (outcome, 1)
    assert [tuple(one) for one in rows(stories.c.version_count)] == [(1,)]
    assert len(rows(versions.c.id)) == 1
    assert rows(refusals.c.id) == []
    assert rows(entries.c.outcome) == [("stored",)]
    require_balanced(store)


def test_a_page_that_comes_back_is_gone_no_longer(publisher, town, visit, rows, store):
    kept = publisher.answers.pop("/a")
    visit(**town)
    with store.read() as connection:
        assert count_revisits(connection, datetime.now(UTC)).outcomes == {"gone": 1}
    publisher.answers["/a"] = kept
    visit(**town)
    assert read_one(rows).outcome == "unchanged"


def test_robots_are_respected(publisher, town, visit, rows, store):
    with store.write() as connection:
        connection.exec_driver_sql("DELETE FROM robots")
    publisher.put("/robots.txt", "User-agent: *\nDisallow: /a", content_type="text/plain")
    visit(**town)
    assert publisher.paths_asked().count("/a") == 1
    assert read_one(rows).outcome == "robots"


def test_a_host_gets_no_more_requests_an_hour_than_its_budget(
    publisher, collect, visit, crawl_settings, rows
):
    paths = [f"/{number}" for number in range(5)]
    publisher.put_feed("/feed", paths)
    for number, path in enumerate(paths):
        publisher.put_page(path, f"Story {number} of the harbour", f"word{number}")
    town = {"town": publisher.base + "/feed"}
    collect(**town)
    asked = len(publisher.asked)
    settings = with_revisits(crawl_settings(), per_host_hour=2)
    visit(settings, **town)
    assert len([one for one in publisher.asked[asked:] if one.path in paths]) == 2
    collect(settings, **town)  # in the same hour
    assert len([one for one in publisher.asked[asked:] if one.path in paths]) == 2
    assert sum(row.visits for row in rows(revisits)) == 2


def test_a_source_and_the_settings_switch_visits_off(publisher, town, visit, crawl_settings):
    visit(with_revisits(crawl_settings(), enabled=False), **town)
    visit(town=("feed", town["town"], "revisit = false"))
    assert publisher.paths_asked().count("/a") == 1


def test_a_visit_that_a_kill_cut_off_is_due_again(town, store, rows):
    now = datetime.now(UTC) + 2 * HOUR
    with store.write() as connection:
        assert len(claim_due(connection, "town", now=now, per_hour=9)) == 1
    with store.write() as connection:  # another process, at once
        assert claim_due(connection, "town", now=now, per_hour=9) == []
        assert len(claim_due(connection, "town", now=now + LEASE, per_hour=9)) == 1
    assert read_one(rows).visits == 0


def test_a_page_that_changes_at_each_visit_is_left_after_some(publisher, town, visit, rows, store):
    with store.write() as connection:
        connection.execute(revisits.update().values(visits=MOST_VISITS - 1))
    edited = page("Harbour board widens basin", "first").replace("number 3", "number 33")
    publisher.put("/a", edited)
    visit(**town)
    assert read_one(rows).due_at is None


def test_the_ladder_must_climb():
    with pytest.raises(ValueError, match="larger than the one before"):
        RevisitSettings(after_hours=(6, 1))


@pytest.mark.parametrize(("path", "outcome"), [("/", "not-a-story"), ("/b", "other-story")])
def test_a_redirect_elsewhere_makes_no_story(publisher, town, visit, rows, path, outcome):
    publisher.put(path, OTHER)
    publisher.put("/a", status=302, headers={"Location": path})
    visit(**town)
    assert read_one(rows).outcome == outcome
    assert len(rows(stories.c.id)) == 1
