"""Two machines on one PostgreSQL store, each with an embedded index of its own: whoever takes over indexes everything."""

import signal
from contextlib import closing
from string import ascii_lowercase

import pytest

from copytaster.errors import CopytasterError
from copytaster.store.dispatches import count_dispatches
from copytaster.store.engine import Store
from indexer.embedded import EmbeddedIndex
from settings import load_settings
from tests.newsdesk.outlet import serve_outlet, write_config
from tests.newsdesk.test_service import PATIENCE_S, copytaster
from tests.until import until

STORIES = {f"{letter}{letter}birk{letter}mouth": 11 * n + 7 for n, letter in enumerate(ascii_lowercase)}


@pytest.fixture
def outlet():
    with serve_outlet(STORIES) as served:
        yield served


@pytest.fixture
def config(tmp_path, outlet, postgres_server):
    return write_config(
        tmp_path / "sources.toml", outlet, f'database_url = "{postgres_server.make_database()}"'
    )


@pytest.fixture
def machines(tmp_path):
    """Their data folders."""
    folders = tmp_path / "one", tmp_path / "two"
    for folder in folders:
        folder.mkdir()
    return folders


def run(config, folder):
    return copytaster(config, "run", "--data-dir", str(folder))


def count_indexed(folder):
    with closing(EmbeddedIndex(load_settings(data_dir=folder).index_path)) as index:
        try:
            return index.count() if index.exists() else 0
        except CopytasterError:  # it is being made
            return 0


def count_grouped(config):
    with closing(Store(load_settings(config).store_url)) as store, store.read() as connection:
        return count_dispatches(connection)


def end(process):
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0


def test_a_machine_that_takes_over_serves_all_that_the_other_collected_and_so_on_back(config, machines):
    first, second = machines
    with run(config, first) as (one, _):
        until(lambda: count_indexed(first) == len(STORIES), first)
        with run(config, second) as (standby, wait_for_standby):
            wait_for_standby("lease.standby")
            end(standby)
        assert count_indexed(second) == 0  # on standby it leaves the index to the one that holds the lease
        with run(config, second) as (two, wait_for_two):
            wait_for_two("lease.standby")
            end(one)
            wait_for_two("index.made")
            until(lambda: count_indexed(second) == len(STORIES), second)
            with run(config, first) as (again, wait_for_again):
                wait_for_again("lease.standby")
                end(two)
                wait_for_again("index.other_queued")
                wait_for_again("index.drained")
                end(again)
    assert count_indexed(first) == count_indexed(second) == count_grouped(config) == len(STORIES)
