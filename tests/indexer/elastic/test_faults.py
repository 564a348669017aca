"""Whatever network and server do, nothing is lost or doubled, and the index becomes what the store is."""

import random
import threading
from contextlib import suppress
from dataclasses import replace

import pytest

from copytaster.errors import ConfigurationError, UnreachableError
from copytaster.store import outbox, tables
from copytaster.store.dispatches import ids_after, read_dispatches
from indexer.document import make_action as make_real_action
from indexer.document import serialise
from indexer.drain import drain
from indexer.elastic import ElasticIndex
from indexer.port import ItemResult, SearchQuery
from indexer.record import merge
from settings import ElasticsearchSettings
from tests.fault_proxy import FAULTS, FaultProxy

ROUNDS = [0]
LONG = range(1, 25)


def in_store(store):
    with store.read() as connection:
        found = read_dispatches(connection, ids_after(connection, "", limit=10_000))
    return {name: make_real_action(merge(rows)).document for name, rows in found.items()}


def in_index(store, index):
    return {name: serialise(index.get(name) or {}) for name in in_store(store)}


def make_due(store):
    with store.write() as connection:
        connection.execute(tables.outbox.update().values(not_before=None))


def waiting(store):
    with store.read() as connection:
        return outbox.read_backlog(connection)


@pytest.fixture
def behind_proxy(elastic):
    """A proxy before the server, and an index of the same name through it, whose client waits a second."""
    with FaultProxy(elastic.connection.address) as proxy:
        settings = ElasticsearchSettings(
            url=proxy.url, prefix=elastic.settings.prefix, timeout_s=1.0, product=_product(elastic)
        )
        index = ElasticIndex(settings)
        yield proxy, index
        index.close()


def _product(elastic):
    elastic.exists()
    return "opensearch" if elastic.connection.library.startswith("opensearch") else "elasticsearch"


def drain_through(store, index, proxy, fault, chance):
    proxy.choose = lambda _: fault if chance.random() < 0.6 else None
    for _ in range(8):
        with suppress(UnreachableError, ConfigurationError):  # the service waits and tries again
            drain(store, index)
        make_due(store)
    proxy.choose = lambda _: None


def write_off(store, index):
    for _ in range(5):
        make_due(store)
        drain(store, index)
        if not waiting(store).waiting:
            return


def run_schedule(store, desk, index, proxy, fault, seed):
    chance = random.Random(seed)
    for number in range(12):
        desk.found(f"d{number:02}", f"Flood number {number}")
    drain_through(store, index, proxy, fault, chance)
    for number in range(0, 12, 3):
        desk.joined(f"d{number:02}", f"Again {number}", publisher="Other")
    drain_through(store, index, proxy, fault, chance)
    write_off(store, index)


@pytest.mark.parametrize("seed", [*ROUNDS, *(pytest.param(seed, marks=pytest.mark.long) for seed in LONG)])
@pytest.mark.parametrize("fault", [name for name in FAULTS if name != "too large"])
def test_a_fault_costs_delay_only(store, desk, elastic, behind_proxy, fault, seed):
    proxy, index = behind_proxy
    run_schedule(store, desk, index, proxy, fault, seed)
    assert proxy.injected >= 1
    assert waiting(store) == outbox.Backlog(0, 0, None)
    assert in_index(store, elastic) == in_store(store)
    assert elastic.count() == 12


def test_believing_every_answer_would_lose(store, desk, elastic, behind_proxy, monkeypatch):
    """The control: the same schedule, items that were refused taken as done."""
    proxy, index = behind_proxy
    monkeypatch.setattr("indexer.elastic.writing.classify", lambda name, _: ItemResult(name, "done"))
    run_schedule(store, desk, index, proxy, "429 per item", 0)
    assert waiting(store).waiting == 0
    assert in_index(store, elastic) != in_store(store)


def test_a_dead_server_is_asked_once_a_pass_whatever_waits(store, desk, behind_proxy):
    proxy, index = behind_proxy
    for number in range(30):
        desk.found(f"d{number:02}")
    drain(store, index, limit=1)
    before = proxy.requests
    proxy.choose = lambda _: "503"
    report = drain(store, index)
    assert (report.written, report.waiting) == (0, 29)
    assert proxy.requests - before <= 1
    with pytest.raises(UnreachableError, match="does not serve"):
        index.search(SearchQuery("x"))
    assert not index.health().ok


