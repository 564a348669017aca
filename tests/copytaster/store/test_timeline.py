"""The facts of a store's timeline, on every database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from copytaster.store.installation import EPOCH_FACTOR, next_changes
from copytaster.store.timeline import (
    PENDING,
    end_unknown,
    expect_unknown,
    keep_timeline,
    note_sent,
    raise_epoch,
    read_sent,
    read_timeline,
)

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def test_a_new_store_has_sent_nothing_and_gets_a_name_once(store):
    with store.read() as connection:
        assert read_timeline(connection).name == ""
    with store.write() as connection:
        made = keep_timeline(connection)
        assert keep_timeline(connection) == made
        assert (made.epoch, made.sent, made.earlier, made.unknown) == (1, 0, frozenset(), "")
        assert made.installation
        assert made.name


def test_what_was_sent_never_falls(store):
    with store.write() as connection:
        note_sent(connection, 7)
        note_sent(connection, 5)
        assert read_sent(connection) == 7


def test_a_raised_epoch_is_above_the_index_and_remembers_where_it_comes_from(store):
    with store.write() as connection:
        seen = keep_timeline(connection)
        assert raise_epoch(connection, seen, above=5 * EPOCH_FACTOR + 3, at=NOW) == 0
        raised = read_timeline(connection)
        assert (raised.epoch, raised.sent, raised.raised_at) == (6, 6 * EPOCH_FACTOR, NOW)
        assert raised.earlier == {seen.name}
        assert raised.name != seen.name
        assert raised.installation == seen.installation
        assert raised.unknown == PENDING
        assert next_changes(connection, 1)[0] > raised.base


def test_of_many_that_raise_at_once_one_does(store):
    with store.write() as connection:
        seen = keep_timeline(connection)

    def raise_once(_):
        with store.write() as connection:
            return raise_epoch(connection, seen, above=0, at=NOW)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(map(str, pool.map(raise_once, range(4)))) == ["0", "None", "None", "None"]
    with store.read() as connection:
        assert read_timeline(connection).epoch == 2


def test_numbers_taken_while_the_epoch_rises_are_of_the_new_one(store):
    """A transaction that waits for the one that raises must not use the epoch that it saw before."""
    with store.write() as connection:
        seen = keep_timeline(connection)
        next_changes(connection, 1)

    def take(_):
        with store.write() as connection:
            return next_changes(connection, 1)[0]

    with ThreadPoolExecutor(3) as pool:
        with store.write() as connection:
            raise_epoch(connection, seen, above=0, at=NOW)
            waiting = [pool.submit(take, number) for number in range(3)]
        assert all(one.result() > 2 * EPOCH_FACTOR for one in waiting)


def test_unknown_documents_are_noted_until_they_are_gone(store):
    with store.write() as connection:
        expect_unknown(connection)
        assert read_timeline(connection).unknown == PENDING
        end_unknown(connection, "no privilege")
        assert read_timeline(connection).unknown == "no privilege"
        end_unknown(connection)
        assert read_timeline(connection).unknown == ""
