"""A day of the archive, grouped by the live pass in a store of its own, after the days of its window."""

from __future__ import annotations

import json
import shutil
from contextlib import closing, contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from copytaster.store.engine import Store
from copytaster.store.memberships import read_dispatch_refs
from copytaster.store.plain_rows import add_plain
from copytaster.store.signatures import keep_recipe
from dedup.candidates.signature import Recipe
from dedup.grouping.grouper import Grouper
from newsdesk.archive.history import restore_history
from newsdesk.archive.job import cut
from newsdesk.archive.placement import Copy, Placement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pyarrow as pa

    from newsdesk.archive.job import Job

    KeepDay = Callable[[Placement, Mapping[int, Copy]], Iterator[pa.RecordBatch]]


def replay(job: Job, read: KeepDay) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """A function for `mapInArrow` that groups each day (`target`) of copies sorted by target and arrival.

    `read` gives what is kept of a day: `read_counted` or `read_placed`.
    """

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        job.begin()
        copies = (copy for batch in batches for copy in batch.to_pylist())
        for target, of_day in groupby(copies, key=itemgetter("target")):
            with open_own_store(job) as store:
                day = _Day(store, job, target)
                day.group(of_day)
                yield from read(Placement(store, target, day.known, day.founders), day.known)

    return run


@contextmanager
def open_own_store(job: Job) -> Iterator[Store]:
    """An empty store of this task, with the seed of the job; gone at the end."""
    with TemporaryDirectory(prefix="copytaster-archive-") as folder:
        path = Path(folder) / "store.sqlite"
        shutil.copyfile(job.template, path)
        with closing(Store(f"sqlite:///{path}")) as store:
            yield store


class _Day:
    """The grouping of one day.

    Attributes:
        known: version id in this store -> the copy.
        founders: the earlier copies that founded a dispatch, as far as was known when the day began.
    """

    def __init__(self, store: Store, job: Job, target: int) -> None:
        self._store = store
        self._target = target
        recipe = Recipe.of_installation(job.seed)
        with store.write() as connection:
            recipe_id = keep_recipe(connection, recipe.digest, recipe.to_json())
            if job.history:
                days = range(target - job.settings.history_days, target - job.overlap)
                restore_history(connection, job.history, days, recipe_id)
        self._grouper = Grouper(store, job.settings)
        self.known: dict[int, Copy] = {}
        self.founders: frozenset[int] = frozenset()

    def group(self, copies: Iterator[Mapping[str, Any]]) -> None:
        """Group copies in order of arrival: those of earlier days, then those of the day."""
        for is_own, part in groupby(copies, key=lambda copy: bool(copy["day"] >= self._target)):
            if is_own:
                self.founders = self._find_founders()
            for some in cut(part):
                self._take(some, is_own=is_own)

    def _take(self, copies: list[Mapping[str, Any]], *, is_own: bool) -> None:
        with self._store.write() as connection:
            rows = [_read_row(copy) for copy in copies]
            added = add_plain(connection, rows)
        for number, copy, row in zip(added, copies, rows, strict=True):
            if number is not None:
                name = row["story"]["identity"], row["version"]["number"]
                self.known[number] = Copy(copy["key"], name, is_own, copy["tie"])
        for _ in self._grouper.group(limit=len(copies)):
            pass

    def _find_founders(self) -> frozenset[int]:
        with self._store.read() as connection:
            refs = read_dispatch_refs(connection, sorted(self.known))
        return frozenset(number for number, ref in refs.items() if ref.founder_id == number)


def _read_row(copy: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(copy["row"])
    row["version"]["number"] = copy["number"]  # of copy out of files it was not known when the row was made
    return row
