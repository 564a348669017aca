import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from copytaster.values import RawPage, story_to_json
from spiders.parsing import ParseContext, parse

PAGES = Path(__file__).parents[2] / "pages"
NAMES = sorted(path.stem for path in PAGES.glob("*.html"))
FIELDS = sorted(set(json.loads((PAGES / f"{NAMES[0]}.json").read_text())) - {"page_url"})


@cache
def expected(name):
    return json.loads((PAGES / f"{name}.json").read_text(encoding="utf-8"))


@cache
def parsed(name):
    body = (PAGES / f"{name}.html").read_bytes()
    page = RawPage(expected(name)["page_url"], body, datetime(2026, 1, 1, tzinfo=UTC))
    found = story_to_json(parse(page, ParseContext()))
    found["body"] = found["body"].split("\n\n")
    found["markers"] = [[marker["class"], marker["kind"], marker["number"]] for marker in found["markers"]]
    found["agency_evidence"] = sorted({evidence["kind"] for evidence in found["agency_evidence"]})
    return found


def test_there_are_pages_and_each_has_its_truth():
    assert len(NAMES) >= 10
    assert {path.stem for path in PAGES.glob("*.json")} == set(NAMES)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("name", NAMES)
def test_field(name, field):
    if field == "agency_confidence":
        assert parsed(name)[field] == pytest.approx(expected(name)[field], abs=0.1)
    else:
        assert parsed(name)[field] == expected(name)[field]
