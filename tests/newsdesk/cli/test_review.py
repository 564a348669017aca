"""`copytaster review`, also on a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from copytaster.store.intake import keep_story
from copytaster.values import ParsedStory, RawPage
from dedup.grouping.grouper import group_waiting
from settings import load_settings
from tests.newsdesk.cli.conftest import BODY, NOW, run_json, run_plain


@pytest.fixture
def joined(config, store):
    """One story of three outlets."""
    with store.write() as connection:
        for outlet in ("wire", "upland", "inland"):
            url = f"https://{outlet}.example/lamp"
            story = ParsedStory("Lamp lit again", BODY.format(place="Corrie", number=9), f"The {outlet}", url)
            page = RawPage(url, story.body.encode(), NOW)
            keep_story(connection, page=page, story=story, source="harbour", channel="feed")
    for _ in group_waiting(store, load_settings(config).grouping):
        pass


def draw(capsys, config, *options):
    return run_json(capsys, config, "review", "--draw", *options)


def test_joins_are_drawn_answered_and_reported(capsys, config, joined):
    code, drawn, _ = draw(capsys, config)
    assert (code, len(drawn)) == (0, 2)
    assert {one["joined"]["publisher"] for one in drawn} <= {"The wire", "The upland", "The inland"}
    good, bad = (one["version"] for one in drawn)
    assert run_json(capsys, config, "review", "--answer", f"{good}=yes", "--answer", f"{bad}=no")[1] == {
        "kept": 2
    }
    report = run_json(capsys, config, "review", "--report")[1]
    assert (report["precision"]["right"], report["precision"]["reviewed"]) == (1, 2)
    assert [one["version_id"] for one in report["wrong"]] == [bad]
    assert report["days"][-1]["join_share"] == pytest.approx(2 / 3)
    code, printed = run_plain(capsys, config, "review", "--report")
    assert code == 0
    assert "1 of 2 joins reviewed in 90 days are right; 9.5% to 90.5% of all" in printed
    assert draw(capsys, config)[0] == 4, "each join is judged once"


def test_the_same_seed_draws_the_same_joins(capsys, config, joined):
    first = draw(capsys, config, "--count", "1", "--seed", "7")[1]
    assert draw(capsys, config, "--count", "1", "--seed", "7")[1] == first
    seen = {draw(capsys, config, "--count", "1", "--seed", str(seed))[1][0]["version"] for seed in range(12)}
    assert len(seen) == 2


def test_nothing_joined_in_that_time(capsys, config, joined):
    code, drawn, error = draw(capsys, config, "--until", "2020-01-01", "--since", "2019-01-01")
    assert (code, drawn) == (4, [])
    assert "no join to judge" in error


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        ("12", 2, "e.g. 4711=no"),
        ("12=yellow", 2, "e.g. 4711=no"),
        ("x=yes", 2, "e.g. 4711=no"),
        ("99=yes", 4, "version 99 is in no dispatch"),
    ],
)
def test_a_wrong_answer_is_named(capsys, config, joined, answer, code, says):
    found, _, error = run_json(capsys, config, "review", "--answer", answer)
    assert found == code
    assert says in error


def test_without_a_terminal_it_names_the_other_ways(capsys, config, joined):
    code, _, error = run_json(capsys, config, "review")
    assert code == 2
    assert "--draw" in error


def test_on_a_terminal_it_shows_both_texts_and_asks(config, joined):
    screen, terminal = pty.openpty()
    command = [sys.executable, "-m", "newsdesk", "review", "--config", str(config), "--who", "ada"]
    process = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal)
    os.close(terminal)
    os.write(screen, b"y\nn\n")
    shown = _read_all(screen)
    assert process.wait() == 0
    assert "Is the first one the same dispatch as the second?" in shown
    assert shown.count("Lamp lit again") == 4
    assert "1 of 2 joins reviewed" in shown


def _read_all(screen):
    parts = []
    while True:
        try:
            parts.append(os.read(screen, 65_536))
        except OSError:  # the other end is closed
            return b"".join(parts).decode()
