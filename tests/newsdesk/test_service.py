from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import func
from sqlalchemy import select as sql_select

from copytaster.errors import BusyError, NotFoundError
from copytaster.schedule.shares import FIRST
from copytaster.store import leases, ledger
from copytaster.store.engine import Store
from copytaster.store.latencies import read_latencies
from copytaster.store.service_health import read_service_parts
from copytaster.store.tables import versions
from indexer.search import SearchQuery
from newsdesk.service import Service
from newsdesk.stages import LOOKING
from settings import load_settings
from spiders.sources.config import read_sources
from tests.newsdesk.outlet import serve_outlet, write_config
from tests.until import folder_of, until

PATIENCE_S = 60
PARTS = {
    "alert",
    "subscription",
    "schedule",
    "group",
    "relate",
    "index",
    "scrub",
    "retention",
    "web",
    "sources",
}


@pytest.fixture
def outlet():
    with serve_outlet() as served:
        yield served


@pytest.fixture
def config(tmp_path, outlet):
    return write_config(tmp_path / "sources.toml", outlet, f'data_dir = "{tmp_path / "data"}"')


@pytest.fixture
def store(config):
    opened = Store(load_settings(config).store_url)
    yield opened
    opened.close()


@contextmanager
def make_service(config):
    service = Service(load_settings(config), read_sources(config), config=config)
    try:
        yield service
    finally:
        service.close()


def count_documents(service):
    return service.index.count() if service.index.exists() else 0


@contextmanager
def copytaster(config, *arguments):
    """The command in a process of its own; gives the process and a function that reads stderr up to an event."""
    environment = os.environ | {"COPYTASTER_LOG_FORMAT": "json"}
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from newsdesk.cli import main; main()",
            *arguments,
            "--config",
            str(config),
        ],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=environment,
    )
    assert process.stderr is not None
    log = LogReader(process.stderr.fileno())
    try:
        yield process, log.wait_for
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stderr.close()


class LogReader:
    """Reads the log of a process from its pipe, and waits for events there."""

    def __init__(self, pipe):
        self.pipe = pipe
        self.events: list[dict] = []
        self.rest = b""

    def wait_for(self, event, key="event"):
        """Read up to the event; gives back what it says under `key`."""
        deadline = time.monotonic() + PATIENCE_S
        while (
            place := next((n for n, one in enumerate(self.events) if one["event"] == event), None)
        ) is None:
            ready, _, _ = select.select([self.pipe], [], [], max(0.0, deadline - time.monotonic()))
            chunk = os.read(self.pipe, 65536) if ready else b""
            assert chunk, f"{event} never came: {self.events}, {self.rest!r}"
            *lines, self.rest = (self.rest + chunk).split(b"\n")
            self.events += [
                json.loads(line) if line[:1] == b"{" else {"event": line.decode()} for line in lines
            ]
        found = self.events[place]
        del self.events[: place + 1]
        return found[key]


def rows(store):
    with store.read() as connection:
        return ledger.list_runs(connection)


def test_one_pass_collects_groups_and_indexes_and_a_second_changes_nothing(config):
    with make_service(config) as service:
        first = asyncio.run(service.run_once())
        (report,) = first.reports
        assert (report.outcome, report.stored) == ("ran", 3)
        assert (first.grouped, first.indexed) == (3, 3)
        with service.store.read() as connection:
            timed = read_latencies(connection, datetime.now(UTC))
        assert timed["harbour"].versions == 3
        assert service.index.search(SearchQuery(text="Birkmouth")).total.value == 1
        second = asyncio.run(service.run_once(["harbour"]))
        assert (second.reports[0].stored, second.grouped, second.indexed) == (0, 0, 0)
        with pytest.raises(NotFoundError, match="harbour"):
            asyncio.run(service.run_once(["harbur"]))


