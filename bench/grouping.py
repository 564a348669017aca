"""Grouping on labelled sets: our pass compared with plain datasketch LSH and union-find, in one run."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datasketch import MinHash, MinHashLSH

from copytaster.logs import set_up
from dedup.evaluation.evaluate import evaluate
from dedup.evaluation.labelled import read_documents, read_pairs
from dedup.evaluation.metrics import compare_pairs, join_pairs
from settings import GroupingSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.evaluation.labelled import Document

CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "grouping"
SETS = ("fnc_dev", "reu_dev", "syn_dev")
BASELINES = {"LSH w5 t=.7, union-find": (5, 0.7), "LSH w3 t=.5, union-find": (3, 0.5)}
OURS = "copytaster"


def measure() -> dict[str, Any]:
    """{design: {set: {precision, recall, f1, documents_per_s}, "mean_f1"}}; {} without the sets."""
    if not CORPUS.exists():
        return {}
    table: dict[str, Any] = {OURS: {}, **{name: {} for name in BASELINES}}
    for name in SETS:
        docs, pairs = CORPUS / f"{name}.docs.jsonl.gz", CORPUS / f"{name}.pairs.tsv.gz"
        result = evaluate(docs, pairs, GroupingSettings())
        table[OURS][name] = _row(result.precision, result.recall, result.f1, result.documents_per_s)
        table[OURS][name] |= {"ari": result.ari, "b_cubed": result.b_cubed}
        documents, (same, left_out) = read_documents(docs), read_pairs(pairs)
        for design, (words, threshold) in BASELINES.items():
            groups, seconds = group_by_lsh(documents, words, threshold)
            agreement = compare_pairs(groups, same, left_out)
            speed = len(documents) / seconds
            table[design][name] = _row(agreement.precision, agreement.recall, agreement.f1, speed)
    for row in table.values():
        row["mean_f1"] = sum(row[name]["f1"] for name in SETS) / len(SETS)
    return table


def _row(precision: float, recall: float, f1: float, documents_per_s: float) -> dict[str, float]:
    return {"precision": precision, "recall": recall, "f1": f1, "documents_per_s": documents_per_s}


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
    print(f"{'pair F1':<26}" + "".join(f"{name:>10}" for name in SETS) + f"{'mean':>8}   documents/s")
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
