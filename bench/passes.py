"""Groups one set in several ways: other batch sizes, another secret seed, restarts, regrouping."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from copytaster.store.engine import Store
from copytaster.store.installation import keep_fact
from copytaster.store.memberships import read_dispatch_refs
from dedup.desk.regroup import dry_run_regroup
from dedup.evaluation.labelled import store_documents
from dedup.grouping.grouper import group_waiting
from settings import GroupingSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.evaluation.labelled import Document

ARRIVED = datetime(2026, 3, 6, tzinfo=UTC)  # the same in all passes: documents without a date take it


def group_in_parts(
    documents: Sequence[Document],
    *,
    batch: int = 64,
    seed: int = 1,
    stops: Sequence[int] = (),
) -> dict[int, str]:
    """Document number -> dispatch id, of a pass that restarts on a reopened store after each of `stops` documents."""
    with TemporaryDirectory(prefix="copytaster-bench-") as folder:
        address = f"sqlite:///{Path(folder) / 'store.sqlite'}"
        store = Store(address)
        with store.write() as connection:
            keep_fact(connection, "seed", str(seed))
            numbers = store_documents(connection, documents, arrived=ARRIVED)
        for limit in (*_lengths(stops), None):
            for _ in group_waiting(store, GroupingSettings(batch=batch), limit=limit):
                pass
            store.close()
            store = Store(address)
        with store.read() as connection:
            places = read_dispatch_refs(connection, list(numbers))
        store.close()
    return {n: places[version].dispatch_id for version, n in numbers.items()}


def count_regrouped(documents: Sequence[Document]) -> int:
    """Number of documents that regrouping with unchanged settings would move."""
    with TemporaryDirectory(prefix="copytaster-bench-") as folder:
        store = Store(f"sqlite:///{Path(folder) / 'store.sqlite'}")
        beside = Store(f"sqlite:///{Path(folder) / 'beside.sqlite'}")
        try:
            with store.write() as connection:
                store_documents(connection, documents, arrived=ARRIVED)
            for _ in group_waiting(store, GroupingSettings()):
                pass
            return dry_run_regroup(store, beside, GroupingSettings()).moved
        finally:
            beside.close()
            store.close()


def _lengths(stops: Sequence[int]) -> list[int]:
    return [stop - start for start, stop in zip((0, *stops), stops, strict=False)]


def count_moved(one: dict[int, str], other: dict[int, str]) -> int:
    """Number of documents whose dispatch id differs."""
    return sum(other[n] != dispatch for n, dispatch in one.items())
