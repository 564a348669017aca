"""Files, folders and modules named in the documentation exist."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from bench.import_graph import ROOMS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
TOP = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
NAMES = {path.name for top in TOP for path in (ROOT / top, *(ROOT / top).rglob("*"))}
# What users and `make bench` make, and the form of a name.
MADE = {"sources.toml", "YYYY-MM-DD-slug.md"}
RESULTS = "bench/results/"
PACKAGES = [room for room in ROOMS if (ROOT / room).is_dir()]
_PATH = re.compile(r"[\w.@-]*(?:/[\w.@-]+)*/?")
_FILE = re.compile(r"[\w.-]+\.(?:py|md|toml|service)\b")
_MODULE = re.compile(rf"(?:{'|'.join(PACKAGES)})(?:\.[A-Za-z_]\w*)+")


def is_module(name):
    """True for a module, or for a name that its module has."""
    words = name.split(".")
    for length in range(len(words), 0, -1):
        path = ROOT.joinpath(*words[:length])
        if path.with_suffix(".py").is_file() or path.is_dir():
            found = import_module(".".join(words[:length]))
            for word in words[length:]:
                found = getattr(found, word, None)
            return found is not None
    return False


def find_missing(text):
    """Names in a page that lead nowhere: paths from the top in backticks, file names and modules anywhere."""
    missing = set()
    for token in re.findall(r"`([^`\n]+)`", text):
        if (
            "/" in token
            and _PATH.fullmatch(token)
            and token.split("/")[0] in TOP
            and not token.startswith(RESULTS)
        ):
            missing |= set() if (ROOT / token).exists() else {token}
        if _MODULE.fullmatch(token) and not _FILE.fullmatch(token):
            missing |= set() if is_module(token) else {token}
    return missing | (set(_FILE.findall(text)) - NAMES - MADE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_name_in_a_page_exists(page):
    assert find_missing(page.read_text(encoding="utf-8")) == set()


def test_names_were_read():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert len([token for token in re.findall(r"`([^`\n]+)`", text) if token.split("/")[0] in TOP]) >= 60


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("`dedup/printed.py`", {"dedup/printed.py", "printed.py"}),
        ("see printed.py there", {"printed.py"}),
        ("`spiders/nowhere/`", {"spiders/nowhere/"}),
        ("`dedup.printed`", {"dedup.printed"}),
        ("`copytaster.errors.NoSuchError`", {"copytaster.errors.NoSuchError"}),
        ("`dedup/decision/rules.py`, `dedup/text/`, `settings.py`, `copytaster.errors.UsageError`", set()),
        ("`/etc/copytaster`, `service.ready`, `sources.toml`, `copytaster source add`", set()),
    ],
)
def test_a_name_that_leads_nowhere_is_found(text, missing):
    assert find_missing(text) == missing
