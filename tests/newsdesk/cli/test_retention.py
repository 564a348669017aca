"""`copytaster retention`, `hold`, `release` and `takedown` as people call them."""

from __future__ import annotations

import json
import re

import pytest

from copytaster.errors import ExitCode
from newsdesk.cli import run_command


@pytest.fixture
def copytaster(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COPYTASTER_DATA_DIR", str(tmp_path / "data"))

    def call(*arguments):
        code = run_command(arguments)
        return code, capsys.readouterr()

    page = tmp_path / "story.txt"
    page.write_text(
        "Harbour reopens\n\n" + "The harbour of the old town reopened after the long storm. " * 12
    )
    assert call("ingest", str(page), "--url", "https://early.example/1")[0] == ExitCode.DONE
    return call


def find_id(copytaster):
    return json.loads(copytaster("dispatch", "list", "--json")[1].out)["items"][0]["id"]


def set_rules(tmp_path, lines):
    (tmp_path / "sources.toml").write_text("[settings.retention]\n" + lines)


def test_nothing_leaves_without_a_rule(copytaster):
    code, said = copytaster("retention", "preview")
    assert code == ExitCode.NOTHING_MATCHED
    assert "0 stories of 0 dispatches would leave" in said.out


def test_the_preview_lists_each_rule_and_names_the_mistyped_ones(copytaster, tmp_path):
    set_rules(
        tmp_path,
        "rules = [{ source = 'ingest', keep_days = 0.0000001 }, { agency = 'reuters', keep_days = 3 }]\n",
    )
    code, said = copytaster("retention", "preview")
    assert code == ExitCode.DONE
    assert re.search(r"source = ingest: .* 1\s", said.out)
    assert re.search(r"agency = reuters: 3 days +0\s", said.out)
    assert "did you mean 'Reuters'?" in said.err
    assert "ingest" not in said.err
    code, said = copytaster("doctor", "--json")
    assert code == ExitCode.FAILED
    assert "did you mean 'Reuters'?" in said.out


def test_a_rule_previewed_applied_and_undone(copytaster, tmp_path):
    dispatch = find_id(copytaster)
    set_rules(tmp_path, "rules = [{ source = 'files', keep_days = 0.0000001 }, { keep_days = 0.0000001 }]\n")
    code, said = copytaster("retention", "preview")
    assert code == ExitCode.DONE
    assert "1 story of 1 dispatch would leave" in said.out
    assert copytaster("retention", "apply")[0] == ExitCode.DONE
    assert copytaster("search", "harbour")[0] == ExitCode.NOTHING_MATCHED
    code, said = copytaster("dispatch", "show", dispatch)
    assert code == ExitCode.NOTHING_MATCHED
    assert "by retention" in said.err
    assert dispatch in copytaster("retention", "list")[1].out
    assert copytaster("retention", "restore", dispatch)[0] == ExitCode.DONE
    assert dispatch in copytaster("search", "harbour")[1].out
    assert copytaster("doctor")[0] == ExitCode.DONE


def test_a_hold_has_a_reason_and_keeps_what_is_due(copytaster, tmp_path):
    dispatch = find_id(copytaster)
    set_rules(tmp_path, "keep_days = 0.0000001\n")
    assert copytaster("hold", dispatch)[0] == ExitCode.USAGE
    assert copytaster("hold", dispatch, "--why", "in court")[0] == ExitCode.DONE
    assert "in court" in copytaster("hold", "--list")[1].out
    assert "1 story is due and held" in copytaster("retention", "apply")[1].out
    code, said = copytaster("takedown", dispatch, "--why", "order")
    assert code == ExitCode.USAGE
    assert f"copytaster release {dispatch}" in said.err
    assert copytaster("release", dispatch, "--reason", "settled")[0] == ExitCode.DONE
    assert copytaster("release", dispatch, "--reason", "settled")[0] == ExitCode.NOTHING_MATCHED
    assert "1 story of 1 dispatch left" in copytaster("retention", "apply")[1].out


def test_a_takedown_is_recorded_and_keeps_the_address_out(copytaster, tmp_path):
    assert copytaster("takedown", "https://early.example/1")[0] == ExitCode.USAGE
    code, said = copytaster("takedown", "https://early.example/1", "--reason", "order 7")
    assert code == ExitCode.DONE
    assert "1 story with 1 versions taken down" in said.out
    assert copytaster("search", "harbour")[0] == ExitCode.NOTHING_MATCHED
    assert re.search(r"https://early.example/1 .*order 7", copytaster("takedown", "--list")[1].out)
    said = copytaster("ingest", str(tmp_path / "story.txt"), "--url", "https://early.example/1", "--json")[1]
    assert "taken-down" in said.out
    assert copytaster("dispatch", "list")[0] == ExitCode.NOTHING_MATCHED


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        ("rules = [{ agncy = 'Reuters', keep_days = 1 }]\n", "agency"),
        ("keep_day = 1\n", "keep_days"),
        ("rules = [{ agency = 'Reuters' }]\n", "rules.0.keep_days"),
        ("keep_days = -1\n", "keep_days"),
    ],
)
def test_a_wrong_rule_is_named(copytaster, tmp_path, lines, names):
    set_rules(tmp_path, lines)
    code, said = copytaster("retention", "preview")
    assert code == ExitCode.BAD_CONFIGURATION
    assert names in said.err
