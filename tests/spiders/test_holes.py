"""A list that rolled over between two requests leaves a hole; any known entry in it proves that there is none."""

import pytest

from copytaster.store.engine import Store
from copytaster.store.holes import list_holes
from copytaster.store.source_cursor import read_source_cursor


@pytest.fixture
def store(crawl_settings):
    opened = Store(crawl_settings().store_url)
    yield opened
    opened.close()


@pytest.fixture
def look(publisher, collect, store):
    """Crawl the feed as it lists these stories now; gives back the holes so far, and the cursor."""

    def crawl(*numbers, **answer):
        for number in numbers:
            publisher.put_page(f"/story-{number}", f"Story {number} of the harbour", f"word{number}")
        listed = [{"path": f"/story-{one}", "title": f"Story {one} of the harbour"} for one in numbers]
        publisher.put_feed("/feed", listed, **answer)
        report = collect(town=publisher.base + "/feed")
        with store.read() as connection:
            return report, list_holes(connection), read_source_cursor(connection, "town")

    return crawl


def test_a_list_without_any_known_entry_leaves_a_hole_since_the_last_whole_one(look):
    _, holes, first = look(1, 2)
    assert (holes, first.read_at is not None) == ([], True)
    _, holes, second = look(2, 3)
    assert holes == []
    _, [hole], third = look(7, 8)
    assert (hole.source, hole.start, hole.end) == ("town", second.read_at, third.read_at)
    assert "rolled over" in hole.why
    _, holes, _ = look(8, 9)
    assert holes == [hole]


def test_a_feed_that_fails_is_not_read_and_the_hole_begins_before_it_failed(look):
    _, _, before = look(1, 2)
    report, holes, failed = look(5, 6, status=500)
    assert (report.outcome, holes, failed.read_at) == ("failed", [], before.read_at)
    _, [hole], _ = look(9)
    assert hole.start == before.read_at


def test_a_list_is_read_although_its_pages_fail(collect, publisher, store):
    publisher.put("/bad", b"no", status=500)
    publisher.put_feed("/feed", ["/bad"])
    assert collect(town=publisher.base + "/feed").outcome == "failed"
    with store.read() as connection:
        cursor = read_source_cursor(connection, "town")
    assert cursor.read_at is not None
    assert cursor.last_success_at is None


def test_a_list_that_has_not_changed_is_read(look):
    look(1, headers={"ETag": '"1"'})
    report, holes, cursor = look(1, headers={"ETag": '"1"'})
    assert (report.not_modified, holes) == (True, [])
    assert cursor.read_at is not None
