from datetime import UTC, datetime, timedelta

import pytest

from copytaster.store import workers
from copytaster.store.workers import Worker

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch):
    """The database's clock, which the test sets."""
    shown = [NOW]
    monkeypatch.setattr(workers, "read_clock", lambda _connection: shown[0])
    return shown


def keep(store, holder="elsewhere:1:2", **more):
    with store.write() as connection:
        workers.keep_worker(connection, Worker(holder, ("crawl", "web"), "1.0", NOW, **more))


def listed(store):
    with store.read() as connection:
        return workers.list_workers(connection)


def test_a_beat_keeps_since_and_renews_the_rest(store, clock):
    keep(store, clock_s=0.5)
    clock[0] += timedelta(seconds=40)
    assert listed(store)[0].silent_s == 40
    assert listed(store)[0].is_silent
    keep(store, clock_s=0.25, load={"busy": 2})
    assert listed(store) == [
        Worker("elsewhere:1:2", ("crawl", "web"), "1.0", NOW, silent_s=0.0, clock_s=0.25, load={"busy": 2})
    ]


def test_whoever_is_silent_for_a_minute_is_forgotten(store, clock):
    keep(store)
    clock[0] += timedelta(seconds=30)
    keep(store, "other:1:2")
    clock[0] += timedelta(seconds=31)
    assert [worker.holder for worker in listed(store)] == ["other:1:2"]
    with store.write() as connection:
        assert workers.forget_silent(connection) == ["elsewhere:1:2"]
        assert workers.forget_silent(connection) == []


def test_the_clock_of_the_database_is_read(store):
    with store.read() as connection:
        assert abs(workers.read_clock(connection) - datetime.now(UTC)) < timedelta(minutes=1)
