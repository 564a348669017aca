"""A story that was taken down is nowhere, and does not come again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from copytaster.errors import NotFoundError, UsageError
from copytaster.store.dispatches import read_dispatch
from copytaster.store.holds import hold_dispatch
from copytaster.store.intake import refuse
from copytaster.store.revisits import begin_ladder, count_revisits
from copytaster.store.tables import raw_pages, refusals, stories
from copytaster.store.takedowns import list_takedowns
from copytaster.values import RawPage
from indexer.drain import drain
from indexer.rebuild.rebuild import rebuild_index
from newsdesk.operations.retention.removal import restore
from newsdesk.operations.retention.sweep import Sweep
from newsdesk.operations.retention.takedown import take_down
from settings import RetentionSettings

URL = "https://early.example/1"
SECRET = "\n\nThe witness lives at number seven, Quince Lane."


def take(desk, target):
    report = take_down(desk.store, target, who="Ada", why="court order")
    drain(desk.store, desk.index)
    return report


def bring_three(desk):
    """Two copies of one dispatch and another story; the dispatch, and the number of the first copy's story."""
    first = desk.bring(URL, "copy 1", line=SECRET)[1]
    desk.bring("https://late.example/1", "copy 1", publisher="Late Mail", line=SECRET)
    desk.bring("https://early.example/2", "other news")
    desk.work()
    with desk.store.read() as connection:
        number = connection.scalar(select(stories.c.id).where(stories.c.url == URL))
    return desk.find(first), number


@pytest.mark.parametrize("how", ["address", "other spelling", "number"])
def test_one_story_is_taken_down_and_the_others_stay(desk, how):
    dispatch, number = bring_three(desk)
    target = {
        "address": URL,
        "other spelling": "http://EARLY.example/1?utm_source=x#top",
        "number": str(number),
    }
    with desk.store.write() as connection:
        begin_ladder(
            connection,
            number,
            source="early",
            entry="1",
            url=URL,
            now=datetime.now(UTC),
            steps=[timedelta(1)],
        )
    report = take(desk, target[how])
    with desk.store.read() as connection:
        assert count_revisits(connection, datetime.now(UTC)).waiting == 0
    assert (report.stories, report.gone, report.left) == (1, (), (dispatch,))
    assert desk.list_urls() == ["https://early.example/2", "https://late.example/1"]
    assert desk.find_faults() == []
    assert "Early Post" not in str(desk.index.get(dispatch))


def test_a_dispatch_is_taken_down_with_every_story(desk):
    dispatch, _ = bring_three(desk)
    assert take(desk, dispatch).gone == (dispatch,)
    assert desk.list_urls() == ["https://early.example/2"]
    assert desk.index.get(dispatch) is None
    assert desk.find_faults() == []
    with desk.store.read() as connection, pytest.raises(NotFoundError, match="taken down on"):
        read_dispatch(connection, dispatch)


def test_its_text_is_in_no_file(desk, tmp_path):
    dispatch, _ = bring_three(desk)
    if desk.store.engine.dialect.name != "sqlite":
        pytest.skip("a server keeps its own files")

    def files_with(text):
        return [path.name for path in tmp_path.iterdir() if path.is_file() and text in path.read_bytes()]

    assert files_with(b"Quince Lane")
    take(desk, dispatch)
    assert files_with(b"Quince Lane") == []


def test_it_is_not_stored_again_under_any_spelling(desk):
    bring_three(desk)
    take(desk, URL)
    for url in (URL, "http://early.example/1", URL + "?utm_source=feed", URL + "#part"):
        assert desk.bring(url, "copy 1")[0] == "taken-down"
    desk.work()
    assert len(desk.list_urls()) == 2
    assert desk.bring("https://early.example/11", "news eleven")[0] == "stored"


def test_an_address_that_is_not_there_yet_is_kept_out(desk):
    report = take(desk, URL)
    assert (report.stories, report.urls) == (0, (URL,))
    assert desk.bring(URL, "copy 1")[0] == "taken-down"


def test_the_record_of_the_act_stays(desk):
    dispatch, _ = bring_three(desk)
    take(desk, URL)
    with desk.store.read() as connection:
        (one, *_) = list_takedowns(connection)
    assert (one.url, one.dispatch_id, one.who, one.why) == (URL, dispatch, "Ada", "court order")


def test_what_is_held_is_not_taken_down(desk):
    dispatch, _ = bring_three(desk)
    with desk.store.write() as connection:
        hold_dispatch(connection, dispatch, who="Ada", why="evidence", at=datetime.now(UTC))
    with pytest.raises(UsageError, match="held"):
        take(desk, URL)
    assert len(desk.list_urls()) == 3


def test_pages_that_gave_no_story_and_what_retention_keeps_go_too(desk):
    dispatch, _ = bring_three(desk)
    page = RawPage(URL, SECRET.encode(), datetime.now(UTC))
    with desk.store.write() as connection:
        refuse(connection, source="early", url=URL, reason="no-text", page=page)
    now = datetime.now(UTC) + timedelta(days=31)
    Sweep(desk.store, RetentionSettings(keep_days=30), now=now).apply()
    take(desk, URL)
    with desk.store.read() as connection:
        assert connection.scalars(select(refusals.c.url)).all() == []
        assert connection.scalars(select(raw_pages.c.url)).all() == []
    with desk.store.write() as connection, pytest.raises(NotFoundError, match="nothing of it"):
        restore(connection, dispatch)
    assert desk.find_faults() == []


def test_an_unknown_dispatch_or_number_is_an_error(desk):
    for target in ("dnosuchdispatch", "12"):
        with pytest.raises(NotFoundError):
            take(desk, target)


def test_a_rebuild_that_read_it_before_does_not_bring_it_back(desk):
    dispatch, _ = bring_three(desk)
    begun = []

    def on_progress(_done, _total):
        if not begun:
            begun.append(take_down(desk.store, dispatch, who="Ada", why="court order"))

    rebuild_index(desk.store, desk.index, on_progress=on_progress)
    drain(desk.store, desk.index)
    assert begun
    assert desk.index.get(dispatch) is None
    assert desk.find_faults() == []
