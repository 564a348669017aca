"""Floors on real openings, headlines and pages; skipped loudly where the corpus is absent."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CORPUS = ROOT.parent / "shared" / "corpus"

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(
        not (CORPUS / "datelines.tsv").exists(),
        reason="SKIPPED: no corpus beside the checkout, the wire grammar was not measured",
    ),
]


@pytest.fixture(scope="module")
def scores():
    return runpy.run_path(str(ROOT / "bench" / "wire.py"))["measure_part"](CORPUS, unseen=None)


@pytest.mark.parametrize(
    ("grammar", "score", "floor"),
    [
        ("dateline", "city and date", 0.97),
        ("dateline", "agency", 0.97),
        ("dateline", "region", 0.97),
        ("headline", "both", 0.98),
        ("credit", "body alone, precision", 0.97),
        ("credit", "with page lines, F1", 0.9),
    ],
)
def test_floor(scores, grammar, score, floor):
    assert scores[grammar][score] >= floor


def test_no_dateline_where_there_is_none(scores):
    assert scores["dateline"]["false on negatives"] == 0
