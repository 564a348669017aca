"""`copytaster store copy`: every row on the other database, whatever the copy was interrupted by; or a clear refusal."""

import json
import random
import signal
import subprocess
import sys
from contextlib import closing

import pytest
from sqlalchemy import delete, func, select, text

from copytaster.errors import ConfigurationError, ExitCode
from copytaster.process_id import this_process
from copytaster.store import copying, leases
from copytaster.store.engine import Store
from copytaster.store.installation import set_fact
from copytaster.store.intake import keep_story
from copytaster.store.numbering import keep_last_id, next_id, read_last_number
from copytaster.store.tables import installation, runs, stories, traces, versions
from copytaster.values import ParsedStory, RawPage
from newsdesk.operations.store_copy import copy_store
from tests.newsdesk.cli.conftest import BODY, NOW, run_json, run_plain

KILLED = """
import os, signal, sys
from copytaster.store import copying
from newsdesk.operations.store_copy import copy_store

copying.ROWS = copying.PAGES = 1
left = int(sys.argv[3])

def count(step, done, total):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)

copy_store(sys.argv[1], sys.argv[2], count)
"""


@pytest.fixture
def database(postgres_server):
    url = postgres_server.make_database()
    yield url
    postgres_server.drop_database(url)


def read_all(url):
    """Every row of every table, and the facts of the installation without what a database numbers."""
    with closing(Store(url)) as opened, opened.read() as connection:
        rows = {table.name: sorted(map(repr, connection.execute(select(table)))) for table in copying.TABLES}
        facts = dict(connection.execute(select(installation.c.name, installation.c.value)).all())
    return rows, {name: value for name, value in facts.items() if not name.startswith("last_id_")}


def add_story(store, name):
    url = f"https://wire.example/{name}"
    page = RawPage(url, b"<p>late</p>", NOW)
    story = ParsedStory(f"Lamp of {name}", BODY.format(place=name, number=9), "Harbour Wire", url)
    with store.write() as connection:
        return keep_story(connection, page=page, story=story, source="harbour", channel="feed")


def test_a_store_is_the_same_on_postgresql_and_back(config, filled, database, tmp_path, capsys):
    code, made, _ = run_json(capsys, config, "store", "copy", database)
    assert code == ExitCode.DONE
    assert made["tables"]["versions"]["rows"] == 3
    assert made["rows"] == sum(table["rows"] for table in made["tables"].values())
    back = f"sqlite:///{tmp_path}/back.sqlite"
    again = copy_store(database, back)
    assert {name: vars_of(table) for name, table in again.tables.items()} == made["tables"]
    assert read_all(database) == read_all(back) == read_all(filled.url)


def vars_of(table):
    return {"rows": table.rows, "digest": table.digest}


def test_a_store_without_a_single_row_is_copied_too(database, tmp_path):
    empty = f"sqlite:///{tmp_path}/empty.sqlite"
    assert copy_store(empty, database).rows == 0
    assert read_all(database) == read_all(empty)


def test_json_is_copied_letter_by_letter_and_null_stays_null(filled, database, tmp_path):
    spelled = '{"b": 1,  "a": "\\u00e9"}'
    with filled.write() as connection:
        connection.execute(
            text("UPDATE versions SET markers = :one, dateline = NULL WHERE id = 1"), {"one": spelled}
        )
    copy_store(filled.url, database)
    back = f"sqlite:///{tmp_path}/back.sqlite"
    copy_store(database, back)
    with closing(Store(back)) as opened, opened.read() as connection:
        found = connection.execute(text("SELECT markers, dateline FROM versions WHERE id = 1")).one()
    assert tuple(found) == (spelled, None)


def test_no_number_is_given_twice_on_the_other_database(filled, database, tmp_path):
    last = add_story(filled, "Dunmore")
    with filled.write() as connection:
        for table in (versions, stories):
            newest = connection.scalar(select(func.max(table.c.id)))
            connection.execute(delete(table).where(table.c.id == newest))
            keep_last_id(connection, table, [newest])
        connection.execute(delete(traces))
    assert last
    with filled.read() as connection:
        numbers = {
            table.name: read_last_number(connection, table) for table in (versions, stories, traces, runs)
        }
    assert numbers["versions"] == 4
    assert numbers["traces"] >= 1
    back = f"sqlite:///{tmp_path}/back.sqlite"
    copy_store(filled.url, database)
    copy_store(database, back)
    for url in (database, back):
        with closing(Store(url)) as opened:
            with opened.read() as connection:
                found = {
                    table.name: read_last_number(connection, table)
                    for table in (versions, stories, traces, runs)
                }
            assert found == numbers
            add_story(opened, "Easby")
            with opened.read() as connection:
                assert connection.scalar(select(func.max(versions.c.id))) == numbers["versions"] + 1
                assert next_id(connection, versions) == {}


