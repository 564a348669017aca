"""What people read of each process: what it holds, and how far each role is behind."""

from datetime import UTC, datetime, timedelta

import pytest

from copytaster.identity import name_dispatch
from copytaster.schedule.shares import CRAWL_LEASES, INDEX_LEASES, SHARES
from copytaster.store import leases, ledger, outbox, workers
from copytaster.store.ledger import DueTime
from copytaster.store.outbox import OutboxPart
from copytaster.store.workers import Worker
from newsdesk.cli.status import _name_leases
from newsdesk.operations.workers_report import read_workers
from newsdesk.roles import EVERY_ROLE
from newsdesk.web.metrics.page import render_metrics

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONE, TWO = "harbour/0a1b2c3d/4026531836:17:99", "upland/0a1b2c3d/4026531836:18:99"


@pytest.fixture
def keep(store):
    def keep(holder, roles, *, holds=(), runs=(), **more):
        with store.write() as connection:
            workers.keep_worker(connection, Worker(holder, tuple(sorted(roles)), "1.0", NOW, **more))
            for name in holds:
                assert leases.take(connection, name, holder, now=NOW)
            dues = [DueTime(name, NOW) for name in runs]
            ledger.open_runs(connection, dues, holder=holder, now=NOW)

    return keep


def read(store):
    with store.read() as connection:
        return read_workers(connection)


def test_each_process_with_what_it_holds(store, keep):
    keep(ONE, ["crawl"], holds=["schedule"], runs=["a", "b"], load={"delay_s": 1.25})
    keep(TWO, ["group", "web"], holds=["group"])
    first, second = read(store)
    assert (first.host, first.pid, first.holds, first.under_way) == ("harbour", 17, ("schedule",), 2)
    assert first.lag_s == {"crawl": 1.2}
    assert (second.host, second.holds, second.lag_s) == ("upland", ("group",), {"group": 0.0})


def test_on_a_file_the_schedule_stands_for_every_role_but_standby_for_none(store, keep):
    keep(ONE, EVERY_ROLE, holds=["schedule"])
    keep(TWO, EVERY_ROLE)
    assert [set(worker.lag_s) for worker in read(store)] == [{"crawl", "group", "index"}, set()]


def test_metrics_count_processes_by_role(store, keep, monkeypatch):
    keep(ONE, ["crawl", "web"], holds=["schedule"], load={"delay_s": 2.5})
    monkeypatch.setattr(workers, "read_clock", lambda _: datetime.now(UTC) - timedelta(seconds=30))
    keep(TWO, ["web"])
    monkeypatch.undo()
    printed = render_metrics(store).decode()
    for line in (
        'copytaster_workers{role="web",state="live"} 1.0',
        'copytaster_workers{role="web",state="silent"} 1.0',
        'copytaster_workers{role="group",state="live"} 0.0',
        'copytaster_role_lag_seconds{role="crawl"} 2.5',
    ):
        assert line in printed
    assert 'copytaster_role_lag_seconds{role="web"}' not in printed


def test_each_indexer_with_its_shares_and_the_lag_of_these_alone(store, keep):
    keep(ONE, ["index"], holds=INDEX_LEASES[:3])
    keep(TWO, ["index"], holds=INDEX_LEASES[3:])
    part = OutboxPart(frozenset({0, 1, 2}), SHARES)
    late = next(name for number in range(99) if part.holds(name := name_dispatch("story", number)))
    with store.write() as connection:
        outbox.enqueue_many(connection, [(late, 1)], at=datetime.now(UTC) - timedelta(seconds=90))
    first, second = read(store)
    assert (len(first.holds), len(second.holds)) == (3, 5)
    assert 80 < first.lag_s["index"] < 900
    assert second.lag_s == {"index": 0.0}
    printed = render_metrics(store).decode()
    assert 'copytaster_shares{host="harbour",role="index"} 3.0' in printed
    assert 'copytaster_shares{host="upland",role="index"} 5.0' in printed


def test_shares_are_counted_but_for_the_only_one():
    assert _name_leases(("index", "schedule")) == ["index", "schedule"]
    assert _name_leases(("group", *INDEX_LEASES[2:4])) == ["group", "2 of 8 shares of index"]
    assert _name_leases((*INDEX_LEASES, *CRAWL_LEASES)) == [
        "8 of 8 shares of index",
        "8 of 8 shares of schedule",
    ]
