"""A rebuild cut off at every request it makes, killed, or taken for dead: the live index serves, the next one ends it."""

import random
import signal
import subprocess
import sys
import threading
from contextlib import suppress

import pytest

from copytaster.errors import BusyError, ConfigurationError, CopytasterError, UnreachableError
from indexer.drain import drain
from indexer.elastic import ElasticIndex
from indexer.elastic.aliases import delete_index, read_aliases
from indexer.elastic.build import ElasticBuild
from indexer.rebuild.lease import LeaseTimes, RebuildLease
from indexer.rebuild.rebuild import go_back, rebuild_index
from indexer.search import SearchQuery
from settings import ElasticsearchSettings
from tests.equality import compare, in_index, in_store, write_off
from tests.fault_proxy import FaultProxy
from tests.indexer.conftest import open_elastic

SIZE = 6
BEFORE, AFTER = (
    "reset",
    "reset after the work",
)  # the server did not do the work; it did, and its response was lost
LONG = pytest.mark.long


@pytest.fixture(params=["elasticsearch", pytest.param("opensearch", marks=pytest.mark.long)])
def elastic(request, search_url):
    """An index of its own on each server; every adapter's common suite runs on both, these take long."""
    with open_elastic(search_url(request.param)) as made:
        made.setup()
        yield made


@pytest.fixture
def filled(store, desk, elastic):
    for number in range(SIZE):
        desk.found(f"d{number}", f"Flood number {number}")
    drain(store, elastic)
    return elastic


@pytest.fixture
def behind_proxy(filled):
    filled.exists()
    product = "opensearch" if filled.connection.library.startswith("opensearch") else "elasticsearch"
    with FaultProxy(filled.connection.address) as proxy:
        index = ElasticIndex(
            ElasticsearchSettings(url=proxy.url, prefix=filled.settings.prefix, product=product)
        )
        index.exists()
        yield proxy, index
        index.close()


def cut_at(proxy, step, fault):
    """Let `step` requests pass and break the next one."""
    left = iter([None] * step + [fault])
    lock = threading.Lock()

    def choose(_handler):
        with lock:
            return next(left, None)

    proxy.choose, proxy.injected, proxy.requests = choose, 0, 0


def try_at(store, index, proxy, step, fault, act):
    """True if the call ended although a request was to be cut."""
    cut_at(proxy, step, fault)
    try:
        act(store, index)
    except (UnreachableError, ConfigurationError):
        return False
    else:
        return True
    finally:
        proxy.choose = lambda _: None


def check_between(store, desk, index, step):
    """The index serves, takes a change, and equals the store."""
    assert index.search(SearchQuery("flood")).total.value == SIZE
    desk.joined("d0", f"Again {step}", publisher="Other")
    write_off(store, index)
    assert compare(store, index) == (SIZE, 0, 0, 0)


@pytest.mark.parametrize("fault", [BEFORE, AFTER])
@pytest.mark.parametrize("restarts", [False, pytest.param(True, marks=LONG)])
def test_cut_at_every_request(store, desk, filled, behind_proxy, fault, restarts, record_property):
    proxy, index = behind_proxy
    step = cuts = 0
    while True:
        is_done = try_at(store, index, proxy, step, fault, rebuild_index)
        cuts += proxy.injected
        if not proxy.injected:
            break
        check_between(store, desk, filled, step)
        if restarts and not is_done:
            rebuild_index(store, index)
            check_between(store, desk, filled, step)
        step += 1
    record_property("requests", proxy.requests)
    record_property("cuts", cuts)
    assert cuts == step > 10
    assert compare(store, filled) == (SIZE, 0, 0, 0)
    table = read_aliases(filled.connection, filled.names)
    assert table.find_index(filled.names.building) is None
    assert table.find_index(filled.names.read) == table.find_index(filled.names.write)


