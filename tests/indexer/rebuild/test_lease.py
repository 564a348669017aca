"""The rebuild lease: taken from a dead or silent holder, never from a living one."""

import threading
from datetime import UTC, datetime

import pytest

from copytaster.errors import BusyError
from copytaster.process_id import machine
from copytaster.store import leases
from indexer.rebuild.lease import LEASE, LeaseTimes, hold_rebuild_lease

QUICK = LeaseTimes(beat_s=0.02, silent_s=0.2)
SILENT = LeaseTimes(beat_s=1e6, silent_s=0.2)
ELSEWHERE = "another-machine/0/0:17:1"


def take_for(store, holder):
    with store.write() as connection:
        return leases.take(connection, LEASE, holder, now=datetime.now(UTC))


def look(store):
    with store.read() as connection:
        return leases.look_at(connection, LEASE)


def test_it_is_free_afterwards(store):
    with hold_rebuild_lease(store, QUICK) as lease:
        lease.check()
        assert look(store).holder != leases.NOBODY
    assert look(store).holder == leases.NOBODY


def test_one_left_by_a_rebuild_that_died_on_another_machine_is_taken_over(store):
    """No clocks are compared: that of a dead holder may be years ahead."""
    with store.write() as connection:
        left = leases.take(connection, LEASE, ELSEWHERE, now=datetime(2099, 1, 1, tzinfo=UTC))
    with hold_rebuild_lease(store, QUICK) as lease:
        lease.check()
        assert look(store).token == left.token + 1
        with store.write() as connection, pytest.raises(BusyError):
            leases.check(connection, left)


def test_one_left_by_a_process_here_that_died_is_taken_at_once(store):
    take_for(store, f"{machine()}:{2**22 + 1}:1")  # above the highest process number
    patient = LeaseTimes(beat_s=0.02, silent_s=1e6)
    with hold_rebuild_lease(store, patient) as lease:
        lease.check()


def test_one_that_beats_is_never_taken(store):
    with hold_rebuild_lease(store, QUICK) as lease:
        for _ in range(5):
            with pytest.raises(BusyError, match="another rebuild"), hold_rebuild_lease(store, QUICK):
                pass
        lease.check()


def test_without_beats_it_would_be_taken_from_the_living(store):
    """The control."""
    with (
        hold_rebuild_lease(store, SILENT) as lease,
        hold_rebuild_lease(store, QUICK),
        pytest.raises(BusyError, match="over"),
    ):
        lease.check()


def test_one_who_was_followed_frees_nothing(store):
    first = hold_rebuild_lease(store, SILENT)
    first.__enter__()
    with hold_rebuild_lease(store, QUICK) as second:
        first.__exit__(None, None, None)
        second.check()


def test_of_several_that_wait_for_a_dead_one_one_wins(store):
    take_for(store, ELSEWHERE)
    won, refused, all_tried = [], [], threading.Barrier(4)

    def contend():
        try:
            with hold_rebuild_lease(store, QUICK):
                won.append(1)
                all_tried.wait(30)
        except BusyError:
            refused.append(1)
            all_tried.wait(30)

    threads = [threading.Thread(target=contend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(refused)) == (1, 3)
