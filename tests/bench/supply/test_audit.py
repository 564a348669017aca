"""An audit never calls clean what it has not looked up."""

import json
import subprocess

import pytest

from bench.supply import audit
from bench.supply.audit import CLEAN, INCOMPLETE, VULNERABLE, read_report

GOOD = {"name": "good", "version": "1.0", "vulns": []}
BAD = {
    "name": "bad",
    "version": "2.0",
    "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["2.1"]}, {"id": "PYSEC-2026-2", "fix_versions": []}],
}
SKIPPED = {"name": "ours", "skip_reason": "Dependency not found on PyPI and could not be audited: ours (0.1)"}


def report(*dependencies):
    return json.dumps({"dependencies": dependencies, "fixes": []})


@pytest.mark.parametrize(
    ("dependencies", "exit_code", "last"),
    [
        ([GOOD], CLEAN, "1 audited, 0 known vulnerabilities, 0 NOT audited"),
        ([GOOD, SKIPPED], INCOMPLETE, "1 audited, 0 known vulnerabilities, 1 NOT audited"),
        ([GOOD, BAD, SKIPPED], VULNERABLE, "2 audited, 2 known vulnerabilities, 1 NOT audited"),
        ([SKIPPED], INCOMPLETE, "nothing was audited: this says nothing about vulnerabilities"),
        ([], INCOMPLETE, "nothing was audited: this says nothing about vulnerabilities"),
    ],
)
def test_the_exit_code_says_what_was_looked_up(dependencies, exit_code, last):
    found = read_report(report(*dependencies), "No known vulnerabilities found")
    assert (found.exit_code, found.describe()[-1]) == (exit_code, last)


def test_each_vulnerability_and_each_gap_has_its_line():
    assert read_report(report(BAD, SKIPPED), "").describe()[:3] == [
        "bad 2.0: PYSEC-2026-1, fixed in 2.1",
        "bad 2.0: PYSEC-2026-2, fixed in no release yet",
        "NOT AUDITED: Dependency not found on PyPI and could not be audited: ours (0.1)",
    ]


@pytest.mark.parametrize("stdout", ["", "[]", "not JSON", '{"fixes": []}'])
def test_without_a_report_nothing_was_looked_up(stdout):
    found = read_report(stdout, "Traceback\nConnectionError: no route to host\n")
    assert found.exit_code == INCOMPLETE
    assert "ConnectionError: no route to host" in found.describe()[0]
    assert "nothing was audited" in found.describe()[-1]


def test_an_audit_without_its_program_is_incomplete(monkeypatch, capsys):
    monkeypatch.setattr(audit, "COMMAND", (audit.sys.executable, "-m", "no_such_module_as_this"))
    assert audit.main() == INCOMPLETE
    assert "No module named" in capsys.readouterr().out


def test_a_service_that_does_not_answer_is_incomplete(monkeypatch, capsys):
    def time_out(*_, **__):
        raise subprocess.TimeoutExpired("pip-audit", 1)

    monkeypatch.setattr(audit.subprocess, "run", time_out)
    assert audit.main() == INCOMPLETE
    assert "no answer within" in capsys.readouterr().out
