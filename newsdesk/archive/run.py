"""A job from its copies to its dispatches; each step keeps what it made, and a job that was stopped goes on after the last."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyspark.sql import functions as sql

from copytaster.compiled_code import find_kept_folder
from copytaster.errors import UsageError
from copytaster.store.engine import Store
from copytaster.store.installation import keep_fact
from newsdesk.archive.history import COUNTED, read_counted, write_history
from newsdesk.archive.job import DAY, Job
from newsdesk.archive.placed import PLACED, read_placed
from newsdesk.archive.placement import spell_for_spark
from newsdesk.archive.replay import replay
from newsdesk.archive.results import DOCUMENT, make_documents
from newsdesk.archive.stitching import in_order_of_arrival, spread_over_days, stitch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from pyarrow import DataType
    from pyspark.sql import DataFrame, SparkSession

    from newsdesk.archive.copies import Read
    from newsdesk.archive.replay import KeepDay
    from settings import GroupingSettings

MEMBERS, DOCUMENTS, REFUSED = "members", "dispatches", "refused"


@dataclass(frozen=True, slots=True)
class ArchiveReport:
    """What a job made: versions, those refused, dispatches, days."""

    versions: int
    refused: int
    dispatches: int
    days: int
    folder: Path


class ArchiveRun:
    """One job in one folder.

    Args:
        spark: the session.
        out: the folder of the results and of `work`; every machine of the cluster must see it under this path.
        job: what its tasks know.
        on_step: called with the name of each step before it begins.
    """

    def __init__(
        self, spark: SparkSession, out: Path, job: Job, on_step: Callable[[str], None] = lambda _: None
    ) -> None:
        self._spark = spark
        self._out = out
        self._job = job
        self._on_step = on_step

    def group(self, read: Read) -> ArchiveReport:
        """Group what `read` gives; the results are Parquet under `members` and lines of JSON under `dispatches`."""
        taken = self._keep("copies", lambda: read(self._spark))
        good = taken.where("refused IS NULL")
        first = self._keep(
            "counted", lambda: self._replay(good, replace(self._job, history=""), read_counted, COUNTED)
        )
        self._do("history", lambda: write_history(stitch(first), self._job.history))
        placed = self._keep("placed", lambda: self._replay(good, self._job, read_placed, PLACED))
        members = self._keep(MEMBERS, lambda: stitch(placed).orderBy("seen", "tie", "key"), self._out)
        self._do(DOCUMENTS, lambda: self._write_documents(members))
        refused = taken.where("refused IS NOT NULL").select("refused")
        self._do(REFUSED, lambda: refused.write.mode("overwrite").text(str(self._out / REFUSED)))
        return ArchiveReport(
            members.count(),
            self._spark.read.text(str(self._out / REFUSED)).count(),
            members.select("dispatch").distinct().count(),
            members.select(sql.floor(sql.col("seen") / DAY)).distinct().count(),
            self._out,
        )

    def _replay(self, good: DataFrame, job: Job, read: KeepDay, columns: Mapping[str, DataType]) -> DataFrame:
        days = max(1, good.select("day").distinct().count())
        spread = spread_over_days(good, job.overlap, job.settings.history_days)
        return in_order_of_arrival(spread, days).mapInArrow(replay(job, read), spell_for_spark(columns))

    def _write_documents(self, members: DataFrame) -> None:
        ordered = members.repartition("dispatch").sortWithinPartitions("dispatch", "at", "key")
        documents = ordered.mapInArrow(make_documents(self._job), DOCUMENT)
        documents.write.mode("overwrite").text(str(self._out / DOCUMENTS))

    def _keep(self, name: str, make: Callable[[], DataFrame], under: Path | None = None) -> DataFrame:
        """What a step made, as it was kept."""
        path = str((under or self._out / "work") / name)
        self._do(name, lambda: make().write.mode("overwrite").parquet(path))
        return self._spark.read.parquet(path)

    def _do(self, name: str, step: Callable[[], object]) -> None:
        done = self._out / "work" / f"{name}.done"
        if done.exists():
            return
        self._on_step(name)
        step()
        done.touch()


def group_archive(
    spark: SparkSession,
    out: Path,
    read: Read,
    *,
    inputs: Sequence[str],
    settings: GroupingSettings,
    seed: int = 0,
    on_step: Callable[[str], None] = lambda _: None,
) -> ArchiveReport:
    """Group an archive into a folder; a job that was stopped goes on in it.

    Args:
        spark: the session.
        out: see `ArchiveRun`.
        read: gives the copies, see `newsdesk.archive.copies`.
        inputs: what it reads, in words that are the same for the same archive.
        settings: of grouping.
        seed: of the signatures; of copy out of a store its own, so that the groups are those of that store.
        on_step: called with the name of each step before it begins.

    Raises:
        UsageError: the folder holds another job, or other files.
    """
    told = {"inputs": list(inputs), "settings": settings.model_dump(mode="json"), "seed": seed}
    _claim_folder(out, hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest())
    work = out / "work"
    template = work / "empty.sqlite"
    _make_template(template, seed)
    job = Job(seed, settings, str(find_kept_folder() or ""), str(template), str(work / "history"))
    return ArchiveRun(spark, out, job, on_step).group(read)


def _make_template(path: Path, seed: int) -> None:
    if path.exists():
        return
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with closing(Store(f"sqlite:///{unfinished}")) as store, store.write() as connection:
        keep_fact(connection, "seed", str(seed))
    unfinished.rename(path)


def _claim_folder(out: Path, digest: str) -> None:
    note = out / "work" / "job"
    known = note.read_text(encoding="utf-8") if note.exists() else None
    if known == digest:
        return
    if known is not None or (out.exists() and any(out.iterdir())):
        what = "it holds a job on other copy or with other settings" if known else "it is not empty"
        raise UsageError(what, resource=str(out), hint="name a new folder by --out")
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(digest, encoding="utf-8")
