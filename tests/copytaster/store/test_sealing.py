"""Which rows the store seals, through its own connections and over migrations."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from copytaster.errors import UnreachableError
from copytaster.store.engine import Store
from copytaster.store.intake import keep_story
from copytaster.store.sealing import SEALED_TABLES, compare_rows, forget_rewritten
from copytaster.store.tables import metadata
from copytaster.values import ParsedStory, RawPage

URL = "https://a.example/1"


@pytest.fixture
def store(tmp_path):
    """On SQLite alone: a server keeps checksums of its own pages."""
    with closing(Store(f"sqlite:///{tmp_path}/store.sqlite")) as opened:
        yield opened


@pytest.fixture
def filled(store):
    with store.write() as connection:
        keep_story(
            connection,
            page=RawPage(URL, b"<p>Grain</p>", datetime(2026, 11, 20, tzinfo=UTC)),
            story=ParsedStory("Grain", "Grain went out.", "Alpha", URL),
            source="alpha",
            channel="feed",
        )
    return store


def compare(store):
    with store.read() as connection:
        return compare_rows(connection)


def change(store, *statements):
    with closing(sqlite3.connect(store.sibling_path(""), isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_every_table_but_that_of_the_seals_is_sealed():
    assert {table.name for table in SEALED_TABLES} == set(metadata.tables) - {"seals"}


def test_a_new_store_knows_the_digest_of_every_row(filled):
    faults, rows, unknown = compare(filled)
    assert (faults, unknown) == ([], 0)
    assert rows > 3


def test_a_change_past_the_program_is_a_fault(filled):
    change(filled, "UPDATE versions SET body = 'Grain went in.'", "DELETE FROM raw_pages")
    faults, _, _ = compare(filled)
    assert [(fault.table, fault.key, fault.fault) for fault in faults] == [
        ("raw_pages", "1", "lost"),
        ("versions", "1", "changed"),
    ]


def test_marking_a_version_as_grouped_is_no_fault(filled):
    change(filled, "UPDATE versions SET grouped = 1")
    assert compare(filled)[0] == []


def test_a_migration_that_rewrites_a_table_makes_its_digests_unknown(filled):
    with filled.engine.execution_options(writes=True).begin() as connection, forget_rewritten(connection):
        connection.exec_driver_sql("UPDATE stories SET slug = 'GRAIN'")
        connection.exec_driver_sql("ALTER TABLE versions ADD COLUMN mood TEXT")
        connection.exec_driver_sql("ALTER TABLE raw_pages ADD COLUMN kind TEXT NOT NULL DEFAULT 'page'")
    faults, _, unknown = compare(filled)
    assert (faults, unknown) == ([], 2)  # the story and the raw page; a version's new column is null


def test_a_damaged_file_is_a_clear_error(tmp_path):
    Store(f"sqlite:///{tmp_path}/store.sqlite").close()
    path = tmp_path / "store.sqlite"
    path.write_bytes(b"\xff" * 100 + path.read_bytes()[100:])
    with pytest.raises(UnreachableError, match="damaged") as caught:
        Store(f"sqlite:///{path}")
    assert "backup" in caught.value.hint
