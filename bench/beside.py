"""Two checkouts group the same copy in turns: the same groups and evidence, and CPU a version side by side.

`python -m bench beside --against FOLDER`: for work on speed, which must decide nothing otherwise. Each checkout runs in
its own process; they take turns of a few hundred versions, so that a busy machine slows both alike.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

from bench.engine import read_documents
from bench.labelled_sets import CORPUS, SETS, read_set

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.evaluation.labelled import Document

ROOT = Path(__file__).resolve().parents[1]
TURN = 640  # versions
SIZE = 3000  # of the newswire
# Runs in either checkout: it may use only what the older one has, too.
_PROGRAM = """
import json, sys, time
from datetime import UTC, datetime, timedelta
from sqlalchemy import text
from copytaster.logs import set_up
from copytaster.store.engine import Store
from copytaster.store.installation import keep_fact
from dedup.evaluation.labelled import read_documents, store_documents
from dedup.grouping.grouper import Grouper
from pathlib import Path
from settings import GroupingSettings

set_up("WARNING")
store = Store(f"sqlite:///{sys.argv[2]}/store.sqlite")
with store.write() as connection:
    keep_fact(connection, "seed", "1")
    documents = list(read_documents(Path(sys.argv[1])))
    store_documents(connection, documents, arrived=datetime(2026, 11, 28, tzinfo=UTC))
grouper = Grouper(store, GroupingSettings())
for line in sys.stdin:
    began, done = time.process_time(), 0
    for _ in grouper.group(limit=int(line)):
        done += 1
    print(json.dumps([done, time.process_time() - began]), flush=True)
    if not done:
        break
columns = "version_id, dispatch_id, relation, place, carries, outdated, altered_count, evidence"
with store.read() as connection:
    rows = connection.execute(text(f"select {columns} from memberships order by version_id"))
    print(json.dumps([list(row) for row in rows]), flush=True)
"""


class Side:
    """One checkout's process, which groups as many versions as it is told."""

    def __init__(self, checkout: Path, documents: Path, folder: Path) -> None:
        folder.mkdir()
        self.seconds: list[float] = []
        self.done = 0
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", _PROGRAM, str(documents), str(folder)],
            cwd=checkout,
            env={"PYTHONPATH": str(checkout), "PATH": "", "HOME": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def turn(self, versions: int) -> int:
        """Group so many; gives back how many there were."""
        assert self.process.stdin
        print(versions, file=self.process.stdin, flush=True)
        done, seconds = self._read()
        if done:
            self.seconds.append(1e6 * seconds / done)
        self.done += done
        return int(done)

    def members(self) -> list[list[Any]]:
        """What is stored of every membership, once a turn has found nothing."""
        found: list[list[Any]] = self._read()
        return found

    def _read(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("a checkout failed; its own error is above")
        return json.loads(line)


def compare(documents: Sequence[Document], against: Path) -> dict[str, float]:
    """Microseconds of CPU a version of both checkouts, and how many memberships differ."""
    with TemporaryDirectory(prefix="copytaster-beside-") as given, ExitStack() as stack:
        folder = Path(given)
        copy = folder / "documents.jsonl"
        rows = [
            {
                "n": one.n,
                "id": one.id,
                "title": one.title,
                "text": one.text,
                "t": one.t,
                "publisher": one.publisher,
                "language": one.language,
            }
            for one in documents
        ]
        copy.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
        theirs = stack.enter_context(Side(against, copy, folder / "theirs"))
        ours = stack.enter_context(Side(ROOT, copy, folder / "ours"))
        while theirs.turn(TURN) | ours.turn(TURN):
            pass
        pairs = zip(theirs.members(), ours.members(), strict=True)
        differing = sum(one != other for one, other in pairs)
    # the first turn compiles, or loads what was compiled
    before, after = (median(side.seconds[1:] or side.seconds) for side in (theirs, ours))
    return {
        "versions": float(ours.done),
        "before_us": before,
        "after_us": after,
        "ratio": before / after,
        "differing": float(differing),
    }


def main(arguments: Sequence[str] = ()) -> dict[str, dict[str, float]]:
    """Compare with the checkout that is named, set by set."""
    parser = argparse.ArgumentParser(prog="python -m bench beside", description=__doc__)
    parser.add_argument("--against", type=Path, required=True, help="folder of another checkout")
    parser.add_argument("--size", type=int, default=SIZE, help="versions of the newswire")
    parser.add_argument("--set", action="append", choices=["newswire", *SETS], help="only these sets")
    chosen = parser.parse_args(arguments)
    found: dict[str, dict[str, float]] = {}
    for name in chosen.set or ["newswire", *(SETS if CORPUS.exists() else ())]:
        if name == "newswire":
            documents = read_documents(chosen.size)
        else:
            documents = [replace(one, n=place) for place, one in enumerate(read_set(name).documents)]
        found[name] = compare(documents, chosen.against.resolve())
    print(f"{'set':12}{'versions':>10}{'before':>10}{'after':>10}{'ratio':>8}  memberships that differ")
    for name, row in found.items():
        times = f"{row['before_us']:7.0f} µs{row['after_us']:7.0f} µs{row['ratio']:8.2f}"
        print(f"{name:12}{row['versions']:10.0f}{times}{row['differing']:9.0f}")
    return found
