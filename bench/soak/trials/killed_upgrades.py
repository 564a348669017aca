"""The store of the first release, opened by this one and killed inside its migrations: the next opening loses no row."""

from __future__ import annotations

import gzip
import random
import shutil
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import SQLAlchemyError

from bench.soak import killed_migration
from bench.soak.cases import count_cases
from bench.soak.killed_migration import MIGRATES, PIECEMEAL
from bench.soak.newsroom import digest_tables
from bench.soak.trial import Outcome, Trial
from copytaster.errors import CopytasterError
from copytaster.store.engine import Store

BEFORE = Path(__file__).parents[3] / "tests" / "assets" / "release-0.1" / "store.sqlite.gz"


def run(size: int, seed: int) -> Outcome:
    """`size` kills, each before a statement drawn of all migrations."""
    return _try(size, seed, [])


def control(size: int, seed: int) -> Outcome:
    """The same with a transaction for each statement."""
    return _try(size, seed, [PIECEMEAL])


def _try(size: int, seed: int, options: list[str]) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.sqlite"
        path.write_bytes(gzip.decompress(BEFORE.read_bytes()))
        whole, statements = _migrate(path)
        numbers = sorted(random.Random(seed).sample(range(statements), min(size, statements)))
        command = [
            sys.executable,
            str(killed_migration.__file__),
            *options,
            f"sqlite:///{path}",
            *map(str, numbers),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        killed = dict(line.split() for line in done.stdout.splitlines())
        cases = [_is_undamaged(path, number, killed[str(number)], whole) for number in numbers]
    return count_cases(
        [("killed before a statement", one) for one in cases], {"statements of all migrations": statements}
    )


def _migrate(path: Path) -> tuple[dict[str, str], int]:
    """The digests of a copy that is migrated undisturbed, and how many statements that took."""
    copy, count = path.with_name("whole.sqlite"), 0
    shutil.copy(path, copy)

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        nonlocal count
        count += statement.lstrip().upper().startswith(MIGRATES)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        with closing(Store(f"sqlite:///{copy}")) as store:
            return digest_tables(store), count
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _is_undamaged(path: Path, number: int, how: str, whole: dict[str, str]) -> bool:
    """Whether the next opening migrates the file of a fork whole."""
    mine = path.with_name(f"killed-{number}.sqlite")
    if how != "killed":
        return False
    try:
        with closing(Store(f"sqlite:///{mine}")) as store:
            return digest_tables(store) == whole
    except (CopytasterError, SQLAlchemyError):
        return False


TRIAL = Trial(
    name="killed-upgrades",
    promise="a migration that is killed at any statement damages nothing",
    run=run,
    control=control,
    short=4,
    long=200,
)
