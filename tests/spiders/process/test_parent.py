"""The real child process: its reports, death, time limit and cancellation."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from copytaster.store.engine import Store
from copytaster.store.tables import runs
from spiders.process import parent
from spiders.run_report import exit_code
from spiders.sources.config import read_sources

ROOT = Path(__file__).parents[3]


@pytest.fixture
def ledger(crawl_settings):
    def read():
        store = Store(crawl_settings().store_url)
        with store.read() as connection:
            found = {row.source: row for row in connection.execute(select(runs))}
        store.close()
        return found

    return read


def test_a_crawl_reports_and_announces_each_story(publisher, crawl_settings, write_sources, ledger):
    publisher.put_feed("/feed", ["/a", "/b"])
    publisher.put_page("/a", "One")
    publisher.put_page("/b", "Two", "second")
    announced = []
    [report] = parent.crawl_and_wait(
        ["town"],
        config=write_sources(town=publisher.base + "/feed"),
        settings=crawl_settings(),
        trigger="command",
        on_stored=lambda: announced.append(1),
    )
    assert (report.outcome, report.stored, len(announced)) == ("ran", 2, 2)
    row = ledger()["town"]
    assert (row.outcome, row.stored, row.trigger, row.id) == ("ran", 2, "command", report.run_id)
    assert row.ended_at >= row.started_at
    assert row.peak_bytes == report.peak_bytes


def test_the_child_works_with_its_parents_list_whatever_the_file_says(
    publisher, crawl_settings, write_sources
):
    publisher.put_feed("/feed", ["/a"])
    publisher.put_page("/a", "One")
    config = write_sources(town=publisher.base + "/feed")
    configured = read_sources(config)
    config.write_text("[[sources]]\nmistyped")
    [report] = parent.crawl_and_wait(["town"], configured=configured, settings=crawl_settings())
    assert (report.outcome, report.stored) == ("ran", 1)


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("import os; os.kill(os.getpid(), 9)", "killed by signal 9"),
        ("raise SystemExit(7)", "ended with 7"),
        ("pass", "stopped before"),
    ],
)
def test_a_child_that_dies_ends_every_run_as_failed(
    monkeypatch, write_sources, crawl_settings, ledger, program, why
):
    monkeypatch.setattr(parent, "COMMAND", (sys.executable, "-c", program))
    config = write_sources(one="http://127.0.0.1:9/a", two="http://127.0.0.1:9/b")
    reports = parent.crawl_and_wait(["one", "two"], config=config, settings=crawl_settings())
    assert [(report.source, report.outcome) for report in reports] == [("one", "failed"), ("two", "failed")]
    assert all(why in str(report.why) for report in reports)
    assert {row.outcome for row in ledger().values()} == {"failed"}
    assert all(why in row.why for row in ledger().values())
    assert exit_code(reports) == 1


def test_a_source_that_enters_after_the_death_of_its_child_has_failed(
    monkeypatch, write_sources, crawl_settings
):
    monkeypatch.setattr(parent, "COMMAND", (sys.executable, "-c", "raise SystemExit(7)"))
    sources = read_sources(write_sources(town="http://127.0.0.1:9/a"))

    async def enter_late():
        process = parent.CrawlProcess(crawl_settings(), sources)
        await process.start()
        await process.wait()
        process.enter({"town": None})
        async with asyncio.timeout(30):
            return await process.report("town")

    with pytest.raises(parent.LostRunError, match="ended with 7"):
        asyncio.run(enter_late())


def test_what_was_stored_before_a_death_is_counted(monkeypatch, write_sources, crawl_settings, ledger):
    stored = '{"event": "stored", "source": "town", "version": 1}'
    program = f"import os; print('{stored}', flush=True); os.kill(os.getpid(), 9)"
    monkeypatch.setattr(parent, "COMMAND", (sys.executable, "-c", program))
    config = write_sources(town="http://127.0.0.1:9/a")
    [report] = parent.crawl_and_wait(["town"], config=config, settings=crawl_settings())
    assert (report.outcome, report.stored, ledger()["town"].stored) == ("failed", 1, 1)


def test_a_child_that_takes_too_long_is_stopped(monkeypatch, write_sources, crawl_settings, ledger):
    monkeypatch.setattr(parent, "COMMAND", (sys.executable, "-c", "import signal; signal.pause()"))
    config = write_sources(town="http://127.0.0.1:9/a")
    [report] = parent.crawl_and_wait(["town"], config=config, settings=crawl_settings(child_timeout_s=0.3))
    assert (report.outcome, report.errors) == ("failed", {"child-died": 1})
    assert "longer than 0.3 s" in ledger()["town"].why


def test_a_cancelled_crawl_lets_the_child_finish_and_gives_back_what_there_is(
    publisher, crawl_settings, write_sources, ledger
):
    publisher.put_feed("/feed", ["/a", "/slow"])
    publisher.put_page("/a", "One")
    publisher.put_page("/slow", "Two", "second", delay_s=1.0)
    config = write_sources(town=publisher.base + "/feed")

    async def cancel_after_the_first_story():
        first = asyncio.Event()
        work = asyncio.create_task(
            parent.crawl_in_child(["town"], config=config, settings=crawl_settings(), on_stored=first.set)
        )
        await first.wait()
        work.cancel()
        return await work

    [report] = asyncio.run(cancel_after_the_first_story())
    assert report.stored >= 1
    assert ledger()["town"].outcome == report.outcome != "running"


def test_without_sources_nothing_runs(crawl_settings, tmp_path):
    assert parent.crawl_and_wait([], config=tmp_path / "none.toml", settings=crawl_settings()) == []


def test_scrapys_own_commands_work(publisher, crawl_settings, write_sources, tmp_path, monkeypatch, ledger):
    listed = subprocess.run(
        [sys.executable, "-m", "scrapy", "list"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert listed.stdout.split() == ["feed", "listing", "sitemap"]
    publisher.put_feed("/feed", ["/a"])
    publisher.put_page("/a", "One")
    config = write_sources(town=publisher.base + "/feed")
    config.write_text(
        config.read_text() + '\n[settings.crawl]\nallow_addresses = ["127.0.0.1/32"]\ndelay_s = 0\n'
    )
    monkeypatch.setenv("COPYTASTER_CONFIG", str(config))
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", "feed", "-a", "source=town"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Traceback" not in done.stderr
    assert ledger()["town"].stored == 1, done.stderr
