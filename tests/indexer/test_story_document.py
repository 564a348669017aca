"""The document of a single story."""

import json

import pytest

from copytaster.errors import RefusedError
from copytaster.store.dispatches import read_dispatch
from indexer.actions import make_action
from indexer.document import make_document
from indexer.merge import merge_rows
from indexer.story_document import list_stories, make_story


def record_of(store, name="d"):
    with store.read() as connection:
        return merge_rows(read_dispatch(connection, name))


def stories_of(store, name="d"):
    return [json.loads(story.document) for story in list_stories(record_of(store, name))]


def test_what_each_outlet_made_of_it(store, desk):
    desk.found("d", "Dam opens", agency="Reuters", family="Varda House")
    desk.joined("d", "Gates open", relation="cut", publisher="Kolm Telegraph", language="de")
    again = {"publisher": "Kolm Telegraph", "url": "https://kolm-telegraph.example/2"}
    desk.joined("d", "Gates are open", relation="version", markers=["corrected"], **again)
    first, second = stories_of(store)
    assert (first["publisher"], first["family"], first["relation"]) == (
        "Varda Post",
        "Varda House",
        "original",
    )
    assert (first["is_first"], first["minutes_after_first"], first["agency"]) == (True, 0.0, "Reuters")
    assert (second["publisher"], second["family"], second["relation"]) == (
        "Kolm Telegraph",
        "Kolm Telegraph",
        "cut",
    )
    assert (second["is_first"], second["minutes_after_first"]) == (False, 1.0)
    assert (second["headline"], second["version_count"], second["correction_count"]) == (
        "Gates are open",
        2,
        1,
    )
    assert (second["first_seen"], second["last_seen"]) == ("2026-11-20T12:02:00Z", "2026-11-20T12:03:00Z")
    assert {story["publisher_count"] for story in (first, second)} == {2}


def test_its_id_is_the_story_s_own_and_stays_when_it_moves(store, desk):
    desk.found("a", url="https://varda-post.example/x")
    desk.found("b", publisher="Kolm Telegraph")
    (before,) = list_stories(record_of(store, "a"))
    desk.merged("a", into="b")
    assert before.id in {story.id for story in list_stories(record_of(store, "b"))}
    with store.read() as connection:
        assert merge_rows(read_dispatch(connection, "a")).id == "b"


def test_an_address_that_is_used_again_is_told_of_where_its_newest_version_is(store, desk):
    url = "https://varda-post.example/live"
    desk.found("monday", "Dam opens", url=url)
    assert len(stories_of(store, "monday")) == 1
    desk.found("tuesday", "Bridge shut", url=url)
    assert stories_of(store, "monday") == []
    assert [story["headline"] for story in stories_of(store, "tuesday")] == ["Bridge shut"]


def test_documents_come_with_the_action_and_do_not_count_for_its_likeness(store, desk):
    desk.found("d")
    action = make_action(record_of(store))
    assert [json.loads(story.document)["dispatch_id"] for story in action.stories()] == ["d"]
    assert action == make_action(record_of(store))


def test_one_that_no_index_can_take_is_refused(store, desk):
    desk.found("d", publisher="Varda Post", url="https://varda-post.example/" + "x" * 33_000)
    with pytest.raises(RefusedError, match="url"):
        list_stories(record_of(store))


def test_pick_up_is_the_time_to_the_second_publisher_and_to_the_second_owner(store, desk):
    desk.found("d", family="Varda House")
    alone = make_document(record_of(store))
    assert (alone["second_seen_at"], alone["pickup_minutes"], alone["family_pickup_minutes"]) == (
        None,
        None,
        None,
    )
    desk.joined("d", publisher="Varda Evening", family="Varda House")
    desk.joined("d", publisher="Varda Post", url="https://varda-post.example/other", family="Varda House")
    desk.joined("d", publisher="Kolm Telegraph")
    document = make_document(record_of(store))
    assert (document["second_seen_at"], document["pickup_minutes"]) == ("2026-11-20T12:02:00Z", 1.0)
    assert (document["family_second_seen_at"], document["family_pickup_minutes"]) == (
        "2026-11-20T12:04:00Z",
        3.0,
    )


def test_what_is_unknown_is_null_and_our_own_time_has_its_own_name(store, desk):
    desk.found("d", publisher="Varda Post", published_at=None)
    desk.joined("d", publisher="Kolm Telegraph")
    desk.joined("d", publisher="Silent", published_at=None)
    document = make_document(record_of(store))
    assert (document["published_at"], document["pickup_minutes"], document["family_pickup_minutes"]) == (
        "2026-11-20T12:02:00Z",
        None,
        None,
    )
    assert document["@timestamp"] == document["published_at"]
    first, *others = stories_of(store)
    assert (first["publisher"], first["is_first"], first["minutes_after_first"]) == (
        "Kolm Telegraph",
        True,
        0.0,
    )
    for other in others:
        assert (other["published_at"], other["is_first"], other["minutes_after_first"]) == (None, False, None)
        assert other["@timestamp"] == other["first_seen"]


def test_a_dispatch_that_nobody_dates_has_no_time_of_publication(store, desk):
    desk.found("d", published_at=None)
    document = make_document(record_of(store))
    assert (document["published_at"], document["@timestamp"]) == (None, document["first_seen"])


def test_make_story_tells_kinds_and_genre(store, desk):
    desk.found("d", markers=["update", "alert"])
    record = record_of(store)
    assert make_story(record, record.members[0])["markers"] == ["alert", "update"]
    assert make_story(record, record.members[0])["genre"] == []
