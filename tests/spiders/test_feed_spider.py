"""The feed spider: a real server, a real crawl in a process of its own, the real store."""

from datetime import UTC, datetime, timedelta

import pytest

from copytaster.store.engine import Store
from copytaster.store.tables import (
    entries,
    page_templates,
    raw_pages,
    refusals,
    runs,
    source_states,
    stories,
    versions,
)
from spiders.run_report import exit_code
from tests.spiders.conftest import page


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


def test_one_good_source_beside_bad_ones(publishers, collect, crawl_settings, rows):
    good, slow, broken, gone, inward = (publishers() for _ in range(5))
    good.put_feed("/feed", ["/a", "/b"])
    good.put_page("/a", "Good one")
    good.put_page("/b", "Good two", "second")
    slow.put("/feed", hang=True)
    cut = "<?xml version='1.0'?><rss version='2.0'><channel><title>x</title>"
    whole = f"<item><title>Kept</title><link>{broken.base}/kept</link><guid>1</guid></item>"
    broken.put("/feed", cut + whole + "<item><title>Cut off</ti", content_type="application/rss+xml")
    broken.put_page("/kept", "Kept from the broken feed", "third")
    gone.put_feed("/feed", ["/gone-1", "/gone-2"])
    inward.put("/feed", status=302, headers={"Location": "http://127.0.0.2:9/feed"})
    reports = collect(
        settings=crawl_settings(timeout_s=1.5),
        good=good.base + "/feed",
        slow=slow.base + "/feed",
        broken=broken.base + "/feed",
        gone=gone.base + "/feed",
        inward=inward.base + "/feed",
    )
    outcomes = {report.source: report.outcome for report in reports}
    assert outcomes == {
        "good": "ran", "slow": "failed", "broken": "partial", "gone": "failed", "inward": "failed",
    }  # fmt: skip
    errors = {report.source: dict(report.errors) for report in reports}
    assert errors == {
        "good": {},
        "slow": {"timeout": 1},
        "broken": {"broken-feed": 1},
        "gone": {"http-404": 2},
        "inward": {"unsafe-address": 1},
    }
    assert exit_code(reports) == 3
    assert {row.headline for row in rows(versions.c.headline)} == {
        "Good one", "Good two", "Kept from the broken feed",
    }  # fmt: skip
    states = {row.source: row for row in rows(source_states)}
    assert states["good"].last_error is None
    assert [states[name].failures for name in ("good", "slow", "broken", "gone", "inward")] == [0, 1, 0, 1, 1]
    for name, word in {"slow": "timeout", "broken": "broken", "gone": "404", "inward": "public"}.items():
        assert word in states[name].last_error


def test_a_second_crawl_fetches_and_stores_nothing_new(publisher, collect, rows):
    publisher.put_feed("/feed", ["/a", "/b"])
    publisher.put_page("/a", "One")
    publisher.put_page("/b", "Two", "second")
    collect(town=publisher.base + "/feed")
    asked = len(publisher.asked)
    report = collect(town=publisher.base + "/feed")
    assert (report.outcome, report.found, report.fetched, report.stored, report.unchanged) == (
        "ran",
        2,
        0,
        0,
        2,
    )
    assert publisher.paths_asked()[asked:] == ["/feed"]
    assert len(rows(versions.c.id)) == 2


def test_what_one_crawl_learned_of_the_layout_the_next_one_follows(publisher, collect, rows):
    side = "".join(f"<li><a href=/n{at}>Ferry {at} leaves the harbour late</a></li>" for at in range(30))
    frame = f"</article><div class=pad>{'<p>Board</p>' * 9}</div><div class=side><ul>{side}</ul></div>"

    def publish(numbers):
        publisher.put_feed("/feed", [f"/{number}" for number in numbers])
        for number in numbers:
            text = page(f"Harbour board widens basin {number}", f"word{number}")
            publisher.put(f"/{number}", text.replace("</article>", frame))

    publish(range(1, 5))
    collect(town=publisher.base + "/feed")
    assert {row.extractor for row in rows(versions.c.extractor)} == {"generic"}
    assert [tuple(row) for row in rows(page_templates.c.publisher, page_templates.c.state)] == [
        ("The town", "trusted")
    ]
    publish(range(5, 9))
    collect(town=publisher.base + "/feed")
    assert (
        sum(row.extractor == "learned" for row in rows(versions.c.extractor)) >= 3
    )  # one address in twenty is checked


