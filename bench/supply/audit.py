"""`python -m bench.supply.audit`: known vulnerabilities of the installed distributions, and which were not looked up.

pip-audit ends well where its service knows none of the distributions. Here that is no clean result: exit code 0 means that
each was looked up and nothing is known against any, 1 that a vulnerability is known, 3 that some were not looked up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import distributions
from typing import Any

COMMAND = (sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off")
PATIENCE_S = 600
CLEAN, VULNERABLE, INCOMPLETE = 0, 1, 3


@dataclass(frozen=True)
class Audit:
    """How many were looked up, what is known against them, and what was not looked up and why."""

    looked_up: int
    known: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """1 before 3: a known vulnerability is what has to be mended first."""
        if self.known:
            return VULNERABLE
        return INCOMPLETE if self.left_out or not self.looked_up else CLEAN

    def describe(self) -> list[str]:
        """The report, one line each."""
        lines = [*self.known, *(f"NOT AUDITED: {line}" for line in self.left_out)]
        if not self.looked_up:
            return [*lines, "nothing was audited: this says nothing about vulnerabilities"]
        return [
            *lines,
            f"{self.looked_up} audited, {len(self.known)} known vulnerabilities, {len(self.left_out)} NOT audited",
        ]


def main() -> int:
    """Audit the environment of this interpreter and print the report."""
    try:
        done = subprocess.run(COMMAND, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
        audit = read_report(done.stdout, done.stderr)
    except subprocess.TimeoutExpired:
        audit = read_report("", f"no answer within {PATIENCE_S} s")
    print("\n".join(audit.describe()))
    return audit.exit_code


def read_report(report: str, errors: str) -> Audit:
    """What pip-audit's JSON says; without any, nothing was looked up, for the reason in its last error."""
    try:
        found = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        reason = (errors.strip().splitlines() or ["pip-audit gave no report"])[-1]
        names = sorted({str(one.metadata["Name"]) for one in distributions()})
        return Audit(0, (), (f"all {len(names)} distributions: {reason}",))
    known = [_describe(one, vulnerability) for one in found for vulnerability in one.get("vulns", ())]
    left_out = [one["skip_reason"] for one in found if "skip_reason" in one]
    return Audit(len(found) - len(left_out), tuple(known), tuple(left_out))


def _describe(one: dict[str, Any], vulnerability: dict[str, Any]) -> str:
    fixed = ", ".join(vulnerability.get("fix_versions", ())) or "no release yet"
    return f"{one['name']} {one['version']}: {vulnerability['id']}, fixed in {fixed}"


if __name__ == "__main__":
    sys.exit(main())
