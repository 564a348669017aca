from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from copytaster import process_id
from copytaster.errors import BusyError
from copytaster.store import leases

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def take(store, holder, **kwargs):
    with store.write() as connection:
        return leases.take(connection, "schedule", holder, now=NOW, **kwargs)


def look(store):
    with store.read() as connection:
        return leases.look_at(connection, "schedule")


def test_one_holds_and_the_other_waits(store):
    first = take(store, "a")
    assert first is not None
    assert take(store, "b") is None
    assert look(store).holder == "a"


def test_a_silent_holder_is_followed_and_its_writes_are_refused(store):
    first = take(store, "a")
    seen = look(store)
    second = take(store, "b", stood_still=seen)
    assert second.token > first.token
    with store.write() as connection:
        leases.check(connection, second)
    with pytest.raises(BusyError, match="taken over by b"), store.write() as connection:
        leases.check(connection, first)
    with pytest.raises(BusyError), store.write() as connection:
        leases.renew(connection, first, now=NOW)


@pytest.mark.parametrize("jump", [timedelta(days=-3650), timedelta(0), timedelta(days=3650)])
def test_a_beat_keeps_the_lease_whatever_the_clock_of_the_wall_says(store, jump):
    first = take(store, "a")
    seen = look(store)
    with store.write() as connection:
        leases.renew(connection, first, now=NOW + jump)
    assert take(store, "b", stood_still=seen) is None
    assert look(store).beats == seen.beats + 1


def test_a_lease_that_was_let_go_is_free_at_once(store):
    first = take(store, "a")
    with store.write() as connection:
        leases.let_go(connection, first)
    assert take(store, "b").token == first.token + 1


def test_letting_go_late_does_not_free_the_follower(store):
    first = take(store, "a")
    take(store, "b", stood_still=look(store))
    with store.write() as connection:
        leases.let_go(connection, first)
    assert look(store).holder == "b"


def test_a_holder_that_ended_here_is_followed_at_once(store):
    child = subprocess.run(
        [sys.executable, "-c", "from copytaster.process_id import this_process; print(this_process())"],
        capture_output=True,
        text=True,
        check=True,
    )
    gone = child.stdout.strip()
    assert process_id.is_gone(gone)
    assert not process_id.is_gone(process_id.this_process())
    assert take(store, gone) is not None
    assert take(store, "b") is not None


@pytest.mark.parametrize("holder", [None, "", "elsewhere:1:2", "elsewhere", f"{process_id.machine()}:x:1"])
def test_what_cannot_be_known_is_not_called_gone(holder):
    assert not process_id.is_gone(holder)


def test_a_number_given_anew_is_another_process():
    where, pid, started = process_id.this_process().rsplit(":", 2)
    assert process_id.is_gone(f"{where}:{pid}:{int(started) + 1}")


@pytest.mark.parametrize("many", [2, 4, 8])
def test_of_many_that_start_together_one_holds(store, many):
    with ThreadPoolExecutor(many) as pool:
        taken = list(pool.map(lambda n: take(store, f"holder-{n}"), range(many)))
    assert sum(lease is not None for lease in taken) == 1
