"""Whatever network and server do, nothing is lost or doubled, and the index ends equal to the store."""

import json
import random
import secrets
from contextlib import suppress

import pytest

from copytaster.errors import ConfigurationError, UnreachableError
from indexer.drain import drain
from indexer.elastic import ElasticIndex
from indexer.elastic.bulk_writer import BulkWriter
from indexer.elastic.documents import BulkItem
from indexer.ownership import reconcile
from indexer.port import ItemResult, WriteOutcome
from indexer.search import SearchQuery
from settings import ElasticsearchSettings
from tests.equality import NOTHING, compare, in_index, in_store, make_due, waiting, write_off
from tests.fault_proxy import FAULTS, FaultProxy
from tests.indexer.conftest import open_elastic

FIRST, MORE = 0, range(1, 25)
REFUSED = "refused"  # no process listens
SCHEDULED = [REFUSED, *(name for name in FAULTS if name != "too large")]
DONE_UNHEARD = ["reset after the work", "cut answer", "time-out"]  # the server did the work
UNDONE = ["refused", "dropped", "reset", "429 whole", "503", "403 flood stage", "wrong product"]
UNDONE_ITEMS = ["429 per item", "503 per item", "read-only index", "missing index"]


@pytest.fixture(params=["elasticsearch", pytest.param("opensearch", marks=pytest.mark.long)])
def elastic(request, search_url):
    """An index of its own on each server; every adapter's common suite runs on both, these take long."""
    with open_elastic(search_url(request.param)) as made:
        made.setup()
        yield made


@pytest.fixture
def behind_proxy(elastic):
    """A proxy before the server, and an index of the same name through it, whose client waits half a second."""
    with FaultProxy(elastic.connection.address) as proxy:
        settings = ElasticsearchSettings(
            url=proxy.url, prefix=elastic.settings.prefix, timeout_s=0.6, product=_product(elastic)
        )
        index = ElasticIndex(settings)
        yield proxy, index
        index.close()


def _product(elastic):
    elastic.exists()
    return "opensearch" if elastic.connection.library.startswith("opensearch") else "elasticsearch"


def drain_through(store, index, proxy, fault, chance):
    proxy.choose = lambda _: fault if fault in FAULTS and chance.random() < 0.6 else None
    for _ in range(8):
        gone = fault == REFUSED and chance.random() < 0.6
        if gone:
            proxy.hang_up()
            proxy.injected += 1
        with suppress(UnreachableError, ConfigurationError):  # the service waits and tries again
            drain(store, index, limit=chance.randint(1, 12))
        make_due(store)
        if gone:
            proxy.listen()
    proxy.choose = lambda _: None


def run_schedule(store, desk, index, proxy, fault, seed, *, tries=50):
    chance = random.Random(seed)
    for number in range(12):
        desk.found(f"d{number:02}", f"Flood number {number}")
    drain_through(store, index, proxy, fault, chance)
    for number in range(0, 12, 3):
        desk.joined(f"d{number:02}", f"Again {number}", publisher="Other")
    drain_through(store, index, proxy, fault, chance)
    write_off(store, index, tries=tries)


@pytest.mark.parametrize("seed", [FIRST, *(pytest.param(seed, marks=pytest.mark.long) for seed in MORE)])
@pytest.mark.parametrize("fault", SCHEDULED)
def test_a_fault_costs_delay_only(store, desk, elastic, behind_proxy, fault, seed, record_property):
    proxy, index = behind_proxy
    run_schedule(store, desk, index, proxy, fault, seed)
    dispatches, lost, doubled, quarantined = compare(store, elastic)
    for name, value in {"injected": proxy.injected, "lost": lost, "doubled": doubled}.items():
        record_property(name, value)
    assert proxy.injected >= 1
    assert (dispatches, lost, doubled, quarantined) == (12, 0, 0, 0)
    assert waiting(store) == NOTHING
    assert elastic.search(SearchQuery("")).total.value == 12