def test_three_edits_are_three_versions_and_none_is_overwritten(publisher, collect, rows):
    bodies = ["first", "second", "third"]
    for edit, words in enumerate(bodies):
        publisher.put_feed("/feed", [{"path": "/a", "guid": "same", "at": edit * 60, "title": f"v{edit}"}])
        publisher.put_page("/a", "The same headline", words)
        assert collect(town=publisher.base + "/feed").stored == 1
    found = rows(versions.c.number, versions.c.story_id, versions.c.body)
    assert [row.number for row in found] == [1, 2, 3]
    assert len({row.story_id for row in found}) == 1
    assert [words in row.body for words, row in zip(bodies, found, strict=True)] == [True] * 3
    assert [tuple(row) for row in rows(stories.c.id, stories.c.version_count)] == [(1, 3)]


@pytest.mark.parametrize(
    "again",
    [
        pytest.param({"guid": "another"}, id="another id"),
        pytest.param({"at": 3600}, id="another date"),
        pytest.param({"title": "Another title in the feed"}, id="another title"),
    ],
)
def test_the_same_page_announced_anew_is_no_new_version(publisher, collect, rows, again):
    publisher.put_feed("/feed", [{"path": "/a"}])
    publisher.put_page("/a", "One", headers={"ETag": '"1"'}, conditional=False)
    collect(town=publisher.base + "/feed")
    publisher.put_feed("/feed", [{"path": "/a"} | again])
    publisher.put_page("/a", "One", headers={"ETag": '"2"'}, conditional=False)
    report = collect(town=publisher.base + "/feed")
    assert (report.stored, report.unchanged) == (0, 1)
    assert len(rows(versions.c.id)) == 1


def test_titles_stay_with_their_pages_when_the_first_answer_is_slow(publisher, collect, rows):
    publisher.put_feed("/feed", ["/slow", "/fast"])
    publisher.put_page("/slow", "The slow page", "slow", delay_s=0.5)
    publisher.put_page("/fast", "The fast page", "fast")
    collect(town=publisher.base + "/feed")
    pairs = {(row.headline, "slow" in row.body) for row in rows(versions.c.headline, versions.c.body)}
    assert pairs == {("The slow page", True), ("The fast page", False)}


def test_an_entry_older_than_the_newest_is_kept(publisher, collect, rows):
    publisher.put_feed("/feed", [{"path": "/new", "at": 7200}])
    publisher.put_page("/new", "New")
    publisher.put_page("/late", "Late", "late")
    collect(town=publisher.base + "/feed")
    publisher.put_feed("/feed", [{"path": "/new", "at": 7200}, {"path": "/late", "at": -86_400}])
    assert collect(town=publisher.base + "/feed").stored == 1
    assert [row.headline for row in rows(versions.c.id, versions.c.headline)] == ["New", "Late"]


def test_an_address_twice_in_a_feed_is_fetched_once(publisher, collect):
    publisher.put_feed(
        "/feed",
        [{"path": "/a", "guid": "1"}, {"path": "/a?utm_source=x", "guid": "2"}, "/b"],
    )
    publisher.put_page("/a", "One")
    publisher.put_page("/b", "Two", "second")
    report = collect(town=publisher.base + "/feed")
    assert (report.found, report.stored, dict(report.dropped)) == (3, 2, {"twice-in-feed": 1})
    assert report.outcome == "ran"
    assert publisher.paths_asked().count("/a") == 1


def test_addresses_that_differ_by_case_are_two_stories(publisher, collect, rows):
    publisher.put_feed("/feed", ["/Story", "/story"])
    publisher.put_page("/Story", "Upper", "upper")
    publisher.put_page("/story", "Lower", "lower")
    assert collect(town=publisher.base + "/feed").stored == 2
    assert len(rows(stories.c.id)) == 2


def test_a_redirected_page_is_known_by_where_it_ended(publishers, collect, rows):
    here, there = publishers(), publishers()
    here.put_feed("/feed", ["/old"])
    here.put("/old", status=301, headers={"Location": there.base + "/new"})
    there.put_page("/new", "Moved")
    assert collect(town=here.base + "/feed").stored == 1
    assert [row.url for row in rows(stories.c.url)] == [there.base + "/new"]


