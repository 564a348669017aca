"""The books: gates, differences, folding, and the versions that are followed to the index."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from copytaster.store import book_days, ledger
from copytaster.store.books import (
    GATES,
    add_up,
    balance,
    book,
    book_version,
    count_by_gate,
    ends_at,
    hour_of,
    read_books,
)
from copytaster.store.ledger import DueTime, Result
from copytaster.store.tables import books as books_table
from copytaster.store.unbalanced_books import find_unbalanced

DAY = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = DAY + timedelta(hours=9)


def read(store, **window):
    given = {"since": DAY - timedelta(days=400), "until": DAY + timedelta(days=400)} | window
    with store.read() as connection:
        return read_books(connection, **given)


def write(store, counts, hour=HOUR, source="harbour"):
    with store.write() as connection:
        book(connection, source, hour, counts)


def test_an_entry_passes_every_gate_before_the_one_where_it_ends():
    assert dict(ends_at("stored", "unchanged")) == {
        ("found", ""): 1,
        ("fetched", ""): 1,
        ("parsed", ""): 1,
        ("stored", "unchanged"): 1,
    }
    assert dict(ends_at("parsed", "no-body", since="parsed")) == {("parsed", "no-body"): 1}


@pytest.mark.parametrize("gate", GATES[1:4])
def test_what_stops_at_a_gate_balances_and_what_is_lost_there_is_a_difference(store, gate):
    write(store, ends_at(gate, "dropped"))
    [one] = read(store)
    assert one.unaccounted == {}
    assert next(part for part in one.gates if part.gate == gate).stopped == {"dropped": 1}
    write(store, {("found", ""): 2, **{(passed, ""): 2 for passed in GATES[1 : GATES.index(gate)]}})
    [one] = read(store)
    assert one.unaccounted == {gate: 2}


def test_more_than_came_is_a_difference_too(store):
    write(store, {("found", ""): 1, ("fetched", "known"): 3})
    [one] = read(store)
    assert one.unaccounted == {"fetched": -2}


def test_differences_of_two_hours_are_both_seen(store):
    write(store, {("found", ""): 2})
    write(store, {("fetched", "known"): 2}, hour=HOUR + timedelta(hours=1))
    assert [one.unaccounted for one in read(store)] == [{"fetched": 2}, {"fetched": -2}]
    assert [one.unaccounted for one in add_up(read(store))] == [{"fetched": 4}]


def test_inflows_from_the_side_come_to_their_gate():
    gates = {
        one.gate: one
        for one in balance(
            {("replayed", ""): 1, ("parsed", ""): 1, ("released", ""): 2, ("stored", "unchanged"): 3}
        )
    }
    assert gates["parsed"].unaccounted == 0
    assert (gates["stored"].came, gates["stored"].unaccounted) == (3, 0)


def test_a_version_that_the_store_lost_is_a_difference(store):
    write(store, ends_at("stored"))
    with store.write() as connection:
        book_version(connection, 77, "harbour", HOUR)
    [one] = read(store)
    assert one.unaccounted == {"grouped": 1}


def test_a_run_without_a_report_books_what_it_did_not_come_to(store):
    with store.write() as connection:
        run_id = ledger.open_runs(connection, [DueTime("harbour", HOUR)], holder="a", now=HOUR)["harbour"]
    write(store, {("found", ""): 5})
    write(store, ends_at("parsed", "no-body", since="fetched"))
    [one] = read(store)
    assert (one.under_way, one.unaccounted) == (True, {"fetched": 4})
    with store.write() as connection:
        assert ledger.close_run(connection, run_id, Result("failed", "killed"), now=HOUR)
    [one] = read(store)
    assert (one.under_way, one.unaccounted) == (False, {})
    assert one.gates[1].stopped == {"interrupted": 4}


def test_the_end_of_a_run_with_a_report_hides_no_difference(store):
    with store.write() as connection:
        run_id = ledger.open_runs(connection, [DueTime("harbour", HOUR)], holder="a", now=HOUR)["harbour"]
    write(store, {("found", ""): 5})
    with store.write() as connection:
        ledger.close_run(connection, run_id, Result("ran", found=5, seconds=1.0), now=HOUR)
    [one] = read(store)
    assert one.unaccounted == {"fetched": 5}


def test_hours_become_days_and_days_the_sums_of_ever(store):
    for number in range(50):
        write(store, {("found", ""): 2, ("fetched", "known"): 2}, hour=DAY + timedelta(hours=number))
    with store.read() as connection:
        before = count_by_gate(connection)
    now = DAY + timedelta(hours=50)
    folded = 0
    while True:
        with store.write() as connection:
            if not book_days.fold_day(connection, before=now):
                break
        folded += 1
    assert folded == 2
    found = read(store)
    assert [one.start for one in found] == [
        DAY,
        DAY + timedelta(days=1),
        DAY + timedelta(hours=48),
        DAY + timedelta(hours=49),
    ]
    assert [one.gates[0].passed for one in found] == [48, 48, 2, 2]
    with store.write() as connection:
        book_days.forget_days(connection, before=now)
    assert [one.gates[0].passed for one in read(store, since=DAY)] == [2, 2]
    with store.read() as connection:
        assert count_by_gate(connection) == before == {("found", ""): 100, ("fetched", "known"): 100}
        kept = connection.execute(select(books_table)).all()
        assert len(kept) == 6
        assert sum(row.number for row in kept) == sum(before.values())


def test_books_add_up_to_one_a_source(store):
    for number in range(3):
        write(store, ends_at("fetched", "robots"), hour=HOUR + timedelta(hours=number))
    write(store, ends_at("fetched", "robots"), source="quay")
    summed = add_up(read(store))
    assert [(one.source, one.gates[1].stopped) for one in summed] == [
        ("harbour", {"robots": 3}),
        ("quay", {"robots": 1}),
    ]


def test_an_hour_begins_in_utc():
    assert hour_of(datetime.fromisoformat("2026-03-01T10:45:12+05:30")) == datetime(2026, 3, 1, 5, tzinfo=UTC)


def test_the_store_finds_the_books_that_do_not_balance(store):
    chance = random.Random(1)
    gates = [*GATES, "replayed", "released"]
    for number in range(60):
        counts = Counter()
        for _ in range(chance.randint(0, 4)):
            counts += ends_at(chance.choice(GATES[1:4]), chance.choice(["dropped", "known"]))
            counts += ends_at("indexed") - Counter({("grouped", ""): 1})  # nobody counts what is grouped
        if chance.random() < 0.5:
            counts[chance.choice(gates), chance.choice(["", "known"])] += 1
        write(store, counts, hour=DAY + timedelta(hours=number // 2), source=f"source{number % 2}")
    expected = [one for one in read(store) if one.unaccounted]
    window = {"since": DAY - timedelta(days=1), "until": DAY + timedelta(days=9)}
    with store.read() as connection:
        assert find_unbalanced(connection, **window) == (expected, len(read(store)))
    assert 10 < len(expected) < 50


def test_a_book_of_which_a_version_is_lost_on_its_way_does_not_balance(store):
    write(store, ends_at("stored"))
    with store.write() as connection:
        book_version(connection, 7, "harbour", HOUR)
        [one], _ = find_unbalanced(connection, since=HOUR, until=HOUR)
    assert one.unaccounted == {"grouped": 1}
