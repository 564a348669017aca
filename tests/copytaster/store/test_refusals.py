from datetime import UTC, datetime

import pytest

from copytaster.store import refusals
from copytaster.store.intake import DETAIL_LENGTH, refuse
from copytaster.store.page_removal import remove_refusals, remove_refusals_of
from copytaster.values import RawPage

PAGE = RawPage("https://example.org/1", b"<html>", datetime(2026, 11, 20, tzinfo=UTC), 200, ())


@pytest.fixture
def connection(store):
    with store.write() as connection:
        refuse(connection, source="a", url=PAGE.url, reason="no-body", page=PAGE)
        refuse(connection, source="b", url="https://example.org/2", reason="timeout", detail="30 s")
        yield connection


def test_refusals_are_listed_newest_first_with_the_size_of_their_page(connection):
    newest, oldest = refusals.list_refusals(connection)
    assert (newest.source, newest.raw_page_id, newest.bytes) == ("b", None, None)
    assert (oldest.source, oldest.bytes) == ("a", len(PAGE.body))
    assert [one.source for one in refusals.list_refusals(connection, source="a")] == ["a"]
    assert refusals.list_refusals(connection, limit=0) == []


def test_a_reason_is_replaced_and_its_detail_cut(connection):
    (one,) = refusals.list_refusals(connection, source="a")
    refusals.change_reason(connection, one.id, reason="empty", detail="x" * 2 * DETAIL_LENGTH)
    changed = refusals.read_refusal(connection, one.id)
    assert (changed.reason, len(changed.detail)) == ("empty", DETAIL_LENGTH)


def test_a_removed_refusal_is_gone(connection):
    (one,) = refusals.list_refusals(connection, source="a")
    refusals.remove_refusal(connection, one.id)
    assert refusals.read_refusal(connection, one.id) is None
    assert refusals.count_by_reason(connection) == {"timeout": 1}


def test_only_refusals_with_a_page_can_be_replayed(connection):
    assert refusals.count_replayable(connection) == 1


def test_no_number_of_refusals_that_there_ever_were_falls(connection):
    (one,) = refusals.list_refusals(connection, source="a")
    refusals.change_reason(connection, one.id, reason="empty", detail="")
    assert refusals.count_ever(connection) == {"no-body": 1, "empty": 1, "timeout": 1}
    refusals.remove_refusal(connection, one.id)
    remove_refusals_of(connection, "https://example.org/2")
    assert refusals.count_by_reason(connection) == {}
    assert refusals.count_ever(connection) == {"no-body": 1, "empty": 1, "timeout": 1}
    refuse(connection, source="a", url=PAGE.url, reason="no-body", page=PAGE)
    assert remove_refusals(connection, before=datetime.max.replace(tzinfo=UTC), limit=10) == 1
    assert refusals.count_ever(connection) == {"no-body": 2, "empty": 1, "timeout": 1}
