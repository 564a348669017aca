"""`copytaster demo` from crawl to pages, as a user runs it."""

import json
import random
import subprocess
import sys
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from copytaster.store.dispatches import list_dispatches
from copytaster.store.engine import Store
from copytaster.store.plain_rows import add_plain, read_plain
from dedup.grouping.grouper import Grouper
from indexer.merge import merge_rows
from newsdesk.demo.truth import true_dispatches
from newsdesk.pipeline import RelationStage
from settings import GroupingSettings


def run_demo(*options, cwd):
    command = [sys.executable, "-m", "newsdesk", "demo", "--once", *options]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """(What the demo answered, its store.)"""
    folder = tmp_path_factory.mktemp("anywhere")
    done = run_demo("--json", "--data-dir", "kept", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout), folder / "kept" / "store.sqlite"


@pytest.fixture(scope="module")
def answer(done):
    return done[0]


@pytest.fixture(scope="module")
def copies(done):
    """Every version of the demo as plain data, in one order whatever the order of the crawl was."""
    with closing(Store(f"sqlite:///{done[1]}")) as store, store.read() as connection:
        rows = [row for _, row in read_plain(connection, 0, 2**62)]
    return sorted(rows, key=lambda row: (row["story"]["publisher"], urlsplit(row["story"]["url"]).path))


def test_the_dispatches_are_exactly_the_true_ones(answer):
    assert answer["truth"] == {"dispatches": len(true_dispatches()), "missing": 0, "wrong": 0}
    assert answer["total"] == {"value": len(true_dispatches()), "relation": "eq"}


@pytest.mark.parametrize("seed", range(12))
def test_in_any_order_of_arrival_they_are_the_true_ones(answer, copies, seed, tmp_path):
    order = random.Random(seed).sample(copies, len(copies))
    moments = sorted(row["version"]["seen_at"] for row in copies)
    with closing(Store(f"sqlite:///{tmp_path}/store.sqlite")) as store:
        with store.write() as connection:
            add_plain(
                connection,
                [
                    {"story": row["story"], "version": row["version"] | {"seen_at": moment}}
                    for row, moment in zip(order, moments, strict=True)
                ],
            )
        settings = GroupingSettings()
        while list(Grouper(store, settings).group()) or RelationStage(store, settings).run_slice():
            pass
        with store.read() as connection:
            records = [merge_rows(rows) for rows in list_dispatches(connection, limit=1000)]
    found = {frozenset(member.url for member in record.members) for record in records}
    assert found == {frozenset(member["url"] for member in item["members"]) for item in answer["items"]}


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
