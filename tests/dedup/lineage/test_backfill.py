"""Dispatches whose story's publisher was corrected: the next pass revises them, though nothing new came."""

from copytaster.store.intake import keep_story
from copytaster.store.tables import memberships, outbox, stale_dispatches, stories
from copytaster.values import ParsedStory, RawPage
from tests.dedup import copydesk as copy
from tests.dedup.conftest import NOON, on_both

WIRE = "https://www.reuters.com/article/ferry"


def keep(desk, *, publisher, by_host):
    story = ParsedStory("Ferry passengers safe", copy.FERRY, publisher, WIRE, published_at=NOON)
    page = RawPage(WIRE, b"page", NOON)
    with desk.store.write() as connection:
        return keep_story(
            connection,
            page=page,
            story=story,
            source="test",
            channel="feed",
            publisher_by_host=by_host,
        )


def group_under_a_lister(desk):
    """The agency's page as a lister's, and an outlet's earlier copy that stands for the dispatch."""
    outlet = desk.take(copy.FERRY, publisher="Early Post", hours=-1)
    listed = keep(desk, publisher="Lister", by_host=False)
    desk.group()
    return outlet, listed.version_id


def places(desk):
    return {row.version_id: row.place for row in desk.rows(memberships)}


@on_both
def test_a_corrected_publisher_makes_the_agencys_chain(desk):
    outlet, listed = group_under_a_lister(desk)
    assert places(desk) == {outlet: None, listed: None}
    assert keep(desk, publisher="Reuters", by_host=True).outcome == "unchanged"
    [queued] = desk.rows(outbox)
    desk.group()
    assert places(desk) == {outlet: None, listed: 0}
    assert desk.rows(outbox)[0].change > queued.change
    assert desk.rows(stale_dispatches) == []


def test_a_later_lister_corrects_nothing(desk):
    group_under_a_lister(desk)
    keep(desk, publisher="Reuters", by_host=True)
    keep(desk, publisher="Another lister", by_host=False)
    assert "Reuters" in {row.publisher for row in desk.rows(stories)}
    assert "Another lister" not in {row.publisher for row in desk.rows(stories)}


def test_a_publisher_that_is_right_already_makes_no_work(desk):
    group_under_a_lister(desk)
    keep(desk, publisher="Lister", by_host=True)
    assert desk.rows(stale_dispatches) == []
