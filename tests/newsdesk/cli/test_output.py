"""Tables and times, on a terminal and in a pipe."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from newsdesk.cli.output import format_counts, format_time, print_json, print_table

LONG = "norvane-deutsch-kultur"
WORDS = "a reason that takes more room than the terminal has"


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)

    def set_width(width):
        monkeypatch.setenv("COLUMNS", str(width))

    return set_width


def print_lines(capsys, columns, rows):
    print_table(columns, rows)
    return re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()


def test_a_pipe_has_every_column_and_no_folded_cell(capsys):
    head, row = print_lines(capsys, ("source", "reason", "why"), [(LONG, None, WORDS)])
    assert head.split() == ["source", "reason", "why"]
    assert row.split("  ") == [LONG, "", *row.split("  ")[2:]]
    assert WORDS in row


@pytest.mark.parametrize("width", [20, 30, 60, 100])
def test_a_terminal_loses_no_character(capsys, terminal, width):
    terminal(width)
    head, *lines = print_lines(capsys, ("source", "reason", "why"), [(LONG, None, WORDS)])
    assert "reason" not in head
    printed = "".join("".join(lines).split())
    assert sorted(printed) == sorted("".join((LONG + WORDS).split()))
    assert len(lines) > 1 or width == 100


def test_a_table_without_rows_has_its_heads(capsys):
    assert print_lines(capsys, ("id", "kind"), [])[0].split() == ["id", "kind"]


def test_control_characters_and_markup_are_text(capsys):
    (line,) = print_lines(capsys, ("x",), [("[bold]a\x1b[31m",)])[1:]
    assert "[bold]a" in line
    assert "\x1b" not in line


def test_times_are_short_on_a_terminal_only(terminal, monkeypatch):
    now = datetime.now(UTC)
    assert format_time(None) == ""
    assert format_time(now - timedelta(days=400)).startswith(f"{now - timedelta(days=400):%Y-%m-%d %H:%M}")
    assert format_time(now) in {f"{now:%H:%M:%SZ}", f"{now:%Y-%m-%d %H:%MZ}"}  # the day may end meanwhile
    monkeypatch.setattr("sys.stdout.isatty", lambda: False)
    assert format_time(now) == f"{now:%Y-%m-%d %H:%M:%SZ}"


def test_counts_are_in_order():
    assert format_counts({"timeout": 2, "dns": 1}) == "dns 1, timeout 2"


def test_json_holds_no_secret(capsys):
    print_json({"a": ["https://u:secret@x.example/"], "pwd": "hunter2", "n": 7})
    assert json.loads(capsys.readouterr().out) == {"a": ["https://***@x.example/"], "pwd": "***", "n": 7}