def test_a_copy_killed_at_any_row_goes_on(filled, tmp_path):
    drawn = random.Random(5)
    url = f"sqlite:///{tmp_path}/copy.sqlite"
    for _ in range(3):
        words = [sys.executable, "-c", KILLED, filled.url, url, str(drawn.randrange(1, 12))]
        assert subprocess.run(words, check=False).returncode == -signal.SIGKILL
        with pytest.raises(ConfigurationError, match="was cut off"):
            Store(url)
    copy_store(filled.url, url)
    assert read_all(url) == read_all(filled.url)


def test_a_store_that_changes_meanwhile_is_no_finished_copy(config, filled, tmp_path, capsys):
    target_url = f"sqlite:///{tmp_path}/copy.sqlite"
    subprocess.run([sys.executable, "-c", KILLED, filled.url, target_url, "9"], check=False)
    add_story(filled, "Dunmore")
    code, _, error = run_json(capsys, config, "store", "copy", target_url)
    assert code == ExitCode.UNREACHABLE
    assert "changed since the copy began" in error
    assert "another empty database" in error


def test_rows_that_differ_after_the_copy_are_named_by_table(config, filled, tmp_path, capsys, monkeypatch):
    plain = copying.copy_rows

    def copy_and_change(source, target, on_progress):
        plain(source, target, on_progress)
        with source.write() as connection:
            connection.execute(stories.update().values(slug="late"))

    monkeypatch.setattr(copying, "copy_rows", copy_and_change)
    code, _, error = run_json(capsys, config, "store", "copy", f"sqlite:///{tmp_path}/copy.sqlite")
    assert code == ExitCode.UNREACHABLE
    assert "while it was copied, in stories" in error


def test_a_row_that_the_other_database_refuses_is_named(config, filled, database, capsys):
    with filled.write() as connection:
        connection.execute(text("UPDATE stories SET publisher = :long WHERE id = 2"), {"long": "x" * 400})
    code, _, error = run_json(capsys, config, "store", "copy", database)
    assert code == ExitCode.UNREACHABLE
    assert json.loads(error.splitlines()[-1])["resource"] == "stories 2"
    assert "a row does not fit the other database" in error


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("/var/lib/store", "this is no database URL"),
        ("sqlite:///{data}/data/store.sqlite", "this is the store itself"),
        ("sqlite:///{data}/other.sqlite", "this database holds a store"),
    ],
)
def test_what_is_no_empty_database_is_refused(config, filled, tmp_path, capsys, url, said):
    with closing(Store(f"sqlite:///{tmp_path}/other.sqlite")) as other:
        add_story(other, "Else")
    code, _, error = run_json(capsys, config, "store", "copy", url.format(data=tmp_path))
    assert code == ExitCode.USAGE
    assert said in error


def test_the_service_has_to_be_stopped_first(config, filled, tmp_path, capsys):
    with filled.write() as connection:
        leases.take(connection, "schedule", this_process(), now=NOW)
    code, _, error = run_json(capsys, config, "store", "copy", f"sqlite:///{tmp_path}/copy.sqlite")
    assert code == ExitCode.BUSY
    assert "stop it" in error


def test_what_is_printed_says_what_to_do_next(config, filled, tmp_path, capsys):
    code, said = run_plain(capsys, config, "store", "copy", f"sqlite:///{tmp_path}/copy.sqlite")
    assert code == ExitCode.DONE
    assert "3 stories, 3 versions, 3 dispatches" in said
    assert "COPYTASTER_DATABASE_URL" in said


def test_a_half_copy_is_no_store(tmp_path):
    url = f"sqlite:///{tmp_path}/half.sqlite"
    with closing(Store(url)) as opened, opened.write() as connection:
        set_fact(connection, "copying", json.dumps({}))
    with pytest.raises(ConfigurationError, match="store copy"):
        Store(url)