def test_the_service_collects_serves_and_stops(config, store):
    async def scene(service):
        ready = asyncio.Event()
        addresses = []

        def note(address):
            addresses.append(address)
            ready.set()

        task = asyncio.create_task(service.run(on_ready=note))
        async with asyncio.timeout(PATIENCE_S):
            await ready.wait()
            await asyncio.to_thread(until, lambda: count_documents(service) == 3, folder_of(service.store))
            page = await asyncio.to_thread(fetch, f"{addresses[0]}readyz")
            service.stop()
            await task
        return page

    with make_service(config) as service:
        assert service.describe_starting()["schedule"] == LOOKING
        status, page = asyncio.run(scene(service))
        assert status == 200
        assert json.loads(page)["status"] == "ok"
        assert service.health.ok
        assert {part.part for part in service.health.parts} == PARTS
    assert [row.outcome for row in rows(store)] == ["ran"]
    with store.read() as connection:
        seen = leases.look_at(connection, FIRST)
        assert {part.part for part in read_service_parts(connection)} == PARTS
    assert seen is not None
    assert seen.holder == leases.NOBODY


def source_block(name, address):
    return f'[[source]]\nname = "{name}"\npublisher = "Harbour Wire"\nurl = "{address}/feed.xml"\ninterval = "1h"\n'


def test_edits_of_the_sources_are_followed_while_it_runs(config, outlet, store):
    """A source is added, renamed and mistyped while the service runs; the others go on."""
    with copytaster(config, "run") as (process, wait_for):
        wait_for("service.ready")
        wait_for("source.ended")
        good = config.read_text()
        config.write_text(good + source_block("second", outlet.address))
        wait_for("sources.reloaded")
        wait_for("source.ended")
        config.write_text(good + source_block("second", outlet.address).replace("interval", "intervall"))
        wait_for("sources.refused")
        config.write_text(good + "[settings.retention]\nkeepdays = 3\n")  # the next start would refuse it
        assert "did you mean 'keep_days'" in wait_for("sources.refused", key="fault")
        config.write_text(good + source_block("second", outlet.address))
        wait_for("sources.unchanged")  # as it was before the bad edits
        config.write_text(good.replace('"harbour"', '"renamed"'))
        wait_for("sources.reloaded")
        wait_for("source.ended")
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGHUP)
        config.write_text(good)
        wait_for("sources.reloaded")
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    assert {(row.source, row.outcome) for row in rows(store)} >= {
        ("harbour", "ran"),
        ("second", "ran"),
        ("renamed", "ran"),
    }
    assert {row.outcome for row in rows(store)} == {"ran"}


def test_what_comes_in_while_it_stops_is_found_as_well(config, outlet, store, monkeypatch):
    monkeypatch.setattr("newsdesk.worker.LOOK_EVERY_S", 0.01)
    monkeypatch.setattr("newsdesk.worker.LAST_PASS_S", PATIENCE_S)  # however busy the machine is
    outlet.gate.clear()
    looks = threading.Semaphore(0)

    async def scene(service):
        group = service.grouping.run_slice

        def watch(should_end):
            looks.release()
            return group(should_end)

        service.grouping.run_slice = watch
        task = asyncio.create_task(service.run())
        async with asyncio.timeout(PATIENCE_S):
            assert await asyncio.to_thread(outlet.requested.wait, PATIENCE_S)
            service.stop()
            while looks.acquire(blocking=False):
                pass
            for _ in range(4):
                assert await asyncio.to_thread(looks.acquire, timeout=PATIENCE_S)
            outlet.gate.set()
            await task

    with make_service(config) as service:
        asyncio.run(scene(service))
        with store.read() as connection:
            stored = connection.scalar(select_count(versions))
        assert stored >= 1
        assert service.index.count() == stored


def select_count(table):
    return sql_select(func.count()).select_from(table)


def fetch(address):
    with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:
        return answer.status, answer.read().decode()


