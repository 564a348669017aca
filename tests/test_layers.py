"""Imports run one way: rooms import only rooms below them. `lint-imports` checks the packages, not single modules."""

import re
import tomllib
from pathlib import Path

import pytest

from bench.import_graph import LEVELS, ROOMS, find_circles, find_upward, look_inside, read_graph

ROOT = Path(__file__).parents[1]
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
SETTINGS_MAY_IMPORT = {"copytaster.errors"}


@pytest.fixture(scope="module")
def graph():
    return read_graph()


def test_no_import_runs_upward(graph):
    assert find_upward(graph) == []


def test_no_files_import_each_other_in_a_circle(graph):
    assert find_circles(graph) == []


def test_sql_is_written_in_the_store_alone(graph):
    store = {name for name in graph if name.startswith("copytaster.store")}
    paths = {name: ROOT.joinpath(*name.split(".")).with_suffix(".py") for name in graph.keys() - store}
    found = {
        name: set(re.findall(r"^ *(?:from|import) sqlalchemy.*", path.read_text("utf-8"), re.MULTILINE))
        for name, path in paths.items()
        if path.is_file()
    }
    lines = {line.strip() for imports in found.values() for line in imports}
    assert lines <= {"from sqlalchemy import Connection", "from sqlalchemy.exc import SQLAlchemyError"}


def test_every_room_was_read(graph):
    assert {module.partition(".")[0] for module in graph} == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_the_folders_of_a_room_import_each_other_one_way(graph, room):
    assert find_circles(look_inside(graph, room)) == []


def test_settings_import_nothing_but_errors(graph):
    assert graph["settings"] == SETTINGS_MAY_IMPORT


def test_the_linter_knows_every_package_with_all_its_floors_and_the_same_road():
    packages = [[room for room in level if (ROOT / room).is_dir()] for level in LEVELS]
    assert sorted(LINTER["root_packages"]) == sorted(room for level in packages for room in level)
    whole = [contract["containers"] for contract in LINTER["contracts"] if contract.get("exhaustive")]
    assert all([room] in whole for level in packages for room in level)
    (road,) = (contract for contract in LINTER["contracts"] if contract["name"] == "The road runs one way")
    assert [layer.split(" | ") for layer in road["layers"]] == [level for level in packages if level]
