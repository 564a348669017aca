"""The flag of a stale index, and who acts on it."""

import signal
import subprocess
import sys

import pytest

from copytaster.errors import ConfigurationError
from indexer.drain import drain, prepare_index
from indexer.elastic import ElasticIndex
from indexer.elastic.aliases import read_aliases
from indexer.rebuild import resync
from indexer.rebuild.lease import LeaseTimes, hold_rebuild_lease
from indexer.rebuild.rebuild import go_back, rebuild_index
from tests.equality import NOTHING, in_index, in_store, waiting

PROGRAM = """
import os, signal, sys
from copytaster.store.engine import Store
from indexer.rebuild import resync
from indexer.elastic import ElasticIndex
from indexer.rebuild.rebuild import go_back
from settings import ElasticsearchSettings
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
url, server, prefix, moment = sys.argv[1:5]
if moment == "before the switch":
    ElasticIndex.switch_back = die
else:
    resync.requeue = die
if sys.argv[5:] == ["unnoted"]:
    resync.mark_index_stale = lambda _: True
go_back(Store(url), ElasticIndex(ElasticsearchSettings(url=server, prefix=prefix)))
"""


@pytest.fixture
def rebuilt(store, desk, elastic):
    """A rebuilt index with changes that the one before lacks."""
    for number in range(6):
        desk.found(f"d{number}", f"Flood number {number}")
    drain(store, elastic)
    rebuild_index(store, elastic)
    desk.joined("d1", "Changed since", publisher="Other")
    desk.found("new", "Flood anew")
    drain(store, elastic)
    return elastic


def kill_at(moment, store, index, *more):
    settings = index.settings
    command = [sys.executable, "-c", PROGRAM, store.url, settings.url, settings.prefix, moment, *more]
    return subprocess.run(command, check=False, timeout=60).returncode


@pytest.mark.parametrize("write_next", [drain, prepare_index], ids=["running", "started"])
@pytest.mark.parametrize("moment", ["before the switch", "after the switch"])
def test_a_way_back_killed_is_made_up_for(store, rebuilt, moment, write_next):
    before = read_aliases(rebuilt.connection, rebuilt.names).find_index(rebuilt.names.read)
    assert kill_at(moment, store, rebuilt) == -signal.SIGKILL
    switched = read_aliases(rebuilt.connection, rebuilt.names).find_index(rebuilt.names.read) != before
    assert switched == (moment == "after the switch") == (in_index(store, rebuilt) != in_store(store))
    next_to_write = ElasticIndex(rebuilt.settings)
    write_next(store, next_to_write)
    drain(store, next_to_write)
    next_to_write.close()
    assert in_index(store, rebuilt) == in_store(store)
    assert waiting(store) == NOTHING


def test_unnoted_it_would_stay_behind(store, rebuilt):
    """The control: the same kill without the flag."""
    assert kill_at("after the switch", store, rebuilt, "unnoted") == -signal.SIGKILL
    prepare_index(store, rebuilt)
    drain(store, rebuilt)
    assert in_index(store, rebuilt) != in_store(store)


def test_one_killed_twice_is_made_up_for(store, rebuilt):
    for _ in range(2):
        assert kill_at("after the switch", store, rebuilt) == -signal.SIGKILL
    go_back(store, rebuilt)
    drain(store, rebuilt)
    assert in_index(store, rebuilt) == in_store(store)


def test_while_it_is_under_way_nobody_takes_the_note(store, desk, embedded):
    desk.found("d")
    drain(store, embedded)
    with hold_rebuild_lease(store, LeaseTimes(beat_s=0.02)):
        assert resync.mark_index_stale(store)
        resync.requeue_if_stale(store)
        resync.requeue_at_start(store)
        assert waiting(store) == NOTHING
        assert not resync.mark_index_stale(store)
    assert drain(store, embedded).written == 1
    assert drain(store, embedded).written == 0


def test_where_there_is_no_way_back_nothing_is_noted(store, desk, elastic):
    desk.found("d")
    drain(store, elastic)
    with pytest.raises(ConfigurationError, match="no index before"):
        go_back(store, elastic)
    assert drain(store, elastic).written == 0
