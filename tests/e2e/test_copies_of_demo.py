"""The view `copies` of the demo's store: each row has the values of the pick-up report of its dispatch."""

import subprocess
import sys
from contextlib import closing

import pytest
from sqlalchemy import text

from copytaster.store.dispatches import ids_after, read_dispatches
from copytaster.store.engine import Store
from indexer.merge import merge_rows
from newsdesk.operations.pickups import Rivals, make_report


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "data"
    command = [sys.executable, "-m", "newsdesk", "demo", "--once", "--json", "--data-dir", str(folder)]
    subprocess.run(command, cwd=folder.parent, capture_output=True, timeout=300, check=True)
    with closing(Store(f"sqlite:///{folder / 'store.sqlite'}")) as opened:
        yield opened


@pytest.fixture(scope="module")
def records(store):
    """The record of each live dispatch."""
    with store.read() as connection:
        rows = read_dispatches(connection, ids_after(connection, "", limit=10_000))
    return [merge_rows(one) for one in rows.values() if one.state == "live"]


@pytest.fixture(scope="module")
def copies(store):
    """The row of each copy by dispatch and story."""
    with store.read() as connection:
        rows = connection.execute(text("SELECT * FROM copies")).mappings().all()
    assert len(rows) > 100
    return {(row["dispatch_id"], row["story_id"]): row for row in rows}


def test_each_copy_is_a_row_and_no_row_is_anything_else(records, copies):
    assert sorted(copies) == sorted((one.id, member.story) for one in records for member in one.members)


def test_each_row_says_what_the_report_says(records, copies):
    seen, rest = [], dict(copies)
    for record in records:
        report = make_report(record, Rivals())
        outdated = {member.story for member in record.members if member.outdated}
        assert outdated == {
            story for name, story in copies if name == record.id and copies[name, story]["is_outdated"]
        }
        for one in report.pickups:
            row = rest.pop((record.id, one.story))
            moment = one.published_at and f"{one.published_at:%Y-%m-%d %H:%M:%S.%f}"
            assert (row["agency"], row["publisher"], row["owner"]) == (
                record.agency,
                one.publisher,
                one.owner,
            )
            assert (row["credit"], row["share_kept"]) == (one.credit, one.share_kept)
            assert (row["agency_version"], row["altered_facts"] or 0) == (one.version, one.altered)
            assert row["published_at"] == moment
            assert row["minutes_behind"] == one.delay_minutes
            seen.append(one)
    assert {row["credit"] for row in rest.values()} == {"own"}  # the agencies' own: no pick-up
    assert {one.credit for one in seen} == {"kept", "removed"}
    assert any(one.altered for one in seen)
    assert any(row["is_outdated"] for row in copies.values())
    assert len({one.share_kept for one in seen}) > 20
    assert {one.version for one in seen} == {None, 1, 2}