def test_a_name_in_an_entry_is_a_claim_and_no_publisher(publisher, collect, rows):
    publisher.put_feed("/feed", [{"path": "/a", "source": "Reuters"}, "/b"])
    publisher.put_page("/a", "One")
    publisher.put_page("/b", "Two", "second")
    collect(town=publisher.base + "/feed")
    found = {tuple(row) for row in rows(stories.c.publisher, stories.c.claimed_publisher)}
    assert found == {("The town", "Reuters"), ("The town", None)}


def test_a_claimed_page_on_an_unknown_host_is_known_by_the_host(publishers, collect, rows):
    feed, host = publishers(), publishers()
    feed.put_feed("/feed", [{"path": host.base + "/a", "source": "Reuters"}])
    host.put_page("/a", "One")
    collect(town=feed.base + "/feed")
    [found] = rows(stories.c.publisher, stories.c.claimed_publisher)
    assert tuple(found) == (f"127.0.0.1:{host.port}", "Reuters")


def test_the_publisher_of_the_host_wins_whoever_listed_the_page_first(publishers, collect, rows):
    aggregator, post = publishers(), publishers()
    aggregator.put_feed("/feed", [post.base + "/a"])
    post.put_feed("/feed", ["/a"])
    post.put_page("/a", "One")
    feeds = {"aggregator": aggregator.base + "/feed"}
    collect(**feeds)
    assert [row.publisher for row in rows(stories.c.publisher)] == ["The aggregator"]
    collect(**feeds, post=post.base + "/feed")
    assert [tuple(row) for row in rows(stories.c.publisher, stories.c.source)] == [("The post", "aggregator")]
    collect(**feeds, post=post.base + "/feed")
    assert [row.publisher for row in rows(stories.c.publisher)] == ["The post"]


def test_a_whole_answer_is_asked_for_conditionally_the_next_time(publisher, collect, rows):
    publisher.put_feed(
        "/feed", ["/a"], headers={"ETag": '"e1"', "Last-Modified": "Sun, 22 Nov 2026 10:00:00 GMT"}
    )
    publisher.put_page("/a", "One")
    collect(town=publisher.base + "/feed")
    report = collect(town=publisher.base + "/feed")
    again = [one for one in publisher.asked if one.path == "/feed"][-1]
    assert again.headers["If-None-Match"] == '"e1"'
    assert again.headers["If-Modified-Since"] == "Sun, 22 Nov 2026 10:00:00 GMT"
    assert (report.outcome, report.found, report.stored) == ("ran", 0, 0)


def test_an_entry_that_failed_is_tried_again_and_the_cursor_waits_for_it(publisher, collect, rows):
    publisher.put_feed("/feed", ["/a", "/b"], headers={"ETag": '"e1"'})
    publisher.put_page("/a", "One")
    publisher.put("/b", b"half", headers={"Content-Type": "text/html"}, cut_to=2)
    first = collect(town=publisher.base + "/feed")
    assert (first.outcome, first.stored, dict(first.errors)) == ("partial", 1, {"cut-short": 1})
    assert [tuple(row) for row in rows(source_states.c.etag, source_states.c.last_success_at)] == [
        (None, None)
    ]
    publisher.put_page("/b", "Two", "second")
    second = collect(town=publisher.base + "/feed")
    assert (second.outcome, second.stored, second.unchanged, second.fetched) == ("ran", 1, 1, 1)
    assert [row.etag for row in rows(source_states.c.etag)] == ['"e1"']


def test_a_page_that_is_gone_is_not_asked_for_again(publisher, collect, rows):
    publisher.put_feed("/feed", ["/a", "/gone"])
    publisher.put_page("/a", "One")
    assert dict(collect(town=publisher.base + "/feed").errors) == {"http-404": 1}
    again = collect(town=publisher.base + "/feed")
    assert (again.outcome, dict(again.dropped)) == ("ran", {"http-404": 1})
    assert publisher.paths_asked().count("/gone") == 1
    assert [tuple(row) for row in rows(refusals.c.reason, refusals.c.source)] == [("http-404", "town")]


