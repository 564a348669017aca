"""`copytaster quarantine`."""

from __future__ import annotations

import json

import pytest

from copytaster.store.intake import refuse
from copytaster.values import RawPage
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


def test_a_document_goes_back_into_the_queue(capsys, config, filled):
    name = quarantine_one(filled)
    assert run_json(capsys, config, "quarantine", "show", name)[1]["detail"] == "too deep"
    code, replayed, _ = run_json(capsys, config, "quarantine", "replay", name)
    assert (code, replayed) == (0, [{"id": name, "kind": "document", "outcome": "queued", "detail": ""}])
    assert run_json(capsys, config, "status")[1]["waiting"]["index"] == 1


@pytest.mark.parametrize(
    ("arguments", "code"), [((), 2), (("7", "--all"), 2), (("7",), 4), (("--all",), 4), (("nobody",), 4)]
)
def test_replay_wants_one_id_or_all(capsys, config, store, arguments, code):
    assert run_json(capsys, config, "quarantine", "replay", *arguments)[0] == code
