import json
from io import BytesIO, TextIOWrapper

import pytest

from newsdesk.cli import run_command


@pytest.fixture
def ask(monkeypatch, capsys):
    def run(text, *arguments):
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(text.encode())))
        code = run_command(["wire", *arguments])
        out = capsys.readouterr().out
        return code, [json.loads(line) for line in out.splitlines()]

    return run


def test_one_line_in_one_object_out(ask):
    code, found = ask(
        "OSLO, Feb 24 (Reuters) - Ships left.\nShips left.\n\n", "dateline", "--context-date", "2016-02-25"
    )
    assert code == 0
    assert found[0]["dateline"]["date"] == "2016-02-24"
    assert found[0]["dateline"]["agency"] == "Reuters"
    assert found[0]["rest"] == "Ships left."
    assert found[1] == {"dateline": None, "rest": "Ships left."}
    assert len(found) == 3


def test_a_line_may_carry_its_own_day(ask):
    _, (found,) = ask("OSLO, Jan 1 - Ships left.\t2019-12-31\n", "dateline", "--context-date", "2016-02-25")
    assert found["dateline"]["date"] == "2020-01-01"


def test_without_a_day_the_year_stays_open(ask):
    _, (found,) = ask("OSLO, Feb 24 - Ships left.\n", "dateline")
    assert found["dateline"]["date"] == "--02-24"


def test_markers(ask):
    _, (found,) = ask("UPDATE 2-Ships leave\n", "headline")
    assert found == {
        "headline": "Ships leave",
        "markers": [{"class": "version", "kind": "update", "number": 2, "text": "UPDATE 2-"}],
    }


def test_credit(ask):
    _, found = ask("PARIS (AFP) - Bakers struck.\nBakers struck.\n", "credit")
    assert found[0]["agency"] == "AFP"
    assert found[0]["confidence"] > 0.8
    assert found[0]["evidence"][0]["kind"] == "dateline"
    assert found[1] == {"agency": None, "confidence": 0.0, "evidence": []}


def test_a_wrong_day_is_a_usage_error(ask):
    code, found = ask("OSLO - Ships left.\n", "dateline", "--context-date", "soon")
    assert (code, found) == (2, [])
