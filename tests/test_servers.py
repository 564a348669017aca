"""Servers of tests end with the run that started them, however it ended."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import start_guarded
from tests.until import has_ended

ROOT = Path(__file__).parents[1]
PATIENCE_S = 30
DAEMON = "sleep 1000 & echo $! $$; exec sleep 1000"  # it and what it left behind, as a launcher does
STAND_IN = f"""
import sys
from tests.servers import start_guarded
process = start_guarded(["sh", "-c", {DAEMON!r}], stdout=sys.stdout)
process.wait()
"""
REAL = """
import json, sys
from tests.servers import ImpossibleError, Servers
try:
    servers = Servers()
    server = servers.get(sys.argv[1])
    print(json.dumps([server.pid, str(server.folder)]), flush=True)
except ImpossibleError as error:
    print(json.dumps(str(error)), flush=True)
sys.stdin.read()
"""


def is_running(pid):
    return not has_ended(pid, patience_s=0)


def all_end(pids):
    return all(has_ended(pid, PATIENCE_S) for pid in pids)


def start_owner(program, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits on process descriptors")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_what_was_started_ends_with_its_owner(number):
    with start_owner(STAND_IN) as owner:
        pids = [int(pid) for pid in owner.stdout.readline().split()]
        assert all(map(is_running, pids))
        owner.send_signal(number)
    assert len(pids) == 2
    assert all_end(pids)


def test_it_ends_when_it_is_let_go_of():
    process = start_guarded(["sleep", "1000"])
    process.communicate(timeout=PATIENCE_S)
    assert process.returncode == -signal.SIGKILL


def test_without_a_guard_it_would_stay():
    """The control: the same owner, what it started in a group of its own and no more."""
    program = STAND_IN.replace(
        "from tests.servers import start_guarded",
        "import subprocess\nstart_guarded = lambda *a, **b: subprocess.Popen(*a, start_new_session=True, **b)",
    )
    with start_owner(program) as owner:
        pids = [int(pid) for pid in owner.stdout.readline().split()]
        owner.kill()
        owner.wait()
        try:
            assert all(map(is_running, pids))
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGKILL)


@pytest.mark.long
@pytest.mark.parametrize("name", ["elasticsearch", "opensearch"])
def test_a_real_server_ends_with_the_run_that_was_killed(name):
    with start_owner(REAL, name) as owner:
        said = json.loads(owner.stdout.readline())
        if isinstance(said, str):
            pytest.skip(said)
        pid, folder = said
        assert is_running(pid)
        owner.kill()
    assert all_end([pid])
    shutil.rmtree(folder)
