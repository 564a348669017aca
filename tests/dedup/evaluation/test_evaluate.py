"""Measuring: figures of agreement, labelled files, and the live pass over them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.grouping import CORPUS, measure
from copytaster.errors import UsageError
from dedup.evaluation.evaluate import evaluate
from dedup.evaluation.labelled import read_documents, read_pairs
from dedup.evaluation.metrics import adjusted_rand_index, b_cubed, compare_pairs, join_pairs
from settings import GroupingSettings
from tests.dedup import copydesk as copy


def test_pairs_are_counted():
    groups = {1: "a", 2: "a", 3: "a", 4: "b", 5: "b", 6: "c"}
    agreement = compare_pairs(groups, same=[(2, 1), (5, 4), (6, 1)], ignored=[(3, 1)])
    assert (agreement.wrong, agreement.missed) == (((2, 3),), ((1, 6),))
    assert agreement.precision == agreement.recall == agreement.f1 == pytest.approx(2 / 3)


def test_nothing_joined_is_no_success_where_something_is_the_same():
    assert compare_pairs({1: "a", 2: "b"}, [(1, 2)], []).f1 == 0.0
    assert compare_pairs({1: "a", 2: "b"}, [], []).f1 == 1.0


partitions = st.lists(st.integers(0, 4), min_size=2, max_size=12)


@given(partitions)
def test_a_partition_agrees_with_itself_whatever_its_names(groups):
    renamed = [f"group {group}" for group in groups]
    assert adjusted_rand_index(groups, renamed) == pytest.approx(1.0)
    assert b_cubed(groups, renamed) == pytest.approx(1.0)


def test_known_figures():
    # by hand: one pair together in both, chance 3*2/15, most (3+2)/2
    one, other = [1, 1, 1, 2, 3, 4], [1, 1, 2, 2, 3, 4]
    assert adjusted_rand_index(one, other) == pytest.approx((1 - 0.4) / (2.5 - 0.4))
    precision, recall = (2 / 3 + 2 / 3 + 1 / 3 + 1) / 4, (1 + 1 + 1 / 2 + 1 / 2) / 4
    assert b_cubed(one, other) == pytest.approx(2 * precision * recall / (precision + recall))
    assert adjusted_rand_index([1, 1, 2, 2], [1, 2, 1, 2]) < 0


def test_pairs_make_groups():
    assert join_pairs(range(5), [(3, 1), (3, 4)]) == {0: 0, 1: 1, 2: 2, 3: 1, 4: 1}


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
    ("docs", "pairs", "place"),
    [
        ("not json\n", "a\tb\tlabel\n", "docs:1"),
        ('{"n": 1}\n', "a\tb\tlabel\n", "docs:1"),
        ('{"n": 1, "text": "x"}\n', "a\tb\tlabel\n1\t2\n", "pairs:2"),
        ('{"n": 1, "text": "x"}\n', "a\tb\tlabel\n1\t2\t2\n", "pairs: no document has the number 2"),
    ],
)
def test_faults_are_named_with_their_place(tmp_path, docs, pairs, place):
    for name, content in (("docs", docs), ("pairs", pairs)):
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=place):
        evaluate(tmp_path / "docs", tmp_path / "pairs", GroupingSettings())


def test_a_file_that_is_no_gzip(tmp_path):
    path = tmp_path / "docs.gz"
    path.write_bytes(b"plain")
    with pytest.raises(UsageError, match="cannot be read"):
        read_documents(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_pairs(Path(tmp_path / "missing.tsv"))


@pytest.mark.corpus
@pytest.mark.long
@pytest.mark.skipif(not CORPUS.exists(), reason="the labelled sets are not next to this checkout")
def test_the_mean_over_all_sets_is_far_above_plain_lsh():
    table = measure()
    assert table["copytaster"]["mean_f1"] >= 0.96
    assert all(row["mean_f1"] < 0.9 for name, row in table.items() if name != "copytaster")