def test_a_part_that_fails_is_noted_and_retried(config):
    faults = [OSError("disk I/O error"), OSError("disk I/O error")]
    seen = []

    async def scene(service):
        group, note = service.grouping.run_slice, service.health.note

        def fail_twice(should_end):
            if faults:
                raise faults.pop()
            return group(should_end)

        def watch(name, error=None):
            note(name, error)
            if name == "group":
                seen.append(next(part for part in service.health.parts if part.part == "group"))

        service.grouping.run_slice, service.health.note = fail_twice, watch
        task = asyncio.create_task(service.run())
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.to_thread(until, lambda: count_documents(service) == 3, folder_of(service.store))
            service.stop()
            await task

    with make_service(config) as service:
        asyncio.run(scene(service))
        assert service.health.ok
    assert [part.failures for part in seen[:3]] == [1, 2, 0]
    assert seen[2].last_error == "OSError: disk I/O error"


def test_a_taken_port_is_reported_with_a_fix(config):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = load_settings(config, web={"port": port})
        service = Service(settings, read_sources(config), config=config)
        try:
            with pytest.raises(BusyError, match="--port"):
                asyncio.run(service.run())
        finally:
            service.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_finishes_what_is_under_way_and_exits_0(config, outlet, store, number):
    outlet.gate.clear()
    with copytaster(config, "run") as (process, wait_for):
        assert outlet.requested.wait(PATIENCE_S)
        begun = time.monotonic()
        process.send_signal(number)
        wait_for("service.stopping")
        outlet.gate.set()
        assert process.wait(PATIENCE_S) == 0
        assert time.monotonic() - begun < 30
    (row,) = rows(store)
    assert row.outcome in {"partial", "ran", "failed"}
    assert row.ended_at is not None


def test_what_a_killed_service_left_running_is_failed_by_the_next_one(config, outlet, store):
    outlet.gate.clear()
    with copytaster(config, "run") as (process, wait_for):
        assert outlet.requested.wait(PATIENCE_S)
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE_S)
    assert [row.outcome for row in rows(store)] == ["running"]
    with copytaster(config, "run") as (process, wait_for):
        wait_for("lease.taken")  # at once: whoever held it is known to be gone
        until(lambda: rows(store)[-1].outcome == "failed", folder_of(store))
        outlet.gate.set()  # the orphaned child may finish what it holds, but not change the end
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    assert "is gone" in rows(store)[-1].why


def test_a_second_service_stands_by_and_follows(config, store):
    with copytaster(config, "run") as (first, wait_for_first):
        wait_for_first("lease.taken")
        with copytaster(config, "run") as (second, wait_for_second):
            wait_for_second("lease.standby")
            first.send_signal(signal.SIGTERM)
            assert first.wait(PATIENCE_S) == 0
            wait_for_second("lease.taken")
            second.send_signal(signal.SIGTERM)
            assert second.wait(PATIENCE_S) == 0
    assert len(rows(store)) == 1


@pytest.mark.long
def test_a_stopped_holder_is_followed_within_half_a_minute_and_stands_by_when_it_wakes(config, store):
    with copytaster(config, "run") as (first, wait_for_first):
        wait_for_first("lease.taken")
        with copytaster(config, "run") as (second, wait_for_second):
            wait_for_second("lease.standby")
            with store.write():  # not while it holds SQLite's one write lock: then nobody could write
                first.send_signal(signal.SIGSTOP)
            begun = time.monotonic()
            try:
                wait_for_second("lease.taken")
                assert time.monotonic() - begun < 30
            finally:
                first.send_signal(signal.SIGCONT)
            wait_for_first("lease.lost")
            wait_for_first("lease.standby")
            for process in (second, first):
                process.send_signal(signal.SIGTERM)
                assert process.wait(PATIENCE_S) == 0
    dues = [(row.source, row.due_at) for row in rows(store)]
    assert len(dues) == len(set(dues))
    assert all(row.ended_at for row in rows(store))
