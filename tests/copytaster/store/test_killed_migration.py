"""A migration that is killed at any statement leaves the store as it was; the next opening ends it."""

import gzip
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from bench.soak import killed_migration
from copytaster.store.engine import Store
from copytaster.store.schema import make_config, read_revisions
from copytaster.store.tables import metadata

BEFORE = Path(__file__).parents[2] / "assets" / "release-0.1" / "store.sqlite.gz"
SCRIPT = killed_migration.__file__
FAR = 5_000  # statements: more than all migrations have
SOME, ALL = 23, 1  # every so many statements


def kill(url, numbers):
    """Number of statements before the kill -> `killed`, or the exit code of a store that opened."""
    command = [sys.executable, SCRIPT, url, *map(str, numbers)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {int(number): how for number, how in (line.split() for line in done.stdout.splitlines())}


def count_statements(url):
    """How many statements the migration has: those before which it can be killed."""
    low, high = 0, FAR
    while low < high:
        middle = (low + high) // 2
        if kill(url, [middle])[middle] == "killed":
            low = middle + 1
        else:
            high = middle
    return low


def read_rows(url):
    """Every row of every table that the store had before, and the columns that it had; and that the schema is today's."""
    with closing(Store(url)) as store, store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        current, newest = read_revisions(connection)
        assert current == newest
        return {
            name: sorted(map(repr, connection.execute(text(f"SELECT * FROM {name}"))))
            for name in inspect(connection).get_table_names()
        }


@pytest.mark.parametrize("every", [SOME, pytest.param(ALL, marks=pytest.mark.long)])
def test_sqlite_killed_at_a_statement_loses_no_row(tmp_path, every):
    path = tmp_path / "store.sqlite"
    path.write_bytes(gzip.decompress(BEFORE.read_bytes()))
    url = f"sqlite:///{path}"
    last = count_statements(url)
    assert last > SOME
    numbers = sorted({*range(0, last, every), last - 1})
    assert set(kill(url, numbers).values()) == {"killed"}
    whole = read_rows(url)
    assert whole["versions"]
    for number in numbers:
        found = read_rows(f"sqlite:///{tmp_path / f'killed-{number}.sqlite'}")
        assert {name for name in whole if found[name] != whole[name]} <= {"installation"}, number
        assert len(found["installation"]) == len(whole["installation"])


@pytest.mark.parametrize("every", [SOME, pytest.param(ALL, marks=pytest.mark.long)])
def test_postgresql_killed_at_a_statement_is_migrated_whole(postgres_server, every):
    url = postgres_server.make_bare_database()
    try:
        engine = create_engine(url)
        with engine.begin() as connection:
            upgrade(connection, "0001")
            connection.execute(text("INSERT INTO installation (name, value) VALUES ('a', '1')"))
        engine.dispose()
        number, killed = 0, "killed"
        while killed == "killed":
            killed = kill(url, [number])[number]
            if killed == "killed":
                assert read_revision(url) == "0001"
            number += every
        assert number > every
        assert "('a', '1')" in read_rows(url)["installation"]
    finally:
        postgres_server.drop_database(url)


def upgrade(connection, revision):
    from alembic import command

    config = make_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def read_revision(url):
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return read_revisions(connection)[0]
    finally:
        engine.dispose()
