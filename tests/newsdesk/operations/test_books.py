"""From the store to the index: what waits, what is quarantined, what left, and what nobody can account for."""

from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select

from copytaster.store.books import add_up, read_books
from copytaster.store.tables import outbox, versions
from indexer.drain import drain
from indexer.factory import open_index
from newsdesk.operations.completeness import read_completeness
from newsdesk.operations.retention.takedown import take_down
from newsdesk.operations.store_checks import STORE_CHECKS
from newsdesk.pipeline import GroupingStage
from settings import Settings
from tests.dedup import copydesk as copy
from tests.dedup.conftest import Desk

ALL = {"since": datetime(1970, 1, 1, tzinfo=UTC), "until": datetime(2200, 1, 1, tzinfo=UTC)}


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path)


@pytest.fixture
def desk(settings):
    made = Desk(settings.store_url)
    yield made
    made.store.close()


@pytest.fixture
def index(settings):
    with closing(open_index(settings)) as opened:
        opened.setup()
        yield opened


def read_gates(desk):
    with desk.store.read() as connection:
        return {gate.gate: gate for gate in add_up(read_books(connection, **ALL))[0].gates}


def check(desk):
    with desk.store.read() as connection:
        return STORE_CHECKS["books"](connection)


def test_versions_are_followed_to_the_index(desk, settings, index):
    desk.take(copy.FERRY)
    desk.take(copy.market_report(1))
    gates = read_gates(desk)
    assert (gates["stored"].passed, gates["grouped"].stopped) == (2, {"waiting": 2})
    GroupingStage(desk.store, settings.grouping).run_slice()
    gates = read_gates(desk)
    assert (gates["grouped"].passed, gates["indexed"].stopped) == (2, {"waiting": 2})
    drain(desk.store, index, limit=1)
    gates = read_gates(desk)
    assert (gates["indexed"].passed, gates["indexed"].stopped) == (1, {"waiting": 1})
    drain(desk.store, index)
    gates = read_gates(desk)
    assert (gates["indexed"].passed, gates["indexed"].stopped) == (2, {})
    assert check(desk).level == "ok"


def test_complete_to_waits_for_the_index(desk, settings, index):
    def show():
        with desk.store.read() as connection:
            return read_completeness(connection, settings.schedule, [])

    begun = datetime.now(UTC)
    desk.take(copy.FERRY)
    first = show()
    assert begun <= first.complete_to
    assert first.held_by == "a version waits for grouping"
    GroupingStage(desk.store, settings.grouping).run_slice()
    assert show().held_by == "a change waits for the index"
    drain(desk.store, index)
    assert (show().held_by, show().complete_to > first.complete_to) == ("", True)


def test_a_document_that_the_index_refuses_is_quarantined_in_the_books(desk, settings):
    desk.take(copy.FERRY)
    GroupingStage(desk.store, settings.grouping).run_slice()
    with desk.store.write() as connection:
        connection.execute(outbox.update().values(quarantined_at=datetime.now(UTC)))
    assert read_gates(desk)["indexed"].stopped == {"quarantined": 1}
    with desk.store.read() as connection:
        [hole] = read_completeness(connection, settings.schedule, []).holes
    assert "1 versions whose documents the index refused" in hole.why
    assert check(desk).level == "ok"


def test_a_change_that_left_the_outbox_unwritten_is_a_difference_and_fails_doctor(desk, settings):
    desk.take(copy.FERRY)
    GroupingStage(desk.store, settings.grouping).run_slice()
    with desk.store.write() as connection:
        connection.execute(delete(outbox))
    assert read_gates(desk)["indexed"].unaccounted == 1
    found = check(desk)
    assert (found.level, "1 unaccounted for at indexed" in found.detail) == ("fault", True)


def test_a_version_that_vanished_is_a_difference_and_fails_doctor(desk):
    desk.take(copy.FERRY)
    with desk.store.write() as connection:
        connection.execute(delete(versions))
    assert read_gates(desk)["grouped"].unaccounted == 1
    assert check(desk).level == "fault"


def test_a_version_that_is_taken_down_before_it_is_indexed_is_removed(desk, settings):
    version = desk.take(copy.FERRY)
    GroupingStage(desk.store, settings.grouping).run_slice()
    with desk.store.read() as connection:
        story = connection.scalar(select(versions.c.story_id).where(versions.c.id == version))
    take_down(desk.store, str(story), who="desk", why="court")
    gates = read_gates(desk)
    assert (gates["indexed"].passed, gates["indexed"].stopped) == (0, {"removed": 1})
    assert check(desk).level == "ok"
