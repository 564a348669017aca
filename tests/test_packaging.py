"""The wheel and the documented install: built, installed by the oldest pip in a clean environment, run elsewhere."""

import json
import re
import shlex
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOP_LEVEL = {"copytaster", "dedup", "indexer", "newsdesk", "spiders", "scheduler.py", "settings.py"}
PAGES = ROOT / "tests" / "pages"
PAGE = PAGES / "captions_in_body.html"
# The pip in the first release of each Python. 22.3.1 reads the extra `lxml[html_clean]` as unknown and leaves it out.
OLDEST_PIP = {(3, 11): "22.3.1", (3, 12): "23.2.1", (3, 13): "24.2"}
LONGEST_S = 600
# A clean environment is made once: everything that uses it runs in one process.
pytestmark = pytest.mark.xdist_group("packaging")


def run(*command, cwd):
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", out, ROOT, cwd=out)
    (built,) = out.glob("*.whl")
    return built


def read_install_line():
    """The arguments of the install that docs/operator.md documents, without the path of pip."""
    text = (ROOT / "docs" / "operator.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^\S+/bin/pip (install .*)$", text, re.MULTILINE)
    return shlex.split(line)


def test_the_readme_documents_the_same_install():
    assert f"`pip {shlex.join(read_install_line())}`" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """The folder of the programs that the documented install gives, with the oldest pip of this Python."""
    home = tmp_path_factory.mktemp("plain")
    venv.create(home, with_pip=True)
    pip = (home / "bin" / "python", "-m", "pip", "--disable-pip-version-check")
    oldest = OLDEST_PIP.get(sys.version_info[:2])
    if oldest:
        run(*pip, "install", "--quiet", f"pip=={oldest}", cwd=ROOT)
    run(*pip, *read_install_line(), "--quiet", cwd=ROOT)
    return home / "bin"


def test_the_wheel_holds_exactly_the_promised_names(wheel):
    names = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == TOP_LEVEL


def test_the_wheel_carries_every_file_of_the_rooms(wheel):
    rooms = [ROOT / name for name in TOP_LEVEL if (ROOT / name).is_dir()]
    files = {path for room in rooms for path in room.rglob("*") if path.is_file()}
    expected = {str(path.relative_to(ROOT)) for path in files if "__pycache__" not in path.parts}
    assert {name for name in expected if not name.endswith(".py")}
    assert expected - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_the_installed_program_knows_itself_and_its_data(programs, tmp_path):
    assert run(programs / "copytaster", "--version", cwd=tmp_path).startswith("copytaster, version ")
    assert ", version " in run(programs / "python", "-m", "newsdesk", "--version", cwd=tmp_path)
    assert json.loads(run(programs / "copytaster", "source", "list", "--starter", "--json", cwd=tmp_path))
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = settings\n")
    assert "feed" in run(programs / "scrapy", "list", cwd=tmp_path).split()


def test_the_installed_program_parses_a_page(programs, tmp_path):
    (line,) = run(programs / "copytaster", "parse", PAGE, cwd=tmp_path).splitlines()
    expected = json.loads(PAGE.with_suffix(".json").read_text(encoding="utf-8"))
    story = json.loads(line)
    assert story["headline"] == expected["headline"]
    assert story["body"].split("\n\n") == expected["body"]


def test_the_installed_program_finishes_one_pass_of_the_demo(programs, tmp_path):
    found = json.loads(run(programs / "copytaster", "demo", "--once", "--json", cwd=tmp_path))
    assert found["items"]
