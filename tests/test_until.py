"""Waiting ends with the change or the process that it waits for, and fails after its patience."""

import subprocess
import sys
import threading
import time

import pytest

from tests.until import has_ended, until


def test_a_file_change_ends_the_wait(tmp_path):
    looked = threading.Event()

    def is_written():
        looked.set()
        return (tmp_path / "file").exists()

    def write():
        looked.wait()
        (tmp_path / "file").touch()

    writer = threading.Thread(target=write)
    writer.start()
    until(is_written, tmp_path)
    writer.join()


def test_patience_ends(tmp_path):
    started = time.monotonic()
    with pytest.raises(AssertionError, match="not true after"):
        until(lambda: False, tmp_path, patience_s=0.05)
    assert time.monotonic() - started < 1


def test_the_end_of_a_process_ends_the_wait():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert not has_ended(process.pid, patience_s=0.01)
        process.stdin.close()
        assert has_ended(process.pid)
    assert has_ended(process.pid)
