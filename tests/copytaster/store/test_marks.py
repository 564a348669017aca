"""Marks name versions: they are idempotent, and they are where their version is."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from copytaster.store.intake import keep_story
from copytaster.store.marks import (
    Choice,
    MarkList,
    add_marks,
    choose_dispatches,
    list_marks,
    read_marks,
    read_shown_versions,
    undo_marks,
)
from copytaster.store.tables import memberships
from copytaster.values import ParsedStory, RawPage
from dedup.grouping.grouper import group_waiting
from settings import GroupingSettings

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
BODIES = (
    "The harbour board voted on Monday to rebuild the north quay after surveyors found that two piers had sunk.",
    "Bus drivers in the valley towns began a strike of two days on Monday after talks about night shifts failed.",
)


@pytest.fixture
def pair(store):
    """Two dispatches of one version each: (id, what it shows) twice."""
    with store.write() as connection:
        for number, body in enumerate(BODIES):
            url = f"https://post.example/{number}"
            story = ParsedStory(
                headline=f"Brief {number}",
                body=body,
                publisher="Post",
                url=url,
                language="en",
                published_at=NOON,
            )
            page = RawPage(url, body.encode(), NOON)
            keep_story(connection, page=page, story=story, source="post", channel="feed", family=None)
    for _ in group_waiting(store, GroupingSettings()):
        pass
    with store.read() as connection:
        names = sorted(row.dispatch_id for row in connection.execute(memberships.select()))
        return list(read_shown_versions(connection, names).items())


def mark(connection, shown, kind="used", who="Ada", how="mark"):
    return add_marks(connection, [shown], kind, who=who, how=how, at=NOON)


def test_a_mark_is_set_once_and_again_after_it_was_taken_back(store, pair):
    (name, version), _ = pair
    with store.write() as connection:
        assert mark(connection, version) == [version.version_id]
        assert mark(connection, version) == []
        assert mark(connection, version, who="Bo") == [version.version_id]
        assert mark(connection, version, how="copy") == [version.version_id]
        assert undo_marks(connection, [name], "used", who="Ada", at=NOON) == 2
        assert undo_marks(connection, [name], "used", who="Ada", at=NOON) == 0
        assert [(row.who, row.how) for row in read_marks(connection, [name])] == [("Bo", "mark")]
        assert mark(connection, version) == [version.version_id]
        every = list_marks(connection, MarkList(limit=10, with_undone=True))
    assert [(row.who, row.undone_by) for row in every] == [
        ("Ada", "Ada"), ("Bo", None), ("Ada", "Ada"), ("Ada", None),
    ]  # fmt: skip


def test_marks_go_where_their_version_goes(store, pair):
    (one, version), (other, _) = pair
    with store.write() as connection:
        mark(connection, version)
        connection.execute(
            update(memberships)
            .where(memberships.c.version_id == version.version_id)
            .values(dispatch_id=other)
        )
        assert read_marks(connection, [one]) == []
        (row,) = read_marks(connection, [other])
        assert (row.dispatch_id, row.version_id, row.headline[:5]) == (other, version.version_id, "Brief")
        assert choose_dispatches(connection, Choice("used", "Ada"), 9) == [other]


def test_dispatches_are_chosen_by_whose_mark_the_last_marked_first(store, pair):
    (one, first), (other, second) = pair
    with store.write() as connection:
        mark(connection, second, "seen")
        mark(connection, first, "seen")
        mark(connection, second, "seen", who="Bo")
        assert choose_dispatches(connection, Choice("seen", "Ada"), 9) == [one, other]
        assert choose_dispatches(connection, Choice("seen", None), 9) == [other, one]
        assert choose_dispatches(connection, Choice("seen", None), 1) == [other]
        assert choose_dispatches(connection, Choice("spiked", None), 9) == []


def test_lists_go_forward_from_a_number_and_back_from_the_newest(store, pair):
    (name, version), (_, second) = pair
    with store.write() as connection:
        for kind in ("seen", "saved", "used"):
            mark(connection, version, kind)
        mark(connection, second, "seen", who="Bo")
        every = list_marks(connection, MarkList(limit=9))
        assert [row.kind for row in every] == ["seen", "saved", "used", "seen"]
        assert list_marks(connection, MarkList(limit=2, after=every[1].id)) == every[2:]
        back = list_marks(connection, MarkList(limit=9, newest_first=True, before=every[2].id))
        assert back == [every[1], every[0]]
        only = list_marks(connection, MarkList(limit=9, kind="seen", who="Ada", dispatch_id=name))
        assert only == every[:1]
