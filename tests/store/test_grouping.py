"""What grouping keeps: the candidate index, its expiry, places of versions, the rule for the canonical one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from copytaster.canonical import Claim, choose_canonical, is_own
from copytaster.store import candidates, grouping
from copytaster.store.tables import bands, dispatches, gram_counts, postings
from tests.dedup.conftest import Desk

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path):
    opened = Desk(tmp_path / "desk")
    yield opened
    opened.store.close()


def sign(connection, version, recipe, at=NOW, exact=5):
    row = grouping.SignatureRow(version, recipe, at, 50, exact, b"\1" * 8, b"\2" * 50)
    grouping.add_signature(connection, row)


def test_look_ups_keep_to_the_window_and_the_recipe(desk):
    ids = [desk.take(f"body {n}") for n in range(4)]
    with desk.store.write() as connection:
        recipe, other = (grouping.keep_recipe(connection, name, {"name": name}) for name in ("one", "other"))
        sign(connection, ids[0], recipe)
        sign(connection, ids[1], recipe, at=NOW - timedelta(hours=49))
        sign(connection, ids[2], other)
        for version in ids[:3]:
            candidates.add_bands(connection, version, [7, 0, -(2**62)])
            candidates.add_postings(connection, version, [11, 12])
        window: dict[str, Any] = {
            "recipe_id": recipe,
            "since": NOW - timedelta(hours=48),
            "until": NOW + timedelta(hours=48),
        }
        assert candidates.find_bands(connection, [7, 9, -(2**62)], **window) == [
            (7, ids[0]),
            (-(2**62), ids[0]),
        ]
        assert candidates.find_bands(connection, [-(2**62), 9, 7], **window) == []  # another band's key
        assert sorted(candidates.find_postings(connection, [12, 13, 11], **window)) == [
            (11, ids[0]),
            (12, ids[0]),
        ]
        assert candidates.find_postings(connection, [], **window) == []
        assert grouping.find_exact(connection, 5, **window) == [ids[0]]


def test_look_ups_use_the_keys(desk):
    with desk.store.read() as connection:
        for statement in (candidates._FIND_BANDS, candidates._FIND_POSTINGS, candidates._COUNT_GRAMS):
            prepared = candidates._prepare("sqlite", statement).text
            values = {"numbers": "[1]", "recipe_id": 1, "since": "", "until": "", "since_day": 0}
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {prepared}", values)]
            assert sum("USING PRIMARY KEY" in line for line in plan) >= 1
            assert not any(line.startswith("SCAN") and "json_each" not in line for line in plan), plan


def test_phrases_are_counted_once_a_dispatch_and_forgotten_by_day(desk):
    with desk.store.write() as connection:
        candidates.add_grams(connection, [1, 2], day=100)
        candidates.add_grams(connection, [2, 3], day=100)
        candidates.add_grams(connection, [2], day=120)
        assert candidates.count_grams(connection, [1, 2, 9], since_day=100) == {1: 1, 2: 3}
        assert candidates.count_grams(connection, [1, 2, 9], since_day=101) == {2: 1}


def test_the_sweep_reaches_everything_that_expired_and_nothing_else(desk):
    old, new = desk.take("old"), desk.take("new")
    step = candidates.GRAM_SPACE // 500
    with desk.store.write() as connection:
        recipe = grouping.keep_recipe(connection, "one", {})
        for version, day in ((old, 10), (new, 50)):
            sign(connection, version, recipe)
            candidates.add_bands(connection, version, [version] * candidates.BANDS)
            candidates.add_postings(connection, version, list(range(version, candidates.GRAM_SPACE, step)))
            candidates.add_grams(connection, list(range(0, candidates.GRAM_SPACE, step)), day=day)
        for turn in range(candidates.SLICES):
            candidates.sweep(connection, turn, before_version=new, before_day=20)
        left = {
            table.name: connection.scalar(select(func.count()).select_from(table))
            for table in (bands, postings, gram_counts)
        }
        assert left == {"bands": 64, "postings": 501, "gram_counts": 501}
        assert set(connection.scalars(select(bands.c.version_id))) == {new}


def test_the_first_version_since_a_moment_is_found_by_halving(desk):
    ids = [desk.take(f"body {n}") for n in range(9)]
    with desk.store.read() as connection:
        seen = [version.seen_at for version in grouping.read_waiting(connection, 99)]
        assert [grouping.first_since(connection, moment) for moment in seen] == [0, *ids[1:]]
        assert grouping.first_since(connection, seen[-1] + timedelta(days=1)) == ids[-1] + 1
        assert grouping.first_since(connection, seen[0] - timedelta(days=1)) <= ids[0]


def test_places_follow_merges(desk):
    ids = [desk.take(f"body {n}") for n in range(3)]
    with desk.store.write() as connection:
        for version, name in zip(ids, "abc", strict=True):
            grouping.found_dispatch(connection, name, version, seen_at=NOW)
            grouping.add_member(connection, name, version, "original", {}, at=NOW)
        for name, into in (("a", "b"), ("b", "c")):
            connection.execute(dispatches.update().where(dispatches.c.id == name).values(merged_into=into))
        places = grouping.read_places(connection, [*ids, 999])
        assert places == dict.fromkeys(ids, grouping.Place("c", ids[2]))


def test_waiting_versions_come_in_order_and_leave(desk):
    ids = [desk.take(f"body {n}") for n in range(5)]
    with desk.store.write() as connection:
        assert [version.id for version in grouping.read_waiting(connection, 3)] == ids[:3]
        grouping.close_versions(connection, ids[:2])
        assert grouping.read_waiting_ids(connection, 9) == ids[2:]
        assert grouping.count_waiting(connection) == 3


def claim(version, story=None, *, own=False, hours=0, seen=0, words=100, notice=False):
    at, seen_at = NOW + timedelta(hours=hours), NOW + timedelta(hours=seen)
    return Claim(
        version,
        version if story is None else story,
        own=own,
        at=at,
        seen_at=seen_at,
        words=words,
        notice=notice,
    )


@pytest.mark.parametrize(
    ("claims", "chosen"),
    [
        ([claim(1), claim(2, own=True, hours=5)], 2),
        ([claim(1, hours=2), claim(2, hours=1, words=10)], 2),
        ([claim(1, words=90), claim(2, words=200)], 2),
        ([claim(1, seen=2, words=200), claim(2, seen=1)], 2),
        ([claim(1), claim(2)], 1),
        ([claim(1, 1), claim(2, 2, hours=1), claim(3, 1, hours=9)], 3),
        ([claim(1, 1, own=True), claim(2, 2), claim(3, 1, own=True, notice=True)], 1),
        ([claim(1, notice=True, own=True), claim(2, hours=1)], 2),
        ([claim(1, notice=True)], 1),
    ],
)
def test_the_canonical_version(claims, chosen):
    assert choose_canonical(claims) == choose_canonical(reversed(claims)) == chosen


def test_a_dispatch_without_versions_has_no_canonical_one():
    with pytest.raises(ValueError, match="without versions"):
        choose_canonical([])


@pytest.mark.parametrize(
    ("publisher", "agency", "own"),
    [
        ("Reuters", "Reuters", True),
        ("Reuters", None, True),
        ("Reuters", "AP", False),
        ("The Crown Courier", "Reuters", False),
        ("The Crown Courier", None, False),
    ],
)
def test_whose_publication_is_the_agencys_own(publisher, agency, own):
    assert is_own(publisher, agency) is own
