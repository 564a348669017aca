"""A running process follows the file of its sources; a bad edit leaves the last good list."""

import os
import time

import pytest

from copytaster.errors import ConfigurationError
from spiders.sources.config import read_sources
from spiders.sources.live import LiveSources

BLOCK = """
[[source]]
name = "{0}"
publisher = "Harbour Wire"
url = "https://{0}.example/feed"
interval = "1h"
"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "sources.toml"
    file.touch()
    os.utime(file, (1_700_000_000, 1_700_000_000))
    write(file, BLOCK.format("one"))
    return file


def write(file, text):
    """Write as an edit of long ago, each another one."""
    before = file.stat().st_mtime_ns if file.exists() else 1_700_000_000_000_000_000
    file.write_text(text)
    os.utime(file, ns=(before + 1000, before + 1000))


def names(live):
    return [source.name for source in live]


def follow(live):
    return live.has_changed() and live.refresh()


def test_a_good_edit_is_followed_once(path):
    live = LiveSources(read_sources(path), path)
    assert not follow(live)  # read again once after the start, and found the same
    assert not live.has_changed()
    write(path, BLOCK.format("one") + BLOCK.format("two"))
    assert follow(live)
    assert names(live) == ["one", "two"]
    assert not live.has_changed()


def test_an_edit_between_reading_and_starting_is_found(path):
    before = read_sources(path)
    write(path, BLOCK.format("two"))
    live = LiveSources(before, path)
    assert follow(live)
    assert names(live) == ["two"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (BLOCK.format("two").replace("interval", "intervall"), "sources.toml:6: source 'two': unknown key 'intervall', did you mean 'interval'?"),
        ("[[source", "not valid TOML"),
        (None, "there is no such file"),
        ("", "it lists no source any longer, and 1 go on"),
        ("[settings]\n", "it lists no source any longer"),
    ],
)  # fmt: skip
def test_a_bad_edit_is_refused_and_a_good_one_after_it_taken(path, text, fault):
    live = LiveSources(read_sources(path), path)
    follow(live)
    path.unlink()
    if text is not None:
        write(path, text)
    assert not follow(live)
    assert fault in str(live.fault)
    assert names(live) == ["one"]
    assert not live.has_changed()
    write(path, BLOCK.format("three"))
    assert follow(live)
    assert (live.fault, names(live)) == (None, ["three"])


def test_a_list_that_cannot_be_used_is_refused(path):
    def check(sources):
        if len(sources) > 1:
            raise ConfigurationError("no such date ever comes", resource="0 7 30 feb *")

    live = LiveSources(read_sources(path), path, check=check)
    write(path, BLOCK.format("one") + BLOCK.format("two"))
    assert not follow(live)
    assert "no such date" in str(live.fault)
    assert names(live) == ["one"]


def test_a_list_that_was_empty_may_stay_empty_and_a_source_that_is_off_is_one(path):
    write(path, "")
    live = LiveSources(read_sources(path), path)
    write(path, "[settings]\n")
    assert not follow(live)
    write(path, BLOCK.format("one"))
    assert follow(live)
    write(path, BLOCK.format("one") + "enabled = false\n")
    assert follow(live)
    assert live.fault is None


def test_without_a_file_nothing_changes(path):
    live = LiveSources(read_sources(path))
    path.unlink()
    assert not live.has_changed()
    assert not live.refresh()


def test_two_edits_in_one_moment_are_both_found(path):
    live = LiveSources(read_sources(path), path)
    follow(live)
    now = time.time_ns()
    for name in ("two", "six"):
        path.write_text(BLOCK.format(name))
        os.utime(path, ns=(now, now))
        assert follow(live)
        assert names(live) == [name]
