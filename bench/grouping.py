"""Grouping on the unseen halves of the labelled sets: our pass compared with plain datasketch LSH, in one run."""

from __future__ import annotations

import re
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from datasketch import MinHash, MinHashLSH

from bench.labelled_sets import CORPUS, SETS, read_set
from copytaster.logs import set_up
from dedup.evaluation.evaluate import assign_groups
from dedup.evaluation.metrics import join_pairs
from settings import GroupingSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from dedup.evaluation.evaluate import Evaluation
    from dedup.evaluation.labelled import Document

BASELINES = {"LSH w5 t=.7, union-find": (5, 0.7), "LSH w3 t=.5, union-find": (3, 0.5)}
OURS = "copytaster"


def measure() -> dict[str, Any]:
    """{design: {set: figures of its unseen half}, "mean_f1"}; {} without the sets."""
    if not CORPUS.exists():
        return {}
    table: dict[str, Any] = {OURS: {}, **{name: {} for name in BASELINES}}
    for name in SETS:
        labelled = read_set(name)
        designs: dict[str, Callable[[], tuple[Mapping[int, Hashable], float]]] = {
            OURS: partial(assign_groups, labelled.documents, GroupingSettings()),
            **{design: partial(group_by_lsh, labelled.documents, *how) for design, how in BASELINES.items()},
        }
        for design, group in designs.items():
            assigned, seconds = group()
            _, unseen = labelled.judge_halves(assigned, seconds)
            table[design][name] = _row(unseen)
    for row in table.values():
        row["mean_f1"] = sum(row[name]["f1"] for name in SETS) / len(SETS)
    return table


def _row(result: Evaluation) -> dict[str, float]:
    names = ("precision", "recall", "f1", "documents_per_s", "ari", "b_cubed")
    return {name: getattr(result, name) for name in names}


def group_by_lsh(documents: Sequence[Document], words: int, threshold: float) -> tuple[dict[int, int], float]:
    """(document number -> group, seconds), as the library's guide shows, with connected pairs as groups."""
    started = time.perf_counter()
    index, edges = MinHashLSH(threshold=threshold, num_perm=128), []
    for document in documents:
        tokens = re.findall(r"\w+", document.text.lower())
        shingles = {" ".join(tokens[i : i + words]).encode() for i in range(len(tokens) - words + 1)}
        if not shingles:
            continue
        sketch = MinHash(num_perm=128)
        sketch.update_batch(shingles)
        edges += [(other, document.n) for other in index.query(sketch)]
        index.insert(document.n, sketch)
    groups = join_pairs((document.n for document in documents), edges)
    return groups, time.perf_counter() - started


def main() -> dict[str, Any]:
    """Measure and print."""
    set_up("WARNING")
    table = measure()
    if not table:
        print("skipped: no labelled sets in ../shared/corpus/grouping")
        return {"skipped": "no labelled sets"}
    print(
        f"{'pair F1, unseen half':<26}"
        + "".join(f"{name:>10}" for name in SETS)
        + f"{'mean':>8}   documents/s"
    )
    for design, row in table.items():
        speeds = " ".join(f"{row[name]['documents_per_s']:.0f}" for name in SETS)
        print(
            f"{design:<26}"
            + "".join(f"{row[name]['f1']:>10.3f}" for name in SETS)
            + f"{row['mean_f1']:>8.3f}   {speeds}"
        )
    return table


if __name__ == "__main__":
    main()