@pytest.mark.parametrize("fault", UNDONE)
def test_taking_silence_for_consent_would_lose(store, desk, elastic, behind_proxy, fault, monkeypatch):
    """The control: the same schedule, a request that failed taken as done."""
    proxy, index = behind_proxy
    write = BulkWriter.write

    def believe(writer, actions, targets):
        actions = list(actions)
        with suppress(UnreachableError):
            write(writer, actions, targets)
        return WriteOutcome(tuple(ItemResult(action.id, "done") for action in actions))

    index.write([])  # its other requests are not what this test is about
    reconcile(store, index)
    monkeypatch.setattr(
        index, "write", lambda actions, **_: believe(index._writer, actions, [index.names.write])
    )
    run_schedule(store, desk, index, proxy, fault, FIRST)
    assert waiting(store).waiting == 0
    assert compare(store, elastic)[1] > 0


@pytest.mark.parametrize("fault", UNDONE_ITEMS)
def test_believing_every_item_would_lose(store, desk, elastic, behind_proxy, fault, monkeypatch):
    """The control: the same schedule, items that were refused taken as done."""
    proxy, index = behind_proxy
    monkeypatch.setattr("indexer.elastic.bulk_writer.make_result", lambda name, _: ItemResult(name, "done"))
    run_schedule(store, desk, index, proxy, fault, FIRST)
    assert waiting(store).waiting == 0
    assert compare(store, elastic)[1] > 0


def test_believing_an_answer_that_names_no_error_would_lose(store, desk, elastic, behind_proxy, monkeypatch):
    """The control: the same schedule, items not looked for by their ids."""
    proxy, index = behind_proxy
    monkeypatch.setattr(
        "indexer.elastic.bulk_writer.match_items",
        lambda ids, _: [{"_id": name, "status": 200} for name in ids],
    )
    run_schedule(store, desk, index, proxy, "lying answer", FIRST)
    assert waiting(store).waiting == 0
    assert compare(store, elastic)[1] > 0


@pytest.mark.parametrize("fault", DONE_UNHEARD)
def test_a_new_id_for_every_try_would_double(store, desk, elastic, behind_proxy, fault, monkeypatch):
    """The control: the same schedule, documents that are not known by the dispatch's id."""
    proxy, index = behind_proxy
    action = BulkItem.action

    def rename(document, *arguments):
        line = json.loads(action(document, *arguments))
        line["index"]["_id"] += secrets.token_hex(4)
        return json.dumps(line).encode()

    index.write([])  # its other requests are not what this test is about
    reconcile(store, index)
    monkeypatch.setattr(BulkItem, "action", rename)
    run_schedule(store, desk, index, proxy, fault, FIRST, tries=1)  # no answer is ever known again
    assert compare(store, elastic)[2] > 0


def test_a_dead_server_is_asked_once_a_pass_whatever_waits(store, desk, behind_proxy):
    proxy, index = behind_proxy
    for number in range(30):
        desk.found(f"d{number:02}")
    drain(store, index, limit=1)
    before = proxy.requests
    proxy.choose = lambda _: "503"
    report = drain(store, index)
    assert (report.written, report.waiting) == (0, 29)
    assert "does not serve" in (report.trouble or "")
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
    with pytest.raises(UnreachableError, match="is too busy"):
        index.write([action("d")])
    small = index._writer.size
    assert small <= full // 2 + 1
    proxy.choose = lambda _: None
    index.write([action("d")])
    assert index._writer.size > small


def test_faults_of_a_real_index_that_is_read_only_and_open_again(store, desk, elastic):
    """What a server does by itself when its disk is nearly full."""
    block = f"/{elastic.names.write}/_settings"
    for number in range(6):
        desk.found(f"d{number}")
    drain(store, elastic, limit=3)
    elastic.connection.call("PUT", block, {"index.blocks.read_only_allow_delete": True})
    report = drain(store, elastic)
    assert (report.written, report.retried, report.quarantined) == (0, 3, 0)
    assert "make room on its disk" in (report.trouble or "")
    elastic.connection.call("PUT", block, {"index.blocks.read_only_allow_delete": None})
    write_off(store, elastic)
    assert in_index(store, elastic) == in_store(store)
