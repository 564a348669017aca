"""One crawl process for a service: sources enter it while others are crawled, and a dead one is replaced."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime

import pytest

from copytaster.store import leases
from copytaster.store.engine import Store
from copytaster.store.holes import list_holes
from copytaster.store.ledger import DueTime, list_runs, open_runs
from copytaster.store.source_cursor import read_source_cursor
from spiders.process import desk as desk_module
from spiders.process import parent
from spiders.process.desk import CrawlDesk
from spiders.sources.config import read_sources

PATIENCE_S = 120


class Office:
    """A desk on a store, with the runs that a scheduler would have opened."""

    def __init__(self, settings, config):
        self.sources = read_sources(config)
        self.store = Store(settings.store_url)
        self.stored = 0
        self.first = asyncio.Event()
        self.desk = CrawlDesk(settings, on_stored=self.note, on_load=lambda _waiting: None)

    def note(self):
        self.stored += 1
        self.first.set()

    def begin(self, name, until_next_s=900.0, lease=None):
        with self.store.write() as connection:
            due = DueTime(name, datetime.now(UTC))
            ids = open_runs(connection, [due], holder="", now=datetime.now(UTC))
        return asyncio.create_task(
            self.desk.crawl(name, ids[name], configured=self.sources, until_next_s=until_next_s, lease=lease)
        )

    def rows(self):
        with self.store.read() as connection:
            return {run.source: run for run in list_runs(connection)}

    def look(self, name):
        with self.store.read() as connection:
            return list_holes(connection), read_source_cursor(connection, name)

    async def close(self):
        await self.desk.close()
        self.store.close()


@pytest.fixture
def play(crawl_settings, write_sources):
    def run(scene, *, crawl=None, **feeds):
        async def opened():
            office = Office(crawl_settings(**(crawl or {})), write_sources(**feeds))
            try:
                async with asyncio.timeout(PATIENCE_S):
                    return await scene(office)
            finally:
                await office.close()

        return asyncio.run(opened())

    return run


def test_a_source_enters_while_another_hangs_and_both_end_in_one_process(publisher, play):
    publisher.put_feed("/slow", ["/a"])
    publisher.put_page("/a", "One", hang=True)
    publisher.put_feed("/quick", ["/b"])
    publisher.put_page("/b", "Two", "second")

    async def scene(office):
        slow = office.begin("slow")
        quick = await office.begin("quick")
        assert not slow.done()
        publisher.released.set()
        return quick, await slow, office.desk._process.entered

    quick, slow, entered = play(scene, slow=publisher.base + "/slow", quick=publisher.base + "/quick")
    assert (quick.outcome, slow.outcome, entered) == ("ran", "ran", 2)


def test_a_killed_process_fails_its_runs_and_the_next_source_gets_another(publisher, play):
    publisher.put_feed("/slow", ["/a", "/b"])
    publisher.put_page("/a", "One")
    publisher.put_page("/b", "Two", "second", hang=True)

    async def scene(office):
        slow = office.begin("slow")
        await office.first.wait()
        os.kill(office.desk._process._child.pid, signal.SIGKILL)
        failed = await slow
        publisher.released.set()
        return failed, await office.begin("again")

    failed, again = play(scene, slow=publisher.base + "/slow", again=publisher.base + "/slow")
    assert (failed.outcome, failed.stored, failed.errors) == ("failed", 1, {"child-died": 1})
    assert "signal 9" in failed.why
    assert again.outcome == "ran"


@pytest.mark.parametrize("is_taken", [True, False])
def test_nothing_of_a_run_is_stored_once_another_process_has_taken_its_lease(publisher, play, is_taken):
    publisher.put_feed("/slow", ["/a", "/b"])
    publisher.put_page("/a", "One")
    publisher.put_page("/b", "Two", "second", hang=True)

    async def scene(office):
        with office.store.write() as connection:
            lease = leases.take(connection, "schedule", "one", now=datetime.now(UTC))
        slow = office.begin("slow", lease=lease)
        await office.first.wait()
        if is_taken:
            with office.store.write() as connection:
                leases.let_go(connection, lease)
                leases.take(connection, "schedule", "two", now=datetime.now(UTC))
        publisher.released.set()
        return await slow, office.stored, office.rows()["slow"].outcome

    report, stored, outcome = play(scene, slow=publisher.base + "/slow")
    assert (report.outcome, stored, outcome) == (("failed", 1, "running") if is_taken else ("ran", 2, "ran"))


def test_a_run_that_does_not_end_is_given_up_and_the_others_go_on(monkeypatch, play, publisher):
    program = "import sys, time\nfor line in sys.stdin: pass"
    with monkeypatch.context() as patched:
        patched.setattr(parent, "COMMAND", (sys.executable, "-c", program))

        async def scene(office):
            return await office.begin("town")

        report = play(scene, crawl={"child_timeout_s": 0.5}, town=publisher.base + "/feed")
    assert (report.outcome, report.why) == ("failed", "the run took longer than 0.5 s")


def test_the_next_process_takes_over_after_so_many_runs(monkeypatch, publisher, play):
    monkeypatch.setattr(desk_module, "RUNS_A_PROCESS", 1)
    publisher.put_feed("/feed", ["/a"])
    publisher.put_page("/a", "One")

    async def scene(office):
        first = await office.begin("one")
        former = office.desk._process
        second = await office.begin("two")
        await former.wait()
        return first, second, former is office.desk._process

    first, second, is_same = play(scene, one=publisher.base + "/feed", two=publisher.base + "/feed")
    assert (first.outcome, second.outcome, is_same) == ("ran", "ran", False)


def test_the_first_cancellation_lets_what_is_under_way_finish(publisher, play):
    publisher.put_feed("/feed", ["/a", "/slow"])
    publisher.put_page("/a", "One")
    publisher.put_page("/slow", "Two", "second", delay_s=1.0)

    async def scene(office):
        crawl = office.begin("town")
        await office.first.wait()
        crawl.cancel()
        return await crawl, office.rows()["town"]

    report, row = play(scene, town=publisher.base + "/feed")
    assert report.stored >= 1
    assert row.outcome == report.outcome != "running"


def test_a_long_fill_ends_in_time_and_goes_on_in_the_next_run_newest_first(publisher, play, monkeypatch):
    monkeypatch.setattr(desk_module, "SHORTEST_SLICE_S", 0.0)
    paths = [f"/{number}" for number in range(30)]
    publisher.put_feed("/feed", [{"path": path, "at": number} for number, path in enumerate(paths)])
    for number, path in enumerate(paths):
        publisher.put_page(path, f"Number {number}", f"number{number}")

    async def scene(office):
        first = await office.begin("town", until_next_s=0.0)
        asked = publisher.paths_asked()
        return first, asked, await office.begin("town")

    first, asked, second = play(scene, crawl={"delay_s": 0.2}, town=publisher.base + "/feed")
    assert first.outcome == "ran"
    assert first.dropped == {"later": 30 - first.stored}
    assert first.dropped["later"] > 0
    assert f"{first.dropped['later']} entries go on in the next run" in first.why
    assert set(asked) & set(paths) <= set(paths[-20:])
    assert (second.outcome, second.stored + first.stored, dict(second.dropped)) == ("ran", 30, {})


def test_a_list_whose_entries_were_left_is_not_read_yet_and_has_not_rolled_over(publisher, play, monkeypatch):
    monkeypatch.setattr(desk_module, "SHORTEST_SLICE_S", 0.0)
    publisher.put_feed("/feed", ["/a", "/b"])
    publisher.put_page("/a", "One", "first")
    publisher.put_page("/b", "Two", "second")

    async def scene(office):
        left = await office.begin("town", until_next_s=0.0)
        return left, office.look("town"), await office.begin("town"), office.look("town")

    left, (holes, cursor), whole, (later_holes, later) = play(scene, town=publisher.base + "/feed")
    assert left.dropped == {"later": 2}
    assert (holes, cursor.read_at) == ([], None)
    assert whole.stored == 2
    assert (later_holes, later.read_at is not None) == ([], True)
