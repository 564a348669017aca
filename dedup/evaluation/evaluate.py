"""Measures grouping on labelled documents: the live pass, over a store of its own that is thrown away."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from copytaster.errors import UsageError
from copytaster.store.engine import Store
from copytaster.store.memberships import read_dispatch_refs
from dedup.evaluation.labelled import read_documents, read_pairs, store_documents
from dedup.evaluation.metrics import Pair, adjusted_rand_index, b_cubed, compare_pairs, join_pairs
from dedup.grouping.grouper import group_waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from dedup.evaluation.labelled import Document
    from settings import GroupingSettings


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well a pass grouped labelled documents.

    Attributes:
        precision, recall, f1: over pairs of documents, without the pairs left out.
        ari, b_cubed: adjusted Rand index and B-cubed F1 over the documents in a group with others.
        documents_per_s: of the whole pass, commits included; without reading the files.
        assigned: document number -> group, in file order.
        wrong, missed: joined pairs that are different; same pairs that were not joined.
    """

    documents: int
    groups: int
    precision: float
    recall: float
    f1: float
    ari: float
    b_cubed: float
    seconds: float
    documents_per_s: float
    assigned: Mapping[int, Hashable]
    wrong: tuple[Pair, ...]
    missed: tuple[Pair, ...]


def evaluate(
    docs_path: Path,
    pairs_path: Path,
    settings: GroupingSettings,
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Group the documents of a file, in file order, and compare with the labelled pairs.

    Args:
        docs_path: JSON lines, plain or gzipped: n, id, title, text, t (seconds since 1970, null: one window for all).
        pairs_path: a, b, label: 2 the same dispatch, 1 left out, 0 and all others different.
        settings: as the live service has them.
        on_progress: called with (done, of how many).

    Raises:
        UsageError: a file cannot be read, or a pair names an unknown document.
    """
    documents = read_documents(docs_path)
    same, left_out = read_pairs(pairs_path)
    unknown = {n for pair in (*same, *left_out) for n in pair} - {document.n for document in documents}
    if unknown:
        raise UsageError(
            f"no document has the number {min(unknown)}", resource=str(pairs_path), hint=str(docs_path)
        )
    return evaluate_documents(documents, same, settings, left_out=left_out, on_progress=on_progress)


def evaluate_documents(
    documents: Sequence[Document],
    same: Sequence[Pair],
    settings: GroupingSettings,
    *,
    left_out: Sequence[Pair] = (),
    on_progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Group documents, in this order, and compare with the pairs that are one dispatch.

    Args:
        documents: in order of arrival.
        same: pairs of their numbers; all others are different.
        settings: as the live service has them.
        left_out: pairs that are not counted.
        on_progress: called with (done, of how many).
    """
    assigned, seconds = assign_groups(documents, settings, on_progress=on_progress)
    return judge_groups(assigned, same, left_out=left_out, seconds=seconds)


def judge_groups(
    assigned: Mapping[int, Hashable],
    same: Sequence[Pair],
    *,
    left_out: Sequence[Pair] = (),
    seconds: float = 0.0,
) -> Evaluation:
    """The figures of any grouping; `seconds` is how long it took."""
    agreement = compare_pairs(assigned, same, left_out)
    truth = join_pairs(assigned, same)
    found, wanted = [assigned[n] for n in truth], list(truth.values())
    return Evaluation(
        documents=len(assigned),
        groups=len(set(assigned.values())),
        precision=agreement.precision,
        recall=agreement.recall,
        f1=agreement.f1,
        ari=adjusted_rand_index(found, wanted),
        b_cubed=b_cubed(found, wanted),
        seconds=seconds,
        documents_per_s=len(assigned) / seconds if seconds else 0.0,
        assigned=assigned,
        wrong=agreement.wrong,
        missed=agreement.missed,
    )


def assign_groups(
    documents: Sequence[Document],
    settings: GroupingSettings,
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[dict[int, str], float]:
    """(document number -> dispatch id, seconds) of one pass over documents, in a store that is then deleted."""
    with TemporaryDirectory(prefix="copytaster-evaluate-") as folder:
        store = Store(f"sqlite:///{Path(folder) / 'store.sqlite'}")
        try:
            with store.write() as connection:
                numbers = store_documents(connection, documents, arrived=datetime.now(UTC))
            started = time.perf_counter()
            progress = None if on_progress is None else lambda done: on_progress(done, len(documents))
            for _ in group_waiting(store, settings, on_progress=progress):
                pass
            seconds = time.perf_counter() - started
            with store.read() as connection:  # a later version may have moved an earlier one
                places = read_dispatch_refs(connection, list(numbers))
        finally:
            store.close()
    return {n: places[version].dispatch_id for version, n in numbers.items()}, seconds