def test_a_page_without_a_story_is_refused_with_its_bytes_kept(publisher, collect, rows):
    publisher.put_feed("/feed", ["/a", "/menu"])
    publisher.put_page("/a", "One")
    publisher.put("/menu", "<html><body><ul><li>Home</li></ul></body></html>")
    report = collect(town=publisher.base + "/feed")
    assert (report.outcome, report.fetched, sum(report.dropped.values())) == ("ran", 2, 1)
    [refusal] = rows(refusals)
    assert refusal.reason in report.dropped
    assert [row.url for row in rows(raw_pages.c.id, raw_pages.c.url) if row.id == refusal.raw_page_id] == [
        publisher.base + "/menu"
    ]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param({"status": 403}, "http-403", id="403"),
        pytest.param({"status": 500}, "http-500", id="500"),
        pytest.param(
            {"body": "<!doctype html><html><body><p>Log in</p></body></html>"}, "not-a-feed", id="html"
        ),
        pytest.param({"body": ""}, "empty", id="nothing"),
    ],
)
def test_a_bad_answer_is_no_empty_feed(publisher, collect, rows, answer, reason):
    publisher.put_feed("/feed", ["/a"], headers={"ETag": '"good"'})
    publisher.put_page("/a", "One")
    collect(town=publisher.base + "/feed")
    before = rows(source_states.c.etag, source_states.c.digest, source_states.c.last_success_at)
    publisher.put("/feed", headers={"ETag": '"bad"'}, **answer)
    report = collect(town=publisher.base + "/feed")
    assert (report.outcome, dict(report.errors)) == ("failed", {reason: 1})
    assert rows(source_states.c.etag, source_states.c.digest, source_states.c.last_success_at) == before
    publisher.put("/feed", headers={"ETag": '"good"'}, status=304)
    assert collect(town=publisher.base + "/feed").outcome == "failed"  # the request was not conditional


def test_an_empty_feed_moves_nothing(publisher, collect, rows):
    publisher.put_feed("/feed", [], headers={"ETag": '"none"'})
    report = collect(town=publisher.base + "/feed")
    assert (report.outcome, report.found) == ("ran", 0)
    assert [tuple(row) for row in rows(source_states.c.etag, source_states.c.digest)] == [(None, None)]


def test_an_unchanged_validator_over_a_changed_feed_is_no_longer_believed(publisher, collect, rows):
    lie = {"ETag": '"always"'}
    publisher.put_feed("/feed", ["/a"], headers=lie, conditional=False)
    publisher.put_page("/a", "One")
    publisher.put_page("/b", "Two", "second")
    collect(town=publisher.base + "/feed")
    publisher.put_feed("/feed", ["/a", "/b"], headers=lie, conditional=False)
    assert collect(town=publisher.base + "/feed").stored == 1
    assert [row.validators_lie for row in rows(source_states.c.validators_lie)] == [True]
    collect(town=publisher.base + "/feed")
    last = [one for one in publisher.asked if one.path == "/feed"][-1]
    assert "If-None-Match" not in last.headers


def test_a_changed_feed_behind_not_modified_is_found_out(publisher, collect, rows, crawl_settings):
    lie = {"ETag": '"always"'}
    publisher.put_feed("/feed", ["/a"], headers=lie)
    publisher.put_page("/a", "One")
    publisher.put_page("/b", "Two", "second")
    collect(town=publisher.base + "/feed")
    publisher.put_feed("/feed", ["/a", "/b"], headers=lie)
    assert collect(town=publisher.base + "/feed").stored == 0
    store = Store(crawl_settings().store_url)
    with store.write() as connection:
        connection.execute(entries.update().values(last_seen_at=datetime.now(UTC) - timedelta(hours=7)))
    store.close()
    assert collect(town=publisher.base + "/feed").stored == 1
    assert [row.validators_lie for row in rows(source_states.c.validators_lie)] == [True]


def test_entries_without_ids_are_stories_of_their_own(publisher, collect):
    items = "".join(f"<item><title>T{n}</title><link>{publisher.base}/n{n}</link></item>" for n in range(12))
    publisher.put(
        "/feed",
        f"<rss version='2.0'><channel><title>x</title>{items}</channel></rss>",
        content_type="text/xml",
    )
    for number in range(12):
        publisher.put_page(f"/n{number}", f"Story {number}", f"word{number}")
    assert collect(town=publisher.base + "/feed").stored == 12


def test_no_more_entries_than_the_budget(publisher, collect, crawl_settings):
    publisher.put_feed("/feed", [f"/n{number}" for number in range(6)])
    for number in range(6):
        publisher.put_page(f"/n{number}", f"Story {number}", f"word{number}")
    report = collect(town=publisher.base + "/feed", settings=crawl_settings(max_entries=4))
    assert (report.stored, report.outcome) == (4, "ran")


