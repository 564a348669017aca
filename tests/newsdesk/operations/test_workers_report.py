"""What people read of each process: what it holds, and how far each role is behind."""

from datetime import UTC, datetime, timedelta

import pytest

from copytaster.store import leases, ledger, workers
from copytaster.store.ledger import DueTime
from copytaster.store.workers import Worker
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
