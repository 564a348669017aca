"""`copytaster reparse` as a process: what it prints, and a kill while copy comes in and is grouped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from bench.copy.stories import TOPICS, write_story
from copytaster.store.engine import Store
from copytaster.store.installation import read_fact
from copytaster.store.intake import keep_story
from copytaster.store.tables import memberships, readings, stories, versions
from copytaster.values import ParsedStory, RawPage
from dedup.desk.regroup import hold_lease
from dedup.grouping.grouper import Grouper
from newsdesk.operations.reparse.run import FACT
from settings import load_settings
from spiders.page_context import note_claims
from spiders.parsing.context import ParseContext
from spiders.parsing.formats import parse
from tests.newsdesk.cli.conftest import run_json, run_plain
from tests.until import until

STORIES = 64  # two transactions
MISREAD = "Menu | Home | Sport"


def take(store, number, *, misread=True):
    """A page as the crawl of the source takes it in; misread, under a headline that it does not have."""
    text = f"item {number}"
    title = f"The news of {text}"
    paragraphs = "".join(f"<p>{line}</p>" for line in write_story(TOPICS[number % 3], text, words=120))
    html = (
        f"<!doctype html><html lang=en><title>{title}</title><article><h1>{title}</h1>{paragraphs}</article>"
    )
    context = ParseContext(publisher="Harbour Wire")
    page = note_claims(RawPage(f"https://wire.example/{number}", html.encode(), datetime.now(UTC)), context)
    story = parse(page, context)
    if misread:
        story = ParsedStory(
            **{name: getattr(story, name) for name in ParsedStory.__slots__} | {"headline": MISREAD}
        )
    with store.write() as connection:
        return keep_story(connection, page=page, story=story, source="harbour", channel="feed").version_id


@pytest.fixture
def misread(config, store):
    """A store of stories under a wrong headline, grouped."""
    for number in range(STORIES):
        take(store, number)
    for _ in Grouper(store, load_settings(config).grouping).group():
        pass
    return store


def start(config, *arguments):
    command = [sys.executable, "-m", "newsdesk", "reparse", *arguments, "--config", str(config), "--json"]
    environment = os.environ | {"COPYTASTER_LOG_LEVEL": "ERROR"}
    environment.pop("COPYTASTER_DATA_DIR", None)
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def read(store, *columns):
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(columns[0]))]


def test_a_killed_call_goes_on_while_copy_comes_in(config, misread):
    settings = load_settings(config)
    grouper = Grouper(misread, settings.grouping)
    places = read(misread, memberships.c.version_id, memberships.c.dispatch_id)
    before = read(misread, versions.c.id, versions.c.story_id, versions.c.number, versions.c.seen_at)

    def has_begun():
        with misread.read() as connection:
            return read_fact(connection, FACT) is not None

    killed = start(config, "--apply", "--pace", "20")
    until(has_begun, settings.data_dir)
    new = [take(misread, STORIES + number, misread=False) for number in range(3)]
    killed.kill()
    killed.communicate()
    done = len(read(misread, readings.c.id))
    assert 0 < done < STORIES
    again = start(config, "--apply")
    for number in range(3):
        new.append(take(misread, STORIES + 3 + number, misread=False))
        list(grouper.group())
    out, err = again.communicate()
    assert again.returncode == 0, err
    found = json.loads(out)
    assert (found["resumed"], found["changed"], found["columns"]) == (True, STORIES, {"headline": STORIES})
    headlines = dict(read(misread, versions.c.id, versions.c.headline))
    assert set(headlines.values()) == {f"The news of item {number}" for number in range(STORIES + 6)}
    assert len(read(misread, readings.c.id)) == STORIES
    assert set(read(misread, readings.c.settled)) == {(True,)}
    kept = read(misread, versions.c.id, versions.c.story_id, versions.c.number, versions.c.seen_at)
    assert kept[: len(before)] == before
    assert [
        row for row in read(misread, memberships.c.version_id, memberships.c.dispatch_id) if row in places
    ] == places
    assert set(read(misread, stories.c.version_count)) == {(1,)}
    assert not list(settings.data_dir.glob("reparse-*"))


def test_the_difference_reads_for_people_and_programs(capsys, config, filled):
    with filled.write() as connection:
        first = connection.scalar(select(versions.c.id).order_by(versions.c.id))
        connection.execute(
            update(versions).where(versions.c.id == first).values(headline=f"{MISREAD}\x1b[31m")
        )
    code, found, _ = run_json(capsys, config, "reparse", "--limit", "2")
    assert (code, found["applied"], found["versions"], found["readable"]) == (0, False, 3, 1)
    assert found["examples"][0]["why"]["headline"] == [
        f"{MISREAD}\x1b[31m",
        "Lamp of Aldhaven to be lit again",
    ]
    assert found["dates_kept"] == 3
    assert set(found["groups"]) == {"splits", "joins", "moved", "left_alone", "dispatches"}
    code, text = run_plain(capsys, config, "reparse")
    assert code == 0
    assert "3 versions: 0 unchanged, 3 would change" in text
    assert "of 1 in quarantine give a story: `copytaster quarantine replay --all`" in text
    assert "\x1b" not in text


def test_nothing_in_the_period_and_a_period_the_wrong_way_round(capsys, config, filled):
    assert run_json(capsys, config, "reparse", "--until", "2020-01-01")[0] == 4
    code, _, error = run_json(capsys, config, "reparse", "--since", "2026-02-01", "--until", "2026-01-01")
    assert code == 2
    assert "ends before it begins" in error


def test_two_at_once_are_refused(capsys, config, filled):
    with closing(Store(load_settings(config).store_url)) as other, hold_lease(other):
        code, _, error = run_json(capsys, config, "reparse", "--apply")
    assert code == 75
    assert "under way" in error


def test_a_call_is_taken_back(capsys, config, misread):
    assert run_json(capsys, config, "reparse", "--undo")[0] == 4
    wrong = read(misread, versions.c.id, versions.c.headline)
    code, text = run_plain(capsys, config, "reparse", "--apply")
    assert (code, "call 1: `copytaster reparse --undo 1 --apply` takes it back" in text) == (0, True)
    right = read(misread, versions.c.id, versions.c.headline)
    code, text = run_plain(capsys, config, "reparse", "--undo")
    assert (code, f"{STORIES} versions: 0 unchanged, {STORIES} would change" in text) == (0, True)
    assert read(misread, versions.c.id, versions.c.headline) == right
    code, found, _ = run_json(capsys, config, "reparse", "--undo", "1", "--apply")
    assert (code, found["changed"], found["number"]) == (0, STORIES, 2)
    assert read(misread, versions.c.id, versions.c.headline) == wrong != right
    code, _, error = run_json(capsys, config, "reparse", "--undo", "--source", "harbour")
    assert (code, "a whole call" in error) == (2, True)