@pytest.fixture
def moved(publishers, collect):
    """A feed that answered 301 once: its old publisher, its new one, and a crawl of it."""
    old, new = publishers(), publishers()
    old.put("/feed", status=301, headers={"Location": new.base + "/feed"})
    new.put_feed("/feed", ["/a"])
    new.put_page("/a", "One")
    assert collect(town=old.base + "/feed").stored == 1
    return old, new, lambda more="": collect(town=("feed", old.base + "/feed", more))


def find_address(rows):
    return [row.moved_to for row in rows(source_states.c.moved_to)]


def test_a_feed_that_has_moved_for_good_is_asked_where_it_is(moved, rows):
    old, new, crawl = moved
    assert find_address(rows) == [new.base + "/feed"]
    assert crawl().outcome == "ran"
    assert (old.paths_asked().count("/feed"), new.paths_asked().count("/feed")) == (1, 2)


def test_a_feed_that_moves_for_a_while_is_asked_at_its_address(publishers, collect, rows):
    old, new = publishers(), publishers()
    old.put("/feed", status=302, headers={"Location": new.base + "/feed"})
    new.put_feed("/feed", ["/a"])
    new.put_page("/a", "One")
    for _ in range(2):
        collect(town=old.base + "/feed")
    assert find_address(rows) == [None]
    assert old.paths_asked().count("/feed") == 2


def test_a_feed_that_fails_where_it_moved_is_asked_at_its_address_again(moved, rows):
    old, new, crawl = moved
    new.put("/feed", status=404)
    old.put_feed("/feed", ["/b"])
    old.put_page("/b", "Two", "second")
    assert crawl().outcome == "failed"
    assert crawl().stored == 1
    assert find_address(rows) == [None]


def test_a_feed_that_moved_to_a_page_has_not_moved(publishers, collect, rows):
    old, new = publishers(), publishers()
    old.put("/feed", status=301, headers={"Location": new.base + "/"})
    new.put_page("/", "This domain is for sale")
    assert collect(town=old.base + "/feed").outcome == "failed"
    assert find_address(rows) == [None]


def test_the_old_address_is_asked_again_after_a_week(moved, rows, crawl_settings):
    old, _, crawl = moved
    old.put_feed("/feed", ["/a"])
    store = Store(crawl_settings().store_url)
    with store.write() as connection:
        connection.execute(source_states.update().values(moved_at=datetime.now(UTC) - timedelta(days=8)))
    store.close()
    crawl()
    assert old.paths_asked().count("/feed") == 2
    assert find_address(rows) == [None]


def test_a_new_address_in_the_file_ends_a_move(moved, collect, publishers, rows):
    third = publishers()
    third.put_feed("/feed", ["/c"])
    third.put_page("/c", "Three", "third")
    assert collect(town=third.base + "/feed").stored == 1
    assert find_address(rows) == [None]


def test_the_owner_can_keep_the_old_address(moved, rows):
    old, _, crawl = moved
    assert crawl("follow_moves = false").outcome == "ran"
    assert old.paths_asked().count("/feed") == 2


def test_a_page_asked_for_again_is_asked_for_conditionally(publisher, collect):
    publisher.put_feed("/feed", [{"path": "/a"}])
    publisher.put_page("/a", "One", headers={"ETag": '"page"'})
    collect(town=publisher.base + "/feed")
    publisher.put_feed("/feed", [{"path": "/a", "at": 3600}])
    report = collect(town=publisher.base + "/feed")
    last = [one for one in publisher.asked if one.path == "/a"][-1]
    assert last.headers["If-None-Match"] == '"page"'
    assert (report.fetched, report.unchanged, report.stored) == (1, 1, 0)
    collect(town=publisher.base + "/feed")
    assert publisher.paths_asked().count("/a") == 2


def test_the_books_balance(publisher, collect, rows):
    """Every entry found is counted once."""
    publisher.put_feed("/feed", ["/a", "/gone", "/menu", "/a?utm_medium=x", "/slow"])
    publisher.put_page("/a", "One")
    publisher.put("/menu", "<html><body><ul><li>Home</li></ul></body></html>")
    publisher.put_page("/slow", "Slow", "slow", delay_s=0.2)
    report = collect(town=publisher.base + "/feed")
    lost = sum(report.errors.values()) + sum(report.dropped.values())
    assert report.found == report.stored + report.unchanged + lost == 5
    assert len(rows(versions.c.id)) == report.stored == 2
