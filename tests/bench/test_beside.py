"""Two checkouts side by side: equal ones group alike, and another rule shows."""

from __future__ import annotations

import shutil

import pytest

from bench.beside import ROOT, compare
from dedup.evaluation.labelled import Document
from tests.dedup import copydesk

TEXTS = [copydesk.FERRY, copydesk.cut(copydesk.FERRY), copydesk.in_house_style(copydesk.FERRY)]
DOCUMENTS = [Document(n, str(n), "", text, None, f"Outlet {n}") for n, text in enumerate(TEXTS)]


def test_a_checkout_groups_as_itself():
    found = compare(DOCUMENTS, ROOT)
    assert found["versions"] == len(DOCUMENTS)
    assert found["differing"] == 0


@pytest.mark.long  # the other checkout has nothing compiled
def test_a_checkout_with_another_bound_differs(tmp_path):
    for name in ("copytaster", "dedup", "settings.py"):
        source = ROOT / name
        leave = shutil.ignore_patterns("__pycache__")
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=leave)
        else:
            shutil.copy(source, tmp_path / name)
    decide = tmp_path / "dedup" / "decision" / "decide.py"
    decide.write_text(decide.read_text().replace("MEAN_AGREEMENT = 0.40", "MEAN_AGREEMENT = 1.40"))
    assert compare(DOCUMENTS, tmp_path)["differing"] > 0
