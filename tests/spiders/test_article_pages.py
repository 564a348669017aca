"""An article over several pages is one story with the text of all of them, in order; what is missing is said."""

from datetime import UTC, datetime, timedelta

import pytest

from copytaster.store.engine import Store
from copytaster.store.raw_pages import read_raw_page
from copytaster.store.tables import revisits, stories, versions
from copytaster.values import RawPage
from newsdesk.operations.trial import try_source
from spiders.parsing import ParseContext, parse
from spiders.parsing.parts import HEADER, MOST_PAGES, Pages, drop_repeated, join_pages, split_pages

WORDS = ["first", "second", "third", "fourth", "fifth"]
HEAD = "A summary that each of the pages prints above its text, so that readers know where they are, says the paper."
FOOT = (
    "The writer of this article has lived beside the harbour for twenty years and keeps two cats and a boat."
)


def put_part(publisher, number, of, *, path=None, links="", rel=None, **answer):
    """One page of an article; `rel` overrides where `rel=next` leads, by default to the next page, if there is one."""
    word = WORDS[(number - 1) % len(WORDS)]
    text = "".join(
        f"<p>Paragraph {at} of the {word} page number {number} says that the board met on the {word} day and agreed to widen"
        f" the {word} basin, which the town had asked for since the spring floods of that year.</p>"
        for at in range(4)
    )
    following = rel if rel is not None else (f"/long?page={number + 1}" if number < of else None)
    head = f"<link rel='next' href='{following}'>" if following else ""
    body = (
        f"<!doctype html><html lang='en'><head><title>Harbour board widens basin</title>{head}"
        f"<meta property='og:type' content='article'></head><body><article><h1>Harbour board widens basin</h1>"
        f"<p>{HEAD}</p>{text}<p>{FOOT}</p></article><div class='pager'>Page {number} of {of} {links}</div></body></html>"
    )
    publisher.put(path or ("/long" if number == 1 else f"/long?page={number}"), body, **answer)


def read_story(rows):
    [row] = rows(versions.c.body, versions.c.warnings, versions.c.raw_page_id)
    return row


@pytest.fixture
def town(publisher):
    publisher.put_feed("/feed", ["/long"])
    return {"town": publisher.base + "/feed"}


def test_the_pages_are_one_story_in_order_and_each_text_is_there_once(
    publisher, town, collect, rows, crawl_settings
):
    for number in (1, 2, 3):
        put_part(publisher, number, 3)
    assert collect(**town).stored == 1
    row = read_story(rows)
    found = [row.body.index(f"Paragraph {at} of the {word}") for word in WORDS[:3] for at in range(4)]
    assert found == sorted(found)
    assert (row.body.count(HEAD), row.body.count(FOOT)) == (1, 1)
    assert row.body.startswith(HEAD)
    assert row.body.endswith(FOOT)
    assert "partial" not in row.warnings
    store = Store(crawl_settings().store_url)
    with store.read() as connection:
        again = parse(read_raw_page(connection, row.raw_page_id), ParseContext())
    store.close()
    assert again.body == row.body  # the kept page has all of them


def test_printed_numbers_are_followed_without_rel_next(publisher, town, collect, rows):
    links = "".join(f"<a href='/long?page={number}'>{number}</a> " for number in (1, 2, 3))
    for number in (1, 2, 3):
        put_part(publisher, number, 3, rel="", links=links)
    collect(**town)
    row = read_story(rows)
    assert "third page number 3" in row.body
    assert "partial" not in row.warnings


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ({"status": 404}, "page-2-http-404"),
        ({"body": "<html><body><p>Nothing.</p></body></html>"}, "page-2-no-body"),
        ({"status": 302, "headers": {"Location": "http://localhost:9/long?page=2"}}, "page-2-"),
    ],
)
def test_a_missing_page_makes_the_story_partial_with_the_reason(
    publisher, town, collect, rows, second, reason
):
    put_part(publisher, 1, 3)
    publisher.put("/long?page=2", **second)
    put_part(publisher, 3, 3)
    collect(**town)
    row = read_story(rows)
    assert "first page number 1" in row.body
    assert "third page" not in row.body
    assert "partial" in row.warnings
    assert any(one.startswith(reason) for one in row.warnings)


def test_a_page_on_another_host_or_behind_robots_is_not_followed(publishers, collect, rows):
    post, other = publishers(), publishers()
    post.put_feed("/feed", ["/long"])
    put_part(post, 1, 2, rel=other.base + "/long?page=2")
    put_part(other, 2, 2)
    collect(town=post.base + "/feed")
    assert other.asked == []
    assert {"partial", "page-2-other-host"} <= set(read_story(rows).warnings)


def test_robots_count_for_further_pages(publisher, town, collect, rows):
    publisher.put("/robots.txt", "User-agent: *\nDisallow: /long?page=", content_type="text/plain")
    put_part(publisher, 1, 2)
    put_part(publisher, 2, 2)
    collect(**town)
    assert {"partial", "page-2-robots"} <= set(read_story(rows).warnings)
    assert "/long?page=2" not in publisher.paths_asked()


