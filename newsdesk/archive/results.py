"""The documents of an archive's dispatches, in the fields of the index, made as the indexer makes them."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from copytaster.store.dispatches import read_dispatches
from dedup.cache.version_cache import VersionCache
from indexer.actions import make_actions
from newsdesk.archive.job import CHUNK
from newsdesk.archive.loading import Loader
from newsdesk.archive.replay import open_own_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from newsdesk.archive.job import Job

DOCUMENT = "value string"
_DOCUMENT = pa.schema([("value", pa.string())])


def make_documents(job: Job) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """A function for `mapInArrow` over members sorted by dispatch: one line of JSON a dispatch.

    A document names no linked dispatches: those lie with other tasks. In a store that has loaded them all it does.
    """

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        job.begin()
        members = (member for batch in batches for member in batch.to_pylist())
        with open_own_store(job) as store:
            loader = Loader(VersionCache(CHUNK))
            for part in gather_dispatches(members):
                with store.write() as connection:
                    names = loader.load(connection, part)
                    actions, _refused = make_actions(list(read_dispatches(connection, names).values()))
                lines = [action.document.decode() for action in actions]
                yield pa.RecordBatch.from_pylist([{"value": line} for line in lines], schema=_DOCUMENT)

    return run


def gather_dispatches(members: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Whole dispatches, several at a time; members come sorted by dispatch."""
    part: list[Mapping[str, Any]] = []
    for _, found in groupby(members, key=itemgetter("dispatch")):
        part += found
        if len(part) >= CHUNK:
            yield part
            part = []
    if part:
        yield part
