"""Slow sources hold half of the places at most."""

from datetime import UTC, datetime, timedelta

from copytaster.schedule.places import SLOW_S, Places
from copytaster.store.ledger import DueTime

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LONG_S = SLOW_S + 1


def dues(*sources):
    return [DueTime(source, NOW + timedelta(seconds=number)) for number, source in enumerate(sources)]


def crawl(places, source, seconds):
    places.take(source, 0.0)
    places.give_back(source, seconds)


def test_the_longest_due_begin_first():
    places = Places(2)
    assert places.admit(dues("c", "b", "a"), 0.0) == {"c", "b"}


def test_slow_sources_leave_half_of_the_places_to_the_others():
    places = Places(4)
    for source in ("x", "y", "z"):
        crawl(places, source, LONG_S)
    assert places.admit(dues("x", "y", "z", "a", "b", "c"), 0.0) == {"x", "y", "a", "b"}
    places.take("x", 0.0)
    places.take("y", 0.0)
    assert places.admit(dues("z", "a"), 0.0) == {"a"}
    assert (places.free, places.count_slow(0.0)) == (2, 2)


def test_a_crawl_that_takes_long_now_counts_as_slow():
    places = Places(4)
    crawl(places, "z", LONG_S)
    places.take("x", 0.0)
    places.take("y", 0.0)
    assert places.admit(dues("z"), 1.0) == {"z"}
    assert places.admit(dues("z"), LONG_S) == frozenset()


def test_a_source_that_is_quick_again_is_slow_no_more():
    places = Places(2)
    crawl(places, "x", LONG_S)
    crawl(places, "y", LONG_S)
    assert places.admit(dues("x", "y"), 0.0) == {"x"}
    crawl(places, "y", 1.0)
    assert places.admit(dues("x", "y"), 0.0) == {"x", "y"}


def test_nothing_is_free_when_every_place_is_held():
    places = Places(1)
    places.take("a", 0.0)
    assert places.free == 0
    assert places.admit(dues("b"), 0.0) == frozenset()
