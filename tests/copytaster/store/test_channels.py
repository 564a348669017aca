"""Copy of one story through several channels of its publisher is one story, shown by the best copy."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from copytaster.store.channels import FOLD_WITHIN, list_channels
from copytaster.store.intake import keep_story
from copytaster.store.removals import take_out
from copytaster.store.tables import channel_keys, stories, story_channels, versions
from copytaster.values import ParsedStory, RawPage, WireRecord
from tests.copytaster.store.test_intake import rows

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
BODY = "\n\n".join(
    f"The harbour board met for the {word} time and agreed to widen basin {number}, which the town had asked for since the "
    f"{word} flood, said its chair."
    for number, word in enumerate(["first", "second", "third", "fourth", "fifth", "sixth"], 11)
)
PAGE = ParsedStory("Board to widen basin", BODY, "Harbour Agency", "https://agency.example/basin")
WIRE = replace(
    PAGE,
    url="file:///in/1.json",
    wire_id="urn:1",
    extractor="wire-format",
    wire=WireRecord("ninjs 2.1", guid="urn:1", version="2"),
)
MAIL = replace(WIRE, url="mid:7", wire_id="mid:7", wire=WireRecord("mail", guid="mid:7", version="1"))


def bring(store, story, source, channel, *, publisher=None, **named):
    made = replace(story, publisher=publisher or story.publisher)
    raw = RawPage(made.url, made.body.encode() + repr(made.wire).encode(), NOW)
    with store.write() as connection:
        return keep_story(
            connection, page=raw, story=made, source=source, channel=channel, **({"folds": True} | named)
        )


def list_of(store, story_id=1):
    with store.read() as connection:
        found = list_channels(connection, [story_id]).get(story_id, [])
    return [(one.source, one.channel, one.shown) for one in found]


def last_body(store):
    return rows(store, versions.c.body)[-1].body


def test_page_wire_and_mail_are_one_story_with_its_channels(store):
    bring(store, PAGE, "site", "feed")
    assert list_of(store) == []
    assert bring(store, WIRE, "wire", "folder").story_id == 1
    assert bring(store, MAIL, "press", "mailbox").story_id == 1
    assert list_of(store) == [("site", "feed", True), ("wire", "folder", True), ("press", "mailbox", True)]
    assert len(rows(store, versions.c.id)) == 1  # the same text


def test_the_format_of_the_agency_goes_before_its_page_whatever_came_last(store):
    bring(store, replace(PAGE, body=BODY + "\n\nRead our newsletter."), "site", "feed")
    assert bring(store, WIRE, "wire", "folder").outcome == "stored"
    assert last_body(store) == BODY
    again = bring(store, replace(PAGE, body=BODY + "\n\nFollow us on the quay."), "site", "feed")
    assert (again.outcome, again.story_id) == ("unchanged", 1)
    assert last_body(store) == BODY
    assert (
        bring(store, replace(PAGE, body=BODY[:400], extractor="feed"), "site", "feed").outcome == "unchanged"
    )


def test_a_page_after_the_wire_is_listed_as_not_shown(store):
    bring(store, WIRE, "wire", "folder")
    bring(store, replace(PAGE, body=BODY + "\n\nRead our newsletter."), "site", "feed")
    assert list_of(store) == [("wire", "folder", True), ("site", "feed", False)]


def test_a_later_version_of_the_format_wins_and_an_earlier_one_does_not(store):
    bring(store, PAGE, "site", "feed")
    bring(store, WIRE, "wire", "folder")
    newer = replace(
        WIRE, body=BODY + "\n\nA third paragraph.", wire=WireRecord("ninjs 2.1", guid="urn:1", version="3")
    )
    assert bring(store, newer, "wire", "folder").outcome == "stored"
    late = replace(
        WIRE, body=BODY + "\n\nAn older one.", wire=WireRecord("ninjs 2.1", guid="urn:1", version="1")
    )
    assert bring(store, late, "push", "push").outcome == "unchanged"
    assert last_body(store).endswith("A third paragraph.")


def test_a_whole_text_goes_before_a_cut_one(store):
    bring(store, PAGE, "site", "feed")
    cut = replace(PAGE, url="https://agency.example/m/basin", body=BODY[:500], warnings=("partial",))
    assert bring(store, cut, "mobile", "listing").outcome == "unchanged"


def test_a_page_whose_text_changes_stays_with_its_story(store):
    bring(store, WIRE, "wire", "folder")
    bring(store, PAGE, "site", "feed")
    changed = replace(
        PAGE, headline="Basin: what the board said", body=BODY.replace("widen", "deepen").replace("11", "12")
    )
    assert bring(store, changed, "site", "feed").story_id == 1


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"publisher": "Quay Mail"}, id="another publisher"),
        pytest.param({"folds": False}, id="one channel"),
        pytest.param({"body": BODY.replace("11", "99")}, id="other numbers"),
        pytest.param({"body": " ".join(reversed(BODY.split()))}, id="another text"),
        pytest.param({"source": "site"}, id="the same source"),
    ],
)
def test_what_is_not_one_copy_is_a_story_of_its_own(store, other):
    bring(store, PAGE, "site", "feed")
    given = dict(other)
    story = replace(WIRE, body=given.pop("body", BODY))
    assert bring(store, story, given.pop("source", "wire"), "folder", **given).story_id == 2


def test_after_two_days_the_same_text_is_news_again(store):
    bring(store, PAGE, "site", "feed")
    with store.write() as connection:
        connection.execute(
            update(channel_keys).values(at=datetime.now(UTC) - FOLD_WITHIN - timedelta(minutes=1))
        )
    assert bring(store, WIRE, "wire", "folder").story_id == 2
    assert {row.story_id for row in rows(store, channel_keys.c.story_id)} == {2}


def test_what_leaves_takes_its_channels_along(store):
    bring(store, PAGE, "site", "feed")
    bring(store, WIRE, "wire", "folder")
    with store.write() as connection:
        take_out(connection, [1], at=NOW)
    assert rows(store, story_channels.c.story_id) == rows(store, channel_keys.c.story_id) == []
    assert rows(store, stories.c.id) == []
