"""The steps that the service, the commands and the demo share."""

from __future__ import annotations

from contextlib import closing

import pytest
from sqlalchemy import text

from copytaster.store.tellings import read_until
from copytaster.store.versions import count_waiting
from indexer.factory import open_index
from newsdesk.pipeline import GroupingStage, IndexingStage, RelationStage, end_after, follow
from settings import Settings
from tests.dedup import copydesk as copy
from tests.dedup.conftest import Desk

BODIES = (copy.FERRY, copy.cut(copy.FERRY), copy.market_report(1))


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
        yield opened


def test_the_stages_do_a_slice_a_call_until_nothing_waits(desk, index, settings):
    for body in BODIES:
        desk.take(body)
    grouping, indexing = GroupingStage(desk.store, settings.grouping), IndexingStage(desk.store, index)
    assert [grouping.run_slice(), grouping.run_slice()] == [3, 0]
    assert [indexing.run_slice(end_after(60)), indexing.run_slice(end_after(60))] == [2, 0]
    assert index.count() == 2


def test_a_stop_ends_the_first_compile_between_two_steps(desk, settings):
    """Without compiled code it takes longer than a stop may: what waits is grouped after the next start."""
    for body in BODIES:
        desk.take(body)
    grouping = GroupingStage(desk.store, settings.grouping)
    asked = []

    def should_end():
        asked.append(True)
        return len(asked) > 3

    assert grouping.run_slice(should_end) == 0
    assert len(asked) == 4
    assert grouping.run_slice() == 3


def test_a_slice_of_indexing_ends_when_it_should(desk, index, settings):
    desk.take(copy.FERRY)
    grouping, indexing = GroupingStage(desk.store, settings.grouping), IndexingStage(desk.store, index)
    assert grouping.group_slice() == 1
    assert not indexing.run_slice(end_after(0))
    assert index.count() == 0


def test_following_ends_when_all_that_was_stored_is_indexed(desk, index, settings):
    with follow(desk.store, index, settings.grouping) as following:
        for body in BODIES:
            desk.take(body)
            following.note_stored()
    with desk.store.read() as connection:
        assert count_waiting(connection) == 0
    assert index.count() == 2


def test_the_error_that_stops_the_thread_reaches_the_caller(desk, index, settings):
    def lose_a_table():
        with follow(desk.store, index, settings.grouping) as following:
            with desk.store.write() as connection:
                connection.execute(text("ALTER TABLE outbox RENAME TO lost"))
            following.note_stored()

    with pytest.raises(Exception, match="outbox"):
        lose_a_table()


def test_the_stage_says_that_it_compiles_while_it_does(desk, settings):
    grouping, said = GroupingStage(desk.store, settings.grouping), []

    def look():
        said.append(grouping.compiling)
        return False

    assert not grouping.compiling
    assert not grouping.is_warm
    assert grouping.warm_up(look)
    assert said
    assert all(said)
    assert not grouping.compiling
    assert grouping.is_warm


def test_a_stage_that_forgot_its_memory_decides_as_before(desk, settings):
    grouping = GroupingStage(desk.store, settings.grouping, room=1)
    for body in (copy.FERRY, copy.market_report(1)):
        desk.take(body)
    assert [outcome.verdict for outcome in grouping.group_all()] == ["founded", "founded"]
    grouping.forget()
    desk.take(copy.cut(copy.FERRY))
    assert [outcome.verdict for outcome in grouping.group_all()] == ["joined"]


def test_a_command_leaves_the_search_for_retold_news_of_an_archive_to_the_service(desk, index, settings):
    for number in range(20):
        desk.take(copy.market_report(number))
    with follow(desk.store, index, settings.grouping, most_related=8) as following:
        following.note_stored()
    with desk.store.read() as connection:
        assert count_waiting(connection) == 0
        assert read_until(connection) == 8
    assert RelationStage(desk.store, settings.grouping).run_slice() == 12
