"""Stories and versions as plain rows: out of one store, into another, on every database."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from copytaster.store.engine import Store
from copytaster.store.intake import keep_story
from copytaster.store.plain_rows import (
    add_plain,
    find_newest_arrival,
    find_plain,
    list_id_ranges,
    read_plain,
)
from copytaster.store.tables import stories, versions
from copytaster.values import Dateline, Marker, ParsedStory, RawPage

NOON = datetime(2026, 11, 20, 12, 30, 0, 250_000, tzinfo=UTC)
OWN = {"id", "story_id", "raw_page_id"}  # ids of the store that a row is in


@pytest.fixture
def filled(tmp_path):
    with closing(Store(f"sqlite:///{tmp_path}/filled.sqlite")) as opened:
        for number, body in enumerate(["The mole was built.", "The mole was built in May.", "Rain fell."]):
            url = f"https://gazette.example/{number // 2}"
            story = ParsedStory(
                "Mole built",
                body,
                "Gazette",
                url,
                markers=(Marker("version", "update", 2, "UPDATE 2-"),),
                dateline=Dateline("ALDHAVEN -", ("Aldhaven",)) if number else None,
                published_at=NOON + timedelta(hours=number) if number else None,
                byline=("Ada Brandt",),
            )
            with opened.write() as connection:
                page = RawPage(url, body.encode(), NOON)
                keep_story(connection, page=page, story=story, source="harbour", channel="feed")
        yield opened


def read_all(store):
    with store.read() as connection:
        first, end = list_id_ranges(connection, 100)[0]
        return [row for _, row in read_plain(connection, first, end)]


def read_tables(store):
    with store.read() as connection:
        return [
            [
                {name: value for name, value in row.items() if name not in OWN}
                for row in connection.execute(select(table).order_by(table.c.id)).mappings()
            ]
            for table in (stories, versions)
        ]


def test_rows_survive_json_and_another_store(filled, store):
    rows = json.loads(json.dumps(read_all(filled)))

    with store.write() as connection:
        ids = add_plain(connection, rows)

    assert None not in ids
    assert ids == sorted(ids)
    assert read_tables(store) == read_tables(filled)


def test_what_the_store_has_is_left_as_it_is(filled, store):
    rows = read_all(filled)
    with store.write() as connection:
        add_plain(connection, rows[:2])
    changed = [{**row, "version": {**row["version"], "body": "Other text."}} for row in rows]

    with store.write() as connection:
        ids = add_plain(connection, changed)

    assert [number is None for number in ids] == [True, True, False]
    assert [row["version"]["body"] for row in read_all(store)] == [
        "The mole was built.",
        "The mole was built in May.",
        "Other text.",
    ]


def test_versions_are_found_by_identity_and_number(filled):
    names = [(row["story"]["identity"], row["version"]["number"]) for row in read_all(filled)]

    with filled.read() as connection:
        found = find_plain(connection, [*names, ("f" * 64, 1), (names[0][0], 9)])
        assert find_newest_arrival(connection) is not None

    assert sorted(found) == sorted(names)
    assert len(set(found.values())) == 3


def test_parts_cover_every_version_once(filled):
    with filled.read() as connection:
        parts = list_id_ranges(connection, 2)
        found = [number for first, end in parts for number, _ in read_plain(connection, first, end)]

    assert len(parts) == 2
    assert len(found) == len(set(found)) == 3


def test_an_empty_store_has_no_parts_and_no_newest(store):
    with store.read() as connection:
        assert list_id_ranges(connection, 10) == []
        assert find_newest_arrival(connection) is None
    with store.write() as connection:
        assert add_plain(connection, []) == []
