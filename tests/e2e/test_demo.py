"""`copytaster demo` from crawl to pages, as a user runs it."""

import json
import subprocess
import sys

import pytest

from newsdesk.demo.truth import true_dispatches


def run_demo(*options, cwd):
    command = [sys.executable, "-m", "newsdesk", "demo", "--once", *options]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def answer(tmp_path_factory):
    done = run_demo("--json", cwd=tmp_path_factory.mktemp("anywhere"))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_dispatches_are_exactly_the_true_ones(answer):
    assert answer["truth"] == {"dispatches": len(true_dispatches()), "missing": 0, "wrong": 0}
    assert answer["total"] == {"value": len(true_dispatches()), "relation": "eq"}


@pytest.mark.parametrize("field", ["agency", "state", "publishers"])
def test_each_dispatch_is_what_the_agency_sent(answer, field):
    found = {}
    for item in answer["items"]:
        publishers = frozenset(member["publisher"] for member in item["members"])
        found[publishers, item["headline"]] = item | {"publishers": publishers}
    values = sorted(
        str(sorted(item[field])) if field == "publishers" else item[field] for item in found.values()
    )
    true = [
        {"agency": true.agency, "state": true.state, "publishers": str(sorted(true.publishers))}[field]
        for true in true_dispatches()
    ]
    assert values == sorted(true)


def find(answer, headline):
    return next(item for item in answer["items"] if item["headline"].startswith(headline))


@pytest.mark.parametrize(
    ("headline", "kind", "still", "not_any_more"),
    [
        ("Corvexa migraine spray", "corrected", "Gulf Ledger", "The Capital Reader"),
        ("Szeged mayor steps down", "withdrawn", "CityBeat", None),
    ],
)
def test_who_still_prints_what_was_corrected_or_withdrawn(answer, headline, kind, still, not_any_more):
    item = find(answer, headline)
    assert item["chain"][-1]["kind"] == kind
    assert item[f"{kind}_at"]
    old = {member["publisher"] for member in item["members"] if member["outdated"]}
    assert still in old
    assert "Norvane" not in old
    assert not_any_more not in old


def test_alerts_and_wrapups_are_linked(answer):
    names = {item["id"]: item["headline"] for item in answer["items"]}
    links = {
        (item["headline"].split()[0], link["kind"], names[link["dispatch"]].split()[0])
        for item in answer["items"]
        for link in item["links"]
        if link["kind"] in {"wrapup-of", "superseded-by"}
    }
    assert links == {
        ("Airship", "superseded-by", "Motorway"),
        ("Atlantic", "wrapup-of", "River"),
        ("Atlantic", "wrapup-of", "Storm"),
    }


def test_the_demo_leaves_nothing_and_touches_nothing(answer, tmp_path):
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_is_refused(tmp_path):
    (tmp_path / "mine.txt").write_text("keep me")
    done = run_demo("--data-dir", str(tmp_path), cwd=tmp_path)
    assert done.returncode == 2
    assert "not empty" in done.stderr
    assert (tmp_path / "mine.txt").read_text() == "keep me"
