"""`copytaster scrub`: what it names, what it repairs, and its exit codes."""

import sqlite3
from contextlib import closing

import pytest

from newsdesk.cli import run_command
from tests.newsdesk.cli.conftest import run_json, run_plain


def change(config, file, statement):
    """Change a row past the program, as a fault of the disk would."""
    with closing(sqlite3.connect(config.parent / "data" / file, isolation_level=None)) as connection:
        assert connection.execute(statement).rowcount == 1


def scrub(capsys, config, *options):
    return run_json(capsys, config, "scrub", *options)[:2]


@pytest.fixture
def scrubbed(capsys, config, filled):
    code, report = scrub(capsys, config)
    assert (code, report["damages"], report["interrupted"]) == (0, [], False)
    assert report["scrub"]["checked"] > 10
    return config


def test_a_whole_store_and_index_give_no_alarm(capsys, scrubbed):
    code, report = scrub(capsys, scrubbed)
    assert (code, report["damages"], report["scrub"]["unknown"], report["open"]) == (0, [], 0, 0)


def test_a_changed_byte_of_a_version_is_named_and_put_back(capsys, scrubbed):
    change(
        scrubbed, "store.sqlite", "UPDATE versions SET headline = 'Lump' || substr(headline, 5) WHERE id = 1"
    )
    code, report = scrub(capsys, scrubbed)
    (found,) = report["damages"]
    assert (code, found["kind"], found["key"], found["state"]) == (0, "version", "1", "repaired")
    assert found["headline"].startswith("L")
    assert "headline" in found["done"]
    assert scrub(capsys, scrubbed)[1]["damages"] == []


def test_what_no_copy_brings_back_is_left_open_until_a_person_accepts_it(capsys, scrubbed):
    change(scrubbed, "store.sqlite", "UPDATE stories SET publisher = 'Someone Else' WHERE id = 1")
    code, report = scrub(capsys, scrubbed)
    (found,) = report["damages"]
    assert (code, found["state"], report["open"]) == (1, "open", 1)
    assert "--accept" in found["done"]
    shown = run_json(capsys, scrubbed, "dispatch", "show", found["dispatch_id"])[1]
    assert "damaged" in shown["flags"]
    assert run_command(["scrub", "--accept", "story:1", "--config", str(scrubbed)]) == 0
    assert scrub(capsys, scrubbed)[0] == 0
    shown = run_json(capsys, scrubbed, "dispatch", "show", found["dispatch_id"])[1]
    assert "damaged" not in shown["flags"]


def test_without_repair_damage_is_only_named(capsys, scrubbed):
    change(scrubbed, "store.sqlite", "UPDATE stories SET url = 'http://x.example/' WHERE id = 1")
    code, report = scrub(capsys, scrubbed, "--no-repair")
    assert (code, report["scrub"]["repaired"]) == (1, 0)


def test_a_damaged_raw_page_is_named_and_never_parsed(capsys, scrubbed):
    change(scrubbed, "store.sqlite", "UPDATE raw_pages SET body = x'28b52ffd' || zeroblob(90) WHERE id = 1")
    code, report = scrub(capsys, scrubbed)
    (found,) = report["damages"]
    assert (code, found["kind"], found["state"]) == (1, "raw page", "open")
    assert "quarantine" in found["done"]
    items = run_json(capsys, scrubbed, "quarantine", "list")[1]
    assert [one["reason"] for one in items if one["id"] == "raw-page:1"] == ["raw-page-damaged"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE documents SET version = version + 4096 WHERE doc = 1",
        "UPDATE sources SET source = substr(source, 1, 40) || x'00' || substr(source, 42) WHERE doc = 1",
        "UPDATE labels SET documents = documents + 1 WHERE label = 1",
        "UPDATE words_docsize SET sz = x'01' || substr(sz, 2) WHERE id = 1",
    ],
)
def test_a_changed_index_is_built_again_from_the_store(capsys, scrubbed, statement):
    change(scrubbed, "index.sqlite", statement)
    code, report = scrub(capsys, scrubbed)
    assert code == 0
    assert {one["state"] for one in report["damages"]} == {"repaired"}
    assert scrub(capsys, scrubbed)[1]["damages"] == []


def test_doctor_fails_and_names_what_is_damaged(capsys, scrubbed):
    change(scrubbed, "store.sqlite", "UPDATE stories SET publisher = 'Someone Else' WHERE id = 1")
    code, checks, _ = run_json(capsys, scrubbed, "doctor")
    found = {one["check"]: one for one in checks}
    assert code == 1
    assert "story 1" in found["digests"]["detail"]
    scrub(capsys, scrubbed)
    code, checks, _ = run_json(capsys, scrubbed, "doctor")
    found = {one["check"]: one for one in checks}
    assert code == 1
    assert "story 1" in found["scrub"]["detail"]


def test_the_table_names_what_was_done(capsys, scrubbed):
    change(
        scrubbed, "store.sqlite", "UPDATE versions SET headline = 'Lump' || substr(headline, 5) WHERE id = 1"
    )
    code, shown = run_plain(capsys, scrubbed, "scrub")
    assert code == 0
    assert "version 1" in shown
    assert "1 damaged, 1 repaired, 0 left" in shown
