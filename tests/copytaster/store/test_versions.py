"""What grouping keeps: the candidate index, its expiry, places of versions, the rule for the canonical one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from copytaster.canonical import Contender, choose_canonical, is_own
from copytaster.store import memberships, revisions, signatures, versions
from copytaster.store.tables import dispatches
from tests.dedup.conftest import Desk

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path):
    opened = Desk(f"sqlite:///{tmp_path}/desk.sqlite")
    yield opened
    opened.store.close()


def sign(connection, version, recipe, at=NOW, exact=5):
    row = signatures.SignatureRow(version, recipe, at, 50, exact, b"\1" * 8, b"\2" * 50)
    signatures.add_signatures(connection, [row])


def test_exact_look_ups_keep_to_the_window_and_the_recipe(desk):
    ids = [desk.take(f"body {n}") for n in range(4)]
    with desk.store.write() as connection:
        recipe, other = (
            signatures.keep_recipe(connection, name, {"name": name}) for name in ("one", "other")
        )
        sign(connection, ids[0], recipe)
        sign(connection, ids[1], recipe, at=NOW - timedelta(hours=49))
        sign(connection, ids[2], other)
        window: dict[str, Any] = {
            "recipe_id": recipe,
            "since": NOW - timedelta(hours=48),
            "until": NOW + timedelta(hours=48),
        }
        assert versions.find_exact(connection, 5, **window) == [ids[0]]


def test_places_follow_merges(desk):
    ids = [desk.take(f"body {n}") for n in range(3)]
    with desk.store.write() as connection:
        for version, name in zip(ids, "abc", strict=True):
            revisions.found_dispatches(connection, [(name, version, NOW)])
            memberships.add_members(connection, [memberships.NewMember(version, name, "original", {}, NOW)])
        for name, into in (("a", "b"), ("b", "c")):
            connection.execute(dispatches.update().where(dispatches.c.id == name).values(merged_into=into))
        places = memberships.read_dispatch_refs(connection, [*ids, 999])
        assert places == dict.fromkeys(ids, memberships.DispatchRef("c", ids[2]))


def test_waiting_versions_come_in_order_and_leave(desk):
    ids = [desk.take(f"body {n}") for n in range(5)]
    with desk.store.write() as connection:
        assert [version.id for version in versions.read_waiting(connection, 3)] == ids[:3]
        versions.close_versions(connection, ids[:2])
        assert versions.read_waiting_ids(connection, 9) == ids[2:]
        assert versions.count_waiting(connection) == 3


def claim(version, story=None, *, own=False, hours=0, seen=0, words=100, notice=False):
    at, seen_at = NOW + timedelta(hours=hours), NOW + timedelta(hours=seen)
    return Contender(
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
