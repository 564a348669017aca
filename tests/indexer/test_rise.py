"""When a dispatch becomes news again. A bare reprint makes it none."""

from datetime import UTC, datetime, timedelta

from copytaster.store.dispatches import read_dispatch
from indexer.merge import merge_rows
from indexer.rise import Rise, find_rise

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
STORY = ("story", None, NOON)


def minute(number):
    return NOON + timedelta(minutes=number)


def test_a_reprint_is_no_news_and_a_step_of_the_agency_is():
    copies = [("A", NOON)]
    assert find_rise(NOON, [STORY], copies) == Rise(NOON, "first")
    copies.append(("B", minute(5)))
    assert find_rise(NOON, [STORY], copies) == Rise(NOON, "first")
    steps = [STORY, ("update", 2, minute(7))]
    assert find_rise(NOON, steps, copies) == Rise(minute(7), "update", 2)
    copies.append(("C", minute(9)))
    assert find_rise(NOON, steps, copies) == Rise(minute(7), "update", 2)


def test_the_first_version_of_the_agency_is_no_news_after_a_copy_of_it():
    assert find_rise(NOON, [("story", None, minute(20))], [("Post", NOON)]) == Rise(NOON, "first")


def test_a_step_that_came_before_the_one_it_follows_is_dated_by_its_arrival():
    steps = [("story", None, minute(20)), ("update", 1, minute(3))]
    assert find_rise(NOON, steps, [("Post", NOON)]) == Rise(minute(3), "update", 1)


def test_many_owners_are_news_at_each_doubling():
    copies = [(f"Owner {number}", minute(number)) for number in range(25)]
    copies += [("Owner 0", minute(40))] * 20
    assert find_rise(NOON, [], copies) == Rise(minute(19), "carried", 20)
    assert find_rise(NOON, [], copies[:19]) == Rise(minute(9), "carried", 10)
    assert find_rise(NOON, [], copies[:9]) == Rise(NOON, "first")


def test_a_reprint_moves_the_newest_copy_and_not_the_place_in_the_list(store, desk):
    desk.found("d", publisher="Reuters", agency="Reuters", seen_at=NOON)
    desk.joined("d", publisher="Kolm Telegraph", seen_at=minute(90))
    with store.read() as connection:
        record = merge_rows(read_dispatch(connection, "d"))
    assert record.last_changed == minute(90)
    assert record.rise == Rise(NOON, "first")
