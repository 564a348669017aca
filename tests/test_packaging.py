"""The wheel as a stranger gets it: built, installed in a clean environment, run from another folder."""

import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOP_LEVEL = {"copytaster", "dedup", "indexer", "newsdesk", "spiders", "scheduler.py", "settings.py"}


def run(*command, cwd):
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", out, ROOT, cwd=out)
    (built,) = out.glob("*.whl")
    return built


def test_the_wheel_holds_exactly_the_promised_names(wheel):
    names = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == TOP_LEVEL


def test_the_wheel_carries_its_data(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for kind in (
        "migrations/env.py",
        "starter_sources.toml",
        "web/templates/search.html",
        "demo/layouts/",
        "text/house_style.toml",
    ):
        assert any(kind in name for name in names), kind


def test_the_wheel_runs_from_another_folder(wheel, tmp_path):
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    constraints = ROOT / "constraints.txt"
    run(python, "-m", "pip", "install", "--quiet", "--constraint", constraints, wheel, cwd=tmp_path)
    assert run(home / "bin" / "copytaster", "--version", cwd=tmp_path).startswith("copytaster, version ")
    starter = run(home / "bin" / "copytaster", "source", "list", "--starter", "--json", cwd=tmp_path)
    assert json.loads(starter)
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = settings\n")
    assert "feed" in run(home / "bin" / "scrapy", "list", cwd=tmp_path).split()
