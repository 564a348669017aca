"""A configured store with runs, stories and quarantined items, and the commands called on it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from copytaster.store import ledger, outbox
from copytaster.store.engine import Store
from copytaster.store.intake import keep_story, refuse
from copytaster.store.ledger import DueTime, Result, SkippedDue
from copytaster.store.sources import pause
from copytaster.values import ParsedStory, RawPage
from dedup.grouping.grouper import group_waiting
from indexer.drain import drain, prepare_index
from indexer.factory import open_index
from newsdesk.cli import main, run_command
from settings import load_settings

NOW = datetime.now(UTC).replace(microsecond=0)
CANARY = "canary-77d0"
BODY = (
    "The lighthouse at {place} will be lit again in March after nine years of darkness, the coastal board said."
    " Keepers from three villages had raised {number} thousand crowns for the lamp, which came from a yard in the"
    " north and was carried up the tower in eleven pieces by volunteers of the lifeboat crew on Sunday."
)
PAGE = "<html><body><article><h1>Lamp of {0} to be lit again</h1><p>" + BODY + "</p></article></body></html>"


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "sources.toml"
    path.write_text(
        f"""
        [settings]
        data_dir = "{tmp_path / "data"}"
        [settings.schedule]
        jitter_share = 0
        [[source]]
        name = "harbour"
        publisher = "Harbour Wire"
        kind = "feed"
        url = "https://wire.example/feed.xml"
        interval = "1h"
        [[source]]
        name = "upland"
        publisher = "Upland Post"
        kind = "feed"
        url = "https://upland.example/feed.xml"
        cron = "30 6 * * mon-fri"
        [[source]]
        name = "asleep"
        publisher = "Asleep"
        kind = "feed"
        url = "https://asleep.example/feed.xml"
        interval = "1h"
        enabled = false
        """
    )
    return path


@pytest.fixture
def store(config):
    opened = Store(load_settings(config).store_url)
    yield opened
    opened.close()


@pytest.fixture
def filled(config, store):
    """Three stories, grouped and indexed; a run of each kind; a page and a document set aside."""
    settings = load_settings(config)
    with store.write() as connection:
        for number, place in enumerate(("Aldhaven", "Birkmouth", "Corrie")):
            url = f"https://wire.example/{place}"
            page = RawPage(url, PAGE.format(place, place=place, number=number + 20).encode(), NOW)
            story = ParsedStory(
                f"Lamp of {place}", BODY.format(place=place, number=number), "Harbour Wire", url
            )
            keep_story(connection, page=page, story=story, source="harbour", channel="feed")
        page = RawPage(
            f"https://wire.example/dunmore?token={CANARY}",
            PAGE.format("Dunmore", place="Dunmore", number=9).encode(),
            NOW,
        )
        refuse(connection, source="harbour", url=page.url, reason="took-too-long", detail="5 s", page=page)
        refuse(connection, source="harbour", url="https://wire.example/gone", reason="http-404", detail="404")
        ids = ledger.open_runs(
            connection,
            [DueTime("harbour", NOW - timedelta(minutes=30)), DueTime("upland", NOW)],
            holder="x",
            now=NOW,
        )
        ledger.close_run(
            connection,
            ids["harbour"],
            Result("ran", found=5, fetched=4, stored=3, dropped={"took-too-long": 2}),
            now=NOW,
        )
        ledger.close_run(
            connection,
            ids["upland"],
            Result("failed", f"timeout: https://u:{CANARY}@upland.example/", errors={"timeout": 1}),
            now=NOW,
        )
        ledger.enter_skipped(
            connection, [SkippedDue("upland", NOW + timedelta(hours=1), "skipped", "still running")], now=NOW
        )
        pause(connection, "upland", at=NOW, why="tired")
    for _ in group_waiting(store, settings.grouping):
        pass
    index = open_index(settings)
    prepare_index(store, index)
    drain(store, index)
    index.close()
    return store


def quarantine_one(store):
    with store.write() as connection:
        name = connection.scalar(text("SELECT id FROM dispatches ORDER BY id LIMIT 1"))
        outbox.enqueue_many(connection, [(name, 1)], at=NOW)
        (row,) = outbox.take_due(connection, now=NOW + timedelta(days=1), limit=1)
        outbox.set_aside(connection, row, reason="too deep", at=NOW)
    return name


def run_json(capsys, config, *arguments):
    capsys.readouterr()
    code = run_command([*arguments, "--config", str(config), "--json"])
    captured = capsys.readouterr()
    return code, json.loads(captured.out) if captured.out else None, captured.err


def run_plain(capsys, config, *arguments):
    capsys.readouterr()
    code = run_command([*arguments, "--config", str(config)])
    return code, capsys.readouterr().out


@pytest.fixture
def call(tmp_path, capsys, monkeypatch):
    """Run a command in a folder of its own; gives back exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return run
