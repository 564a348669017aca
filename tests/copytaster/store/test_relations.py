"""Relations as rows: seen from both dispatches, decided by people, and held when dispatches change."""

# ruff: noqa: F811 - fixtures of another folder

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from copytaster.store.relations import CONFIRMED, NewRelation, add_relations, read_relations, set_state
from copytaster.store.tables import memberships, stale_dispatches
from tests.dedup import copydesk as copy
from tests.dedup.conftest import database, desk, make_desk, on_both  # noqa: F401 - fixtures

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def relate(desk, version, other, *, confidence=0.8):
    one = NewRelation(version, other, "retold", confidence, {"numbers": ["7"]}, "an encoder", "1", NOW)
    with desk.store.write() as connection:
        add_relations(connection, [one])


def read(desk, *dispatches):
    with desk.store.read() as connection:
        return read_relations(connection, dispatches)


@pytest.fixture
def versions(desk):
    found = [desk.take(copy.market_report(number), headline=f"Report {number}") for number in range(3)]
    desk.group()
    return found


@on_both
def test_a_relation_is_seen_from_both_dispatches(desk, versions):
    places = desk.groups()
    relate(desk, versions[1], versions[0])
    later, earlier = places[versions[1]], places[versions[0]]
    found = read(desk, later, earlier, places[versions[2]])
    assert found[later] == found[earlier]
    (row,) = found[later]
    assert (row.dispatch_id, row.other_dispatch, row.state) == (later, earlier, "proposed")
    assert (row.headline, row.other_headline) == ("Report 1", "Report 0")
    assert found[places[versions[2]]] == ()
    with desk.store.read() as connection:
        assert set(connection.scalars(select(stale_dispatches.c.dispatch_id))) == {later, earlier}


def test_a_relation_inside_one_dispatch_is_no_relation(desk, versions):
    places = desk.groups()
    relate(desk, versions[1], versions[0])
    with desk.store.write() as connection:
        moved = update(memberships).where(memberships.c.version_id == versions[1])
        connection.execute(moved.values(dispatch_id=places[versions[0]]))
    assert read(desk, places[versions[0]]) == {places[versions[0]]: ()}


@on_both
def test_a_decision_goes_before_a_surer_relation_and_holds_for_later_versions(desk, versions):
    places = desk.groups()
    relate(desk, versions[1], versions[0])
    with desk.store.write() as connection:
        set_state(connection, [(versions[1], versions[0])], CONFIRMED, by="an editor", at=NOW)
        moved = update(memberships).where(memberships.c.version_id == versions[2])
        connection.execute(moved.values(dispatch_id=places[versions[1]]))
    relate(desk, versions[2], versions[0], confidence=0.95)
    (row,) = read(desk, places[versions[0]])[places[versions[0]]]
    assert (row.state, row.decided_by) == (CONFIRMED, "an editor")
    with desk.store.write() as connection:
        set_state(connection, [(versions[1], versions[0])], "proposed", by=None, at=None)
    (row,) = read(desk, places[versions[0]])[places[versions[0]]]
    assert (row.version_id, row.state) == (versions[2], CONFIRMED)
