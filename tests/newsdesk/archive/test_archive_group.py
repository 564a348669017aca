"""An archive grouped on Spark: the live pass's groups, whatever the partitions, kills and kinds of input."""

import json
import os
import signal
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from copytaster.store.dispatches import read_dispatches
from copytaster.store.engine import Store
from copytaster.store.plain_rows import add_plain
from copytaster.store.shadow import read_partition
from dedup.grouping.grouper import group_waiting
from settings import GroupingSettings
from tests.newsdesk.archive.conftest import run_archive

pytestmark = pytest.mark.xdist_group("spark")


def read_members(out):
    import pyarrow.parquet as pq

    return pq.read_table(out / "members").to_pylist()


def name_dispatches(out):
    return {(row["identity"], row["number"]): row["dispatch"] for row in read_members(out)}


def read_lines(folder):
    return [
        json.loads(line)
        for path in sorted(folder.glob("part-*"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def _list_relations(rows):
    return [version.relation for member in rows.members for version in member.versions]


def test_groups_and_ids_are_those_of_the_live_pass(week, grouped):
    _, live = week

    assert len(set(live.values())) < len(live) - 50
    assert name_dispatches(grouped) == live


def test_each_dispatch_is_a_document_in_the_fields_of_the_index(week, grouped):
    folder, live = week
    documents = {document["dispatch_id"]: document for document in read_lines(grouped / "dispatches")}

    assert set(documents) == set(live.values())
    from indexer.actions import make_actions

    with closing(Store(f"sqlite:///{folder / 'store.sqlite'}")) as store, store.read() as connection:
        actions, _ = make_actions(list(read_dispatches(connection, sorted(documents)).values()))
    for action in actions:
        expected = json.loads(action.document)
        assert set(documents[expected["dispatch_id"]]) == set(expected)
        for name in ("headline", "publishers", "urls", "body", "version_count", "state"):
            assert documents[expected["dispatch_id"]][name] == expected[name], name


@pytest.mark.long
def test_a_job_that_is_killed_goes_on_and_gives_the_same(week, grouped, tmp_path):
    folder, live = week
    out = tmp_path / "out"
    arguments = ["group", "--from-store", "--out", str(out), "--master", "local[1]"]
    command = [sys.executable, "-m", "newsdesk", "archive", *arguments, "--data-dir", str(folder)]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    for line in process.stderr:
        if line.startswith("history"):
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not (out / "members").exists()
    began = (out / "work" / "counted.done").stat().st_mtime_ns

    run_archive(*arguments, folder=folder)

    assert (out / "work" / "counted.done").stat().st_mtime_ns == began
    assert name_dispatches(out) == live
    assert sorted(map(repr, read_members(out))) == sorted(map(repr, read_members(grouped)))


def test_a_folder_of_another_job_is_refused(week, grouped):
    folder, _ = week
    (folder / "lines.ndjson").write_text("{}\n", encoding="utf-8")

    done = run_archive("group", folder / "lines.ndjson", "--out", grouped, folder=folder, check=False)

    assert done.returncode == 2
    assert "another job" in done.stderr or "other copy" in done.stderr


def test_a_grouped_archive_loads_into_a_store_and_a_second_time_adds_nothing(week, grouped, tmp_path):
    folder, live = week
    first = json.loads(run_archive("load", grouped, folder=tmp_path).stdout)
    second = json.loads(run_archive("load", grouped, folder=tmp_path).stdout)

    assert first == {
        "versions": len(live),
        "dispatches": len(set(live.values())),
        "known": 0,
        "taken_down": 0,
    }
    assert second == {"versions": 0, "dispatches": 0, "known": len(live), "taken_down": 0}
    from bench.spark import name_groups

    with closing(Store(f"sqlite:///{tmp_path / 'store.sqlite'}")) as store:
        assert name_groups(store) == live
        with store.read() as connection:
            there = read_dispatches(connection, sorted(set(read_partition(connection).values())))
    with closing(Store(f"sqlite:///{folder / 'store.sqlite'}")) as store, store.read() as connection:
        expected = read_dispatches(connection, sorted(there))
    for name, rows in expected.items():
        assert [one.url for one in there[name].members] == [one.url for one in rows.members]
        assert _list_relations(there[name]) == _list_relations(rows)
        assert there[name].state == rows.state
    found = subprocess.run(
        [sys.executable, "-m", "newsdesk", "search", "--data-dir", str(tmp_path), "--json", "--limit", "1"],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert json.loads(found.stdout)["total"]["value"] == len(set(live.values()))


def test_copy_that_comes_after_a_load_joins_the_dispatches_of_the_archive(grouped, tmp_path):
    run_archive("load", grouped, folder=tmp_path)
    last = max(
        (row for row in read_members(grouped) if row["words"] > 100),
        key=lambda row: (row["seen"], row["key"]),
    )
    copy = json.loads(last["row"])
    seen_at = datetime.fromisoformat(copy["version"]["seen_at"]) + timedelta(hours=1)
    copy["story"] |= {"identity": "e" * 64, "publisher": "The Latecomer", "url": "https://late.example/1"}
    copy["version"] |= {"seen_at": seen_at.isoformat(), "published_at": seen_at.isoformat()}

    with closing(Store(f"sqlite:///{tmp_path / 'store.sqlite'}")) as store:
        with store.write() as connection:
            (number,) = add_plain(connection, [copy])
        outcomes = list(group_waiting(store, GroupingSettings()))

    assert [(one.version_id, one.dispatch_id, one.verdict) for one in outcomes] == [
        (number, last["dispatch"], "joined")
    ]


def test_a_store_with_newer_copy_is_refused(grouped, week):
    folder, _ = week
    with closing(Store(f"sqlite:///{folder / 'store.sqlite'}")) as store, store.read() as connection:
        before = len(read_partition(connection))
    import pyarrow.parquet as pq

    other = folder / "other"
    (other / "members").mkdir(parents=True)
    table = pq.read_table(grouped / "members").slice(0, 1)
    renamed = table.set_column(table.schema.get_field_index("identity"), "identity", [["f" * 64]])
    pq.write_table(renamed, other / "members" / "part-00000.parquet")
    (other / "members" / "_SUCCESS").touch()

    done = run_archive("load", other, folder=folder, check=False)

    assert done.returncode == 2
    assert "newer" in done.stderr
    with closing(Store(f"sqlite:///{folder / 'store.sqlite'}")) as store, store.read() as connection:
        assert len(read_partition(connection)) == before