@pytest.mark.parametrize("fault", [BEFORE, AFTER])
def test_the_way_back_cut_at_every_request(store, desk, filled, behind_proxy, fault):
    proxy, index = behind_proxy
    rebuild_index(store, index)
    for step in range(100):
        try_at(store, index, proxy, step, fault, go_back)
        if not proxy.injected:
            break
        if (
            fault == AFTER
        ):  # the switch back may have happened without a new queue: the error says so, and the next writer mends it
            go_back(store, index)
        check_between(store, desk, filled, step)
    assert 2 <= step < 20
    write_off(store, filled)
    assert compare(store, filled) == (SIZE, 0, 0, 0)


def test_aliases_moved_one_by_one_would_leave_a_moment_without(store, filled, behind_proxy, monkeypatch):
    """The control: the same cuts, the aliases not moved in one request."""
    proxy, index = behind_proxy

    def move_singly(connection, actions):
        for action in actions:
            connection.call("POST", "/_aliases", {"actions": [action]})

    monkeypatch.setattr("indexer.elastic.build.move_aliases", move_singly)
    failed = 0
    for step in range(8):
        moves = iter([None] * step + [BEFORE])
        proxy.choose = lambda handler, moves=moves: (
            next(moves, None) if handler.path.startswith("/_aliases") else None
        )
        with suppress(UnreachableError):
            rebuild_index(store, index)
        try:
            filled.search(SearchQuery("flood"))
        except CopytasterError:
            failed += 1
            break
    assert failed


PROGRAM = """
import sys
from copytaster.store.engine import Store
from indexer.elastic import ElasticIndex
from settings import ElasticsearchSettings
import indexer.rebuild.rebuild as r
store = Store(sys.argv[1])
index = ElasticIndex(ElasticsearchSettings(url=sys.argv[2], prefix=sys.argv[3], keep_previous_days=0))
r.BATCH = 1
print("go", flush=True)
while True:
    r.rebuild_index(store, index)
"""


@pytest.mark.parametrize("kills", [2, pytest.param(40, marks=LONG)])
def test_a_rebuild_killed_at_any_instant(store, desk, filled, kills, record_property):
    chance, killed = random.Random(5), 0
    command = [sys.executable, "-c", PROGRAM, store.url, filled.settings.url, filled.settings.prefix]
    left_unfinished = 0
    for turn in range(kills):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            process.stdout.readline()
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(chance.uniform(0.05, 1.5))
            process.kill()
            killed += process.wait() == -signal.SIGKILL
        left_unfinished += bool(
            read_aliases(filled.connection, filled.names).list_indices(filled.names.building)
        )
        check_between(store, desk, filled, turn)
    record_property("killed", killed)
    record_property("left_unfinished", left_unfinished)
    assert killed == kills
    assert rebuild_index(store, filled).written == SIZE
    assert in_index(store, filled) == in_store(store)
    assert read_aliases(filled.connection, filled.names).find_index(filled.names.building) is None


def take_over(store, index, monkeypatch):
    """A rebuild that falls silent after its first batch; another takes over and ends before it wakes."""
    monkeypatch.setattr("indexer.rebuild.lease.LeaseTimes", lambda: LeaseTimes(beat_s=1e6, silent_s=0.2))
    monkeypatch.setattr("indexer.rebuild.rebuild.BATCH", 3)
    followed = []

    def follow(_done, _total):
        if not followed:
            followed.append(1)
            other = ElasticIndex(index.settings)
            rebuild_index(store, other)
            other.close()

    rebuild_index(store, index, on_progress=follow)


def test_one_that_was_taken_for_dead_and_wakes_changes_nothing(store, filled, monkeypatch):
    with pytest.raises(BusyError, match="taken over"):
        take_over(store, filled, monkeypatch)
    assert filled.search(SearchQuery("flood")).total.value == SIZE
    assert in_index(store, filled) == in_store(store)


def test_unasked_it_would_delete_what_serves(store, filled, monkeypatch):
    """The control: the rebuild checks neither its lease nor the index before it switches."""
    monkeypatch.setattr(RebuildLease, "check", lambda _: None)
    monkeypatch.setattr(ElasticBuild, "_give_up", lambda build: delete_index(build._connection, build.index))
    with pytest.raises(CopytasterError):
        take_over(store, filled, monkeypatch)
    with pytest.raises(ConfigurationError):
        filled.search(SearchQuery("flood"))
