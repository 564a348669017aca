"""`copytaster quarantine`."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from copytaster.store.counts import count_ungrouped
from copytaster.store.entries import EntrySeen, note_entry
from copytaster.store.intake import refuse
from copytaster.store.tables import stories
from copytaster.values import RawPage
from spiders.feeds import parse_feed
from tests import archives
from tests.newsdesk.cli.conftest import CANARY, NOW, quarantine_one, run_json


def test_quarantine_lists_shows_and_replays_a_page(capsys, config, filled):
    code, held, _ = run_json(capsys, config, "quarantine", "list")
    assert code == 0
    assert [(one["reason"], one["replayable"]) for one in held] == [
        ("http-404", False),
        ("took-too-long", True),
    ]
    page = held[1]
    assert CANARY not in json.dumps(held)
    code, shown, _ = run_json(capsys, config, "quarantine", "show", page["id"])
    assert (code, shown["source"], shown["kind"]) == (0, "harbour", "page")
    code, replayed, _ = run_json(capsys, config, "quarantine", "replay", page["id"])
    assert (code, replayed[0]["outcome"]) == (0, "stored")
    assert run_json(capsys, config, "quarantine", "show", page["id"])[0] == 4
    assert run_json(capsys, config, "status")[1]["waiting"]["grouping"] == 1


def test_a_page_that_still_gives_no_story_stays_with_its_new_reason(capsys, config, store):
    with store.write() as connection:
        page = RawPage("https://wire.example/empty", b"<html><body></body></html>", NOW)
        refuse(connection, source="harbour", url=page.url, reason="took-too-long", page=page)
    code, replayed, _ = run_json(capsys, config, "quarantine", "replay", "--all")
    assert code == 1
    reason = replayed[0]["outcome"]
    assert reason != "took-too-long"
    assert run_json(capsys, config, "quarantine", "list")[1][0]["reason"] == reason


def test_a_page_of_an_archive_is_replayed_for_its_host_and_not_for_the_source_of_its_book(
    capsys, config, store
):
    page = RawPage("https://gazette.example/1", archives.html(1), NOW, 200, (("WARC-Date", archives.DATE),))
    with store.write() as connection:
        refuse(connection, source="harbour", url=page.url, reason="crashed", page=page)
    code, replayed, _ = run_json(capsys, config, "quarantine", "replay", "--all")
    assert (code, replayed[0]["outcome"]) == (0, "stored")
    with store.read() as connection:
        kept = connection.execute(select(stories.c.publisher, stories.c.channel)).all()
    assert [tuple(row) for row in kept] == [("gazette.example", "archive")]


def test_a_document_goes_back_into_the_queue(capsys, config, filled):
    name = quarantine_one(filled)
    assert run_json(capsys, config, "quarantine", "show", name)[1]["detail"] == "too deep"
    code, replayed, _ = run_json(capsys, config, "quarantine", "replay", name)
    assert (code, replayed) == (
        0,
        [{"id": name, "kind": "document", "outcome": "queued", "detail": "", "missing": []}],
    )
    assert run_json(capsys, config, "status")[1]["waiting"]["index"] == 1


@pytest.mark.parametrize(
    ("arguments", "code"), [((), 2), (("7", "--all"), 2), (("7",), 4), (("--all",), 4), (("nobody",), 4)]
)
def test_replay_wants_one_id_or_all(capsys, config, store, arguments, code):
    assert run_json(capsys, config, "quarantine", "replay", *arguments)[0] == code


FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour</title>
<item><guid>1</guid><title>Ferry</title><link>https://wire.example/ferry</link></item>
<item><guid>2</guid><title>Lamp</title><link>https://wire.example/lamp</link></item></channel></rss>"""


def refuse_feed(store, body, *, url="https://wire.example/feed.xml"):
    with store.write() as connection:
        page = RawPage(url, body, NOW, 200, (("content-type", "application/rss+xml"),))
        refuse(connection, source="harbour", url=page.url, reason="took-too-long", page=page)


@pytest.mark.parametrize("url", ["https://wire.example/feed.xml", "https://moved.example/other.xml"])
def test_a_feed_is_read_as_a_feed_and_names_the_entries_without_a_story(capsys, config, store, url):
    refuse_feed(store, FEED, url=url)
    with store.write() as connection:
        [key] = [entry.key for entry in parse_feed(FEED, url=url).entries if entry.id == "1"]
        seen = EntrySeen(key, "https://wire.example/ferry", "digest")
        note_entry(connection, "harbour", seen, "stored", now=NOW, fetched=True)
    code, replayed, _ = run_json(capsys, config, "quarantine", "replay", "--all")
    assert (code, replayed[0]["outcome"], replayed[0]["missing"]) == (
        0,
        "read",
        ["https://wire.example/lamp"],
    )
    assert "2 entries, 1 without a story" in replayed[0]["detail"]
    assert run_json(capsys, config, "quarantine", "list")[1] == []
    with store.read() as connection:
        assert count_ungrouped(connection) == 0


def test_an_answer_at_the_address_of_a_feed_never_becomes_a_story(capsys, config, store):
    text = " ".join(f"The ferry left quay {number} of the harbour on Monday." for number in range(60))
    refuse_feed(
        store, f"<html><body><h1>Ferry leaves</h1><article><p>{text}</p></article></body></html>".encode()
    )
    code, replayed, _ = run_json(capsys, config, "quarantine", "replay", "--all")
    assert (code, replayed[0]["outcome"]) == (1, "not-a-feed")
    assert run_json(capsys, config, "quarantine", "list")[1][0]["reason"] == "not-a-feed"
