"""`copytaster group`."""

from __future__ import annotations

import json

import pytest

from copytaster.store.engine import Store
from newsdesk.cli import main
from tests.dedup import copydesk as copy
from tests.dedup.conftest import Desk


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    captured = capsys.readouterr()
    return stop.value.code, captured.out, captured.err


@pytest.fixture
def data(tmp_path):
    desk = Desk(f"sqlite:///{tmp_path}/store.sqlite")
    for body in (copy.FERRY, copy.cut(copy.FERRY), copy.market_report(1)):
        desk.take(body)
    desk.store.close()
    return tmp_path


def test_group_says_what_it_did_and_then_has_nothing_to_do(capsys, data):
    code, out, _ = run(capsys, "group", "--json", "--data-dir", str(data))
    assert (code, json.loads(out)) == (0, {"versions": 3, "founded": 2, "joined": 1})
    code, out, _ = run(capsys, "group", "--json", "--data-dir", str(data))
    assert (code, json.loads(out)) == (0, {"versions": 0, "founded": 0, "joined": 0})
    Store(f"sqlite:///{data / 'store.sqlite'}").close()


def test_group_prints_a_table(capsys, data):
    code, out, _ = run(capsys, "group", "--data-dir", str(data))
    assert code == 0
    assert "new dispatches" in out


def test_compile_makes_grouping_ready_and_groups_nothing(capsys, data):
    code, out, _ = run(capsys, "group", "--compile", "--json", "--data-dir", str(data))
    assert (code, json.loads(out)["compiled"]) == (0, True)
    code, out, _ = run(capsys, "group", "--json", "--data-dir", str(data))
    assert json.loads(out)["versions"] == 3
