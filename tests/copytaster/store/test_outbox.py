"""The rows that say what is not yet in the index."""

from datetime import UTC, datetime, timedelta

import pytest

from copytaster.errors import NotFoundError
from copytaster.identity import name_dispatch
from copytaster.schedule.shares import SHARES
from copytaster.store import outbox
from copytaster.store.outbox import OutboxPart

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def queue(store):
    """The outbox with one transaction for each call."""

    class Queue:
        def __getattr__(self, name):
            def call(*args, **options):
                with store.write() as connection:
                    return getattr(outbox, name)(connection, *args, **options)

            return call

        def due(self, now=NOON, limit=10, **options):
            return self.take_due(now=now, limit=limit, **options)

    return Queue()


def names(rows):
    return [row.dispatch_id for row in rows]


def test_one_row_a_dispatch_oldest_change_first(queue):
    queue.enqueue_many([("b", 2)], at=NOON)
    queue.enqueue_many([("a", 1)], at=NOON)
    queue.enqueue_many([("b", 3)], at=NOON)
    assert [(row.dispatch_id, row.change) for row in queue.due()] == [("a", 1), ("b", 3)]
    assert names(queue.due(limit=1)) == ["a"]


def test_changes_of_one_number_are_walked_over_whole(queue):
    queue.enqueue_many([(name, 5) for name in "dbac"], at=NOON)
    first = queue.due(limit=2)
    assert names(first) == ["a", "b"]
    assert names(queue.due(limit=9, after=(first[-1].change, first[-1].dispatch_id))) == ["c", "d"]


@pytest.mark.parametrize(("written", "left"), [(1, 1), (2, 0), (3, 0)])
def test_only_what_was_written_is_removed(queue, written, left):
    queue.enqueue_many([("d", 2)], at=NOON)
    (row,) = queue.due()
    queue.remove_all_written([(row, written)])
    assert len(queue.due()) == left


def test_what_was_asked_for_again_meanwhile_stays(queue):
    """The same change too: by then another index may be in place, which lacks it."""
    queue.enqueue_many([("a", 1), ("b", 2)], at=NOON)
    taken = queue.due()
    queue.enqueue_many([("b", 2)], at=NOON + timedelta(microseconds=1))
    queue.remove_all_written([(row, row.change) for row in taken])
    assert names(queue.due(NOON + timedelta(days=1))) == ["b"]


def test_what_is_put_off_waits_its_time(queue):
    queue.enqueue_many([("d", 1)], at=NOON)
    queue.postpone(queue.due()[0], reason="away", until=NOON + timedelta(seconds=5))
    assert queue.due(NOON + timedelta(seconds=4)) == []
    (row,) = queue.due(NOON + timedelta(seconds=5))
    assert (row.attempts, row.error) == (1, "away")


@pytest.mark.parametrize("act", ["postpone", "set_aside"])
def test_a_newer_change_is_not_held_back_by_what_happened_to_an_older_one(queue, act):
    queue.enqueue_many([("d", 1)], at=NOON)
    (old,) = queue.due()
    queue.enqueue_many([("d", 2)], at=NOON)
    options = {"until": NOON + timedelta(days=1)} if act == "postpone" else {"at": NOON}
    getattr(queue, act)(old, reason="bad", **options)
    assert [(row.change, row.error) for row in queue.due()] == [(2, None)]


def test_quarantine_keeps_the_reason_until_replay_or_a_newer_change(queue):
    for name in ("a", "b", "c"):
        queue.enqueue_many([(name, 1)], at=NOON)
    for row in queue.due():
        queue.set_aside(row, reason=f"no {row.dispatch_id}", at=NOON)
    assert queue.due() == []
    assert [(row.dispatch_id, row.error) for row in queue.list_quarantined()] == [
        ("a", "no a"),
        ("b", "no b"),
        ("c", "no c"),
    ]
    assert queue.requeue_dispatch("a") == 1
    queue.enqueue_many([("b", 2)], at=NOON)
    assert names(queue.due()) == ["a", "b"]
    assert names(queue.list_quarantined()) == ["c"]
    assert queue.requeue_dispatch() == 1


def test_replaying_what_is_not_there_is_said(queue):
    queue.enqueue_many([("d", 1)], at=NOON)
    with pytest.raises(NotFoundError, match="d"):
        queue.requeue_dispatch("d")


def test_the_backlog_counts_and_dates(queue):
    assert queue.read_backlog() == outbox.Backlog(waiting=0, quarantined=0, oldest=None)
    queue.enqueue_many([("a", 1)], at=NOON + timedelta(hours=1))
    queue.enqueue_many([("b", 2)], at=NOON)
    queue.enqueue_many([("c", 3)], at=NOON)
    queue.set_aside(queue.due()[-1], reason="bad", at=NOON)
    assert queue.read_backlog() == outbox.Backlog(waiting=2, quarantined=1, oldest=NOON)


def test_what_rolls_back_was_never_asked_for(store, queue):
    with pytest.raises(RuntimeError), store.write() as connection:
        outbox.enqueue_many(connection, [("d", 1)], at=NOON)
        raise RuntimeError
    assert queue.due() == []


def test_a_dispatch_named_twice_takes_its_newest_change(queue):
    queue.enqueue_many([("d", 3), ("d", 2)], at=NOON)
    assert [row.change for row in queue.due()] == [3]


def test_every_dispatch_lies_in_one_share_and_shares_are_alike(queue):
    ids = [name_dispatch("story", number) for number in range(400)] + ["harbour-1", "d", "D9", "d9x", "dZx"]
    queue.enqueue_many([(name, number) for number, name in enumerate(ids)], at=NOON)
    parts = [OutboxPart(frozenset({share}), SHARES) for share in range(SHARES)]
    found = [names(queue.due(limit=1000, part=part)) for part in parts]
    assert sorted(name for some in found for name in some) == sorted(ids)
    assert all(25 <= len(some) <= 90 for some in found)
    assert all(part.holds(name) for part, some in zip(parts, found, strict=True) for name in some)
    assert [queue.read_backlog(part).waiting for part in parts] == [len(some) for some in found]


@pytest.mark.parametrize("shares", [{0, 3}, {1, 2, 4, 5, 6, 7}, set(range(SHARES))])
def test_several_shares_are_walked_together_oldest_change_first(queue, shares):
    ids = [name_dispatch("story", number) for number in range(100)]
    queue.enqueue_many([(name, number) for number, name in enumerate(ids)], at=NOON)
    part = OutboxPart(frozenset(shares), SHARES)
    assert names(queue.due(limit=100, part=part)) == [name for name in ids if part.holds(name)]
