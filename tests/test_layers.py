"""What the two single modules at the top level import; the packages are `lint-imports`' business."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"copytaster", "dedup", "indexer", "newsdesk", "scheduler", "settings", "spiders"}
MAY_IMPORT = {
    "settings.py": {"copytaster.errors"},
    "scheduler.py": {
        "copytaster.schedule.due_runs",
        "copytaster.errors",
        "copytaster.process_id",
        "copytaster.store",
        "copytaster.schedule.timetable",
        "copytaster.values",
        "settings",
        "spiders.sources.config",
    },
}


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("name", MAY_IMPORT)
def test_a_top_level_module_imports_only_what_lies_below(name):
    found = {module for module in imported(ROOT / name) if module.partition(".")[0] in OURS}
    allowed = MAY_IMPORT[name]
    assert {m for m in found if not any(m == a or m.startswith(a + ".") for a in allowed)} == set()
