"""Where the code of compiled functions goes."""

import os
import subprocess
import sys

import pytest

from dedup.text.jit import _compiler, name_sources
from newsdesk.cli.options import read_settings
from tests.conftest import COMPILED

# a compiled function in a file of its own, run in a process of its own; prints the result and how often it was loaded
MODULE = """
from pathlib import Path
import sys
from copytaster.compiled_code import keep_compiled_code
from dedup.text.jit import compiled

@compiled
def add(one, other):
    return one + other

if __name__ == "__main__":
    if sys.argv[1:]:
        keep_compiled_code(Path(sys.argv[1]))
    print(add(1, 2), sum(add.stats.cache_hits.values()), sum(add.stats.cache_misses.values()))
"""


@pytest.fixture
def run(tmp_path):
    module = tmp_path / "adding" / "adding.py"
    module.parent.mkdir()
    module.write_text(MODULE)

    def start(*arguments):
        command = [sys.executable, module, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()[-1]

    return start


def list_code(folder):
    return sorted(path.suffix for path in folder.rglob("*.nb?"))


def test_code_goes_to_the_folder_and_the_next_process_loads_it(run, tmp_path):
    folder = tmp_path / "data" / "compiled"
    assert run(folder) == "3 0 1"
    assert list_code(folder) == [".nbc", ".nbi"]
    assert list_code(tmp_path / "adding") == []
    assert run(folder) == "3 1 0"


def test_with_a_folder_that_others_can_write_each_process_compiles_for_itself(run, tmp_path):
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    for _ in range(2):
        assert run(folder) == "3 0 1"
    assert list_code(tmp_path) == []


def test_a_command_keeps_code_in_the_data_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("COPYTASTER_COMPILED_DIR")
    try:
        read_settings(tmp_path / "sources.toml", tmp_path / "data")
        assert _compiler.folder == tmp_path / "data" / "compiled"
    finally:
        monkeypatch.setenv("COPYTASTER_COMPILED_DIR", str(COMPILED))
        read_settings(tmp_path / "sources.toml", tmp_path / "data")
    assert _compiler.folder == COMPILED


def test_every_state_of_the_sources_has_a_folder_of_its_own(tmp_path):
    (tmp_path / "inner").mkdir()
    source = tmp_path / "inner" / "called.py"
    source.write_text("STEP = 1\n")
    names = [name_sources(tmp_path)]
    assert name_sources(tmp_path) == names[0]
    source.write_text("STEP = 10\n")
    names.append(name_sources(tmp_path))
    (tmp_path / "other.py").touch()
    names.append(name_sources(tmp_path))
    source.unlink()
    names.append(name_sources(tmp_path))
    assert len(set(names)) == len(names)


def test_code_of_other_sources_leaves_the_folder_after_a_month(run, tmp_path):
    folder = tmp_path / "data" / "compiled"
    old, recent = folder / "sources-0", folder / "sources-1"
    for left in (old, recent):
        left.mkdir(parents=True)
    os.utime(old, (1, 1))
    folder.chmod(0o700)
    folder.parent.chmod(0o700)
    run(folder)
    assert not old.exists()
    assert recent.exists()
