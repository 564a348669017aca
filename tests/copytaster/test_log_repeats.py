import json
import logging
import subprocess
import sys
import threading
from contextlib import suppress

import pytest
import structlog

from copytaster import logs
from copytaster.log_repeats import MOST_KINDS, SHOWN, WINDOW_S, RepeatCounter


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class Log:
    """A counter with its output: what passes and what it tells, in order."""

    def __init__(self):
        self.clock = Clock()
        self.lines = []
        self.counter = RepeatCounter(self.lines.append, self.clock)

    def say(self, **event):
        with suppress(structlog.DropEvent):
            self.lines.append(self.counter(None, "", event))

    def names(self):
        return [line["event"] for line in self.lines]


@pytest.fixture
def log():
    opened = Log()
    yield opened
    opened.counter.flush()


def test_the_first_lines_pass_and_the_others_are_counted(log):
    for second in range(4_817):
        log.say(event="page.refused", level="error", timestamp=second)
    assert len(log.lines) == SHOWN
    log.counter.flush()
    told = log.lines[-1]
    assert (told["event"], told["level"], told["repeated"]) == ("page.refused", "error", 4_817 - SHOWN)
    assert len(log.lines) == SHOWN + 1


def test_a_minute_later_the_count_comes_and_lines_pass_again(log):
    for _ in range(SHOWN + 7):
        log.say(event="a")
    log.clock.now = WINDOW_S
    log.say(event="b")
    assert log.lines[SHOWN:] == [{"event": "a", "repeated": 7, "within_s": 60}, {"event": "b"}]
    log.say(event="a")
    assert log.lines[-1] == {"event": "a"}


@pytest.mark.parametrize(
    "other",
    [
        {"event": "a", "level": "error", "error": "disk full: /y"},
        {"event": "a", "level": "warning", "error": "disk full: /x"},
        {"event": "b", "level": "error", "error": "disk full: /x"},
        {"event": "a", "level": "error", "error": "disk full: /x", "source": "bbc"},
        {"event": "a", "level": "error", "error": "x" * 5_000 + "1"},
    ],
)
def test_a_line_that_differs_anywhere_is_another_line(log, other):
    log.say(event="a", level="error", error="x" * 5_000 + "2")
    for _ in range(SHOWN * 2):
        log.say(event="a", level="error", error="disk full: /x")
    log.say(**other)
    assert log.lines[-1] == other


def test_no_first_line_and_no_count_is_lost_among_many_kinds(log):
    for number in range(3 * MOST_KINDS):
        for _ in range(SHOWN + 1):
            log.say(event=f"kind-{number}")
    log.counter.flush()
    names = log.names()
    assert {name: names.count(name) for name in names} == {
        f"kind-{number}": SHOWN + 1 for number in range(3 * MOST_KINDS)
    }
    assert sum(line.get("repeated", 0) for line in log.lines) == 3 * MOST_KINDS


@pytest.mark.parametrize("form", ["text", "json"])
def test_all_logs_are_limited_and_the_count_is_written_at_the_end(form):
    program = f"""
import logging, structlog
from copytaster.logs import set_up
set_up("INFO", {form!r})
for number in range(500):
    structlog.get_logger().warning("web.refused", url="https://x.example/?token=canary-1")
    logging.getLogger("somebody.else").error("disk %s", "full")
structlog.get_logger().error("other")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    lines = done.stderr.splitlines()
    assert len(lines) == 2 * (SHOWN + 1) + 1
    assert "canary" not in done.stderr
    assert sum("web.refused" in line for line in lines) == SHOWN + 1
    assert sum("other" in line for line in lines) == 1
    if form == "json":
        counts = {line["event"]: line["repeated"] for line in map(json.loads, lines) if "repeated" in line}
        assert counts == {"web.refused": 500 - SHOWN, "disk full": 500 - SHOWN}
    else:
        assert sum(f"repeated={500 - SHOWN}" in line for line in lines) == 2


def test_a_new_set_up_writes_what_the_old_one_counted(capsys):
    logs.set_up("INFO", "json")
    for _ in range(SHOWN + 3):
        logging.getLogger("somebody.else").warning("again")
    logs.set_up("INFO", "json")
    told = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (told["event"], told["repeated"]) == ("again", 3)


def test_a_timer_tells_the_count_where_nothing_else_is_logged(monkeypatch):
    monkeypatch.setattr("copytaster.log_repeats.WINDOW_S", 0.05)
    told = threading.Event()
    lines = []

    def write(event):
        lines.append(event)
        told.set()

    counter = RepeatCounter(write)
    passed = 0
    for _ in range(SHOWN + 2):
        with suppress(structlog.DropEvent):
            counter(None, "", {"event": "a"})
            passed += 1
    assert told.wait(60)
    assert lines[0]["event"] == "a"
    assert passed + lines[0]["repeated"] == SHOWN + 2


def test_windows_end_in_the_order_in_which_they_began(log):
    for number in range(5):
        log.clock.now = float(number)
        for _ in range(SHOWN + 1):
            log.say(event=str(number))
    log.clock.now = WINDOW_S + 2
    log.say(event="end")
    told = [line["event"] for line in log.lines if "repeated" in line]
    assert told == ["0", "1", "2"]
