"""Listing pages as sources: a real server, a real crawl in a process of its own, the real store."""

from copytaster.store.tables import versions

MENU = "".join(
    f"<li><a href='/{name}/'>{name.title()}</a></li>"
    for name in ("world", "money", "sport", "culture", "weather")
)
FOOTER = (
    "<footer><a href='/terms-and-conditions-of-use'>Terms and conditions of use</a>"
    "<a href='/our-privacy-policy-page'>How we treat your data</a></footer>"
)


def listing(numbers, next_page=None):
    """A page that lists stories by number."""
    items = "".join(
        f"<div class='teaser'><h2><a href='/news/{number}-harbour-board-meets'>Harbour board meets for session "
        f"{number}</a></h2><p>What it decided.</p></div>"
        for number in numbers
    )
    more = f"<a class='pager' href='{next_page}'>Older stories</a>" if next_page else ""
    return f"<html><body><nav><ul>{MENU}</ul></nav><main>{items}{more}</main>{FOOTER}</body></html>"


def put_stories(publisher, numbers):
    for number in numbers:
        publisher.put_page(
            f"/news/{number}-harbour-board-meets", f"Harbour board meets for session {number}", f"n{number}"
        )


def collect_from(publisher, collect, more=""):
    return collect(port=("listing", publisher.base + "/news", more))


def test_the_stories_of_a_list_are_stored_and_menus_and_footers_left_alone(publisher, collect, rows):
    put_stories(publisher, range(101, 106))
    publisher.put("/news", listing(range(105, 100, -1)))
    report = collect_from(publisher, collect)
    assert (report.outcome, report.found, report.stored) == ("ran", 5, 5)
    assert len(rows(versions.c.id)) == 5
    assert not [
        path for path in publisher.paths_asked() if "terms" in path or "privacy" in path or "sport" in path
    ]


def test_the_first_run_reads_one_page_and_later_ones_go_on_to_known_ground(publisher, collect):
    put_stories(publisher, range(101, 113))
    publisher.put("/news", listing([104, 103, 102], "/news?page=2"))
    publisher.put("/news?page=2", listing([101, 100, 99], "/news?page=3"))
    assert collect_from(publisher, collect).stored == 3
    assert "/news?page=2" not in publisher.paths_asked()

    publisher.put("/news", listing([112, 111, 110], "/news?page=2"))
    publisher.put("/news?page=2", listing([109, 108, 107], "/news?page=3"))
    publisher.put("/news?page=3", listing([106, 105, 104], "/news?page=4"))
    publisher.put("/news?page=4", listing([103, 102], "/news?page=5"))
    report = collect_from(publisher, collect)
    assert (report.outcome, report.stored) == ("ran", 8)
    assert "/news?page=5" not in publisher.paths_asked()


def test_a_page_that_fails_makes_the_run_partial_and_its_stories_come_with_the_next(publisher, collect):
    put_stories(publisher, range(101, 108))
    publisher.put("/news", listing([103, 102, 101]))
    collect_from(publisher, collect)
    publisher.put("/news", listing([107, 106, 105], "/news?page=2"))
    publisher.put("/news?page=2", "no", status=500)
    report = collect_from(publisher, collect)
    assert (report.outcome, report.stored, dict(report.errors)) == ("partial", 3, {"http-500": 1})
    publisher.put("/news?page=2", listing([104, 103, 102]))
    report = collect_from(publisher, collect)
    assert (report.outcome, report.stored) == ("ran", 1)


def test_a_list_without_end_is_cut_and_the_run_says_so(publisher, collect):
    put_stories(publisher, range(100, 140))
    publisher.put("/news", listing([102, 101, 100]))
    collect_from(publisher, collect)
    publisher.put("/news", listing([139, 138, 137], "/news?page=2"))
    for number in range(2, 20):
        top = 139 - number * 3
        publisher.put(f"/news?page={number}", listing([top, top - 1, top - 2], f"/news?page={number + 1}"))
    report = collect_from(publisher, collect)
    assert (report.outcome, dict(report.errors)) == ("partial", {"paging-cut": 1})
    assert "page 10 still links new stories only" in report.why


def test_a_selector_chooses_the_links(publisher, collect):
    put_stories(publisher, [1])
    publisher.put_page("/x", "A page with the shortest address", "short")
    publisher.put("/news", f"<p class=s><a href='/x'>Ja</a></p>{listing([1, 2, 3])}")
    report = collect_from(publisher, collect, 'selectors = { links = "p.s" }')
    assert (report.found, report.stored) == (1, 1)


def test_a_page_without_a_list_is_a_fault_and_no_empty_source(publisher, collect):
    publisher.put_page("/news", "One story and nothing else")
    report = collect_from(publisher, collect)
    assert (report.outcome, dict(report.errors)) == ("failed", {"no-links": 1})
