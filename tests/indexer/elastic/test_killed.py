"""A real server killed during writes has every acknowledged document, each once."""

import random
import sys
import threading

import pytest

from indexer.drain import drain
from indexer.elastic import ElasticIndex
from indexer.elastic.aliases import delete_index, read_aliases
from indexer.serialise import serialise
from settings import ElasticsearchSettings
from tests.equality import NOTHING, compare, in_store, waiting, write_off

A_ROUND = 60


class Ledger:
    """What rounds of killing did."""

    def __init__(self):
        self.killed = self.met_at_work = self.acknowledged = self.missing = 0


def write_until_killed(store, server, index, chance):
    """Kill the server at a random instant of this writing; gives back how many documents were acknowledged."""
    timer = threading.Timer(chance.uniform(0.0, 0.5), server.kill)
    timer.start()
    written = sum(drain(store, index, limit=4).written for _ in range(40))
    timer.join()
    return written


def waiting_ids(store):
    from sqlalchemy import select

    from copytaster.store.tables import outbox

    with store.read() as connection:
        return set(connection.scalars(select(outbox.c.dispatch_id)))


def run_rounds(store, desk, server, index, rounds, *, seed=7):
    chance, ledger = random.Random(seed), Ledger()
    for turn in range(rounds):
        for number in range(A_ROUND):
            desk.found(f"r{turn}-{number:02}", f"Flood {turn} {number}")
        for number in range(0, A_ROUND if turn else 0, 6):
            desk.joined(f"r{turn - 1}-{number:02}", f"Again {turn} {number}", publisher="Other")
        due = waiting_ids(store)
        written = write_until_killed(store, server, index, chance)
        ledger.killed += server.pid is None
        ledger.met_at_work += 0 < written < len(due)
        server.start()
        acknowledged = due - waiting_ids(store)
        wanted = in_store(store)
        ledger.acknowledged += len(acknowledged)
        ledger.missing += sum(serialise(index.get(name) or {}) != wanted[name] for name in acknowledged)
        write_off(store, index)
        sys.stdout.write(f"{turn + 1}: {vars(ledger)}\n")
    return ledger


@pytest.fixture(params=["elasticsearch", pytest.param("opensearch", marks=pytest.mark.long)])
def killable(search_server, request):
    """A server that may be killed, and an index on it that nobody else uses."""
    server = search_server(request.param)
    server.java_options = ["-XX:TieredStopAtLevel=1"]  # it starts sooner the next time
    index = ElasticIndex(ElasticsearchSettings(url=server.url, prefix="killed", timeout_s=10))
    index.setup()
    yield server, index
    server.java_options = []
    server.start()
    for name in read_aliases(index.connection, index.names).indices:
        delete_index(index.connection, name)
    index.close()


@pytest.mark.parametrize("rounds", [1, *(pytest.param(count, marks=pytest.mark.long) for count in (16, 50))])
def test_a_killed_server_has_all_that_was_acknowledged(store, desk, killable, rounds, record_property):
    server, index = killable
    ledger = run_rounds(store, desk, server, index, rounds)
    dispatches, lost, doubled, quarantined = compare(store, index)
    for name, value in {**vars(ledger), "dispatches": dispatches, "lost": lost, "doubled": doubled}.items():
        record_property(name, value)
    assert ledger.killed == rounds
    assert ledger.met_at_work >= rounds // 2
    assert ledger.missing == 0
    assert (dispatches, lost, doubled, quarantined) == (A_ROUND * rounds, 0, 0, 0)
    assert waiting(store) == NOTHING


@pytest.mark.long
def test_a_server_that_acknowledges_before_it_has_written_is_noticed(store, desk, killable, record_property):
    """The control: the same rounds, the server's log of writes not flushed before it answers."""
    server, index = killable
    lazy = {"index.translog.durability": "async", "index.translog.sync_interval": "100s"}
    index.connection.call("PUT", f"/{index.names.write}/_settings", lazy)
    ledger = run_rounds(store, desk, server, index, 3)
    record_property("missing", ledger.missing)
    assert ledger.missing > 0
