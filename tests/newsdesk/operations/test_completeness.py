"""Up to which moment everything is searchable, what holds it, and the holes by name."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from copytaster.store import ledger, schedules
from copytaster.store.engine import Store
from copytaster.store.holes import ROLLED_OVER, add_hole, list_holes, note_refill
from copytaster.store.ledger import DueTime, Result, SkippedDue
from copytaster.store.schedules import HandledSource
from copytaster.store.source_cursor import Cursor, keep_cursor
from newsdesk.operations.completeness import completeness_to_json, read_completeness
from settings import ScheduleSettings
from spiders.sources.config import Source

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EVERY = timedelta(minutes=15)
HARBOUR = Source(
    name="harbour", publisher_name="Harbour", kind="feed", url="https://a.example/feed", interval=EVERY
)
PUSHED = Source(name="wire", publisher_name="Wire", kind="push", url="push:wire")


@pytest.fixture
def store(tmp_path):
    opened = Store(f"sqlite:///{tmp_path}/store.sqlite")
    yield opened
    opened.close()


def minutes(number):
    return NOON + timedelta(minutes=number)


def run(store, at, result=None, *, read=True, source="harbour"):
    """A due time that ran and ended half a minute later, with its cursor; without a result it still runs."""
    with store.write() as connection:
        number = ledger.open_runs(connection, [DueTime(source, at)], holder="a", now=at)[source]
        schedules.keep_handled(connection, [HandledSource(source, "every", at)])
        if result is None:
            return
        end = at + timedelta(seconds=30)
        ledger.close_run(connection, number, result, now=end)
        if read:
            keep_cursor(connection, source, Cursor(last_success_at=end, read_at=at), now=end)


def show(store, at, *sources):
    with store.read() as connection:
        return read_completeness(connection, ScheduleSettings(), sources or [HARBOUR], now=at)


RAN = Result("ran", found=1, unchanged=1, seconds=1.0)


def test_between_two_due_times_everything_is_complete_to_now(store):
    run(store, NOON, RAN)
    found = show(store, minutes(10))
    assert (found.complete_to, found.held_by, found.holes) == (minutes(10), "", ())


def test_a_due_time_that_did_not_start_or_has_not_ended_holds_the_moment(store):
    run(store, NOON, RAN)
    late = show(store, minutes(40))
    assert (late.complete_to, "due, and not started" in late.held_by) == (minutes(15), True)
    run(store, minutes(15))
    running = show(store, minutes(16))
    assert (running.complete_to, "under way" in running.held_by) == (minutes(15), True)


def test_a_source_that_fails_is_a_hole_that_goes_on_and_ends_with_the_next_whole_run(store):
    run(store, NOON, RAN)
    run(store, minutes(15), Result("failed", "timeout", errors={"timeout": 1}, seconds=1.0), read=False)
    [hole] = show(store, minutes(16)).holes
    assert (hole.source, hole.start, hole.end, hole.why) == ("harbour", NOON, None, "failed: timeout")
    assert show(store, minutes(16)).complete_to == minutes(16)
    run(store, minutes(30), RAN)
    assert show(store, minutes(31)).holes == ()


@pytest.mark.parametrize("outcome", ["skipped", "missed"])
def test_due_times_that_started_no_run_are_named(store, outcome):
    run(store, NOON, RAN)
    with store.write() as connection:
        row = SkippedDue("harbour", minutes(15), outcome, "paused: moving house")
        ledger.enter_skipped(connection, [row], now=minutes(15))
        schedules.keep_handled(connection, [HandledSource("harbour", "every", minutes(15))])
    [hole] = show(store, minutes(16)).holes
    assert (hole.start, hole.why) == (NOON, f"{outcome}: paused: moving house")


def test_a_list_that_was_read_with_pages_that_failed_is_a_hole_of_its_entries(store):
    run(store, NOON, RAN)
    run(store, minutes(15), Result("partial", "timeout (2)", errors={"timeout": 2}, seconds=1.0), read=False)
    with store.write() as connection:
        cursor = Cursor(last_success_at=NOON, read_at=minutes(15), last_error="timeout (2)")
        keep_cursor(connection, "harbour", cursor, now=minutes(16))
    [hole] = show(store, minutes(17)).holes
    assert (hole.start, hole.end, hole.why) == (NOON, minutes(15), "entries not had: timeout (2)")


def test_a_source_that_never_ran_is_a_hole_and_one_that_is_off_is_none(store):
    [hole] = show(store, NOON).holes
    assert (hole.start, hole.why) == (None, "not run yet")
    assert show(store, NOON, replace(HARBOUR, enabled=False)).holes == ()


def test_a_recorded_hole_stays_until_a_refill_closes_it(store):
    run(store, NOON, RAN)
    with store.write() as connection:
        add_hole(connection, "harbour", start=minutes(-60), end=NOON, why=ROLLED_OVER)
    [hole] = show(store, minutes(1)).holes
    assert (hole.start, hole.end, hole.why) == (minutes(-60), NOON, ROLLED_OVER)
    assert completeness_to_json(show(store, minutes(1)))["holes"][0]["id"] == hole.id
    with store.write() as connection:
        note_refill(connection, hole.id, "2 stored", closed_at=minutes(2))
    assert show(store, minutes(3)).holes == ()
    with store.read() as connection:
        [closed] = list_holes(connection, closed=True)
    assert closed.closing == "2 stored"


def test_copy_that_arrives_by_itself_is_a_hole_while_its_place_fails(store):
    assert show(store, NOON, PUSHED).holes == ()
    with store.write() as connection:
        keep_cursor(connection, "wire", Cursor(failures=1, last_error="no such folder"), now=NOON)
    [hole] = show(store, NOON, PUSHED).holes
    assert (hole.source, hole.why) == ("wire", "failed: no such folder")
