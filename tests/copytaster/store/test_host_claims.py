"""One process at a time may request a host, on a real PostgreSQL."""

import threading

from copytaster.process_id import machine, this_process
from copytaster.store.host_claims import Claim, claim_host, forget_ended
from copytaster.store.tables import host_claims

HOST, ONE, TWO = "outlet.example", "harbour/0a1b2c3d/4026531836:17:99", "upland/0a1b2c3d/4026531836:18:99"
ROUNDS, TAKERS = 25, 4


def claim(store, holder, **more):
    with store.write() as connection:
        return claim_host(connection, HOST, holder, **more)


def test_a_host_is_kept_by_one_and_refused_to_others(shared):
    assert claim(shared, ONE) is Claim.KEPT
    assert claim(shared, TWO) is Claim.REFUSED
    assert claim(shared, ONE) is Claim.KEPT


def test_a_claim_that_ended_is_taken_and_whoever_takes_it_knows(shared):
    claim(shared, ONE, seconds=0)
    assert claim(shared, TWO) is Claim.TAKEN
    assert claim(shared, ONE) is Claim.REFUSED


def test_the_claim_of_a_process_that_ended_on_this_machine_is_taken_at_once(shared):
    claim(shared, f"{machine()}:999999999:1")
    assert claim(shared, this_process()) is Claim.TAKEN


def test_of_many_takers_one_gets_the_host_in_every_round(shared):
    seconds = 0
    for number in range(ROUNDS):
        got, begin = [], threading.Barrier(TAKERS)

        def take(name, number=number, got=got, begin=begin):
            begin.wait()
            with shared.write() as connection:
                got.append(claim_host(connection, f"{number}.example", name))

        threads = [threading.Thread(target=take, args=(f"upland/x:{n}:1",)) for n in range(TAKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds += TAKERS - 1 - got.count(Claim.REFUSED)
    assert seconds == 0


def test_old_claims_are_forgotten(shared):
    claim(shared, ONE, seconds=-120)
    with shared.write() as connection:
        claim_host(connection, "other.example", ONE)
        assert forget_ended(connection) == 1
        assert [row.host for row in connection.execute(host_claims.select())] == ["other.example"]
