"""The cases given beside the checkout are grouped right; a case with other labels is found wrong."""

from __future__ import annotations

import json

import pytest

from bench import given_cases
from bench.given_cases import CASES, list_cases, run_case

PAGE = """<!doctype html><html lang="en"><head><title>{title}</title><meta property="og:site_name" content="{outlet}">
<meta property="article:published_time" content="2026-11-22T19:10:00Z"></head><body><article><h1>{title}</h1>
{paragraphs}</article></body></html>"""
FERRY = (
    "A ferry with 312 passengers ran aground off Quill on Sunday after its rudder jammed, the coast guard said.",
    "Two tugs pulled the Lady Marit free at dawn, and divers found a gash of four metres below the waterline.",
    "Captain Odd Halvorsen told the harbour office that he had asked for a new rudder in August and again in October.",
)
BRIDGE = (
    "The council of Asker voted on Sunday to close the iron bridge to lorries until cracks in a girder are mended.",
    "Inspectors counted 14 cracks in the spring, three of which had grown by a hand's breadth when they came back.",
    "Carriers will have to take the road through Senn, a detour of 38 kilometres, said councillor Ines Dahl.",
)


@pytest.mark.long  # a process that parses for each case
@pytest.mark.corpus
@pytest.mark.skipif(not CASES.exists(), reason="the given cases are not beside this checkout")
@pytest.mark.parametrize("name", list_cases())
def test_a_given_case_is_grouped_right(name):
    assert run_case(name).is_right


@pytest.mark.parametrize(
    ("groups", "joined", "missed"),
    [
        (("A", "A", "B"), (), ()),
        (("A", "B", "B"), (("1.html", "2.html"),), (("2.html", "3.html"),)),
        (("A", "?", "B"), (), ()),
    ],
)
@pytest.mark.parametrize("one_by_one", [True, False])
def test_a_case_is_compared_with_its_labels(groups, joined, missed, one_by_one, tmp_path, monkeypatch):
    folder = tmp_path / "X01"
    folder.mkdir()
    for name, outlet, told in (
        ("1", "Quill Post", FERRY),
        ("2", "Senn Echo", FERRY),
        ("3", "Asker Mail", BRIDGE),
    ):
        paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in told)
        page = PAGE.format(title=told[0][:40], outlet=outlet, paragraphs=paragraphs)
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    labels = dict(zip(("1.html", "2.html", "3.html"), groups, strict=True))
    (folder / "expected.json").write_text(
        json.dumps({"groups": labels, "one_by_one": one_by_one}), encoding="utf-8"
    )
    monkeypatch.setattr(given_cases, "CASES", tmp_path)
    assert list_cases() == ["X01"]
    result = run_case("X01")
    assert (result.joined, result.missed, result.refused) == (joined, missed, ())
    assert result.is_right is not bool(joined or missed)


def test_a_page_that_is_no_story_is_named(tmp_path, monkeypatch):
    folder = tmp_path / "X02"
    folder.mkdir()
    (folder / "1.html").write_text("<html><body></body></html>", encoding="utf-8")
    (folder / "expected.json").write_text(
        '{"groups": {"1.html": "A"}, "one_by_one": false}', encoding="utf-8"
    )
    monkeypatch.setattr(given_cases, "CASES", tmp_path)
    result = run_case("X02")
    assert result.refused == ("1.html",)
    assert not result.is_right
