"""Files in the formats of agencies: what is read of the real ones beside the project, by family.

The readers were made with every one of these files at hand: the figures show what works, not what to expect of others.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from copytaster.errors import UnparsableError
from copytaster.values import RawPage
from copytaster.wire.headline import parse_headline
from spiders.parsing import ParseContext, parse

if TYPE_CHECKING:
    from copytaster.values import ParsedStory

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus"
FETCHED = datetime(2030, 1, 1, tzinfo=UTC)
COLUMNS = ("files", "read", "headline", "dateline", "text", "guid", "version", "taken for a page")
_NEAR = 0.85  # share of the words that the truth counts; sign-offs and bylines are fields of their own
_LETTERS = re.compile(r"\W+")


def main() -> dict[str, dict[str, float]]:
    """Print and return, by family, how many files are read and how many of their fields are right."""
    if not (CORPUS / "formats.tsv").exists():
        print(f"SKIPPED formats bench: no corpus at {CORPUS}", file=sys.stderr)
        return {}
    with (CORPUS / "formats.tsv").open(encoding="utf-8", newline="") as lines:
        cases = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    table: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(COLUMNS, 0.0))
    for truth in cases:
        row = table[truth["format"].partition("/")[0]]
        for name, counts in measure(truth).items():
            row[name] += counts
    print(f"{'family':30}" + "".join(f"{name:>18}" for name in COLUMNS))
    for name, row in sorted(table.items()):
        print(f"{name:30}" + "".join(f"{row[one]:18.0f}" for one in COLUMNS))
    return dict(table)


def measure(truth: dict[str, str]) -> dict[str, bool]:
    """What of one file is read and right. A field that the truth leaves empty counts as right."""
    body = (CORPUS / "formats" / truth["file"]).read_bytes()
    try:
        story = parse(RawPage(f"file:///{truth['file']}", body, FETCHED), ParseContext())
    except UnparsableError:
        return {"files": True}
    return {
        "files": True,
        "read": True,
        "headline": not truth["headline"]
        or bare(parse_headline(truth["headline"]).headline) == bare(story.headline),
        "dateline": _is_dateline(truth["dateline"], story),
        "text": len(story.body.split()) >= _NEAR * int(truth["words"] or 0),
        "guid": story.wire is not None and bool(story.wire.guid),
        "version": story.wire is not None and bool(story.wire.version),
        "taken for a page": story.extractor != "wire-format",
    }


def bare(text: str) -> str:
    """Letters and digits only."""
    return _LETTERS.sub("", text).casefold()


def _is_dateline(printed: str, story: ParsedStory) -> bool:
    """True if a place of the story's dateline is in the printed one; a bare moment is no dateline."""
    if not printed or printed[:8].isdigit():
        return True
    return story.dateline is not None and any(bare(place) in bare(printed) for place in story.dateline.places)