def test_a_document_too_large_for_the_server_is_found_by_halving(elastic, behind_proxy, action):
    proxy, index = behind_proxy
    index.write([action("first")])
    proxy.choose = lambda _: "too large"
    actions = [action("too-large" if number == 77 else f"d{number:03}") for number in range(200)]
    outcome = index.write(actions)
    assert [item.id for item in outcome.items if item.status != "done"] == ["too-large"]
    assert outcome.items[77].status == "quarantine"
    assert 2 <= proxy.injected <= 25
    assert elastic.count() == 200


def test_a_server_that_refuses_everything_quarantines_nothing(behind_proxy, action):
    proxy, index = behind_proxy
    index.write([action("first")])
    proxy.choose = lambda handler: "too large" if handler.path.startswith("/_bulk") else None
    with pytest.raises(UnreachableError, match="refuses every request"):
        index.write([action(f"d{number}", body="too-large") for number in range(64)])


def test_the_server_s_429_makes_requests_smaller_and_success_larger(behind_proxy, action):
    proxy, index = behind_proxy
    index.write([action("first")])
    full = index._writer.size
    proxy.choose = lambda handler: "429 whole" if handler.path.startswith("/_bulk") else None
    with pytest.raises(UnreachableError, match="asks for less"):
        index.write([action("d")])
    small = index._writer.size
    assert small <= full // 2 + 1
    proxy.choose = lambda _: None
    index.write([action("d")])
    assert index._writer.size > small


@pytest.mark.parametrize(
    "position",
    [
        0,
        1,
        249,
        250,
        499,
        *(pytest.param(n, marks=pytest.mark.long) for n in range(500) if n not in {0, 1, 249, 250, 499}),
    ],
)
def test_one_poisonous_document_of_500(elastic, action, position):
    actions = [
        action(f"d{number:03}", **({"agency_confidence": "high"} if number == position else {}))
        for number in range(500)
    ]
    outcome = elastic.write(actions)
    assert [number for number, item in enumerate(outcome.items) if item.status != "done"] == [position]
    assert outcome.items[position].status == "quarantine"
    assert "agency_confidence" in outcome.items[position].reason
    assert elastic.count() == 499


def test_any_order_and_repetition_of_deliveries_ends_the_same(elastic, action):
    chance = random.Random(11)
    versions = {f"d{number}": chance.randint(1, 5) for number in range(20)}
    deliveries = [
        action(name, version=version, headline=f"{name} version {version}")
        for name, last in versions.items()
        for version in range(1, last + 1)
        for _ in range(chance.randint(1, 3))
    ]
    for _ in range(10):
        chance.shuffle(deliveries)
        for start in range(0, len(deliveries), 17):
            assert {item.status for item in elastic.write(deliveries[start : start + 17]).items} == {"done"}
        held = {name: elastic.get(name)["headline"] for name in versions}
        assert held == {name: f"{name} version {last}" for name, last in versions.items()}
    assert elastic.count() == len(versions)


def kill_while_writing(store, desk, server, index, rounds):
    chance, killed = random.Random(7), 0
    for turn in range(rounds):
        for number in range(60):
            desk.found(f"r{turn}-{number:02}", f"Flood {turn} {number}")
        timer = threading.Timer(chance.uniform(0.0, 0.3), server.kill)
        timer.start()
        for _ in range(30):
            drain(store, index, limit=5)
        timer.join()
        killed += server.pid is None
        server.start()
        write_off(store, index)
    return killed


@pytest.mark.parametrize("rounds", [1, pytest.param(50, marks=pytest.mark.long)])
def test_a_server_killed_while_it_is_written_to_has_all_that_was_acknowledged(
    store, desk, search_server, rounds
):
    server = search_server("elasticsearch")
    index = ElasticIndex(ElasticsearchSettings(url=server.url, prefix="killed", timeout_s=10))
    index.setup()
    assert kill_while_writing(store, desk, server, index, rounds) == rounds
    assert waiting(store) == outbox.Backlog(0, 0, None)
    assert in_index(store, index) == in_store(store)
    assert index.count() == 60 * rounds
    index.close()


def spoil(record):
    made = make_real_action(record)
    return replace(made, document=made.document.replace(b'"rev":1', b'"rev":"x"'))


def test_what_is_set_aside_can_be_replayed(store, desk, elastic, monkeypatch):
    desk.found("d")
    with monkeypatch.context() as spoiled:
        spoiled.setattr("indexer.drain.make_action", spoil)
        assert drain(store, elastic).quarantined == 1
    with store.write() as connection:
        assert outbox.list_quarantined(connection)[0].error.count("rev")
        outbox.replay(connection, "d")
    assert drain(store, elastic).written == 1
    assert in_index(store, elastic) == in_store(store)
