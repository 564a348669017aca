"""The service killed at random instants of crawl, grouping and index: nothing is lost or doubled."""

import asyncio
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from copytaster.store.dispatches import read_dispatches
from copytaster.store.tables import dispatches, memberships, outbox, stories, versions
from indexer.document import make_document
from indexer.merge import merge_rows
from newsdesk.demo.scenario import SPAN_S
from newsdesk.demo.server import serve
from newsdesk.service import Service
from settings import load_settings
from spiders.sources.config import read_sources

KILLS = 8
LONGEST_S = 60
# Acknowledges changes before the index has them, and dies in between: the checks must notice.
HASTY = """
import os, signal
from sqlalchemy import func, select
from indexer import drain
from copytaster.store.tables import outbox, stories
careful = drain._take_batch
def take_batch(store, *which):
    batch = careful(store, *which)
    if batch is None:
        return None
    with store.write() as connection:
        if connection.scalar(select(func.count()).select_from(stories)) >= {served}:
            connection.execute(outbox.delete())
    with store.read() as connection:
        if not connection.scalar(select(func.count()).select_from(outbox)):
            os.killpg(0, signal.SIGKILL)
    return batch
drain._take_batch = take_batch
from newsdesk.cli import main
main()
"""


class Room:
    """The demo's sites with a clock that the test turns, and a service over them in its own process group."""

    def __init__(self, folder, sites):
        self.elapsed = 0.0
        self.sites = sites
        self.folder = folder
        self.config = folder / "sources.toml"
        self.settings = None

    def write_sources(self):
        self.config.write_text(self.sites.sources_toml(), encoding="utf-8")
        self.settings = load_settings(self.config, data_dir=self.folder, log_level="ERROR")

    def start(self, *program):
        command = [
            sys.executable,
            *program,
            "run",
            "--config",
            self.config,
            "--data-dir",
            self.folder,
            "--port",
            "0",
        ]
        return subprocess.Popen(
            [str(part) for part in command],
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def finish(self):
        service = Service(self.settings, read_sources(self.config), config=self.config)
        try:
            asyncio.run(service.run_once())
            check_nothing_lost(service, self.sites)
        finally:
            service.close()


@pytest.fixture
def room(tmp_path):
    rooms = []
    base = datetime.now(UTC) - timedelta(hours=2)
    with serve(base=base, clock=lambda: rooms[0].elapsed if rooms else 0.0) as sites:
        rooms.append(Room(tmp_path, sites))
        rooms[0].write_sources()
        yield rooms[0]


def kill(process):
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def check_nothing_lost(service, sites):
    served = set().union(*sites.true_groups().values())
    with service.store.read() as connection:
        urls = Counter(connection.scalars(select(stories.c.url)))
        contents = Counter(connection.execute(select(versions.c.story_id, versions.c.digest)).all())
        member = Counter(connection.scalars(select(memberships.c.version_id)))
        version_ids = list(connection.scalars(select(versions.c.id)))
        waiting = connection.scalar(select(func.count()).select_from(outbox))
        names = list(connection.scalars(select(dispatches.c.id)))
        documents = {
            name: make_document(merge_rows(rows)) for name, rows in read_dispatches(connection, names).items()
        }
    assert set(urls) == served
    assert max(urls.values()) == 1
    assert max(contents.values()) == 1
    assert member == Counter(version_ids)
    assert waiting == 0
    assert {name: service.index.get(name) for name in names} == documents
    assert service.index.count() == len(names)


def time_first_catch(room):
    """Seconds from the start of a service until it has stored something; it is killed then."""
    began = time.monotonic()
    process = room.start("-m", "newsdesk")
    try:
        while count_versions(room) == 0:
            assert time.monotonic() - began < LONGEST_S, "the service stored nothing"
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(timeout=0.1)
    finally:
        kill(process)
    return time.monotonic() - began


def test_the_service_killed_at_any_instant_loses_and_doubles_nothing(room):
    seed = secrets.randbits(32)
    sys.stdout.write(f"seed {seed}\n")
    chance = random.Random(seed)
    catch_s = time_first_catch(room)
    grown = [count_versions(room)]
    for number in range(KILLS):
        room.elapsed = SPAN_S * number / KILLS
        process = room.start("-m", "newsdesk")
        with pytest.raises(subprocess.TimeoutExpired):  # it runs until it is killed
            process.wait(timeout=chance.uniform(0.2, 2.0) * catch_s)
        kill(process)
        grown.append(count_versions(room))
    assert len(set(grown)) > KILLS // 3, f"the kills hardly met a service at work: {grown}"
    room.elapsed = SPAN_S
    room.finish()


def count_versions(room):
    from copytaster.store.engine import Store

    store = Store(room.settings.store_url)
    with store.read() as connection:
        count = connection.scalar(select(func.count()).select_from(versions))
    store.close()
    return count


def test_the_same_checks_notice_a_service_that_acknowledges_first(room):
    room.elapsed = SPAN_S
    served = set().union(*room.sites.true_groups().values())
    process = room.start("-c", HASTY.format(served=len(served)))
    assert process.wait(timeout=LONGEST_S) == -signal.SIGKILL
    with pytest.raises(AssertionError):
        room.finish()
