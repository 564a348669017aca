"""The import graph is read from the source as it is, and circles and upward imports in it are found."""

import pytest

from bench.import_graph import count_imports, find_circles, find_upward, read_graph


@pytest.fixture
def write(tmp_path):
    """Write files by path and text; give the folder they lie in."""

    def write(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write


def test_every_form_of_import_is_read(write):
    root = write(
        {
            "dedup/__init__.py": "",
            "dedup/a.py": "import dedup.b\nfrom . import c\nfrom .deep.d import X\nimport json\n",
            "dedup/b.py": "def late():\n    from dedup.c import later\n",
            "dedup/c.py": "from dedup.deep import d as name, Y\n",
            "dedup/deep/__init__.py": "Y = 1\n",
            "dedup/deep/d.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..a import A\n",
        }
    )
    assert read_graph(root, ["dedup"]) == {
        "dedup": set(),
        "dedup.a": {"dedup.b", "dedup.c", "dedup.deep.d"},
        "dedup.b": {"dedup.c"},
        "dedup.c": {"dedup.deep", "dedup.deep.d"},
        "dedup.deep": set(),
        "dedup.deep.d": {"dedup.a"},
    }


def test_a_circle_made_by_a_type_only_import_is_found(write):
    root = write(
        {
            "dedup/a.py": "from dedup.b import B\n",
            "dedup/b.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from dedup.a import A\n",
            "dedup/c.py": "from dedup.a import A\n",
        }
    )
    assert find_circles(read_graph(root, ["dedup"])) == [["dedup.a", "dedup.b"]]


@pytest.mark.parametrize(
    ("edges", "circles"),
    [
        ({"a": "b", "b": "c", "c": ""}, []),
        ({"a": "bc", "b": "d", "c": "d", "d": ""}, []),
        ({"a": "b", "b": "c", "c": "a", "d": "a"}, [["a", "b", "c"]]),
        ({"a": "b", "b": "a", "c": "d", "d": "bc"}, [["a", "b"], ["c", "d"]]),
        ({"a": "bd", "b": "c", "c": "b", "d": "e", "e": "a"}, [["b", "c"], ["a", "d", "e"]]),
    ],
)
def test_circles_are_found_and_nothing_else(edges, circles):
    assert find_circles({module: frozenset(targets) for module, targets in edges.items()}) == circles


@pytest.mark.parametrize(
    ("module", "target", "upward"),
    [
        ("copytaster.store", "settings", True),
        ("settings", "dedup.text", True),
        ("dedup.text", "indexer.port", True),
        ("scheduler", "newsdesk.service", True),
        ("spiders.kinds", "scheduler", True),
        ("newsdesk.cli", "copytaster.store", False),
        ("scheduler", "dedup.text", False),
        ("dedup.grouping", "dedup.text", False),
    ],
)
def test_an_import_of_the_same_level_or_above_runs_upward(module, target, upward):
    graph = {module: frozenset({target}), target: frozenset()}
    assert find_upward(graph) == ([(module, target)] if upward else [])


def test_imports_are_counted_between_rooms_and_not_inside_one():
    graph = {
        "dedup.a": frozenset({"dedup.b", "copytaster.errors", "settings"}),
        "dedup.b": frozenset({"copytaster.errors"}),
    }
    assert count_imports(graph) == {("dedup", "copytaster"): 2, ("dedup", "settings"): 1}
