"""The live pass over labelled documents, measured."""

from __future__ import annotations

import gzip
import json

import pytest

from bench.grouping import CORPUS, measure
from copytaster.errors import UsageError
from dedup.evaluation.evaluate import evaluate
from dedup.evaluation.labelled import read_documents
from settings import GroupingSettings
from tests.dedup import copydesk as copy


@pytest.fixture
def labelled(tmp_path):
    bodies = [
        copy.FERRY,
        copy.market_report(1),
        f"SENN, March 2 (Reuters) - {copy.cut(copy.FERRY)}",
        copy.market_report(2),
    ]
    docs, pairs = tmp_path / "set.docs.jsonl.gz", tmp_path / "set.pairs.tsv"
    with gzip.open(docs, "wt", encoding="utf-8") as file:
        for n, body in enumerate(bodies):
            file.write(
                json.dumps({"n": n, "id": f"x{n}", "title": "", "dateline": "", "text": body, "t": 6e8 + n})
                + "\n"
            )
    pairs.write_text("a\tb\tlabel\n0\t2\t2\n1\t3\t0\n", encoding="utf-8")
    return docs, pairs


def test_the_live_pass_over_labelled_documents(labelled):
    seen: list[tuple[int, int]] = []
    docs, pairs = labelled
    result = evaluate(
        docs, pairs, GroupingSettings(batch=2), on_progress=lambda done, total: seen.append((done, total))
    )
    assert (result.f1, result.ari, result.b_cubed, result.groups, result.documents) == (1.0, 1.0, 1.0, 3, 4)
    assert list(result.assigned) == [0, 1, 2, 3]
    assert result.assigned[0] == result.assigned[2]
    assert seen == [(2, 4), (4, 4)]
    assert result.documents_per_s > 0


def test_documents_without_a_time_lie_in_one_window(labelled, tmp_path):
    docs = tmp_path / "timeless.jsonl"
    lines = [{"n": document.n, "text": document.text, "t": None} for document in read_documents(labelled[0])]
    docs.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert evaluate(docs, labelled[1], GroupingSettings()).f1 == 1.0


@pytest.mark.parametrize(
    ("docs", "pairs", "where"),
    [
        ("not json\n", "a\tb\tlabel\n", "docs:1"),
        ('{"n": 1}\n', "a\tb\tlabel\n", "docs:1"),
        ('{"n": 1, "text": "x"}\n', "a\tb\tlabel\n1\t2\n", "pairs:2"),
        ('{"n": 1, "text": "x"}\n', "a\tb\tlabel\n1\t2\t2\n", "pairs: no document has the number 2"),
    ],
)
def test_faults_are_named_with_their_line(tmp_path, docs, pairs, where):
    for name, content in (("docs", docs), ("pairs", pairs)):
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=where):
        evaluate(tmp_path / "docs", tmp_path / "pairs", GroupingSettings())


@pytest.mark.corpus
@pytest.mark.long
@pytest.mark.skipif(not CORPUS.exists(), reason="the labelled sets are not next to this checkout")
def test_the_mean_over_all_sets_is_far_above_plain_lsh():
    table = measure()
    assert table["copytaster"]["mean_f1"] >= 0.96
    assert all(row["mean_f1"] < 0.9 for name, row in table.items() if name != "copytaster")
