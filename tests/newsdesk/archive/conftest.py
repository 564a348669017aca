"""A few days of copy in a store, grouped by the live pass, and the command that groups them on Spark."""

import shutil
import subprocess
import sys
from contextlib import closing
from importlib.util import find_spec

import pytest

from copytaster.store.engine import Store
from dedup.grouping.grouper import group_waiting
from settings import GroupingSettings


@pytest.fixture(scope="session")
def spark():
    if find_spec("pyspark") is None:
        pytest.skip("pyspark is not installed: `make install` brings it where Java is")
    if shutil.which("java") is None:
        pytest.skip("no Java on this machine, which Spark needs")


def run_archive(*arguments, folder, check=True):
    """Run `copytaster archive` as a user would, with its own data folder."""
    command = [
        sys.executable,
        "-m",
        "newsdesk",
        "archive",
        *map(str, arguments),
        "--data-dir",
        str(folder),
        "--json",
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=500, cwd=folder)
    if check:
        assert done.returncode in {0, 3}, done.stderr[-3000:]
    return done


@pytest.fixture(scope="session")
def week(spark, tmp_path_factory):
    """(data folder, name -> dispatch of the live pass)."""
    from bench.spark import fill, name_groups, write_days

    folder = tmp_path_factory.mktemp("week")
    with closing(Store(f"sqlite:///{folder / 'store.sqlite'}")) as store:
        fill(store, write_days(300))
        for _ in group_waiting(store, GroupingSettings()):
            pass
        live = name_groups(store)
    return folder, live


@pytest.fixture(scope="session")
def grouped(week):
    """The results of the store's copy, grouped on two cores."""
    folder, _ = week
    run_archive("group", "--from-store", "--out", folder / "out", "--master", "local[2]", folder=folder)
    return folder / "out"
