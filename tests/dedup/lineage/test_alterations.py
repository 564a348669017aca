"""Copies that alter facts, at the store: found when they join, compared again when what they carry changes."""

from copytaster.store.dispatches import list_dispatches
from copytaster.store.tables import dispatches, memberships
from indexer.merge import merge_rows
from tests.dedup import copydesk as copy
from tests.dedup.conftest import on_both

ALTERED = copy.FERRY.replace("all 214 people", "all 21 people")


def members(desk):
    with desk.store.read() as connection:
        [rows] = list_dispatches(connection)
    return {member.publisher: member for member in merge_rows(rows).members}


@on_both
def test_an_altered_copy_is_called_so_with_both_readings(desk):
    desk.take(copy.FERRY, publisher="Reuters")
    desk.take(copy.FERRY, publisher="Honest Post", hours=1)
    desk.take(ALTERED, publisher="Altering Post", hours=2)
    desk.group()
    found = members(desk)
    assert {name: member.relation for name, member in found.items()} == {
        "Reuters": "original",
        "Honest Post": "verbatim",
        "Altering Post": "altered",
    }
    [fact] = found["Altering Post"].altered_facts
    assert (fact["kind"], fact["agency"], fact["copy"]) == ("number", "214", "21")
    assert "214 people" in fact["where"]["agency"]
    assert "21 people" in fact["where"]["copy"]
    assert found["Altering Post"].text_relation == "verbatim"
    assert {row.version_id: row.altered_count for row in desk.rows(memberships)} == {1: None, 2: 0, 3: 1}


def test_grouping_does_not_change(desk):
    desk.take(copy.FERRY, publisher="Reuters")
    desk.take(ALTERED, publisher="Altering Post", hours=2)
    desk.group()
    assert len(desk.rows(dispatches)) == 1


def test_what_a_later_version_of_the_agency_prints_is_no_longer_altered(desk):
    desk.take(copy.FERRY, publisher="Reuters")
    desk.take(ALTERED, publisher="Outlet", hours=2)
    desk.group()
    assert members(desk)["Outlet"].relation == "altered"
    desk.take(ALTERED + "\n\nMore is expected later.", publisher="Reuters", hours=3)
    desk.group()
    assert members(desk)["Outlet"].altered_count == 0


def test_a_copy_that_stands_for_the_dispatch_accuses_until_the_agency_s_own_comes(desk):
    desk.take(ALTERED, publisher="Early Post")
    desk.take(copy.FERRY, publisher="Late Post", hours=1)
    desk.group()
    assert {name: member.altered_count for name, member in members(desk).items()} == {
        "Early Post": 0,
        "Late Post": 1,
    }
    desk.take(copy.FERRY, publisher="Reuters", hours=2)
    desk.group()
    found = members(desk)
    assert (found["Early Post"].relation, found["Late Post"].relation) == ("altered", "verbatim")
