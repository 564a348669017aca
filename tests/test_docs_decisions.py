"""Decision records are short, have one form, and are all listed, newest day first."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "docs" / "decisions"
RECORDS = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
MOST_WORDS = 120


def find_faults(name, text):
    """What is wrong with the form of one record, as a list of sentences."""
    faults = []
    if not re.fullmatch(r"20\d\d-[01]\d-[0-3]\d(-[a-z0-9]+)+\.md", name):
        faults.append("the file name is not YYYY-MM-DD-slug.md")
    if not re.match(r"# [A-Z`].*[^.]\n\n", text):
        faults.append("the first line is no title")
    labels = re.findall(r"^(Decision|Reason|Measured): \S", text, re.MULTILINE)
    if labels not in (["Decision", "Reason"], ["Decision", "Measured"], ["Decision", "Reason", "Measured"]):
        faults.append("the paragraphs are not Decision, then Reason or Measured or both")
    if len(text.split()) > MOST_WORDS:
        faults.append(f"{len(text.split())} words, at most {MOST_WORDS}")
    return faults


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_record_has_the_form(path):
    assert find_faults(path.name, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("notes.md", "# Keep it\n\nDecision: a.\n\nReason: b.\n"),
        ("2026-11-22-a.md", "Keep it\n\nDecision: a.\n\nReason: b.\n"),
        ("2026-11-22-a.md", "# Keep it\n\nDecision: a.\n"),
        ("2026-11-22-a.md", "# Keep it\n\nReason: b.\n\nDecision: a.\n"),
        ("2026-11-22-a.md", "# Keep it\n\nDecision: a.\n\nReason: " + "word " * MOST_WORDS),
    ],
)
def test_a_record_without_the_form_is_found(name, text):
    assert len(find_faults(name, text)) == 1


def test_the_index_lists_every_record_under_its_title_newest_day_first():
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    expected = []
    for day in sorted({path.name[:10] for path in RECORDS}, reverse=True):
        expected.append(f"## {day}")
        for path in RECORDS:
            if path.name.startswith(day):
                title = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
                expected.append(f"- [{title}]({path.name})")
    assert [line for line in index.splitlines() if line.startswith(("## ", "- "))] == expected
    assert len(RECORDS) >= 70
