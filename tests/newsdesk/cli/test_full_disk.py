"""Every command on a disk without a free byte: one sentence that says so and the documented code; nothing is lost."""

import io
import subprocess
from contextlib import suppress

import pytest

from copytaster.errors import ExitCode
from copytaster.store import counts
from copytaster.store.engine import Store
from settings import load_settings
from tests.newsdesk.cli.test_store_faults import ALONE, COMMANDS, WITHOUT_STORE, call, check_end


@pytest.fixture
def disk(tmp_path):
    """A disk of 16 MB that lies where the data folder will be."""
    folder = tmp_path / "data"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(path):
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


def count_versions(url):
    store = Store(url)
    try:
        with store.read() as connection:
            return counts.count_versions(connection)
    finally:
        store.close()


def test_every_command_says_that_the_disk_is_full(disk, config, filled, capsys, monkeypatch):
    settings = load_settings(config)
    filled.close()
    before = count_versions(settings.store_url)
    fill(disk / "filler")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    wrong = {}
    for name in COMMANDS.keys() - ALONE.keys() - {"doctor"}:
        capsys.readouterr()
        code = call(name, config)
        errors = check_end(capsys, code)
        said = len(errors) == 1 and "its disk is full" in errors[0] and "make room" in errors[0]
        if code != ExitCode.UNREACHABLE or not said:
            wrong[name] = (code, errors)
    assert {name: what for name, what in wrong.items() if not name.startswith(WITHOUT_STORE)} == {}
    assert call("doctor", config) == ExitCode.FAILED
    (disk / "filler").unlink()
    assert count_versions(settings.store_url) == before
