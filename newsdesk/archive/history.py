"""What was counted before a day: the phrases of its dispatches and the paragraphs of its publishers, in files a day.

The live pass weighs a phrase by the dispatches of the last 30 days that had it, and takes for boilerplate what a publisher
printed in two of them. A first pass over each day says what there was to count; then each day is grouped again, and its task
finds the counts of its history in its store as if it had grouped those days itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from copytaster.identity import name_dispatch
from copytaster.store.traces import add_traces, read_rows
from dedup.candidates.traces import print_paragraphs
from newsdesk.archive.job import DAY
from newsdesk.archive.placement import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyspark.sql import DataFrame
    from sqlalchemy import Connection

    from copytaster.store.traces import TraceRow
    from newsdesk.archive.placement import Copy, Evidence, Placement

COUNTED = COLUMNS | {"name": pa.string(), "phrases": pa.binary(), "paragraphs": pa.binary()}
HISTORY = "day int, phrases binary, paragraphs binary"
_HISTORY = pa.schema([("day", pa.int32()), ("phrases", pa.binary()), ("paragraphs", pa.binary())])
_PHRASE, _PARAGRAPH, _TAG_BITS = 6, 8, 16  # bytes, bytes, bits of a paragraph that name its dispatch
_NOTHING = (b"", b"")


def read_counted(placement: Placement, known: Mapping[int, Copy]) -> Iterator[pa.RecordBatch]:
    """The copies of a day with the columns of `COUNTED`: what the pass counted of each."""
    rows = _TraceReader()

    def describe(connection: Connection, own: Sequence[int], _: Evidence) -> dict[int, dict[str, Any]]:
        counted = rows.read(connection, own)
        told = {}
        for number in own:
            phrases, paragraphs = counted.get(number, _NOTHING)
            name = name_dispatch(*known[number].name)
            told[number] = {"name": name, "phrases": phrases, "paragraphs": paragraphs}
        return told

    return placement.read(COUNTED, describe)


class _TraceReader:
    """Reads what was counted of versions, asked for in order of arrival."""

    def __init__(self) -> None:
        self._since = 0  # row

    def read(self, connection: Connection, ids: Sequence[int]) -> dict[int, tuple[bytes, bytes]]:
        """Version -> its packed phrases and paragraphs."""
        found: dict[int, tuple[bytes, bytes]] = {}
        for rows in read_rows(connection, self._since) if ids else ():
            for row in rows:
                self._since = row.id
                found |= _divide(row)
                if found and max(found) >= ids[-1]:
                    return found
        return found


def _divide(row: TraceRow) -> dict[int, tuple[bytes, bytes]]:
    found, phrase, paragraph = {}, 0, 0
    for version, _, _, _, phrases, paragraphs in (
        np.frombuffer(row.versions, dtype="<i8").reshape(-1, 6).tolist()
    ):
        ends = phrase + _PHRASE * phrases, paragraph + _PARAGRAPH * paragraphs
        found[version] = (row.phrases[phrase : ends[0]], row.paragraphs[paragraph : ends[1]])
        phrase, paragraph = ends
    return found


def write_history(counted: DataFrame, folder: str) -> None:
    """Write one folder of Parquet a day, of stitched copies with their `dispatch`."""
    ordered = counted.repartition("day").sortWithinPartitions("day", "key")
    packed = ordered.select("day", "dispatch", "phrases", "paragraphs").mapInArrow(_pack, HISTORY)
    packed.write.mode("overwrite").partitionBy("day").parquet(folder)


def _pack(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        days: dict[int, tuple[list[bytes], list[bytes]]] = {}
        for copy in batch.to_pylist():
            phrases, paragraphs = days.setdefault(copy["day"], ([], []))
            phrases.append(copy["phrases"])
            paragraphs.append(_tag_again(copy["paragraphs"], copy["dispatch"]))
        rows = [
            {"day": day, "phrases": b"".join(phrases), "paragraphs": b"".join(paragraphs)}
            for day, (phrases, paragraphs) in days.items()
        ]
        yield pa.RecordBatch.from_pylist(rows, schema=_HISTORY)


def _tag_again(paragraphs: bytes, dispatch: str) -> bytes:
    """Paragraphs with the tag of the dispatch of all days: its own task may have known another beginning of it."""
    printed = np.frombuffer(paragraphs, dtype="<u8") >> np.uint64(_TAG_BITS)
    return print_paragraphs(printed.astype(np.int64), dispatch).astype("<u8").tobytes()


def restore_history(connection: Connection, folder: str, days: range, recipe_id: int) -> None:
    """Write what `write_history` kept of these days into a store without traces."""
    for day in days:
        for path in sorted(Path(folder).glob(f"day={day}/*.parquet")):
            for batch in pq.ParquetFile(path).iter_batches(batch_size=64):
                for row in batch.to_pylist():
                    _add(connection, day, row, recipe_id)


def _add(connection: Connection, day: int, row: dict[str, bytes], recipe_id: int) -> None:
    until = (day + 1) * DAY - 1
    phrases, paragraphs = len(row["phrases"]) // _PHRASE, len(row["paragraphs"]) // _PARAGRAPH
    add_traces(
        connection,
        recipe_id=recipe_id,
        day=day,
        seen_until=until,
        history_from=1,
        history_place=0,
        versions=np.array([[0, until, until, 0, phrases, paragraphs]], dtype="<i8").tobytes(),
        keys=b"",
        phrases=row["phrases"],
        paragraphs=row["paragraphs"],
    )