def test_pages_that_lead_in_a_circle_end(publisher, town, collect, rows):
    put_part(publisher, 1, 2)
    put_part(publisher, 2, 2, rel="/long")
    collect(**town)
    assert "partial" not in read_story(rows).warnings
    assert publisher.paths_asked().count("/long") == 1


def test_pages_without_end_are_cut(publisher, town, collect, rows):
    for number in range(1, MOST_PAGES + 3):
        put_part(publisher, number, 99)
    collect(**town)
    assert len([path for path in publisher.paths_asked() if path.startswith("/long")]) == MOST_PAGES
    assert {"partial", f"page-{MOST_PAGES + 1}-over-limit"} <= set(read_story(rows).warnings)


def test_a_visit_reads_all_pages_again(publisher, town, collect, rows, crawl_settings):
    for number in (1, 2):
        put_part(publisher, number, 2)
    collect(**town)
    store = Store(crawl_settings().store_url)
    with store.write() as connection:
        connection.execute(revisits.update().values(due_at=datetime.now(UTC) - timedelta(hours=1)))
    store.close()
    collect(**town)
    assert rows(revisits.c.outcome) == [("unchanged",)]
    assert rows(stories.c.version_count) == [(1,)]


def try_town(town, crawl_settings):
    return try_source(town["town"], settings=crawl_settings(), sources=())


def test_a_trial_reads_all_pages_and_says_which_is_missing(publisher, town, crawl_settings):
    for number in (1, 2):
        put_part(publisher, number, 2)
    [tried] = try_town(town, crawl_settings).pages
    assert "second page number 2" in tried.story.body
    assert "partial" not in tried.story.warnings
    publisher.put("/long?page=2", status=404)
    [tried] = try_town(town, crawl_settings).pages
    assert {"partial", "page-2-http-404"} <= set(tried.story.warnings)


def test_a_trial_leaves_further_pages_that_robots_forbid(publisher, town, crawl_settings):
    publisher.put("/robots.txt", "User-agent: *\nDisallow: /long?page=", content_type="text/plain")
    for number in (1, 2):
        put_part(publisher, number, 2)
    [tried] = try_town(town, crawl_settings).pages
    assert {"partial", "page-2-robots"} <= set(tried.story.warnings)
    assert "/long?page=2" not in publisher.paths_asked()


def make_page(url, body, **headers):
    return RawPage(url, body, datetime(2026, 3, 1, tzinfo=UTC), 200, tuple(headers.items()))


def test_joined_pages_come_apart_as_they_were():
    first = make_page(
        "https://a.example/x", b"one", **{"Content-Type": "text/html; charset=latin-1", "ETag": "1"}
    )
    second = make_page("https://a.example/x?page=2", b"second", **{"Content-Type": "text/html"})
    found = split_pages(join_pages(Pages((first, second), "page-3-http-404")))
    assert [(page.url, page.body) for page in found.pages] == [(one.url, one.body) for one in (first, second)]
    assert dict(found.pages[0].headers)["Content-Type"] == "text/html; charset=latin-1"
    assert found.missing == "page-3-http-404"


@pytest.mark.parametrize(
    "said",
    [
        "",
        "{}",
        "[]",
        '{"pages": [["u", 2, ""]], "missing": ""}',
        '{"pages": [["u", -1, ""], ["u", 4, ""]], "missing": ""}',
    ],
)
def test_a_header_that_does_not_fit_the_bytes_says_nothing(said):
    page = make_page("https://a.example/x", b"one", **{HEADER: said})
    assert split_pages(page).pages == (page,)


def test_a_sentence_that_two_pages_print_in_their_middle_stays_on_the_first():
    bodies = [[*"abcdefgh", "x", *"ijkl"], [*"mnopqrst", "x", *"uvwy"]]
    assert drop_repeated(bodies) == [bodies[0], [*"mnopqrst", *"uvwy"]]


def make_part(number, head, foot=""):
    text = "".join(
        f"<p>Page {number}, paragraph {at}: the board of the harbour met again and agreed on another metre of the basin.</p>"
        for at in range(4)
    )
    html = f"<title>Harbour grows</title><article><h1>Harbour grows</h1>{head}{text}{foot}</article>"
    return make_page("https://a.example/long" + (f"?page={number}" if number > 1 else ""), html.encode())


@pytest.mark.parametrize(
    ("said", "is_part"),
    [
        ("<a href='/long?page=2'>2</a> <a href='/long?page=3'>3</a>", True),
        ("<p>Page 1 of 3</p><a href='/long?page=2'>2</a>", True),
        ("<p>Page 1 of 2</p><a href='/long?page=2'>2</a>", False),
        ("<a href='/long?page=2'>2</a> <a href='/harbour-3'>3</a>", False),
    ],
    ids=["links", "words", "both read", "another story"],
)
@pytest.mark.parametrize("at", ["head", "foot"])
def test_a_last_page_without_a_pager_is_held_to_what_the_first_one_said(said, is_part, at):
    joined = join_pages(Pages((make_part(1, **{"head": "", at: said}), make_part(2, ""))))
    story = parse(joined, ParseContext())
    assert "Page 2, paragraph 3" in story.body
    assert ("partial" in story.warnings) == is_part
    assert ("page-3-not-linked" in story.warnings) == is_part
