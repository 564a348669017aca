"""Every entry of a crawl is booked at the gate where it ended, also when the crawl is killed between two gates."""

import os
import random
import secrets
import signal
import sys
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from copytaster.store.books import add_up, read_books
from copytaster.store.engine import Store
from copytaster.store.ledger import close_run
from copytaster.store.tables import runs
from spiders.process.parent import lost_run

ALL = {"since": datetime(1970, 1, 1, tzinfo=UTC), "until": datetime(2200, 1, 1, tzinfo=UTC)}
KILLS = 8
A_ROUND = 10


@pytest.fixture
def store(crawl_settings):
    opened = Store(crawl_settings().store_url)
    yield opened
    opened.close()


def read_gates(store, source="town"):
    """Gate -> its figures, of one source over all hours."""
    with store.read() as connection:
        [one] = [one for one in add_up(read_books(connection, **ALL)) if one.source == source]
    assert one.unaccounted == {}
    return {gate.gate: (gate.passed, dict(gate.stopped)) for gate in one.gates}


def test_each_gate_counts_what_stops_there_by_reason(publisher, collect, store):
    publisher.put("/robots.txt", "User-agent: *\nDisallow: /secret", content_type="text/plain")
    publisher.put_page("/good", "The good one", "good")
    publisher.put_page("/slow", "The slow one", "slow", status=500)
    publisher.put("/empty", "<html><body><p>Nothing.</p></body></html>")
    publisher.put_feed(
        "/feed", ["/good", {"path": "/good", "guid": "again"}, "/gone", "/slow", "/empty", "/secret/1"]
    )
    report = collect(town=publisher.base + "/feed")
    assert report.found == 6
    gates = read_gates(store)
    assert gates["found"] == (6, {})
    assert gates["fetched"] == (2, {"http-404": 1, "http-500": 1, "robots": 1, "twice-in-feed": 1})
    [(reason, number)] = gates["parsed"][1].items()
    assert (gates["parsed"][0], number) == (1, 1)
    assert reason in report.dropped
    assert gates["stored"] == (1, {})
    assert gates["grouped"] == (0, {"waiting": 1})


def test_known_entries_and_unchanged_pages_have_reasons_of_their_own(publisher, collect, store):
    publisher.put_page("/good", "The good one", "good", headers={"ETag": '"1"'})
    publisher.put_page("/plain", "The plain one", "plain")
    publisher.put_feed("/feed", ["/good", "/plain", "/gone"])
    collect(town=publisher.base + "/feed")
    collect(town=publisher.base + "/feed")
    assert read_gates(store)["fetched"] == (2, {"http-404": 1, "known": 2, "refused-before": 1})
    publisher.put_feed("/feed", [{"path": path, "title": "Another title"} for path in ("/good", "/plain")])
    collect(town=publisher.base + "/feed")
    gates = read_gates(store)
    assert gates["parsed"] == (3, {"not-modified": 1})
    assert gates["stored"] == (2, {"unchanged": 1})


def test_entries_that_nobody_can_read_are_found_and_not_fetched(publisher, collect, store):
    publisher.put_page("/good", "The good one", "good")
    publisher.put_feed("/feed", ["/good", "/other"])
    whole = publisher.answers["/feed"].body
    publisher.put("/feed", whole[: whole.index(b"/other")], content_type="application/rss+xml")
    report = collect(town=publisher.base + "/feed")
    gates = read_gates(store)
    assert gates["found"] == (report.found, {})
    assert gates["fetched"] == (1, {"unreadable-entry": report.found - 1})
    assert report.found > 1


def serve_more(publisher, served):
    for number in range(len(served), len(served) + A_ROUND):
        served.append(f"/story-{number}")
        if number % 4 == 0:
            publisher.put(served[-1], "<html><body><p>Nothing.</p></body></html>")
        else:
            publisher.put_page(served[-1], f"Story {number} of the harbour", f"word{number}", delay_s=0.01)
    listed = [{"path": path, "title": f"Story {number} of the harbour"} for number, path in enumerate(served)]
    publisher.put_feed("/feed", listed, headers={"ETag": f'"{len(served)}"'})


def crawl_and_kill_after(forker, stored, order):
    """Start a crawl and kill it when it has acknowledged so many stories; how many it had acknowledged."""
    forker.start(["town"], **order)
    pid, seen = None, 0
    while True:
        event = forker.read()
        pid = event.get("pid", pid)
        seen += event["event"] == "stored"
        if event["event"] == "ended" or (pid and seen >= stored):
            break
    os.kill(pid, signal.SIGKILL)
    seen += sum(event["event"] == "stored" for event in forker.follow())
    return seen


def end_as_the_parent_does(store):
    with store.write() as connection:
        for run_id in connection.scalars(select(runs.c.id).where(runs.c.outcome == "running")).all():
            close_run(connection, run_id, lost_run("town", run_id, "killed", stored=0), now=datetime.now(UTC))


def test_books_balance_after_kills_between_the_gates(publisher, forker, crawl_settings, write_sources, store):
    seed = secrets.randbits(32)
    sys.stdout.write(f"seed {seed}\n")
    chance = random.Random(seed)
    order = {"config": write_sources(town=publisher.base + "/feed"), "settings": crawl_settings()}
    served, stored = [], 0
    for _ in range(KILLS):
        serve_more(publisher, served)
        stored += crawl_and_kill_after(forker, chance.randint(1, 4), order)
        end_as_the_parent_does(store)
        read_gates(store)
    gates = read_gates(store)
    assert gates["fetched"][1]["interrupted"] > 0
    assert gates["stored"][0] >= stored  # a kill may come between the commit and the word of it
    [report] = forker.crawl(["town"], **order)
    gates = read_gates(store)
    assert report.outcome == "ran"
    assert gates["stored"][0] == sum(number % 4 != 0 for number in range(len(served)))
