"""The shipped systemd units, judged by systemd itself."""

import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = sorted((Path(__file__).parents[1] / "deploy").glob("*.service"))
MOST = 20  # tenths of the exposure that systemd computes; 100 is the worst


def judge(unit):
    """The exit code of systemd's judgement, 0 if the exposure is at most `MOST`, and what it prints."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip(
            "THE UNITS WERE NOT JUDGED: systemd-analyze is not installed (Debian: apt-get install systemd)"
        )
    command = [
        "systemd-analyze",
        "security",
        "--offline=true",
        f"--threshold={MOST}",
        "--no-pager",
        str(unit),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_there_is_a_unit():
    assert UNITS


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_exposes_little(unit):
    code, said = judge(unit)
    assert code == 0, said


def test_a_unit_without_protection_exposes_too_much(tmp_path):
    bare = tmp_path / "bare.service"
    lines = UNITS[0].read_text(encoding="utf-8").splitlines()
    begun, ended = lines.index("NoNewPrivileges=yes"), lines.index("[Install]")
    bare.write_text("\n".join(lines[:begun] + lines[ended:]))
    assert judge(bare)[0] != 0
