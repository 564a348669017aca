"""A great backlog while the server is dead: memory does not grow with it, and it drains when the server is back."""

import json
import subprocess
import sys

import pytest
from sqlalchemy import insert, select

from copytaster.store.installation import next_changes
from copytaster.store.tables import dispatches, memberships, outbox, raw_pages, stories, versions
from tests.equality import NOTHING, waiting
from tests.fault_proxy import FaultProxy

MOST_MB = 64  # of growth while the server is dead
DRAINING_MB = (
    96  # of growth while it drains: batches under way, words that were looked up, pages of the store
)
STEADY_MB = 24  # of growth after the first fifth of the drain: none but what the allocator does
CHUNK = 2000
PROGRAM = """
import json, sys
from pathlib import Path
from copytaster.logs import set_up
from copytaster.store.engine import Store
from copytaster.store import tables
from indexer import actions, drain as draining
from indexer.elastic import ElasticIndex
from settings import ElasticsearchSettings

def rss_mb():
    fields = Path("/proc/self/status").read_text().split("VmRSS:")[1].split()
    return int(fields[0]) / 1024

def pass_once(**options):
    with store.write() as connection:
        connection.execute(tables.outbox.update().where(tables.outbox.c.not_before.is_not(None)).values(not_before=None))
    return draining.drain(store, index, **options)

set_up("ERROR", "text")
store = Store(sys.argv[1])
index = ElasticIndex(ElasticsearchSettings(url=sys.argv[2], prefix=sys.argv[3], product="elasticsearch"))
hoard, make = [], actions.make_action
for _ in range(3):
    pass_once()
base = most = rss_mb()
for _ in range(int(sys.argv[4])):
    if sys.argv[6] == "what waits":
        from copytaster.store.dispatches import ids_after, read_dispatches
        with store.read() as connection:
            hoard.append(read_dispatches(connection, ids_after(connection, "", limit=10**6)))
    report = pass_once()
    most = max(most, rss_mb())
print(json.dumps({"base": base, "most": most, "waiting": report.waiting, "written": report.written}), flush=True)
sys.stdin.readline()
draining.BATCH = int(sys.argv[5])
if sys.argv[6] == "what was sent":
    actions.make_action = lambda record: hoard.append(make(record)) or hoard[-1]
samples = []
while (report := pass_once(on_progress=lambda done, total: samples.append(rss_mb()))).waiting:
    pass
early = samples[: len(samples) // 5]
print(json.dumps({"early": max(early), "most": max(samples), "waiting": report.waiting}), flush=True)
"""


def multiply(store, desk, count, *, sentences=40):
    """One dispatch as the desk makes it, and so many more like it, quickly."""
    desk.found("d", "Flood number 0", body="Water rose by two metres. " * sentences)
    with store.read() as connection:
        seed = {table: dict(connection.execute(select(table)).mappings().one()) for table in SHIFTED}
    for start in range(1, count, CHUNK):
        numbers = range(start, min(start + CHUNK, count))
        with store.write() as connection:
            changes = next_changes(connection, len(numbers))
            for table in SHIFTED:
                rows = [
                    vary(table, seed[table], number, change)
                    for number, change in zip(numbers, changes, strict=True)
                ]
                connection.execute(insert(table), rows)


SHIFTED = {  # columns that hold a number which grows with the copy's
    raw_pages: ("id",),
    stories: ("id",),
    versions: ("id", "story_id", "raw_page_id"),
    dispatches: ("founder_id", "canonical_id"),
    memberships: ("version_id",),
    outbox: (),
}


def vary(table, row, number, change):
    name, url = f"d{number:06}", f"https://varda-post.example/copy/{number}"
    named = {
        stories: {"identity": url, "url": url},
        versions: {"digest": f"{number}-1", "headline": f"Flood number {number}"},
        dispatches: {"id": name, "change": change},
        memberships: {"dispatch_id": name},
        outbox: {"dispatch_id": name, "change": change},
    }
    return row | {column: row[column] + number for column in SHIFTED[table]} | named.get(table, {})


@pytest.fixture
def alone(search_url):
    from tests.indexer.conftest import open_elastic

    with open_elastic(search_url("elasticsearch")) as made:
        made.setup()
        yield made


def start(store, proxy, index, passes, *, batch=500, hoard="nothing"):
    where = [store.url, proxy.url, index.settings.prefix]
    command = [sys.executable, "-c", PROGRAM, *where, str(passes), str(batch), hoard]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def die_and_drain(store, index, passes, **options):
    """What a process says of itself after passes on a dead server, and when all is written."""
    with FaultProxy(index.connection.address) as proxy:
        proxy.choose = lambda _: "503"
        with start(store, proxy, index, passes, **options) as process:
            dead = json.loads(process.stdout.readline())
            proxy.choose = lambda _: None
            process.stdin.write("\n")
            process.stdin.flush()
            return dead, json.loads(process.stdout.readline())


@pytest.mark.parametrize(
    ("count", "passes", "batch", "sentences"),
    [(3000, 10, 100, 400), pytest.param(100_000, 60, 500, 2, marks=pytest.mark.long)],
)
def test_memory_is_bounded_and_it_drains(
    store, desk, alone, count, passes, batch, sentences, record_property
):
    multiply(store, desk, count, sentences=sentences)
    dead, drained = die_and_drain(store, alone, passes, batch=batch)
    figures = {"base": dead["base"], "dead": dead["most"], "early": drained["early"], "most": drained["most"]}
    for name, value in figures.items():
        record_property(name, round(value))
    assert (dead["waiting"], dead["written"]) == (count, 0)
    assert dead["most"] - dead["base"] < MOST_MB
    assert drained["most"] - dead["base"] < DRAINING_MB
    assert drained["most"] - drained["early"] < STEADY_MB
    assert waiting(store) == NOTHING
    assert alone.count() == count
    assert alone.find_missing(["d", *(f"d{number:06}" for number in range(1, count))]) == []


def test_holding_what_waits_would_be_seen(store, desk, alone):
    """The control: everything that waits kept in memory at each pass."""
    multiply(store, desk, 3000)
    with FaultProxy(alone.connection.address) as proxy:
        proxy.choose = lambda _: "503"
        with start(store, proxy, alone, 10, hoard="what waits") as process:
            dead = json.loads(process.stdout.readline())
            process.kill()
    assert dead["most"] - dead["base"] > MOST_MB


def test_holding_what_was_sent_would_be_seen(store, desk, alone):
    """The control: every document kept after it was sent."""
    multiply(store, desk, 3000, sentences=400)
    _, drained = die_and_drain(store, alone, 3, batch=100, hoard="what was sent")
    assert drained["most"] - drained["early"] > STEADY_MB
