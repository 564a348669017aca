"""Processes that share the roles of one service: on a real PostgreSQL, each a process of its own."""

import json
import signal
import urllib.error
import urllib.request
from contextlib import ExitStack, closing
from string import ascii_lowercase

import pytest

from copytaster.errors import ConfigurationError, UsageError
from copytaster.schedule.shares import CRAWL_LEASES
from copytaster.store.dispatches import count_dispatches
from copytaster.store.engine import Store
from newsdesk.cli import run_command
from newsdesk.operations.workers_report import read_workers
from newsdesk.roles import EVERY_ROLE, Role, read_roles, require_shared_store
from settings import load_settings
from tests.newsdesk.outlet import serve_outlet, write_config
from tests.newsdesk.test_service import PATIENCE_S, copytaster
from tests.until import until

STORIES = {f"{letter}{letter}birk{letter}mouth": 11 * n + 7 for n, letter in enumerate(ascii_lowercase[:8])}


@pytest.mark.parametrize(
    ("texts", "roles"),
    [
        ((), EVERY_ROLE),
        (("crawl",), {Role.CRAWL}),
        (("crawl,web", "group"), {Role.CRAWL, Role.WEB, Role.GROUP}),
        (("crawl, group,index,web",), EVERY_ROLE),
    ],
)
def test_roles_are_named_one_by_one_or_with_commas(texts, roles):
    assert read_roles(texts) == roles


def test_a_name_that_is_no_role_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'group'"):
        read_roles(["grupo"])


def test_a_file_takes_every_role_or_none():
    require_shared_store(EVERY_ROLE, "sqlite:///store.sqlite")
    require_shared_store(frozenset({Role.WEB}), "postgresql+psycopg://db/copytaster")
    with pytest.raises(ConfigurationError, match="copytaster store copy"):
        require_shared_store(frozenset({Role.WEB}), "sqlite:///store.sqlite")


def test_the_command_refuses_a_part_of_the_roles_on_a_file(capsys, tmp_path):
    (tmp_path / "sources.toml").write_text("")
    command = [
        "run",
        "--config",
        str(tmp_path / "sources.toml"),
        "--data-dir",
        str(tmp_path),
        "--role",
        "web",
    ]
    assert run_command(command) == 78
    assert "copytaster store copy URL" in capsys.readouterr().err
    assert not (tmp_path / "store.sqlite").exists()


@pytest.fixture
def outlet():
    with serve_outlet(STORIES) as served:
        yield served


@pytest.fixture
def config(tmp_path, outlet, postgres_server):
    settings = f'database_url = "{postgres_server.make_database()}"\ndata_dir = "{tmp_path / "data"}"'
    return write_config(tmp_path / "sources.toml", outlet, settings)


@pytest.fixture
def store(config):
    with closing(Store(load_settings(config).store_url)) as opened:
        yield opened


def find_workers(store):
    with store.read() as connection:
        return {worker.pid: worker for worker in read_workers(connection)}


def test_four_processes_do_together_what_one_does(config, store, capsys):
    with ExitStack() as stack:
        started = {
            role: stack.enter_context(copytaster(config, "run", "--role", role))
            for role in ("index", "group", "crawl", "web")
        }
        address = started["web"][1]("service.ready", "address")
        started["index"][1]("index.made")
        started["crawl"][1]("lease.taken")
        started["group"][1]("lease.taken")
        until(lambda: read_total(address) == len(STORIES), patience_s=3 * PATIENCE_S)
        workers = find_workers(store)
        holds = {role: workers[process.pid].holds for role, (process, _) in started.items()}
        assert holds == {"crawl": CRAWL_LEASES, "group": ("group",), "index": ("index",), "web": ()}
        assert 'copytaster_workers{role="web",state="live"} 1.0' in fetch(f"{address}metrics")
        assert run_command(["status", "--config", str(config)]) == 0
        printed = capsys.readouterr().out
        assert all(f"process {process.pid}" in printed for process, _ in started.values())
        for process, _ in started.values():
            process.send_signal(signal.SIGTERM)
        for process, _ in started.values():
            assert process.wait(PATIENCE_S) == 0
    assert not find_workers(store)
    with store.read() as connection:
        assert count_dispatches(connection) == len(STORIES)


def fetch(address):
    with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:
        return answer.read().decode()


def read_total(address):
    try:
        return json.loads(fetch(f"{address}api/v1/dispatches"))["total"]["value"]
    except urllib.error.HTTPError:  # the process that indexes makes it
        return 0


def test_of_two_groupers_one_is_warm_and_follows(config, store):
    with (
        copytaster(config, "run", "--role", "group") as (first, wait_for_first),
        copytaster(config, "run", "--role", "crawl,index") as (others, _),
    ):
        wait_for_first("lease.taken")
        with copytaster(config, "run", "--role", "group") as (second, wait_for_second):
            wait_for_second("lease.standby")
            first.kill()
            wait_for_second("lease.taken")
            until(lambda: count_stored(store) == len(STORIES))
            assert find_workers(store)[second.pid].holds == ("group",)
            for process in (second, others):
                process.send_signal(signal.SIGTERM)
                assert process.wait(PATIENCE_S) == 0


def count_stored(store):
    with store.read() as connection:
        return count_dispatches(connection)
