"""Where a day's task put its copies: the rows from which the days are joined, with what else a reader of them wants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from copytaster.store.memberships import read_dispatch_refs
from copytaster.store.shadow import read_evidence
from newsdesk.archive.job import CHUNK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from copytaster.store.memberships import DispatchRef

    Evidence = Mapping[int, Mapping[str, Any]]
    Describe = Callable[[Connection, Sequence[int], Evidence], Mapping[int, Mapping[str, Any]]]

# `parent`: the copy to whose dispatch it belongs, itself where it founded one. All columns after it are null for a copy of an
# earlier day, of which is only said that its dispatch was merged into another that day.
COLUMNS = {"target": pa.int32(), "own": pa.bool_(), "key": pa.int64(), "parent": pa.int64()}
_SPARK = {pa.int32(): "int", pa.int64(): "long", pa.bool_(): "boolean", pa.string(): "string"}


def spell_for_spark(columns: Mapping[str, pa.DataType]) -> str:
    """The columns as Spark's `mapInArrow` wants them."""
    return ", ".join(f"{name} {_SPARK.get(kind, 'binary')}" for name, kind in columns.items())


@dataclass(frozen=True, slots=True)
class Copy:
    """What a task remembers of a copy.

    Attributes:
        key: of the copy in the job.
        name: identity of the story and number of the version: what a copy is called outside of this task.
        is_own: it is of the day itself.
        tie: its order in the moment of its arrival.
    """

    key: int
    name: tuple[str, int]
    is_own: bool
    tie: int


class Placement:
    """What a day's task decided.

    Args:
        store: of the task.
        target: the day.
        known: version id in that store -> the copy.
        founders: earlier copies that had founded a dispatch before the day began.
    """

    def __init__(
        self, store: Store, target: int, known: Mapping[int, Copy], founders: frozenset[int]
    ) -> None:
        self._store = store
        self._target = target
        self._known = known
        self._founders = founders

    def read(self, columns: Mapping[str, pa.DataType], describe: Describe) -> Iterator[pa.RecordBatch]:
        """Every copy of the day, and the earlier founders whose dispatch was merged into another that day.

        Args:
            columns: `COLUMNS`, and those that `describe` gives.
            describe: called with some copies of the day in order of arrival, and the evidence of each.
        """
        ids = sorted(
            number for number, copy in self._known.items() if copy.is_own or number in self._founders
        )
        schema = pa.schema(list(columns.items()))
        for start in range(0, len(ids), CHUNK):
            with self._store.read() as connection:
                rows = list(self._read(connection, ids[start : start + CHUNK], describe))
            yield pa.RecordBatch.from_pylist(rows, schema=schema)

    def _read(
        self, connection: Connection, part: Sequence[int], describe: Describe
    ) -> Iterator[dict[str, Any]]:
        refs = read_dispatch_refs(connection, part)
        own = [number for number in part if self._known[number].is_own]
        evidence = read_evidence(connection, own)
        told = describe(connection, own, evidence)
        for number in part:
            if number in told:
                parent = self._find_parent(refs[number], evidence[number])
                yield {**self._name(number, parent), **told[number]}
            elif refs[number].founder_id != number:
                yield self._name(number, refs[number].founder_id)

    def _name(self, number: int, parent: int) -> dict[str, Any]:
        copy = self._known[number]
        return {
            "target": self._target,
            "own": copy.is_own,
            "key": copy.key,
            "parent": self._known[parent].key,
        }

    def _find_parent(self, ref: DispatchRef, evidence: Mapping[str, Any]) -> int:
        """The founder if it is of this day, else the copy that it was compared with: an earlier day has the last word of those."""
        against: int = evidence.get("against") or ref.founder_id
        is_earlier = not self._known[ref.founder_id].is_own
        return against if is_earlier and against in self._known else ref.founder_id
