"""Reading dispatches out of the store."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from copytaster.errors import CopytasterError, NotFoundError
from copytaster.store import dispatches as reading
from copytaster.store.tables import dispatches
from tests.indexer.conftest import Desk

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def desk(store):
    return Desk(store)


def test_a_dispatch_comes_with_stories_versions_and_evidence(store, desk):
    first = desk.found("d", "One", url="https://a.example/1", markers=["update"], agency="Reuters")
    second = desk.joined("d", "Two", publisher="Other", relation="cut")
    third = desk.joined("d", "Three", url="https://a.example/1", relation="version")
    with store.read() as connection:
        rows = reading.read_dispatch(connection, "d")
    assert [member.publisher for member in rows.members] == ["Varda Post", "Other"]
    assert [[version.version_id for version in member.versions] for member in rows.members] == [
        [first, third],
        [second],
    ]
    version = rows.members[0].versions[0]
    assert (version.headline, version.relation, version.agency) == ("One", "original", "Reuters")
    assert version.markers[0]["kind"] == "update"
    assert version.evidence == {"rule": "founder", "score": 1.0}
    assert version.seen_at.tzinfo is UTC
    assert (rows.rev, rows.state, rows.founder_id) == (3, "live", first)


def test_ids_of_merged_dispatches_resolve_along_the_chain(store, desk):
    for name in ("a", "b", "c"):
        desk.found(name, publisher=name)
    desk.merged("a", into="b")
    desk.merged("b", into="c")
    with store.read() as connection:
        assert [reading.resolve_id(connection, name) for name in ("a", "b", "c")] == ["c", "c", "c"]
        assert {member.publisher for member in reading.read_dispatch(connection, "a").members} == {
            "a",
            "b",
            "c",
        }
        own = reading.read_dispatches(connection, ["a", "nobody"])
    assert set(own) == {"a"}
    assert (own["a"].members, own["a"].merged_into) == ((), "b")


def test_an_unknown_id_is_not_found(store):
    with store.read() as connection, pytest.raises(NotFoundError, match="nobody"):
        reading.read_dispatch(connection, "nobody")


def test_a_circle_of_merges_ends(store, desk):
    desk.found("a")
    desk.found("b")
    with store.write() as connection:
        connection.execute(dispatches.update().where(dispatches.c.id == "a").values(merged_into="b"))
        connection.execute(dispatches.update().where(dispatches.c.id == "b").values(merged_into="a"))
    with store.read() as connection, pytest.raises(CopytasterError, match="circle"):
        reading.resolve_id(connection, "a")


def test_many_are_read_in_as_many_statements_as_one(store, desk):
    for number in range(40):
        desk.found(f"d{number}")
        desk.joined(f"d{number}", publisher="Other")
    counted = []
    event.listen(store.engine, "before_cursor_execute", lambda *_: counted.append(1))
    with store.read() as connection:
        counted.clear()  # of BEGIN
        reading.read_dispatches(connection, ["d0"])
        one = len(counted)
        found = reading.read_dispatches(connection, [f"d{number}" for number in range(40)])
    assert len(counted) == 2 * one
    assert [len(found[f"d{number}"].members) for number in range(40)] == [2] * 40


def test_more_ids_than_a_statement_holds(store, desk):
    for number in range(7):
        desk.found(f"d{number}")
    names = [f"d{number}" for number in range(7)] + [f"none{number}" for number in range(1200)]
    with store.read() as connection:
        assert len(reading.read_dispatches(connection, names)) == 7


def test_listing_is_last_seen_first_page_by_page(store, desk):
    for number in range(5):
        desk.found(f"d{number}", seen_at=NOON + timedelta(hours=number // 2))
    desk.found("dead", state="withdrawn", seen_at=NOON - timedelta(days=1))
    desk.merged("d4", into="d3")
    with store.read() as connection:
        first = reading.list_dispatches(connection, limit=3)
        last = first[-1]
        second = reading.list_dispatches(connection, limit=3, before=(last.last_seen_at, last.id))
        states = {
            state: reading.list_dispatches(connection, state=state)
            for state in ("live", "withdrawn", "merged")
        }
    assert [rows.id for rows in first + second] == ["d2", "d3", "d0", "d1", "dead"]
    assert {state: len(found) for state, found in states.items()} == {"live": 4, "withdrawn": 1, "merged": 1}


def test_walking_over_every_id(store, desk):
    for name in ("b", "a", "c"):
        desk.found(name)
    with store.read() as connection:
        assert reading.ids_after(connection, "", limit=2) == ["a", "b"]
        assert reading.ids_after(connection, "b", limit=2) == ["c"]
        assert reading.count_dispatches(connection) == 3
        assert reading.newest_change(connection) == max(
            rows.change for rows in reading.read_dispatches(connection, ["a", "b", "c"]).values()
        )
